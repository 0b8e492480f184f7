/*
 * Which facts may be others in a few minutes: look-ups that failed without
 * proof of forgery, and conversations that never got going. A further pass asks
 * again (CONFORMANCE section 2, "DNS failures and the four classes"). Pure.
 */
#ifndef SCANNER_CORE_RETRY_H
#define SCANNER_CORE_RETRY_H

#include <stdbool.h>

#include "scanner/core/fact.h"

/* A bogus answer is a definite statement, a look-up that failed is none; nor is
   an answer that is bogus for want of the keys of its zone. */
bool retry_lookup(const struct fact_lookup *lookup);

/*
 * A conversation that timed out, was refused or reset, or met a temporary reply
 * (RFC 5321 section 4.2.1). What a server said for good, and what the scanner
 * was told not to do, does not pass.
 */
bool retry_endpoint(const struct fact_endpoint *endpoint);

/* Is any look-up, or the conversation with any address, one of these? */
bool retry_host(const struct fact_host *host);

/* The MX look-up, or any host. */
bool retry_domain(const struct fact_domain *domain);

#endif
