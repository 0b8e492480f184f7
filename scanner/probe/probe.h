/*
 * One SMTP and STARTTLS conversation with one address, and nothing judged:
 * connect, banner, EHLO, STARTTLS, handshake with SNI, EHLO inside TLS, QUIT.
 * The chain is kept as sent.
 */
#ifndef SCANNER_PROBE_PROBE_H
#define SCANNER_PROBE_PROBE_H

#include <stdint.h>
#include <uv.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

struct prober;

/*
 * Told of every conversation when it ends, and how long its handshake took
 * where it was completed. Nothing of this file may be called from it.
 */
typedef void (*probe_observe_cb)(
	void *arg, const struct fact_endpoint *endpoint, uint64_t handshake_ms);

/* Only looked at by prober_new(). */
struct probe_config {
	const char *ehlo;	 /* at most 253 printable octets, no space */
	const char *source_ipv4; /* or NULL */
	const char *source_ipv6;
	uint16_t port; /* of endpoints whose port is 0 */
	unsigned connect_timeout_ms;
	unsigned smtp_timeout_ms; /* for silence before or within a reply, and
				     for the whole handshake */
	unsigned session_timeout_ms;
	probe_observe_cb observe; /* or NULL */
	void *observe_arg;
};

/* What to ask for in the handshake. */
struct probe_wish {
	const char *sni;   /* the TLSA base domain (RFC 7672 section 8.1), or
			      NULL for none */
	enum fact_key key; /* the only kind to be content with */
};

/*
 * The conversation is over. endpoint is the one given to probe_start(), with
 * phase, failure, smtp_code, detail, tls, flags and elapsed_ms filled in.
 */
typedef void (*probe_cb)(void *arg, struct fact_endpoint *endpoint);

/*
 * NULL, with one line in err, when the configuration is no good or TLS cannot
 * be set up. SIGPIPE must be ignored.
 */
struct prober *prober_new(uv_loop_t *loop, const struct probe_config *config,
	char *err, size_t errsize);

/*
 * Ends all conversations without callbacks and closes their handles; the
 * memory goes when the loop has run the close callbacks. Call with the loop
 * still to be run once more. Endpoints and arenas are not touched any more.
 * May be called from a probe_cb.
 */
void prober_free(struct prober *prober);

/*
 * Talk to endpoint->address and port. Exactly one callback, never from inside
 * this call, at most session_timeout_ms later, when the handles are closed.
 * endpoint and arena must live until then, wish need not; what is learnt is
 * allocated from arena.
 */
void probe_start(struct prober *prober, struct fact_endpoint *endpoint,
	const struct probe_wish *wish, struct arena *arena, probe_cb cb,
	void *arg);

/* Conversations under way. */
unsigned prober_open(const struct prober *prober);

#endif
