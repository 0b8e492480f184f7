/*
 * Who may be contacted now: one conversation with an address at a time and an
 * interval between two, a few at once with one network (/24 or /48), and a
 * limit for all together. Pure: the time is a parameter.
 *
 * A ticket is a wish to talk to one address. It waits in pace until pace_next()
 * hands it out, and comes back with pace_leave() when the talk is over.
 */
#ifndef SCANNER_CORE_PACE_H
#define SCANNER_CORE_PACE_H

#include <stdint.h>

#include "scanner/core/fact.h"

struct pace;

struct pace_limits {
	unsigned total;	      /* conversations at once */
	unsigned per_network; /* … with one network; 0 = no limit */
	unsigned interval_ms; /* from the end of one to the next, per address */
};

/* Owned by the caller; must not move between pace_enter and pace_leave. */
struct pace_ticket {
	struct fact_address address;
	void *owner;
	struct pace_ticket *next; /* private to pace.c */
};

struct pace *pace_new(const struct pace_limits *limits);
void pace_free(struct pace *pace);

void pace_enter(struct pace *pace, struct pace_ticket *ticket);

/* The next ticket whose turn it is at now_ms, or NULL. */
struct pace_ticket *pace_next(struct pace *pace, uint64_t now_ms);

void pace_leave(
	struct pace *pace, const struct pace_ticket *ticket, uint64_t now_ms);

/* Conversations under way, and tickets that wait. */
unsigned pace_open(const struct pace *pace);
unsigned pace_waiting(const struct pace *pace);

#endif
