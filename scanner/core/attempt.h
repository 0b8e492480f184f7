/*
 * Which conversation with an address comes next, and what it adds to the facts
 * of that address. Pure.
 */
#ifndef SCANNER_CORE_ATTEMPT_H
#define SCANNER_CORE_ATTEMPT_H

#include <stdbool.h>

#include "scanner/core/fact.h"

/* What is known of the host when the question is asked. */
struct attempt_host {
	bool dane; /* the address is held to TLSA records that may be usable */
};

/*
 * The conversation to have with endpoint now, FACT_ATTEMPTS for none: the first
 * one; then, where a handshake was completed and DANE holds, one that asks for
 * a key of the other kind, for each must match (CONFORMANCE D34).
 */
enum fact_attempt attempt_next(
	const struct fact_endpoint *endpoint, const struct attempt_host *host);

/* The kind of key to ask for in this conversation. */
enum fact_key attempt_key(
	const struct fact_endpoint *endpoint, enum fact_attempt attempt);

/*
 * The conversation is over and brought seen. The endpoint keeps what it says
 * about the server; pointers are shared.
 */
void attempt_take(struct fact_endpoint *endpoint, enum fact_attempt attempt,
	const struct fact_endpoint *seen);

#endif
