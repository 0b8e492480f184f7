/*
 * Facts to verdict: endpoint, host, domain (CONFORMANCE sections 2 and 8; RFC
 * 7672 section 2). Pure: the same facts give the same verdict for ever.
 */
#ifndef SCANNER_CORE_VERDICT_H
#define SCANNER_CORE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "scanner/core/arena.h"
#include "scanner/core/dane.h"
#include "scanner/core/fact.h"
#include "scanner/core/pkix.h"
#include "scanner/core/vocabulary.h"

/* The published records, judged one by one. */
struct verdict_record {
	enum usability usability;
	bool judged;  /* there was a chain to match against */
	bool matched; /* … and it matches a chain of every address */
	int depth;    /* of the match, or -1 */
	enum hint hint;
};

struct verdict_endpoint {
	enum endpoint_class class;
	enum reason reason;
	struct dane_result dane;  /* of the chain that the server prefers;
				     usable == 0 when DANE did not apply */
	struct dane_result other; /* … with a key of the other kind */
	enum fact_key failed_key; /* of two, the kind that reason is about;
				     else FACT_KEY_ANY */
	uint64_t flags;
	struct pkix_result pkix; /* of the chain that the server prefers; beside
				    the verdict: class knows nothing of it */
};

/*
 * A host as one domain sees it. The reference identifiers differ from domain
 * to domain, so class, reason and endpoints may.
 */
struct verdict_host {
	const struct fact_host *fact;
	time_t time; /* when the host was judged, for whatever domain */
	enum host_class class;
	enum reason reason;
	enum tlsa_state tlsa;
	bool outage; /* HOST_BROKEN: no reachable address is good */
	uint64_t flags;
	uint64_t lints;	      /* on its chains, see lint_chain.h */
	uint8_t leaf_key[32]; /* SHA-256 of the key that it shows first; all
				 zero: none */
	struct verdict_record *records;	    /* fact->record_count of them */
	struct verdict_endpoint *endpoints; /* fact->endpoint_count of them */
};

enum verdict_half_dane {
	VERDICT_HALF_NULL, /* does not apply */
	VERDICT_HALF_NONE,
	VERDICT_HALF_SOME,
	VERDICT_HALF_ALL,
	VERDICT_HALF_BROKEN,
};

enum verdict_severity {
	VERDICT_SEVERITY_NULL,
	VERDICT_SEVERITY_DEGRADED,
	VERDICT_SEVERITY_OUTAGE,
};

struct verdict_domain {
	enum domain_class class;
	enum reason reason;
	enum reason reasons[16]; /* all, most severe first, no repetition */
	size_t reason_count;
	enum verdict_severity severity;
	enum verdict_half_dane half_dane;
	uint64_t flags;
};

/*
 * Judge a host for one set of reference identifiers. names->base is ignored
 * in favour of the host's own base domain. Arrays are allocated from arena.
 */
void verdict_host(struct dane *dane, const struct fact_host *host,
	const struct dane_names *names, time_t now, struct arena *arena,
	struct verdict_host *verdict);

/* Would other reference identifiers change this verdict? (A chain anchored by
   DANE-TA whose name did not match.) If not, it can be shared. */
bool verdict_depends_on_names(const struct verdict_host *verdict);

/*
 * The identifiers that RFC 7672 section 3.2.2 adds for this domain besides the
 * base domain: none when the MX RRset is insecure.
 */
void verdict_names(const struct fact_domain *domain, struct dane_names *names);

/* Judge a domain; hosts[i] is the verdict on domain->hosts[i].host. */
void verdict_domain(const struct fact_domain *domain,
	const struct verdict_host *const *hosts,
	struct verdict_domain *verdict);

#endif
