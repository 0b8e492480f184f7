/*
 * The connection of a member of the fleet, as the sink of its rows drives it.
 */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include "store/connection.h"
#include "store/fleet.h"
#include "store/lease.h"

/* Takes over an open connection, for the holder of lease. */
struct fleet *link_new(struct pg_conn *pg, const char *dsn, struct store *store,
	const struct lease *lease);
void link_free(struct fleet *fleet);
void link_watch(struct fleet *fleet);

/* Its connection is lost and opened again as needed; of CONNECTION_REFUSED
   link_error() tells. batch: the last one that is committed. */
enum connection_event link_step(struct fleet *fleet, int fd, int events,
	uint64_t now_ms, uint64_t batch);
const char *link_error(const struct fleet *fleet);
/* What it is waiting for, or NULL. */
const char *link_problem(struct fleet *fleet);

/* No turn begins any more, for the member is to end: a turn after that would be
   that of one who is lost. False: one is under way. */
bool link_rest(struct fleet *fleet);

/* Tell that this member shares when this batch is committed. */
void link_share_after(struct fleet *fleet, uint64_t batch);
/* Is that to be told? */
bool link_wants_share(const struct fleet *fleet);

/* Do chunks wait for the indexes of the scan? True is told once each time that
   the news say so. */
bool link_wants_index(struct fleet *fleet);

#endif
