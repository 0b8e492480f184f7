/*
 * Bump allocation in chunks that double: a small job costs two small blocks,
 * a large one a handful. Under AddressSanitizer what was not handed out is
 * poisoned, with a gap after every piece.
 */
#include "scanner/core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define GAP 16
#define POISON(at, size) ASAN_POISON_MEMORY_REGION(at, size)
#define UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define GAP 0
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#endif

enum {
	FIRST_CHUNK = 480, /* with malloc's own header, under 512 */
	LARGEST_CHUNK = 16384,
};

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

/* What is to be released with the arena; in its own memory. */
struct deferred {
	struct deferred *next;
	void (*release)(void *);
	void *what;
};

/* Owns its chunks; the first in the list is the one being filled. */
struct arena {
	struct chunk *chunks;
	struct deferred *deferred;
	size_t next_size;
	size_t total;
};

void
arena_out_of_memory(void)
{
	/* Nothing is printed: the core does no I/O, and the signal tells. */
	abort();
}

static void *
obtain(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		arena_out_of_memory();
	return memory;
}

struct arena *
arena_new(void)
{
	struct arena *arena = obtain(sizeof(*arena));

	arena->next_size = FIRST_CHUNK;
	arena->total = sizeof(*arena);
	return arena;
}

void
arena_free(struct arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (struct deferred *at = arena->deferred; at; at = at->next)
		at->release(at->what);
	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		UNPOISON(chunk->data, chunk->size);
		free(chunk);
	}
	free(arena);
}

static struct chunk *
chunk_new(struct arena *arena, size_t room)
{
	struct chunk *chunk = obtain(sizeof(*chunk) + room);

	chunk->size = room;
	POISON(chunk->data, room);
	arena->total += sizeof(*chunk) + room;
	return chunk;
}

struct arena *
arena_new_for(size_t used)
{
	struct arena *arena = arena_new();

	arena->chunks = chunk_new(arena, used);
	return arena;
}

/* A chunk with room for need octets. */
static struct chunk *
chunk_for(struct arena *arena, size_t need)
{
	struct chunk *first = arena->chunks, *chunk;

	if (first && first->size - first->used >= need)
		return first;
	if (first && need > arena->next_size / 2) {
		/* A large piece gets its own, behind the one being filled. */
		chunk = chunk_new(arena, need);
		chunk->next = first->next;
		first->next = chunk;
		return chunk;
	}
	chunk = chunk_new(
		arena, need > arena->next_size ? need : arena->next_size);
	chunk->next = first;
	arena->chunks = chunk;
	if (arena->next_size < LARGEST_CHUNK)
		arena->next_size *= 2;
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *chunk;
	unsigned char *piece;
	size_t need;

	if (size > SIZE_MAX / 2)
		arena_out_of_memory();
	/* Pieces of no octets, too, have addresses of their own. */
	need = ((size ? size : 1) + GAP + align - 1) / align * align;
	chunk = chunk_for(arena, need);
	piece = chunk->data + chunk->used;
	chunk->used += need;
	UNPOISON(piece, size);
	return piece;
}

void *
arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text) + 1) : NULL;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		arena_out_of_memory();
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void
arena_defer(struct arena *arena, void (*release)(void *), void *what)
{
	struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	deferred->next = arena->deferred;
	deferred->release = release;
	deferred->what = what;
	arena->deferred = deferred;
}

size_t
arena_used(const struct arena *arena)
{
	size_t used = 0;

	for (struct chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
		used += chunk->used;
	return used;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->total;
}
