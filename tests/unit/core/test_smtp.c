/*
 * smtp: whole conversations, each cut at every octet.
 */
#include "scanner/core/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HELLO "220 mx.example.com ESMTP\r\n"
#define OFFER "250-mx.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
#define READY "220 2.0.0 Ready\r\n"
#define INSIDE "250-mx.example.com\r\n250 HELP\r\n"
#define BYE "221 2.0.0 Bye\r\n"

#define C_EHLO "EHLO scanner.example\r\n"
#define C_TLS C_EHLO "STARTTLS\r\n"
#define C_QUIT "QUIT\r\n"

#define INJECTION FLAG_BIT(FLAG_STARTTLS_INJECTION)
#define POST_TLS FLAG_BIT(FLAG_POST_TLS_EHLO_FAIL)

enum {
	OUTCOME_SIZE = 1500
};

/* What happens when the server has said all. */
enum end {
	NOTHING,
	CLOSED,
	RESET,
	TIMEOUT,
	SESSION
};

struct conversation {
	const char *name;
	const char *plain;
	const char *inside; /* after the handshake; NULL: there is none */
	enum end end;
	enum smtp_want want;
	enum reason failure;
	enum fact_phase phase;
	int code;
	const char *text;
	uint64_t flags;
	const char *sent;
};

#define DONE SMTP_WANT_CLOSE
#define R(x) REASON_##x
#define P(x) FACT_PHASE_##x

