/*
 * Names from the chunks that this member of the fleet holds.
 */
#include "scanner/feed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

enum {
	/* Before asking again when there was none. */
	PAUSE_MS = 100
};

/* A chunk that is held. */
struct held {
	uint32_t number;
	size_t left;		   /* names without a row */
	size_t put_off;		   /* … that wait for a further pass */
	struct fleet_chunk *chunk; /* NULL: all names are handed out */
	struct held *prev, *next;  /* of those with names to hand out */
	UT_hash_handle hh;
};

struct feed {
	struct fleet *fleet;
	struct held *held;  /* all, by number */
	struct held *queue; /* the first one is being handed out */
	bool asked;
	bool none; /* was the last answer */
	bool pause;
	uint64_t retry_ms;
};

struct feed *
feed_new(struct fleet *fleet)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		arena_out_of_memory();
	feed->fleet = fleet;
	return feed;
}

static void
forget(struct feed *feed, struct held *held)
{
	HASH_DEL(feed->held, held);
	fleet_chunk_free(held->chunk);
	free(held);
}

void
feed_free(struct feed *feed)
{
	struct held *held, *next;

	if (feed == NULL)
		return;
	HASH_ITER (hh, feed->held, held, next)
		forget(feed, held);
	free(feed);
}

/* Chunks with names that are neither done nor put off. */
static unsigned
in_hand(const struct feed *feed)
{
	const struct held *held;
	unsigned count = 0;

	for (held = feed->held; held != NULL; held = held->hh.next)
		count += held->left > held->put_off;
	return count;
}

void
feed_turn(struct feed *feed, uint64_t now_ms)
{
	if (feed->pause)
		feed->retry_ms = now_ms + PAUSE_MS;
	feed->pause = false;
	if (feed->asked || now_ms < feed->retry_ms ||
		(feed->queue != NULL && feed->queue->next != NULL))
		return;
	feed->asked = true;
	fleet_want_chunk(feed->fleet, in_hand(feed));
}

bool
feed_take(struct feed *feed, struct fleet_chunk *chunk)
{
	struct held *held;

	feed->asked = false;
	feed->none = feed->pause = chunk == NULL;
	if (chunk == NULL)
		return false;
	if (fleet_chunk_size(chunk) == 0) {
		fleet_chunk_free(chunk);
		return true;
	}
	held = calloc(1, sizeof(*held));
	if (held == NULL)
		arena_out_of_memory();
	held->number = fleet_chunk_number(chunk);
	held->left = fleet_chunk_size(chunk);
	held->chunk = chunk;
	HASH_ADD(hh, feed->held, number, sizeof(held->number), held);
	DL_APPEND(feed->queue, held);
	return false;
}

bool
feed_next(struct feed *feed, struct list_entry *entry)
{
	struct held *held;
	struct fleet_name name;

	while ((held = feed->queue) != NULL) {
		if (fleet_chunk_next(held->chunk, &name)) {
			*entry = (struct list_entry){
				.line = name.line,
				.chunk = held->number,
				.input = name.input,
				.tags = name.tags,
				.tag_count = name.tag_count,
			};
			snprintf(entry->name, sizeof(entry->name), "%s",
				name.name);
			return true;
		}
		DL_DELETE(feed->queue, held);
		fleet_chunk_free(held->chunk);
		held->chunk = NULL;
		if (held->left == 0)
			forget(feed, held);
	}
	return false;
}

bool
feed_is_idle(const struct feed *feed)
{
	return feed->none && feed->queue == NULL;
}

static struct held *
find(const struct feed *feed, uint32_t chunk)
{
	struct held *held;

	HASH_FIND(hh, feed->held, &chunk, sizeof(chunk), held);
	assert(held != NULL && held->left > 0);
	return held;
}

bool
feed_done(struct feed *feed, uint32_t chunk, bool was_put_off)
{
	struct held *held = find(feed, chunk);

	held->put_off -= was_put_off;
	if (--held->left > 0)
		return false;
	/* Where the last name is done at once, its text is still in use. */
	if (held->chunk == NULL)
		forget(feed, held);
	return true;
}

void
feed_put_off(struct feed *feed, uint32_t chunk)
{
	find(feed, chunk)->put_off++;
}
