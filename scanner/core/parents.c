/*
 * Who serves the zones above those that fail. Pure.
 */
#include "scanner/core/parents.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

/* Its memory, this struct included, is in arena. */
struct entry {
	struct arena *arena;
	const char *zone;
	struct fact_server *servers;
	size_t count;
	uint64_t kept_ms;
	UT_hash_handle hh;
};

struct parents {
	struct entry *entries; /* the oldest first */
};

struct parents *
parents_new(void)
{
	struct parents *parents = calloc(1, sizeof(*parents));

	if (parents == NULL)
		arena_out_of_memory();
	return parents;
}

static void
forget(struct parents *parents, struct entry *entry)
{
	HASH_DEL(parents->entries, entry);
	arena_free(entry->arena);
}

void
parents_free(struct parents *parents)
{
	struct entry *entry, *next;

	if (parents == NULL)
		return;
	HASH_ITER (hh, parents->entries, entry, next)
		forget(parents, entry);
	free(parents);
}

static struct entry *
find(const struct parents *parents, const char *zone)
{
	struct entry *entry;

	HASH_FIND_STR(parents->entries, zone, entry);
	return entry;
}

void
parents_keep(struct parents *parents, const char *zone,
	const struct fact_server *servers, size_t count, uint64_t now_ms)
{
	struct arena *arena = arena_new();
	struct entry *entry = find(parents, zone);

	if (entry != NULL)
		forget(parents, entry);
	else if (HASH_COUNT(parents->entries) == PARENTS_ZONES_MAX)
		forget(parents, parents->entries);
	entry = arena_alloc(arena, sizeof(*entry));
	entry->arena = arena;
	entry->zone = arena_strdup(arena, zone);
	entry->servers = arena_copy(arena, servers, count * sizeof(*servers));
	for (size_t i = 0; i < count; i++)
		entry->servers[i].name = arena_strdup(arena, servers[i].name);
	entry->count = count;
	entry->kept_ms = now_ms;
	HASH_ADD_KEYPTR(
		hh, parents->entries, entry->zone, strlen(entry->zone), entry);
}

const struct fact_server *
parents_find(const struct parents *parents, const char *zone, uint64_t now_ms,
	size_t *count)
{
	const struct entry *entry = find(parents, zone);

	*count = 0;
	if (entry == NULL || now_ms - entry->kept_ms >= PARENTS_MS)
		return NULL;
	*count = entry->count;
	return entry->servers;
}
