/*
 * What one authoritative server said to one question. Pure.
 */
#ifndef RESOLVER_OUTCOME_H
#define RESOLVER_OUTCOME_H

#include <stdbool.h>

/* The answers are those of a server with authority (RFC 1035 section 4.1.1). */
enum outcome {
	OUTCOME_NONE, /* not asked */
	OUTCOME_DATA, /* with a signature */
	OUTCOME_DATA_UNSIGNED,
	OUTCOME_ALIAS,	/* a CNAME, and no more */
	OUTCOME_NODATA, /* with NSEC or NSEC3 */
	OUTCOME_NODATA_UNPROVED,
	OUTCOME_NXDOMAIN,
	OUTCOME_NXDOMAIN_UNPROVED,
	OUTCOME_SERVFAIL,
	OUTCOME_REFUSED,
	OUTCOME_NOTIMP,
	OUTCOME_FORMERR,
	OUTCOME_TIMEOUT,   /* to this question, but not to others */
	OUTCOME_SILENT,	   /* no answer to anything */
	OUTCOME_TRUNCATED, /* over UDP, and no answer over TCP */
	OUTCOME_LAME,	   /* without authority */
	OUTCOME_MALFORMED,
};

/* Was there any response that can be read? */
bool outcome_is_answer(enum outcome outcome);

/* "data", "data-unsigned", …; "not-asked". */
const char *outcome_label(enum outcome outcome);

#endif
