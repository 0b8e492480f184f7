/*
 * A member of a scan's fleet: what it takes of the common work, and what it
 * tells and hears of the others. All goes over a connection of its own, beside
 * that of the rows, several times a second in one transaction with all that has
 * gathered since; and each transaction may be repeated, so one whose end was
 * not heard is. The rules are functions of the database (sql/).
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct fleet;

/* How far the list was loaded when this member came. */
struct fleet_list {
	uint64_t line;	 /* names of all lines up to this one are in chunks */
	uint64_t names;	 /* … and are so many; 0: nobody has counted them */
	uint32_t chunks; /* number of the last one */
	bool whole;	 /* to its end */
};

/* A chunk of the list, which this member holds from now on. */
struct fleet_chunk;

struct fleet_name {
	uint64_t line;
	const char *name;
	const char *input; /* as the list has it, or NULL for the same */
	const struct row_tag *tags;
	size_t tag_count;
};

uint32_t fleet_chunk_number(const struct fleet_chunk *chunk);
/* Names that are not done. */
size_t fleet_chunk_size(const struct fleet_chunk *chunk);
/* The next of them, valid until the next call; false: no more. */
bool fleet_chunk_next(struct fleet_chunk *chunk, struct fleet_name *name);
void fleet_chunk_free(struct fleet_chunk *chunk);

enum fleet_host {
	FLEET_HOST_MINE,      /* to be examined by this member */
	FLEET_HOST_ELSEWHERE, /* another one does so: ask again later */
	FLEET_HOST_PUT_OFF, /* … has done so, and it waits for a further pass */
	FLEET_HOST_DONE,    /* its facts come along */
};

struct fleet_certificate {
	const uint8_t *sha256; /* 32 octets */
	const uint8_t *der;
	size_t len;
};

/* A host that is stored. */
struct fleet_facts {
	int64_t run; /* that examined it */
	const struct row_host *row;
	const struct fleet_certificate *certificates;
	size_t certificate_count;
};

struct fleet_news {
	unsigned members; /* with this one */
	bool ready;	  /* the others claim what they examine */
	bool complete;	  /* nothing is left to do in the whole scan */
	bool stuck;	  /* nor now, but nobody loads the rest of the list */
	uint64_t domains; /* stored by others and earlier runs */
	uint64_t names;	  /* of the list; 0: it is not loaded to its end */
};

/* What is told from store_ready() and store_tick(), once the database has it.
   What is pointed to is valid inside, but for the chunk, which is the callee's.
 */
struct fleet_listener {
	void *arg;
	void (*news)(void *arg, const struct fleet_news *news);
	void (*opt_out)(void *arg, const char *entry);
	/* Answers, to each question one. NULL: there is none for now. */
	void (*chunk)(void *arg, struct fleet_chunk *chunk);
	/* facts: NULL, but of FLEET_HOST_DONE. */
	void (*host)(void *arg, const char *host, enum fleet_host status,
		const struct fleet_facts *facts);
	/* The address is this member's to talk to; no answer: not yet, and it
	   was asked for in vain. */
	void (*address)(void *arg, const char *address);
	void (*addresses_answered)(void *arg);
};
void fleet_listen(struct fleet *fleet, const struct fleet_listener *listener);

const struct fleet_list *fleet_list(const struct fleet *fleet);
/* The first member of a scan has nobody to agree with in the beginning. */
bool fleet_is_first(const struct fleet *fleet);

/* in_hand: chunks that are held and not only put off. */
void fleet_want_chunk(struct fleet *fleet, unsigned in_hand);

/* again: in a further pass. */
void fleet_want_host(struct fleet *fleet, const char *host, bool again);
void fleet_put_off_host(struct fleet *fleet, const char *host);

/* interval_ms: from the end of one conversation to the next, whoever has it. */
void fleet_want_address(
	struct fleet *fleet, const char *address, unsigned interval_ms);
void fleet_release_address(struct fleet *fleet, const char *address);

/* What this member examines and has not stored is claimed, or will be by what
   was asked for already: tell the others, when rows that are added are stored.
 */
void fleet_share(struct fleet *fleet);

/*
 * Loading the list. A chunk is begun, its names are added, it is ended; it is
 * to be had by anybody from fleet_publish() on: line is the last one whose name
 * is in a chunk. False: enough is on its way.
 */
bool fleet_may_load(const struct fleet *fleet);
void fleet_load_name(struct fleet *fleet, const struct fleet_name *name);
void fleet_load_chunk(struct fleet *fleet);
void fleet_publish(struct fleet *fleet, uint64_t line, bool whole);

#endif
