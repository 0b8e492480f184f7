/*
 * A block of names, sorted by a keyed hash of each.
 */
#include "scanner/shuffle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"

/* The order must not depend on which names a sample of this seed holds. */
static const uint64_t order_key = 0xd6e8feb86659fd93U;

struct item {
	uint64_t hash;
	uint64_t line;
	const char *name; /* this and the rest are in the arena */
	const char *input;
	const struct row_tag *tags;
	size_t tag_count;
};

struct shuffle {
	size_t names;
	uint64_t key;
	struct item *items;
	size_t capacity; /* of items */
	size_t count;
	size_t taken;
	struct arena *arena;
};

struct shuffle *
shuffle_new(size_t names, uint64_t seed)
{
	struct shuffle *shuffle = calloc(1, sizeof(*shuffle));

	assert(names >= 1 && names <= SHUFFLE_NAMES);
	if (shuffle == NULL)
		arena_out_of_memory();
	shuffle->names = names;
	shuffle->key = seed ^ order_key;
	shuffle->arena = arena_new();
	return shuffle;
}

void
shuffle_free(struct shuffle *shuffle)
{
	if (shuffle == NULL)
		return;
	arena_free(shuffle->arena);
	free(shuffle->items);
	free(shuffle);
}

static void
grow(struct shuffle *shuffle)
{
	size_t capacity = shuffle->capacity > 0 ? 2 * shuffle->capacity : 1;
	struct item *items = realloc(
		shuffle->items, capacity * sizeof(*shuffle->items));

	if (items == NULL)
		arena_out_of_memory();
	shuffle->items = items;
	shuffle->capacity = capacity;
}

static const struct row_tag *
copy_tags(struct arena *arena, const struct list_entry *entry)
{
	struct row_tag *tags = arena_alloc(
		arena, entry->tag_count * sizeof(*tags));

	for (size_t i = 0; i < entry->tag_count; i++) {
		tags[i].name = arena_strdup(arena, entry->tags[i].name);
		tags[i].value = arena_strdup(arena, entry->tags[i].value);
	}
	return tags;
}

void
shuffle_add(struct shuffle *shuffle, const struct list_entry *entry)
{
	struct item *item;

	assert(!shuffle_full(shuffle) && shuffle->taken == 0);
	if (shuffle->count == shuffle->capacity)
		grow(shuffle);
	item = &shuffle->items[shuffle->count++];
	item->hash = name_hash(entry->name, shuffle->key);
	item->line = entry->line;
	item->name = arena_strdup(shuffle->arena, entry->name);
	item->input = arena_strdup(shuffle->arena, entry->input);
	item->tags = copy_tags(shuffle->arena, entry);
	item->tag_count = entry->tag_count;
}

bool
shuffle_full(const struct shuffle *shuffle)
{
	return shuffle->count >= shuffle->names ||
	       arena_size(shuffle->arena) >= SHUFFLE_OCTETS;
}

static int
by_hash(const void *a, const void *b)
{
	const struct item *first = a, *second = b;

	if (first->hash != second->hash)
		return first->hash < second->hash ? -1 : 1;
	return (first->line > second->line) - (first->line < second->line);
}

static void
empty(struct shuffle *shuffle)
{
	arena_free(shuffle->arena);
	shuffle->arena = arena_new();
	shuffle->count = shuffle->taken = 0;
}

bool
shuffle_take(struct shuffle *shuffle, struct list_entry *entry)
{
	const struct item *item;

	if (shuffle->taken == shuffle->count) {
		empty(shuffle);
		return false;
	}
	if (shuffle->taken == 0)
		qsort(shuffle->items, shuffle->count, sizeof(*shuffle->items),
			by_hash);
	item = &shuffle->items[shuffle->taken++];
	entry->line = item->line;
	strcpy(entry->name, item->name);
	entry->input = item->input;
	entry->tags = item->tags;
	entry->tag_count = item->tag_count;
	entry->chunk = 0;
	return true;
}
