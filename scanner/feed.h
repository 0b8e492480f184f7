/*
 * Names from the chunks that this member of the fleet holds. A chunk is asked
 * for when the one before is nearly handed out, and is held until each of its
 * names has its row.
 */
#ifndef SCANNER_FEED_H
#define SCANNER_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"
#include "store/fleet.h"

struct feed;

struct feed *feed_new(struct fleet *fleet);
void feed_free(struct feed *feed);

/* Ask for a chunk where one is wanted. */
void feed_turn(struct feed *feed, uint64_t now_ms);

/* The answer; the chunk, which may be NULL, becomes the feed's. True: it has
   no name to do, and is as good as ended. */
bool feed_take(struct feed *feed, struct fleet_chunk *chunk);

/* The next name, valid until the next call; false: there is none now. */
bool feed_next(struct feed *feed, struct list_entry *entry);
/* Was there none to be had, and is nothing left to hand out? */
bool feed_is_idle(const struct feed *feed);

/* A name of this chunk has its row, after it was put off or not. True: it was
   the last one, and the chunk is forgotten. */
bool feed_done(struct feed *feed, uint32_t chunk, bool was_put_off);
/* … waits for a further pass, for the first time. */
void feed_put_off(struct feed *feed, uint32_t chunk);

#endif
