/*
 * The part of the database that a fleet shares, in virtual time: chunks, hosts
 * and addresses, and the members that are connected to it; linked in place of
 * store/link.c and store/answers.c.
 */
#ifndef TESTS_SCENARIO_FAKE_FLEET_H
#define TESTS_SCENARIO_FAKE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/fleet.h"

enum {
	FAKE_CHUNKS_MAX = 64,
	FAKE_CHUNK_NAMES_MAX = 1000,
	FAKE_CLAIMS_MAX = 64,
	FAKE_MEMBERS_MAX = 4,
	FAKE_NAME_SIZE = 64,
};

struct fake_chunk {
	struct {
		uint64_t line;
		char name[FAKE_NAME_SIZE];
		bool done; /* it has a row */
	} names[FAKE_CHUNK_NAMES_MAX];
	size_t size;
	int64_t holder; /* token, or 0 */
	bool done;
};

/* A host or an address. */
struct fake_claim {
	char name[FAKE_NAME_SIZE];
	int64_t holder;
	bool put_off;
	bool stored; /* of a host: row is what there is of it */
	bool released;
	uint64_t released_ms;
};

struct fake_database {
	uint64_t now_ms;
	uint64_t delay_ms;	    /* of a turn of a member */
	bool away;		    /* answers nobody */
	const struct row_host *row; /* of every host that is stored */

	struct fake_chunk chunks[FAKE_CHUNKS_MAX];
	size_t chunk_count, published;
	uint64_t line; /* loaded */
	bool whole;
	struct fake_claim hosts[FAKE_CLAIMS_MAX];
	size_t host_count;
	struct fake_claim addresses[FAKE_CLAIMS_MAX];
	size_t address_count;
	const char *opt_out; /* told when it is not NULL, once */
	struct fleet *members[FAKE_MEMBERS_MAX];
	size_t member_count;
	size_t rows; /* stored */
};

/* A further member; it goes with what it holds, as one that dies. */
struct fleet *fake_fleet_join(struct fake_database *database);
void fake_fleet_leave(struct fleet *fleet);

/* Once a millisecond: answer what was asked. */
void fake_fleet_step(struct fleet *fleet, uint64_t now_ms);

/* The sink has committed the row of a name, the end of a chunk, a host. */
void fake_fleet_row(struct fleet *fleet, const char *name);
void fake_fleet_ended(struct fleet *fleet, uint32_t chunk);
void fake_fleet_stored(struct fleet *fleet, const char *host);

/* Who holds a host or an address: NULL when nobody ever did. */
const struct fake_claim *fake_fleet_host(
	struct fake_database *database, const char *host);
const struct fake_claim *fake_fleet_address(
	struct fake_database *database, const char *address);

#endif
