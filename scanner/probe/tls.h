/*
 * The client's side of TLS, octets in and octets out: a handshake that accepts
 * whatever a server can do, and the facts of what it did. Nothing is verified
 * here: the chain is kept as sent, to be judged from the facts.
 */
#ifndef SCANNER_PROBE_TLS_H
#define SCANNER_PROBE_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

/* What all connections share. */
struct tls_context;

/* One connection. Holds a reference to what it needs of the context. */
struct tls;

enum tls_result {
	TLS_OK,
	TLS_WAIT,   /* for more input */
	TLS_FULL,   /* output is to be taken first, then call again */
	TLS_CLOSED, /* the server said close_notify (only when reading) */
	TLS_FAILED, /* tls_error() says why; there may be a last output */
};

struct tls_error {
	enum reason reason;
	bool alert;	/* a fatal alert from the server */
	char text[128]; /* OpenSSL's words and number, or what came instead of
			   TLS; octets as they came */
};

/* NULL, with one line in err, when OpenSSL cannot be set up. */
struct tls_context *tls_context_new(char *err, size_t errsize);
void tls_context_free(struct tls_context *context);

/*
 * sni may be NULL. key: the only kind of server key to be content with, for
 * signatures of the handshake; any may have signed the certificates. NULL when
 * OpenSSL cannot.
 */
struct tls *tls_new(
	const struct tls_context *context, const char *sni, enum fact_key key);
void tls_free(struct tls *tls);

/* Octets from the network: how many were taken. Handshake or read before the
   rest. */
size_t tls_input(struct tls *tls, const void *data, size_t len);

/* Octets for the network, all or some of them: how many; 0, none. They are
   gone with this call, but stay readable until the next one. */
size_t tls_output(struct tls *tls, char **data);

/* From the start, or go on. */
enum tls_result tls_handshake(struct tls *tls);

/* Up to size octets of plaintext; TLS_OK when *len of them came. */
enum tls_result tls_read(struct tls *tls, void *data, size_t size, size_t *len);

/* Up to 1 KiB of plaintext while there is no output to take. */
void tls_write(struct tls *tls, const void *data, size_t len);

/* Say close_notify, unless TLS has failed. */
void tls_shutdown(struct tls *tls);

/* After TLS_FAILED. */
const struct tls_error *tls_error(const struct tls *tls);

/* Before TLS 1.2 (RFC 8996), or TLS 1.3: after the handshake. */
bool tls_is_legacy(const struct tls *tls);
bool tls_is_13(const struct tls *tls);

/* Before TLS 1.3, a server that does not know RFC 5746. */
bool tls_lacks_secure_renegotiation(const struct tls *tls);

/*
 * What was negotiated and sent, allocated from arena, after the handshake.
 * NULL when OpenSSL ran out of memory.
 */
const struct fact_tls *tls_facts(const struct tls *tls, struct arena *arena);

#endif
