/*
 * Who examines a host, and who talks to an address, in the whole fleet.
 */
#include "scanner/claims.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

enum {
	ADDRESS_SIZE = 46,
	/* Before asking again for what somebody else has. */
	HOST_AGAIN_MS = 250,
	ADDRESS_AGAIN_MS = 100,
};

/* An address that waits, or is talked to. */
struct address {
	void *owner;
	bool granted; /* it may be talked to */
	bool asked;
	uint64_t due_ms;
	UT_hash_handle hh;
	char text[ADDRESS_SIZE];
};

struct claims {
	struct fleet *fleet;
	unsigned interval_ms;
	claims_granted_cb on_granted;
	uint64_t now_ms;
	bool alone; /* nobody need be asked */
	bool ready; /* … or can be */
	bool again;
	struct claims_host *hosts; /* that wait, and are not asked for */
	struct address *addresses; /* by text */
	bool addresses_due;
};

struct claims *
claims_new(struct fleet *fleet, unsigned interval_ms, claims_granted_cb granted)
{
	struct claims *claims = calloc(1, sizeof(*claims));

	if (claims == NULL)
		arena_out_of_memory();
	claims->fleet = fleet;
	claims->interval_ms = interval_ms;
	claims->on_granted = granted;
	claims->alone = fleet_is_first(fleet);
	return claims;
}

void
claims_free(struct claims *claims)
{
	struct address *one, *next;

	if (claims == NULL)
		return;
	HASH_ITER (hh, claims->addresses, one, next) {
		HASH_DEL(claims->addresses, one);
		free(one);
	}
	free(claims);
}

/* Hosts. */

static void
ask_hosts(struct claims *claims)
{
	struct claims_host *host, *next;

	DL_FOREACH_SAFE(claims->hosts, host, next)
	{
		if (host->due_ms > claims->now_ms)
			continue;
		DL_DELETE(claims->hosts, host);
		fleet_want_host(claims->fleet, host->name, claims->again);
	}
}

bool
claims_host(struct claims *claims, struct claims_host *host, const char *name)
{
	if (claims->alone)
		return false;
	host->name = name;
	host->waits = true;
	host->due_ms = claims->now_ms;
	DL_APPEND(claims->hosts, host);
	return true;
}

void
claims_host_again(struct claims *claims, struct claims_host *host)
{
	host->due_ms = claims->now_ms + HOST_AGAIN_MS;
	DL_APPEND(claims->hosts, host);
}

void
claims_put_off(struct claims *claims, const char *name)
{
	if (!claims->alone)
		fleet_put_off_host(claims->fleet, name);
}

void
claims_again(struct claims *claims, bool again)
{
	claims->again = again;
}

/* Addresses. */

static void
text_of(const struct fact_address *address, char out[ADDRESS_SIZE])
{
	inet_ntop(address->ipv6 ? AF_INET6 : AF_INET, address->bytes, out,
		ADDRESS_SIZE);
}

static void
ask_addresses(struct claims *claims)
{
	struct address *one, *next;

	if (!claims->addresses_due)
		return;
	claims->addresses_due = false;
	HASH_ITER (hh, claims->addresses, one, next) {
		if (one->granted || one->asked)
			continue;
		if (one->due_ms > claims->now_ms) {
			claims->addresses_due = true;
			continue;
		}
		one->asked = true;
		fleet_want_address(
			claims->fleet, one->text, claims->interval_ms);
	}
}

bool
claims_address(
	struct claims *claims, const struct fact_address *address, void *owner)
{
	struct address *one;

	if (claims->alone)
		return false;
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		arena_out_of_memory();
	one->owner = owner;
	one->due_ms = claims->now_ms;
	text_of(address, one->text);
	HASH_ADD_STR(claims->addresses, text, one);
	claims->addresses_due = true;
	return true;
}

void
claims_release(struct claims *claims, const struct fact_address *address)
{
	char text[ADDRESS_SIZE];
	struct address *one;

	if (claims->alone)
		return;
	text_of(address, text);
	fleet_release_address(claims->fleet, text);
	/* One that was announced is not here. */
	HASH_FIND_STR(claims->addresses, text, one);
	if (one == NULL)
		return;
	HASH_DEL(claims->addresses, one);
	free(one);
}

void
claims_granted(struct claims *claims, const char *address)
{
	struct address *one;

	HASH_FIND_STR(claims->addresses, address, one);
	if (one == NULL || one->granted)
		return;
	one->granted = true;
	claims->on_granted(one->owner);
}

void
claims_addresses_answered(struct claims *claims)
{
	struct address *one, *next;

	HASH_ITER (hh, claims->addresses, one, next) {
		if (!one->asked || one->granted)
			continue;
		one->asked = false;
		one->due_ms = claims->now_ms + ADDRESS_AGAIN_MS;
		claims->addresses_due = true;
	}
}

/* The others. */

void
claims_announce_host(struct claims *claims, const char *name)
{
	fleet_want_host(claims->fleet, name, claims->again);
}

void
claims_announce_put_off(void *arg, const char *name)
{
	struct claims *claims = arg;

	claims_announce_host(claims, name);
	fleet_put_off_host(claims->fleet, name);
}

void
claims_announce_address(
	void *arg, const struct fact_address *address, bool busy)
{
	struct claims *claims = arg;
	char text[ADDRESS_SIZE];

	text_of(address, text);
	if (busy)
		fleet_want_address(claims->fleet, text, claims->interval_ms);
	else
		fleet_release_address(claims->fleet, text);
}

bool
claims_news(struct claims *claims, const struct fleet_news *news)
{
	claims->ready = news->ready;
	return claims->alone && news->members > 1;
}

void
claims_announced(struct claims *claims)
{
	claims->alone = false;
	claims->ready = true;
	fleet_share(claims->fleet);
}

void
claims_turn(struct claims *claims, uint64_t now_ms)
{
	claims->now_ms = now_ms;
	if (claims->alone || !claims->ready)
		return;
	ask_hosts(claims);
	ask_addresses(claims);
}
