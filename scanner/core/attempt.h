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
	bool tls;     /* the address has to offer TLS: there are TLSA records */
	bool dane;    /* … and is held to them: some may be usable */
	bool matches; /* one of them matches the chain that was shown */
};

/* Conversations with one address. */
enum {
	ATTEMPTS_MAX = 3
};

/*
 * The conversation to have with endpoint now, FACT_ATTEMPTS for none. After the
 * first one:
 *  - the same again where it was refused TLS for the moment, or reset after
 *    STARTTLS (CONFORMANCE D17, D24);
 *  - the same again where TLS is promised and STARTTLS was not offered: a
 *    server may offer it to those who come again (D47);
 *  - without SNI where the server ended the handshake over the name (D30);
 *  - where a handshake was completed and DANE holds, with a key of the other
 *    kind, for each has to match (D34);
 *  - where that server has no such key and nothing matches, without SNI, to
 *    tell a server that holds the right certificate for nobody's name.
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
