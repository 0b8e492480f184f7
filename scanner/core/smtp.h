/*
 * The client's side of an SMTP conversation that ends after STARTTLS and a
 * second EHLO: octets in, wants out (RFC 5321, RFC 3207). Pure: no socket, no
 * clock. The prober owns the connection and does what smtp_want() says.
 */
#ifndef SCANNER_CORE_SMTP_H
#define SCANNER_CORE_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

enum {
	SMTP_LINE_MAX = 4096,	 /* octets of one reply line */
	SMTP_REPLY_LINES = 1000, /* lines of one reply */
	SMTP_TEXT_SIZE = 256,	 /* reply text kept for the record */
	SMTP_EHLO_MAX = 253,	 /* octets of the name given in EHLO */
};

enum smtp_want {
	SMTP_WANT_READ,	 /* more octets from the server */
	SMTP_WANT_WRITE, /* send smtp_output() first */
	SMTP_WANT_TLS,	 /* start the handshake; discard what was read */
	SMTP_WANT_CLOSE, /* the conversation is over */
};

/* Kept as text where the server reset the connection. */
#define SMTP_TEXT_RESET "rst"

struct smtp {
	/* Read by the prober. */
	enum fact_phase phase; /* how far it came; stays where it failed */
	enum fact_phase state; /* of the dialogue, from BANNER to DONE */
	enum reason failure;   /* REASON_NONE so far, or why it ended early */
	int code; /* last reply's code, those to the EHLO inside TLS (unless
		     refused) and to QUIT not counted */
	char text[SMTP_TEXT_SIZE]; /* last line of it, or what happened
				      instead; printable ASCII */
	uint64_t flags;		   /* of FLAG_BIT() */

	/* Private to smtp.c. */
	const char *ehlo;
	bool starttls; /* offered in the first EHLO */
	bool masked;   /* 250-XXXXXXXA instead (CONFORMANCE D15) */
	char line[SMTP_TEXT_SIZE + 4]; /* its start; the rest is counted */
	size_t line_len;
	unsigned reply_lines;
	char output[300];
	size_t output_len;
};

/* ehlo must outlive smtp; at most SMTP_EHLO_MAX octets. */
void smtp_init(struct smtp *smtp, const char *ehlo);

enum smtp_want smtp_want(const struct smtp *smtp);

/* What is to be sent, when SMTP_WANT_WRITE. */
const char *smtp_output(const struct smtp *smtp, size_t *len);
/* It has been sent whole. */
void smtp_sent(struct smtp *smtp);

/*
 * Octets have come. Takes all of them; after the 220 to STARTTLS whatever
 * follows in the same buffer is discarded and flagged (RFC 3207 section 4.2,
 * CONFORMANCE D20). Cutting the same octets into other pieces gives the same
 * outcome.
 */
void smtp_input(struct smtp *smtp, const void *data, size_t len);

/* The handshake is complete: EHLO comes next. */
void smtp_tls_done(struct smtp *smtp);

/* The server closed, or reset, the connection. */
void smtp_closed(struct smtp *smtp, bool reset);

/* The time limit of this phase, or of the session, is over. */
void smtp_timeout(struct smtp *smtp, bool session);

/*
 * The prober cannot go on, for this reason: whatever the phase, the
 * conversation is over and has failed. text may be NULL.
 */
void smtp_abort(struct smtp *smtp, enum reason reason, const char *text);

#endif
