/*
 * This scan as a member of a fleet: loads the list, if it has one, asks for
 * chunks, hosts and addresses, and hears what there is to hear.
 */
#ifndef SCANNER_MEMBER_H
#define SCANNER_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/claims.h"
#include "scanner/feed.h"
#include "scanner/hosts.h"
#include "scanner/list.h"
#include "store/fleet.h"

struct member;

/* Never to contact this name, address or block, from now on. */
typedef void (*member_opt_out_cb)(void *arg, const char *entry);
/* A chunk has no name left to do. */
typedef void (*member_ended_cb)(void *arg, uint32_t chunk);

struct member_config {
	struct fleet *fleet;
	struct list *list; /* to be loaded, or NULL */
	bool shuffled;
	uint64_t seed;
	unsigned interval_ms; /* between two conversations with an address */
	member_ended_cb on_ended;
	void *on_ended_arg;
	member_opt_out_cb on_opt_out; /* or NULL */
	void *on_opt_out_arg;
};

/* What config points to must outlive the member. */
struct member *member_new(const struct member_config *config);
void member_free(struct member *member);

struct feed *member_feed(struct member *member);
struct claims *member_claims(struct member *member);
/* Who is told of claims; to be called before the first turn. */
void member_listen(struct member *member, struct hosts *hosts);

/* taking: names are wanted, and the list is to be loaded. False: the list
   cannot be read any further. */
bool member_turn(struct member *member, uint64_t now_ms, bool taking);
const char *member_error(const struct member *member);

/* As the last news have it. */
const struct fleet_news *member_news(const struct member *member);
#endif
