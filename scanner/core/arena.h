/*
 * Memory of one job: allocated piece by piece, freed at once. Running out of
 * memory ends the program (the one place where it does).
 */
#ifndef SCANNER_CORE_ARENA_H
#define SCANNER_CORE_ARENA_H

#include <stddef.h>

struct arena;

/* Ends the program: the one place where it does for want of memory. */
void arena_out_of_memory(void) __attribute__((noreturn));

/* An empty arena; costs one small allocation. */
struct arena *arena_new(void);
/* The same, with room at once for what fills arena_used() of another. */
struct arena *arena_new_for(size_t used);
void arena_free(struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL. size may be 0. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
/* NULL gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Call release(what) when the arena is freed, last come first. For what memory
   of the arena refers to and a library owns. */
void arena_defer(struct arena *arena, void (*release)(void *), void *what);

/* Octets handed out, gaps between pieces included. */
size_t arena_used(const struct arena *arena);

/* Octets taken from the system by this arena. */
size_t arena_size(const struct arena *arena);

#endif
