/*
 * The examination of one MX host as a state machine: which question comes
 * next, what an answer changes, which addresses to talk to (RFC 7672 sections
 * 2.1.3, 2.2.2 and 2.2.3). Pure: the conductor asks, and brings the answers.
 */
#ifndef SCANNER_CORE_HOST_H
#define SCANNER_CORE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/name.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

/* Addresses looked at, of each family. */
enum {
	HOST_ADDRESSES_MAX = 8
};

enum host_probing {
	HOST_PROBE_DANE, /* where there is a secure TLSA RRset */
	HOST_PROBE_ALL,
	HOST_PROBE_NONE,
};

struct host_policy {
	enum host_probing probing;
	bool no_ipv4; /* the scanner has none: addresses are kept, and told */
	bool no_ipv6;
	bool allow_reserved; /* special-purpose addresses are contacted too */
	uint16_t port;
};

/* One question may be open in each slot. */
enum host_slot {
	HOST_SLOT_A,
	HOST_SLOT_AAAA,
	HOST_SLOT_CNAME,
	HOST_SLOT_TLSA,
	HOST_SLOTS,
};

enum host_state {
	HOST_STATE_ADDRESSES, /* A and AAAA are asked */
	HOST_STATE_CNAME,     /* … and were an insecure alias */
	HOST_STATE_TLSA,      /* candidates in turn */
	HOST_STATE_PROBES,    /* fact.endpoints are to be talked to */
	HOST_STATE_DONE,
};

struct host {
	struct fact_host fact;
	enum host_state state;

	/* Private to host.c. */
	const struct host_policy *policy;
	struct arena *arena;
	unsigned to_ask; /* 1 << enum host_slot */
	unsigned open;	 /* asked, not answered */
	struct fact_address addresses[2][HOST_ADDRESSES_MAX];
	size_t address_count[2];
	const char *candidates[2]; /* TLSA base domains to try, in order */
	size_t candidate_count;
	size_t candidate;
};

struct host_question {
	enum host_slot slot;
	enum answer_type type;
	char name[NAME_SIZE];
};

/*
 * Begin with the host called name, which is copied. refused: an exchange that
 * must not be looked up; the host is done at once. policy must outlive host.
 */
void host_init(struct host *host, const char *name, enum reason refused,
	const struct host_policy *policy, struct arena *arena);

/* The next question to ask now; false when there is none. */
bool host_ask(struct host *host, struct host_question *question);

/* The answer to the question in slot has come. */
void host_answer(
	struct host *host, enum host_slot slot, const struct answer *answer);

/* The question in slot, just given, must not be asked, nor any other; no other
   is open. The host is done. */
void host_refuse(struct host *host, enum host_slot slot, enum reason reason);

/* Nothing is to be asked, for another scanner leaves the host to a further
   pass: the host is done as when its addresses could not be learnt. */
void host_put_off(struct host *host);

/* One conversation: with which address, and what to ask for in it. */
struct host_probe {
	enum fact_attempt attempt;
	const char *sni; /* the TLSA base domain (RFC 7672 section 8.1), or
			    NULL for none */
	enum fact_key key;
};

/* The next conversation to have with this endpoint; false when there is none.
   matches: a record does match the chain that it showed before, if any.
   (HOST_STATE_PROBES) */
bool host_next_probe(const struct host *host,
	const struct fact_endpoint *endpoint, bool matches,
	struct host_probe *probe);

/* All conversations are over. */
void host_probed(struct host *host);

#endif
