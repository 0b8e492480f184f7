/*
 * The domain's side of a scan: from the MX answer to the hosts to examine
 * (RFC 5321 section 5.1, RFC 7505, RFC 7672 section 2.2.1). Pure.
 */
#ifndef SCANNER_CORE_DOMAIN_H
#define SCANNER_CORE_DOMAIN_H

#include "resolver/answer.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

/* Exchanges looked at; a domain with more is flagged as truncated. */
enum {
	DOMAIN_HOSTS_MAX = 16
};

/* One host to examine, before its facts are known. */
struct domain_exchange {
	uint16_t preference;
	const char *name;    /* as it is to be looked up */
	enum reason refused; /* why it must not be, or REASON_NONE */
};

struct domain_exchanges {
	struct domain_exchange list[DOMAIN_HOSTS_MAX];
	size_t count; /* 0: the domain is done without hosts */
};

/*
 * Take the answer to the MX question for fact->name: fills the rest of fact
 * but its hosts, and exchanges, by preference, then name, each once. Strings
 * are allocated from arena.
 */
void domain_take_mx(struct fact_domain *fact, const struct answer *answer,
	struct arena *arena, struct domain_exchanges *exchanges);

/* Keep what a look-up said; strings are copied into arena. */
void domain_keep_lookup(struct fact_lookup *lookup, const struct answer *answer,
	struct arena *arena);

#endif
