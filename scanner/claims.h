/*
 * Who examines a host, and who talks to an address, in the whole fleet. As long
 * as the first member of a scan is alone it need not ask; from then on nothing
 * begins before the database says whose it is.
 */
#ifndef SCANNER_CLAIMS_H
#define SCANNER_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/fact.h"
#include "store/fleet.h"

struct claims;

/* A host that waits. Its memory is the caller's, until it is answered. */
struct claims_host {
	const char *name;
	bool waits;
	uint64_t due_ms; /* to be asked for */
	struct claims_host *prev, *next;
};

/* owner may talk to its address. */
typedef void (*claims_granted_cb)(void *owner);

/* interval_ms: from the end of one conversation to the next, per address. */
struct claims *claims_new(
	struct fleet *fleet, unsigned interval_ms, claims_granted_cb granted);
void claims_free(struct claims *claims);

/* Ask for what is due. */
void claims_turn(struct claims *claims, uint64_t now_ms);

/* True: the host is to be waited for. False: it is ours, nobody need be asked.
   claims_host_again(): the answer was that another one has it. */
bool claims_host(
	struct claims *claims, struct claims_host *host, const char *name);
void claims_host_again(struct claims *claims, struct claims_host *host);
/* What was found of this host waits for a further pass. */
void claims_put_off(struct claims *claims, const char *name);
/* Hosts that were put off, by anybody, are to be taken from now on, or not. */
void claims_again(struct claims *claims, bool again);

/* True: the address is to be waited for. Nobody here may have it already. */
bool claims_address(
	struct claims *claims, const struct fact_address *address, void *owner);
/* The conversation with the address is over, or is not to be had any more. */
void claims_release(struct claims *claims, const struct fact_address *address);

/* Claimed already when others come: a host that is being examined, or waits for
   a further pass; an address that is being talked to, or was. */
void claims_announce_host(struct claims *claims, const char *name);
void claims_announce_put_off(void *claims, const char *name);
void claims_announce_address(
	void *claims, const struct fact_address *address, bool busy);

/* What the fleet tells. True: others have come, and all that this member
   examines is to be announced; then claims_announced(). */
bool claims_news(struct claims *claims, const struct fleet_news *news);
void claims_announced(struct claims *claims);
void claims_granted(struct claims *claims, const char *address);
void claims_addresses_answered(struct claims *claims);

#endif
