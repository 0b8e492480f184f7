/*
 * The domains under way: each from its list line to its verdict. Asks the MX
 * question, thinks of a second opinion on the answer, waits for the hosts and
 * for further look-ups, and judges.
 */
#ifndef SCANNER_DOMAINS_H
#define SCANNER_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/extras.h"
#include "scanner/hosts.h"
#include "scanner/judge.h"
#include "scanner/list.h"
#include "scanner/opinions.h"

struct domains;

/* A domain that is done; all of it is valid inside the callback only. */
struct domains_done {
	const struct judge_result *result;
	const struct record_line *line;
	uint32_t chunk; /* of its entry */
};

typedef void (*domains_done_cb)(void *arg, const struct domains_done *done);

struct domains_config {
	struct resolver *resolver;
	uint16_t port; /* that TLSA records are looked for at */
	const struct blocklist *blocklist; /* or NULL */
	struct opinions *opinions;
	struct extras *extras;
	struct hosts *hosts;
	struct judge *judge;
	domains_done_cb on_done;
	void *arg;
};

struct domains *domains_new(const struct domains_config *config);
/* Domains under way get no callback any more. */
void domains_free(struct domains *domains);

/* Begin with a name of the list; entry is copied. One callback is to come,
   from domains_turn(). */
void domains_take_up(struct domains *domains, const struct list_entry *entry,
	uint64_t now_ms);

/* Wake the domains that waited for a host, which is done. */
void domains_wake(struct domains *domains, struct hosts_waiter *waiters);

/* Step every domain that is ready. */
void domains_turn(struct domains *domains, uint64_t now_ms, int64_t wall_us);

/* Which pass the domains taken up from now on are in; 1 in the beginning. */
void domains_in_pass(struct domains *domains, unsigned pass);

/* While a further pass is to come, what it will ask again gets no second look:
   no second opinion, no questions on the side, no further look-ups. */
void domains_provisional(struct domains *domains, bool provisional);

/* Nothing more is to be taken up, for now at least. */
void domains_ended(struct domains *domains, bool ended);

/* Flags of all rows that are made from now on: bits of FLAG_BIT(). */
void domains_flag(struct domains *domains, uint64_t flags);

/* Is there something to step at once? */
bool domains_ready(const struct domains *domains);

/* Does the validator have as much to do as it can in time? What else is asked
   would only wait until it times out. */
bool domains_busy(const struct domains *domains);

/* Domains under way that wait for name servers which do not answer: whose MX
   question others have passed long ago, or whose second opinion is to come.
   They need nothing but memory, and the window does not count them; at most
   8,192. */
unsigned domains_aside(const struct domains *domains);

/* Questions for MX that wait for their answer. */
unsigned domains_questions_open(const struct domains *domains);

#endif
