/*
 * What DNS says of an MX host before anybody talks to it: is DANE promised,
 * for which addresses, and what is wrong (CONFORMANCE groups A and B; RFC 7672
 * sections 2.1 and 2.2). Pure.
 */
#ifndef SCANNER_CORE_STANDING_H
#define SCANNER_CORE_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

enum standing_question {
	STANDING_MX,
	STANDING_ADDRESS,
	STANDING_TLSA,
};

struct standing {
	/* A secure TLSA RRset is there: class and reason are still open, and
	   tlsa is TLSA_USABLE until the records have been looked at. */
	bool dane;
	enum host_class class;
	enum reason reason;
	enum tlsa_state tlsa;
	bool family_secure; /* at least one address family is authenticated */
	uint64_t flags;
};

void standing_of(const struct fact_host *host, struct standing *standing);

/* Why this look-up cannot be believed or did not succeed; REASON_NONE for an
   answer, and for a question that was not asked. */
enum reason standing_failure(
	enum standing_question question, const struct fact_lookup *lookup);

/* Has the host an address that is authenticated by its own RRset? */
bool standing_is_signed(const struct fact_host *host);

/* Does the host's DANE promise cover this address? */
bool standing_covers(
	const struct standing *standing, const struct fact_endpoint *endpoint);

#endif
