/*
 * A small public-key world by name, and a notation for chains and TLSA records
 * in test tables: "L I" is a chain, "3 1 1 L, 2 0 1 I" an RRset, and a "!"
 * after a certificate's name a record with one wrong octet.
 */
#ifndef TESTS_UNIT_CORE_WORLD_H
#define TESTS_UNIT_CORE_WORLD_H

#include <stddef.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "tests/unit/core/pki.h"

/* Made at first use; world_free() at the end. Not for several threads. */
struct world;

struct world *world_new(void);
void world_free(struct world *world);

struct pki *world_pki(const struct world *world, const char *name);

/* How many; the array is of the arena. */
size_t world_chain(const struct world *world, const char *text,
	struct arena *arena, const struct fact_certificate **chain);
size_t world_records(const struct world *world, const char *text,
	struct arena *arena, const struct fact_tlsa **records);

#endif
