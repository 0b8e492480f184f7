/*
 * The list becomes the chunks of a fleet.
 */
#include "scanner/loader.h"

#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/names.h"

enum {
	CHUNK_NAMES_MIN = 50,
	CHUNK_NAMES_MAX = 1000,
	/* A chunk is this part of what was loaded before it, so that a short
	   list makes enough of them for many members. */
	CHUNK_PART = 32,
};

struct loader {
	struct fleet *fleet;
	struct names *names; /* NULL: nothing is to be loaded */
	bool shuffled;
	uint64_t loaded; /* names */
	size_t in_chunk; /* that is being filled */
	bool ended;
};

struct loader *
loader_new(struct fleet *fleet, struct list *list, bool shuffled, uint64_t seed)
{
	const struct fleet_list *loaded = fleet_list(fleet);
	struct loader *loader = calloc(1, sizeof(*loader));

	if (loader == NULL)
		arena_out_of_memory();
	loader->fleet = fleet;
	loader->shuffled = shuffled;
	loader->ended = list == NULL || loaded->whole;
	if (!loader->ended)
		loader->names = names_new(&(struct names_config){
			.list = list,
			.shuffled = shuffled,
			.seed = seed,
			.after = loaded->line,
			.count = loaded->names,
		});
	return loader;
}

void
loader_free(struct loader *loader)
{
	if (loader == NULL)
		return;
	names_free(loader->names);
	free(loader);
}

static size_t
chunk_names(const struct loader *loader)
{
	uint64_t names = loader->loaded / CHUNK_PART;

	if (names < CHUNK_NAMES_MIN)
		return CHUNK_NAMES_MIN;
	return names > CHUNK_NAMES_MAX ? CHUNK_NAMES_MAX : (size_t)names;
}

static void
publish(struct loader *loader, bool whole)
{
	loader->in_chunk = 0;
	loader->ended = whole;
	fleet_publish(loader->fleet, names_line(loader->names), whole);
}

/* Only between two blocks are all names up to a line in chunks; in the order of
   the list a block is one name. */
static void
load(struct loader *loader, const struct list_entry *entry)
{
	const struct fleet_name name = {
		.line = entry->line,
		.name = entry->name,
		.input = entry->input,
		.tags = entry->tags,
		.tag_count = entry->tag_count,
	};
	bool full = ++loader->in_chunk >= chunk_names(loader);

	loader->loaded++;
	fleet_load_name(loader->fleet, &name);
	if (names_between(loader->names) && (full || loader->shuffled)) {
		publish(loader, false);
	} else if (full) {
		loader->in_chunk = 0;
		fleet_load_chunk(loader->fleet);
	}
}

bool
loader_turn(struct loader *loader)
{
	struct list_entry entry;

	while (!loader->ended && fleet_may_load(loader->fleet)) {
		switch (names_next(loader->names, &entry)) {
		case LIST_NAME:
			load(loader, &entry);
			break;
		case LIST_AGAIN:
			if (loader->in_chunk > 0)
				publish(loader, false);
			return true;
		case LIST_END:
			publish(loader, true);
			return true;
		case LIST_FAILED:
			return false;
		}
	}
	return true;
}

const char *
loader_error(const struct loader *loader)
{
	return names_error(loader->names);
}
