/*
 * The set of names seen: 128-bit hashes by open addressing, 16 octets a name.
 * Two names that share a hash are taken for one: with 10^9 names that happens
 * once in 10^20 runs. Pure.
 */
#ifndef SCANNER_CORE_NAMESET_H
#define SCANNER_CORE_NAMESET_H

#include <stdbool.h>
#include <stddef.h>

struct nameset;

enum nameset_result {
	NAMESET_NEW,
	NAMESET_SEEN,
	NAMESET_NO_MEMORY, /* the set is as it was */
};

/* NULL without memory. */
struct nameset *nameset_new(void);
void nameset_free(struct nameset *set);

/* name is normalised (resolver/name.h). */
enum nameset_result nameset_add(struct nameset *set, const char *name);

bool nameset_has(const struct nameset *set, const char *name);

size_t nameset_count(const struct nameset *set);
/* Octets of the table. */
size_t nameset_memory(const struct nameset *set);

#endif
