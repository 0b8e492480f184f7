/*
 * Who may be contacted now: one conversation with an address at a time and an
 * interval between two, a few at once with one network (/24 or /48) and with
 * one provider, and limits for all together. Pure: the time is a parameter.
 *
 * A ticket is a wish to talk to one address. It waits in pace until pace_next()
 * hands it out, and comes back with pace_leave() when the talk is over.
 */
#ifndef SCANNER_CORE_PACE_H
#define SCANNER_CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/fact.h"

struct pace;

struct pace_limits {
	unsigned total;	      /* conversations at once */
	unsigned per_network; /* … with one network; 0 = no limit */
	unsigned interval_ms; /* from the end of one to the next, per address */
	/* What an address may catch up with, where the caller does not come
	   often enough for the interval. */
	unsigned credit_ms;
	unsigned per_provider; /* at once with one provider; 0 = no limit */
	double rate;	       /* begun a second, by all; 0 = no limit */
};

/* Tickets so far, and how many of them had to wait for what; one can have
   waited for several reasons. */
struct pace_stats {
	uint64_t tickets;
	uint64_t waited_address; /* busy, resting, or others came first */
	uint64_t waited_network;
	uint64_t waited_provider;
	uint64_t waited_total;
	uint64_t waited_rate;
};

struct pace_group;

/* Owned by the caller; must not move between pace_enter and pace_leave. */
struct pace_ticket {
	struct fact_address address;
	const char *provider; /* of the host, or NULL: no limit of that kind */
	void *owner;

	/* Private to pace.c. */
	struct pace_ticket *next;
	struct pace_group *group; /* of the provider */
	unsigned waited;
};

struct pace *pace_new(const struct pace_limits *limits);
void pace_free(struct pace *pace);

void pace_enter(struct pace *pace, struct pace_ticket *ticket);

/* The next ticket whose turn it is at now_ms, or NULL. */
struct pace_ticket *pace_next(struct pace *pace, uint64_t now_ms);

void pace_leave(
	struct pace *pace, const struct pace_ticket *ticket, uint64_t now_ms);

/* … before anybody was contacted: the next one has no reason to wait. */
void pace_leave_unused(struct pace *pace, const struct pace_ticket *ticket);

/* Tell of each address that a conversation is under way with, or was within the
   interval. */
typedef void (*pace_address_cb)(
	void *arg, const struct fact_address *address, bool busy);
void pace_addresses(const struct pace *pace, pace_address_cb cb, void *arg);

/* Conversations under way, and tickets that wait. */
unsigned pace_open(const struct pace *pace);
unsigned pace_waiting(const struct pace *pace);

void pace_stats(const struct pace *pace, struct pace_stats *stats);

#endif
