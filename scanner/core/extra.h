/*
 * The further look-ups of --extras: which question comes next about a domain
 * or about a host, and what was found. Nothing of it changes a class. Pure: the
 * conductor asks, and brings the answers.
 */
#ifndef SCANNER_CORE_EXTRA_H
#define SCANNER_CORE_EXTRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/opinion.h"

/* What can be asked for, by the words of INTERFACE section 1. */
enum extra {
	EXTRA_MTA_STS,
	EXTRA_TLSRPT,
	EXTRA_NS,
	EXTRA_DS,
	EXTRA_DENIAL,
	EXTRA_PORTS,
	EXTRAS,
};

enum {
	/* Sets of them: 1 << enum extra. */
	EXTRA_NONE = 0,
	EXTRA_ALL = (1 << EXTRAS) - 1,
	EXTRA_OF_DOMAIN = 1 << EXTRA_MTA_STS | 1 << EXTRA_TLSRPT |
			  1 << EXTRA_NS | 1 << EXTRA_DS,
	EXTRA_OF_HOST = 1 << EXTRA_DENIAL | 1 << EXTRA_PORTS,
	/* Name servers, DS and DNSKEY records that are kept. */
	EXTRA_SERVERS_MAX = 16,
	EXTRA_KEYS_MAX = 16,
};

/* "mta-sts", "tlsrpt", … */
const char *extra_label(enum extra extra);

/* The questions, one at a time, in this order. */
enum extra_step {
	EXTRA_STEP_MTA_STS,
	EXTRA_STEP_TLSRPT,
	EXTRA_STEP_ZONE, /* NS, at one name after the other */
	EXTRA_STEP_DS,
	EXTRA_STEP_DNSKEY,
	EXTRA_STEP_NSEC3PARAM,
	EXTRA_STEP_NSEC3,
	EXTRA_STEP_PARENT,
	EXTRA_STEP_OWNER,
	EXTRA_STEP_PORTS, /* as many as FACT_PORTS */
	EXTRA_STEP_DONE = EXTRA_STEP_PORTS + FACT_PORTS,
};

/* The look-ups about one domain or one host. */
struct extra_job {
	unsigned wanted;
	unsigned step; /* enum extra_step; a port's is its place */
	struct arena *arena;
	const struct fact_domain *domain; /* one of these is NULL */
	const struct fact_host *host;
	uint16_t port;	   /* of the host's TLSA records */
	const char *place; /* where the zone is looked for, or was found */
	struct fact_mtasts *mtasts;
	struct fact_tlsrpt *tlsrpt;
	struct fact_zone *zone;	      /* its provider is the conductor's */
	struct fact_signing *signing; /* … and whether it is a registry */
	struct fact_denial *denial;
	struct fact_port *ports;
};

/*
 * Begin, when the MX answer or the host's look-ups are complete. wanted: a set
 * of what the user wants; what is not about a domain, or a host, is left out.
 * port: that of the host's TLSA records.
 * False: there is nothing to find out. The facts must outlive the job.
 */
bool extra_domain(struct extra_job *job, const struct fact_domain *domain,
	unsigned wanted, struct arena *arena);
bool extra_host(struct extra_job *job, const struct fact_host *host,
	uint16_t port, unsigned wanted, struct arena *arena);

/* The question to ask now; false when there is none left. */
bool extra_next(struct extra_job *job, struct opinion_question *question);

/* The answer to that question has come. */
void extra_take(struct extra_job *job, const struct answer *answer);

/*
 * Is TLSA at the host's base domain worth a question to each of the zone's
 * servers, since the name is said not to exist? To be asked when extra_next()
 * has returned false. The servers are the arena's.
 */
bool extra_wants_servers(
	const struct extra_job *job, struct opinion_question *question);
void extra_take_servers(
	struct extra_job *job, const struct fact_server *servers, size_t count);

/* What was found, in the arena. */
const struct fact_extras *extra_of_domain(const struct extra_job *job);
const struct fact_host_extras *extra_of_host(const struct extra_job *job);

#endif
