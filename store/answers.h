/*
 * What the database answers to a member of the fleet: JSON becomes the structs
 * of fleet.h, and is told to the listener.
 */
#ifndef STORE_ANSWERS_H
#define STORE_ANSWERS_H

#include <jansson.h>
#include <stdint.h>

#include "store/fleet.h"

/* NULL: there is none. The chunk holds a reference. */
struct fleet_chunk *answers_chunk(json_t *answer);

/* Tell of each host, or address. */
void answers_hosts(const json_t *answer, const struct fleet_listener *listener);
void answers_addresses(
	const json_t *answer, const struct fleet_listener *listener);

/* Tell of opt-outs after the last one known, and then of the news. */
void answers_news(const json_t *answer, const struct fleet_listener *listener,
	int64_t *known);

/* name as an element of a chunk. */
json_t *answers_name(const struct fleet_name *name);

#endif
