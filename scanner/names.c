/*
 * The names of the list in the order in which they are taken up.
 */
#include "scanner/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/shuffle.h"

struct names {
	struct names_config config;
	struct shuffle *block;	/* names read and not given */
	size_t left;		/* in it */
	uint64_t line;		/* last one read */
	uint64_t left_out;	/* names */
	uint64_t left_out_line; /* … and the last of their lines */
	enum list_status status;
	char error[128]; /* of ours, or "" */
};

struct names *
names_new(const struct names_config *config)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names == NULL)
		arena_out_of_memory();
	names->config = *config;
	names->line = config->after;
	names->block = shuffle_new(
		config->shuffled ? SHUFFLE_NAMES : 1, config->seed);
	return names;
}

void
names_free(struct names *names)
{
	if (names == NULL)
		return;
	shuffle_free(names->block);
	free(names);
}

/* A resumed scan must not take another list for its own. Chunks are published
   up to the line of a name. */
static bool
is_same_list(struct names *names)
{
	const struct names_config *config = &names->config;

	if (config->count == 0 ||
		(names->left_out == config->count &&
			names->left_out_line == config->after))
		return true;
	snprintf(names->error, sizeof(names->error),
		"this is not the list of the scan, which has %" PRIu64
		" names to line %" PRIu64 "; here are %" PRIu64,
		config->count, config->after, names->left_out);
	return false;
}

/*
 * Read one block of the list. It ends early where a pipe has nothing more for
 * now, and at the end of the list.
 */
static void
fill(struct names *names)
{
	size_t limit = names->config.shuffled ? SHUFFLE_NAMES : 1;
	struct list_entry entry;

	for (size_t i = 0; i < limit && !shuffle_full(names->block); i++) {
		names->status = list_next(names->config.list, &entry);
		if (names->status == LIST_NAME &&
			entry.line <= names->config.after) {
			names->left_out++;
			names->left_out_line = entry.line;
			continue;
		}
		if (names->status != LIST_AGAIN && !is_same_list(names))
			names->status = LIST_FAILED;
		if (names->status != LIST_NAME)
			return;
		names->line = entry.line;
		shuffle_add(names->block, &entry);
		names->left++;
	}
}

/* Where only names that are left out went by, there may be more at once. */
static enum list_status
why_none(const struct names *names)
{
	return names->status == LIST_NAME ? LIST_AGAIN : names->status;
}

enum list_status
names_next(struct names *names, struct list_entry *entry)
{
	if (!shuffle_take(names->block, entry)) {
		fill(names);
		if (!shuffle_take(names->block, entry))
			return why_none(names);
	}
	names->left--;
	return LIST_NAME;
}

const char *
names_error(const struct names *names)
{
	return names->error[0] != '\0' ? names->error
				       : list_error(names->config.list);
}

bool
names_between(const struct names *names)
{
	return names->left == 0;
}

uint64_t
names_line(const struct names *names)
{
	return names->line;
}
