/*
 * A TCP connection under way: socket, source address, connect, and what it
 * means when one of them fails.
 */
#ifndef SCANNER_PROBE_DIAL_H
#define SCANNER_PROBE_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

/*
 * Connect tcp, which has been initialised, to address and port; from source,
 * unless that is NULL. REASON_NONE: under way, cb will tell. Else what went
 * wrong, with libuv's words in text; tcp is still to be closed.
 */
enum reason dial_start(uv_connect_t *request, uv_tcp_t *tcp,
	const struct fact_address *address, uint16_t port,
	const struct fact_address *source, uv_connect_cb cb, char *text,
	size_t size);

/* An address of this machine, of this family, to connect from. 0, or -1 with
   one line in err. */
int dial_source(const char *text, bool ipv6, struct fact_address *source,
	char *err, size_t errsize);

/* What a failed connection, as libuv tells it to cb, means. */
enum reason dial_reason(int status);

/* Of a connection of which libuv says that it is at its end: was it reset? */
bool dial_was_reset(const uv_tcp_t *tcp);

#endif