static const struct conversation conversations[] = {
	/* D01 and what may end it */
	{"whole", HELLO OFFER READY, INSIDE BYE, NOTHING, DONE, R(NONE),
		P(DONE), 220, "2.0.0 Ready", 0, C_TLS C_EHLO C_QUIT},
	{"no 221", HELLO OFFER READY, INSIDE, CLOSED, DONE, R(NONE), P(DONE),
		220, "2.0.0 Ready", 0, C_TLS C_EHLO C_QUIT},
	{"reset after QUIT", HELLO OFFER READY, INSIDE, RESET, DONE, R(NONE),
		P(DONE), 220, "2.0.0 Ready", 0, C_TLS C_EHLO C_QUIT},
	{"no answer to QUIT", HELLO OFFER READY, INSIDE, TIMEOUT, DONE, R(NONE),
		P(DONE), 220, "2.0.0 Ready", 0, C_TLS C_EHLO C_QUIT},
	{"garbage after QUIT", HELLO OFFER READY, INSIDE "bye\n", NOTHING, DONE,
		R(NONE), P(DONE), 220, "2.0.0 Ready", 0, C_TLS C_EHLO C_QUIT},
	{"handshake wanted", HELLO OFFER READY, NULL, NOTHING, SMTP_WANT_TLS,
		R(NONE), P(HANDSHAKE), 220, "2.0.0 Ready", 0, C_TLS},

	/* forms of a reply */
	{"long banner", "220-one\r\n220-two\r\n220 three\r\n", NULL, NOTHING,
		SMTP_WANT_READ, R(NONE), P(EHLO), 220, "three", 0, C_EHLO},
	{"bare LF", "220 x\n250-y\n250 STARTTLS\n220 z\n", NULL, NOTHING,
		SMTP_WANT_TLS, R(NONE), P(HANDSHAKE), 220, "z", 0, C_TLS},
	{"code alone", "220\r\n250-\r\n250-STARTTLS\r\n250\r\n220\r\n", NULL,
		NOTHING, SMTP_WANT_TLS, R(NONE), P(HANDSHAKE), 220, "", 0,
		C_TLS},
	{"last line's code counts", "220-x\r\n554 no\r\n" BYE, NULL, NOTHING,
		DONE, R(BANNER_5XX), P(BANNER), 554, "no", 0, C_QUIT},
	{"unprintable text", "554 a\x1b[31m\x80\tb\r\n", NULL, CLOSED, DONE,
		R(BANNER_5XX), P(BANNER), 554, "a?[31m??b", 0, C_QUIT},

	/* the banner: D04 to D10 */
	{"nothing, EOF", "", NULL, CLOSED, DONE, R(BANNER_EOF), P(BANNER), 0,
		"eof", 0, ""},
	{"half a banner, EOF", "220 mx", NULL, CLOSED, DONE, R(BANNER_EOF),
		P(BANNER), 0, "eof", 0, ""},
	{"nothing, RST", "", NULL, RESET, DONE, R(TCP_RESET), P(BANNER), 0,
		"rst", 0, ""},
	{"silence", "", NULL, TIMEOUT, DONE, R(BANNER_TIMEOUT), P(BANNER), 0,
		"", 0, ""},
	{"silence to the end", "", NULL, SESSION, DONE, R(BANNER_TIMEOUT),
		P(BANNER), 0, "", 0, ""},
	{"dripping", "220-wel", NULL, SESSION, DONE, R(TARPIT), P(BANNER), 0,
		"220-wel", 0, ""},
	{"dripping lines", "220-a\r\n220-b\r\n", NULL, SESSION, DONE, R(TARPIT),
		P(BANNER), 0, "", 0, ""},
	{"stopped dripping", "220-wel", NULL, TIMEOUT, DONE, R(BANNER_TIMEOUT),
		P(BANNER), 0, "220-wel", 0, ""},
	{"421", "421 busy\r\n", NULL, NOTHING, DONE, R(BANNER_4XX), P(BANNER),
		421, "busy", 0, ""},
	{"450", "450 4.7.1 later\r\n" BYE, NULL, NOTHING, DONE, R(BANNER_4XX),
		P(BANNER), 450, "4.7.1 later", 0, C_QUIT},
	{"554", "554 5.7.1 listed\r\n" BYE, NULL, NOTHING, DONE, R(BANNER_5XX),
		P(BANNER), 554, "5.7.1 listed", 0, C_QUIT},
	{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", NULL, NOTHING, DONE, R(NOT_SMTP),
		P(BANNER), 0, "SSH-2.0-OpenSSH_9.2", 0, ""},
	{"HTTP", "HTTP/1.1 400 Bad Request\r\nServer: x\r\n", NULL, NOTHING,
		DONE, R(NOT_SMTP), P(BANNER), 0, "HTTP/1.1 400 Bad Request", 0,
		""},
	{"binary without a line", "J\x01\x02", NULL, TIMEOUT, DONE, R(NOT_SMTP),
		P(BANNER), 0, "J??", 0, ""},
	{"binary, session over", "J\x01\x02", NULL, SESSION, DONE, R(NOT_SMTP),
		P(BANNER), 0, "J??", 0, ""},
	{"binary, closed", "\x15\x03\x01", NULL, CLOSED, DONE, R(NOT_SMTP),
		P(BANNER), 0, "???", 0, ""},
	{"empty line first", "\r\n220 x\r\n", NULL, NOTHING, DONE, R(NOT_SMTP),
		P(BANNER), 0, "", 0, ""},
	{"1xx", "120 wait\r\n", NULL, NOTHING, DONE, R(NOT_SMTP), P(BANNER), 0,
		"120 wait", 0, ""},
	{"3xx", "354 go on\r\n", NULL, NOTHING, DONE, R(NOT_SMTP), P(BANNER),
		354, "go on", 0, ""},

	/* EHLO: D12 to D16, D49 */
	{"EHLO 421", HELLO "421 no\r\n", NULL, NOTHING, DONE, R(EHLO_4XX),
		P(EHLO), 421, "no", 0, C_EHLO},
	{"EHLO 450", HELLO "450 no\r\n" BYE, NULL, NOTHING, DONE, R(EHLO_4XX),
		P(EHLO), 450, "no", 0, C_EHLO C_QUIT},
	{"EHLO 550", HELLO "550 no\r\n" BYE, NULL, NOTHING, DONE, R(EHLO_5XX),
		P(EHLO), 550, "no", 0, C_EHLO C_QUIT},
	{"EHLO 500", HELLO "500 what?\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_ABSENT), P(EHLO), 500, "what?", 0, C_EHLO C_QUIT},
	{"EHLO 502", HELLO "502 what?\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_ABSENT), P(EHLO), 502, "what?", 0, C_EHLO C_QUIT},
	{"EHLO 501", HELLO "501 name?\r\n" BYE, NULL, NOTHING, DONE,
		R(EHLO_5XX), P(EHLO), 501, "name?", 0, C_EHLO C_QUIT},
	{"EHLO 3xx", HELLO "334 \r\n", NULL, NOTHING, DONE, R(PROTOCOL),
		P(EHLO), 334, "", 0, C_EHLO},
	{"policy", HELLO "554 5.7.1 Helo rejected\r\n" BYE, NULL, NOTHING, DONE,
		R(POLICY), P(EHLO), 554, "5.7.1 Helo rejected", 0,
		C_EHLO C_QUIT},
	{"EHLO closed", HELLO, NULL, CLOSED, DONE, R(TCP_RESET), P(EHLO), 220,
		"eof", 0, C_EHLO},
	{"EHLO reset", HELLO "250-x", NULL, RESET, DONE, R(TCP_RESET), P(EHLO),
		220, "rst", 0, C_EHLO},
	{"EHLO silence", HELLO, NULL, TIMEOUT, DONE, R(EHLO_TIMEOUT), P(EHLO),
		220, "mx.example.com ESMTP", 0, C_EHLO},
	{"EHLO silence to the end", HELLO, NULL, SESSION, DONE, R(EHLO_TIMEOUT),
		P(EHLO), 220, "mx.example.com ESMTP", 0, C_EHLO},
	{"EHLO drips", HELLO "250-x\r\n", NULL, SESSION, DONE, R(TARPIT),
		P(EHLO), 220, "mx.example.com ESMTP", 0, C_EHLO},
	{"EHLO garbage", HELLO "250-x\r\nhello\r\n", NULL, NOTHING, DONE,
		R(PROTOCOL), P(EHLO), 220, "hello", 0, C_EHLO},
	{"no STARTTLS", HELLO "250-x\r\n250 HELP\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_ABSENT), P(EHLO), 250, "HELP", 0, C_EHLO C_QUIT},
	{"greeting is no keyword", HELLO "250 STARTTLS\r\n" BYE, NULL, NOTHING,
		DONE, R(STARTTLS_ABSENT), P(EHLO), 250, "STARTTLS", 0,
		C_EHLO C_QUIT},
	{"keyword in a banner", "220-x\r\n220 STARTTLS\r\n250 x\r\n" BYE, NULL,
		NOTHING, DONE, R(STARTTLS_ABSENT), P(EHLO), 250, "x", 0,
		C_EHLO C_QUIT},
	{"longer keyword", HELLO "250-x\r\n250 STARTTLSX\r\n" BYE, NULL,
		NOTHING, DONE, R(STARTTLS_ABSENT), P(EHLO), 250, "STARTTLSX", 0,
		C_EHLO C_QUIT},
	{"lower case", HELLO "250-x\r\n250 starttls\r\n", NULL, NOTHING,
		SMTP_WANT_READ, R(NONE), P(STARTTLS), 250, "starttls", 0,
		C_TLS},
	{"D21 nothing behind STARTTLS until it is answered", HELLO OFFER, NULL,
		NOTHING, SMTP_WANT_READ, R(NONE), P(STARTTLS), 250, "STARTTLS",
		0, C_TLS},
	{"D14 parameter", HELLO "250-x\r\n250-STARTTLS foo\r\n250 HELP\r\n",
		NULL, NOTHING, SMTP_WANT_READ, R(NONE), P(STARTTLS), 250,
		"HELP", FLAG_BIT(FLAG_STARTTLS_PARAMETER), C_TLS},
	{"D14 a blank is no parameter",
		HELLO "250-x\r\n250-starttls \t\r\n250 HELP\r\n", NULL, NOTHING,
		SMTP_WANT_READ, R(NONE), P(STARTTLS), 250, "HELP", 0, C_TLS},
	{"D14 parameter after a tab",
		HELLO "250-x\r\n250-STARTTLS\tfoo\r\n250 HELP\r\n", NULL,
		NOTHING, SMTP_WANT_READ, R(NONE), P(STARTTLS), 250, "HELP",
		FLAG_BIT(FLAG_STARTTLS_PARAMETER), C_TLS},
	{"D16 the name of the server is no offer", HELLO "250 STARTTLS\r\n" BYE,
		NULL, NOTHING, DONE, R(STARTTLS_ABSENT), P(EHLO), 250,
		"STARTTLS", 0, C_EHLO C_QUIT},
	{"masked", HELLO "250-x\r\n250-XXXXXXXA\r\n250 HELP\r\n" BYE, NULL,
		NOTHING, DONE, R(STARTTLS_ABSENT), P(EHLO), 250, "masked", 0,
		C_EHLO C_QUIT},

	/* STARTTLS: D17 to D20 */
	{"454", HELLO OFFER "454 later\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_454), P(STARTTLS), 454, "later", 0, C_TLS C_QUIT},
	{"STARTTLS 421", HELLO OFFER "421 full\r\n", NULL, NOTHING, DONE,
		R(STARTTLS_454), P(STARTTLS), 421, "full", 0, C_TLS},
	{"STARTTLS 502", HELLO OFFER "502 no\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_REFUSED), P(STARTTLS), 502, "no", 0, C_TLS C_QUIT},
	{"STARTTLS 354", HELLO OFFER "354 no\r\n" BYE, NULL, NOTHING, DONE,
		R(STARTTLS_REFUSED), P(STARTTLS), 354, "no", 0, C_TLS C_QUIT},
	{"D19 STARTTLS 250", HELLO OFFER "250 ok\r\n", INSIDE BYE, NOTHING,
		DONE, R(NONE), P(DONE), 250, "ok", 0, C_TLS C_EHLO C_QUIT},
	{"D42 STARTTLS inside TLS", HELLO OFFER READY,
		"250-mx\r\n250-starttls\r\n250 X\r\n" BYE, NOTHING, DONE,
		R(NONE), P(DONE), 220, "2.0.0 Ready",
		FLAG_BIT(FLAG_STARTTLS_TWICE), C_TLS C_EHLO C_QUIT},
	{"D43 REQUIRETLS", HELLO OFFER READY,
		"250-mx REQUIRETLS\r\n250 REQUIRETLS\r\n" BYE, NOTHING, DONE,
		R(NONE), P(DONE), 220, "2.0.0 Ready", FLAG_BIT(FLAG_REQUIRETLS),
		C_TLS C_EHLO C_QUIT},
	{"REQUIRETLS outside TLS, or by another name",
		HELLO "250-x\r\n250-REQUIRETLS\r\n250 STARTTLS\r\n" READY,
		"250-REQUIRETLS\r\n250-XREQUIRETLS\r\n250 STARTTLSX\r\n" BYE,
		NOTHING, DONE, R(NONE), P(DONE), 220, "2.0.0 Ready", 0,
		C_TLS C_EHLO C_QUIT},
	{"STARTTLS closed", HELLO OFFER, NULL, CLOSED, DONE, R(TLS_EOF),
		P(STARTTLS), 250, "eof", 0, C_TLS},
	{"STARTTLS reset", HELLO OFFER, NULL, RESET, DONE, R(TLS_EOF),
		P(STARTTLS), 250, "rst", 0, C_TLS},
	{"STARTTLS silence", HELLO OFFER, NULL, TIMEOUT, DONE,
		R(STARTTLS_TIMEOUT), P(STARTTLS), 250, "STARTTLS", 0, C_TLS},
	{"injection", HELLO OFFER READY "250 x\r\n", INSIDE BYE, NOTHING, DONE,
		R(NONE), P(DONE), 220, "2.0.0 Ready", INJECTION,
		C_TLS C_EHLO C_QUIT},
	{"injection of one octet", HELLO OFFER READY "\n", INSIDE BYE, NOTHING,
		DONE, R(NONE), P(DONE), 220, "2.0.0 Ready", INJECTION,
		C_TLS C_EHLO C_QUIT},

	/* the handshake: D23 to D25 */
	{"handshake closed", HELLO OFFER READY, NULL, CLOSED, DONE, R(TLS_EOF),
		P(HANDSHAKE), 220, "eof", 0, C_TLS},
	{"handshake reset", HELLO OFFER READY, NULL, RESET, DONE, R(TLS_EOF),
		P(HANDSHAKE), 220, "rst", 0, C_TLS},
	{"handshake silence", HELLO OFFER READY, NULL, TIMEOUT, DONE,
		R(TLS_TIMEOUT), P(HANDSHAKE), 220, "2.0.0 Ready", 0, C_TLS},
	{"handshake, session over", HELLO OFFER READY, NULL, SESSION, DONE,
		R(TLS_TIMEOUT), P(HANDSHAKE), 220, "2.0.0 Ready", 0, C_TLS},

	/* inside TLS: D41 */
	{"inner EHLO refused", HELLO OFFER READY, "503 no\r\n" BYE, NOTHING,
		DONE, R(NONE), P(EHLO_TLS), 503, "no", POST_TLS,
		C_TLS C_EHLO C_QUIT},
	{"inner EHLO 421", HELLO OFFER READY, "421 no\r\n", NOTHING, DONE,
		R(NONE), P(EHLO_TLS), 421, "no", POST_TLS, C_TLS C_EHLO},
	{"inner EHLO garbage", HELLO OFFER READY, "hello\r\n", NOTHING, DONE,
		R(NONE), P(EHLO_TLS), 220, "hello", POST_TLS, C_TLS C_EHLO},
	{"inner EHLO closed", HELLO OFFER READY, "", CLOSED, DONE, R(NONE),
		P(EHLO_TLS), 220, "eof", POST_TLS, C_TLS C_EHLO},
	{"inner EHLO reset", HELLO OFFER READY, "250-x\r\n", RESET, DONE,
		R(NONE), P(EHLO_TLS), 220, "rst", POST_TLS, C_TLS C_EHLO},
	{"inner EHLO silence", HELLO OFFER READY, "", TIMEOUT, DONE, R(NONE),
		P(EHLO_TLS), 220, "2.0.0 Ready", POST_TLS, C_TLS C_EHLO},
	{"inner EHLO drips", HELLO OFFER READY, "250", SESSION, DONE, R(NONE),
		P(EHLO_TLS), 220, "250", POST_TLS, C_TLS C_EHLO},

	/* the way out changes nothing */
	{"refused, then reset", HELLO OFFER "502 no\r\n", NULL, RESET, DONE,
		R(STARTTLS_REFUSED), P(STARTTLS), 502, "no", 0, C_TLS C_QUIT},
	{"refused, then silence", HELLO OFFER "502 no\r\n", NULL, TIMEOUT, DONE,
		R(STARTTLS_REFUSED), P(STARTTLS), 502, "no", 0, C_TLS C_QUIT},
	{"refused, then garbage", "554 no\r\nxx\r\n", NULL, NOTHING, DONE,
		R(BANNER_5XX), P(BANNER), 554, "no", 0, C_QUIT},
};

struct client {
	struct smtp smtp;
	char sent[1000];
};

static void
drain(struct client *client)
{
	const char *output;
	size_t len;

	while (smtp_want(&client->smtp) == SMTP_WANT_WRITE) {
		output = smtp_output(&client->smtp, &len);
		assert_in_range(len, 1, 300);
		strncat(client->sent, output, len);
		smtp_sent(&client->smtp);
	}
}

static void
feed(struct client *client, const char *data, size_t len)
{
	/* A copy of just that length lets AddressSanitizer see overreads. */
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	smtp_input(&client->smtp, copy, len);
	free(copy);
	drain(client);
}

/* In two pieces, cut at cut; or, with cut 0, octet by octet. */
static void
feed_cut(struct client *client, const char *data, size_t cut)
{
	size_t len = strlen(data), i;

	if (cut > len)
		cut = len;
	if (cut > 0) {
		feed(client, data, cut);
		feed(client, data + cut, len - cut);
		return;
	}
	for (i = 0; i < len; i++)
		feed(client, data + i, 1);
}

static void
finish(struct client *client, enum end end)
{
	switch (end) {
	case NOTHING:
		break;
	case CLOSED:
	case RESET:
		smtp_closed(&client->smtp, end == RESET);
		break;
	case TIMEOUT:
	case SESSION:
		smtp_timeout(&client->smtp, end == SESSION);
		break;
	}
	drain(client);
}

static void
describe(char *out, const struct conversation *c, size_t cut,
	enum smtp_want want, enum reason failure, enum fact_phase phase,
	int code, const char *text, uint64_t flags, const char *sent)
{
	snprintf(out, OUTCOME_SIZE,
		"%s, cut at %zu: want %d failure %d phase %d code %d text '%s' "
		"flags %lx sent '%s'",
		c->name, cut, (int)want, (int)failure, (int)phase, code, text,
		(unsigned long)flags, sent);
}

static void
converse(const struct conversation *c, size_t cut)
{
	struct client client = {.sent = ""};
	char outcome[OUTCOME_SIZE], expected[OUTCOME_SIZE];

	smtp_init(&client.smtp, "scanner.example");
	feed_cut(&client, c->plain, cut);
	if (c->inside) {
		assert_int_equal(smtp_want(&client.smtp), SMTP_WANT_TLS);
		smtp_tls_done(&client.smtp);
		drain(&client);
		feed_cut(&client, c->inside, cut);
	}
	finish(&client, c->end);
	/* As text, so that a failure names the conversation and the cut. */
	describe(expected, c, cut, c->want, c->failure, c->phase, c->code,
		c->text, c->flags, c->sent);
	describe(outcome, c, cut, smtp_want(&client.smtp), client.smtp.failure,
		client.smtp.phase, client.smtp.code, client.smtp.text,
		client.smtp.flags, client.sent);
	assert_string_equal(outcome, expected);
}

static void
test_conversations(void **state)
{
	size_t i, cut, longest;

	(void)state;
	for (i = 0; i < sizeof(conversations) / sizeof(conversations[0]); i++) {
		const struct conversation *c = &conversations[i];

		longest = strlen(c->plain);
		if (c->inside && strlen(c->inside) > longest)
			longest = strlen(c->inside);
		for (cut = 0; cut <= longest + 1; cut++)
			converse(c, cut);
	}
}

/* D48: where the caps are, to the octet and to the line. */
static void
test_long_lines(void **state)
{
	static const struct {
		size_t octets; /* of the line before its LF */
		enum smtp_want want;
		enum reason failure;
	} cases[] = {
		{SMTP_LINE_MAX - 1, SMTP_WANT_READ, REASON_NONE},
		{SMTP_LINE_MAX, SMTP_WANT_READ, REASON_NONE},
		{SMTP_LINE_MAX + 1, SMTP_WANT_CLOSE, REASON_PROTOCOL},
		{3 * SMTP_LINE_MAX, SMTP_WANT_CLOSE, REASON_PROTOCOL},
	};
	char line[3 * SMTP_LINE_MAX + 1];
	size_t i, cut;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (cut = 1; cut <= cases[i].octets; cut += 61) {
			struct client client = {.sent = ""};

			memset(line, 'x', sizeof(line));
			memcpy(line, "220 ", 4);
			line[cases[i].octets] = '\n';
			smtp_init(&client.smtp, "scanner.example");
			feed(&client, line, cut);
			feed(&client, line + cut, cases[i].octets + 1 - cut);
			assert_int_equal(
				smtp_want(&client.smtp), cases[i].want);
			assert_int_equal(client.smtp.failure, cases[i].failure);
			assert_int_equal(
				strlen(client.smtp.text), SMTP_TEXT_SIZE - 1);
		}
	}
}

static void
test_many_lines(void **state)
{
	struct client client;
	unsigned lines, i;

	(void)state;
	for (lines = SMTP_REPLY_LINES - 1; lines <= SMTP_REPLY_LINES; lines++) {
		memset(&client, 0, sizeof(client));
		smtp_init(&client.smtp, "scanner.example");
		for (i = 0; i < lines; i++)
			feed(&client, "220-x\r\n", 7);
		assert_int_equal(client.smtp.failure, REASON_NONE);
		feed(&client, "220 x\r\n", 7);
		assert_int_equal(client.smtp.failure,
			lines < SMTP_REPLY_LINES ? REASON_NONE
						 : REASON_PROTOCOL);
	}
}

static void
test_longest_name(void **state)
{
	char name[SMTP_EHLO_MAX + 1];
	struct client client = {.sent = ""};

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	smtp_init(&client.smtp, name);
	/* Every command at once: the server does not wait for any. */
	feed(&client, HELLO OFFER "502 no\r\n",
		strlen(HELLO OFFER "502 no\r\n"));
	assert_int_equal(strlen(client.sent),
		strlen("EHLO \r\nSTARTTLS\r\nQUIT\r\n") + SMTP_EHLO_MAX);
}

static void
test_abort(void **state)
{
	struct client client = {.sent = ""};

	(void)state;
	smtp_init(&client.smtp, "scanner.example");
	feed(&client, HELLO OFFER READY, strlen(HELLO OFFER READY));
	smtp_tls_done(&client.smtp);
	smtp_abort(&client.smtp, REASON_TLS_ALERT_116, "certificate\nrequired");
	assert_int_equal(smtp_want(&client.smtp), SMTP_WANT_CLOSE);
	assert_int_equal(client.smtp.failure, REASON_TLS_ALERT_116);
	assert_int_equal(client.smtp.phase, FACT_PHASE_EHLO_TLS);
	assert_int_equal(client.smtp.flags, 0);
	assert_string_equal(client.smtp.text, "certificate?required");
	/* Nothing that comes now changes it. */
	feed(&client, "250 x\r\n", 7);
	smtp_timeout(&client.smtp, true);
	smtp_closed(&client.smtp, true);
	assert_int_equal(client.smtp.failure, REASON_TLS_ALERT_116);
	assert_string_equal(client.smtp.text, "certificate?required");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
