/*
 * Who serves the zone that a name is in: as the validating resolver knows it,
 * or, where the zone is too sick to tell, as the closest zone above that is
 * well delegates to it.
 */
#ifndef SCANNER_ZONESERVERS_H
#define SCANNER_ZONESERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/core/arena.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/fact.h"
#include "scanner/core/opinion.h"
#include "scanner/servers.h"

struct zoneservers;

struct zoneservers_config {
	struct resolver *resolver;
	struct servers *servers; /* asks those of the zone above */
	bool no_ipv4;
	bool no_ipv6;
	const struct blocklist *blocklist; /* or NULL */
};

struct zoneservers *zoneservers_new(const struct zoneservers_config *config);
void zoneservers_free(struct zoneservers *zoneservers);

/* Forget who serves the zones above. */
void zoneservers_renew(struct zoneservers *zoneservers);

/* The address of one server name in one family. */
struct zone_address_question {
	struct zone_search *search;
	const char *name;
	bool ipv6;
};

enum zone_search_state {
	ZONE_SEARCH_ZONE,      /* the NS RRset is looked for, name by name */
	ZONE_SEARCH_ADDRESSES, /* the servers' addresses are */
	ZONE_SEARCH_ABOVE, /* they are of the zone above, and asked for NS */
};

/* Its memory is the caller's, until it is done. */
struct zone_search {
	/* What for. */
	const struct opinion_question *question;
	bool unanswered; /* as of opinions_ask() */
	struct arena *arena;
	/* Called when there is something for zone_search_step() to do. */
	void (*post)(void *arg);
	void *arg;

	/* What was found, in arena; no servers: nobody. */
	const char *zone;
	struct fact_server servers[OPINION_SERVERS_MAX];
	size_t count;
	bool heard; /* a server of the zone above has answered */

	/* Private to zoneservers.c. */
	struct zoneservers *zoneservers;
	enum zone_search_state state;
	bool sick;     /* the zone itself does not tell its servers */
	bool referred; /* … but the one above did */
	size_t above;  /* servers of that one that were asked */
	const char *names[OPINION_SERVERS_MAX];
	size_t name_count;
	struct zone_address_question addresses[2 * OPINION_SERVERS_MAX];
	struct servers_question asked;
	unsigned open; /* questions of the state */
};

/* To be called on what its owner has filled in, and zeros. */
void zone_search_begin(
	struct zoneservers *zoneservers, struct zone_search *search);

/* Take the next step: first of all, and after each post. True: it is done. */
bool zone_search_step(struct zone_search *search, uint64_t now_ms);

#endif
