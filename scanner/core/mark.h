/*
 * Facts that are either so or not, by name: a row lists those that are so.
 * Pure.
 */
#ifndef SCANNER_CORE_MARK_H
#define SCANNER_CORE_MARK_H

#include <stddef.h>

#include "scanner/core/arena.h"

/* Which struct fact_… it is about. */
enum mark_of {
	MARK_DOMAIN,
	MARK_HOST,
	MARK_ENDPOINT,
	MARK_KINDS,
};

/* The names of those that are so in fact. */
const char *const *mark_labels(
	enum mark_of of, const void *fact, size_t *count, struct arena *arena);
/* The names of a kind, in turn: i from 0 until NULL. */
const char *mark_at(enum mark_of of, size_t i);
/* Make the one of this name so; a name that is not known makes none. */
void mark_set(enum mark_of of, void *fact, const char *label);

#endif
