/*
 * Who serves the zones above those that fail, a registry's as a rule: the same
 * for many names, and not looked up again for each. Pure: the time is a
 * parameter.
 */
#ifndef SCANNER_CORE_PARENTS_H
#define SCANNER_CORE_PARENTS_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/core/fact.h"

struct parents;

enum {
	PARENTS_MS = 300000,
	PARENTS_ZONES_MAX = 4096, /* then the oldest are forgotten */
};

struct parents *parents_new(void);
void parents_free(struct parents *parents);

/* Keep a copy of the names and addresses of a zone's servers. */
void parents_keep(struct parents *parents, const char *zone,
	const struct fact_server *servers, size_t count, uint64_t now_ms);

/* Those that were kept, valid until the next call that keeps some; how many are
   in count, 0 and NULL where they are not known, or not any more. */
const struct fact_server *parents_find(const struct parents *parents,
	const char *zone, uint64_t now_ms, size_t *count);

#endif
