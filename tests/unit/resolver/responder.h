/*
 * A server of canned responses on a port of 127.0.0.1, UDP and TCP, in a
 * process of its own.
 */
#ifndef TESTS_RESOLVER_RESPONDER_H
#define TESTS_RESOLVER_RESPONDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/unit/resolver/wire.h"

/*
 * The response to a question with this first label: over UDP, over TCP, with
 * CD. label NULL ends the table. drop: none; over TCP the connection is closed.
 */
struct responder_rule {
	const char *label;
	bool drop_udp;
	bool drop_tcp;
	struct wire plain;
	struct wire unchecked; /* with CD */
	bool truncate;	       /* over UDP: plain with TC, and no records */
};

struct responder {
	pid_t pid;
	uint16_t port;
};

void responder_start(
	struct responder *responder, const struct responder_rule *rules);
void responder_stop(struct responder *responder);

/* A port where nobody listens. */
uint16_t responder_closed_port(void);

#endif
