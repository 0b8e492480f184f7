/*
 * What servers do, and what the prober has to say of it (CONFORMANCE group D).
 */
#ifndef TESTS_UNIT_PROBE_CONVERSATIONS_H
#define TESTS_UNIT_PROBE_CONVERSATIONS_H

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"
#include "tests/unit/probe/mailserver.h"

#define LEGACY (FLAG_BIT(FLAG_TLS_LEGACY))
#define INJECTION (FLAG_BIT(FLAG_STARTTLS_INJECTION))
#define POST_TLS (FLAG_BIT(FLAG_POST_TLS_EHLO_FAIL))

#define BANNER                             \
	{                                  \
		SAY, "220 mx ESMTP\r\n", 0 \
	}
#define EHLO                                        \
	{                                           \
		HEAR, "EHLO scanner.example\r\n", 0 \
	}
#define OFFER                                        \
	{                                            \
		SAY, "250-mx\r\n250 STARTTLS\r\n", 0 \
	}
#define STARTTLS                        \
	{                               \
		HEAR, "STARTTLS\r\n", 0 \
	}
#define READY                        \
	{                            \
		SAY, "220 go\r\n", 0 \
	}
#define QUIT                        \
	{                           \
		HEAR, "QUIT\r\n", 0 \
	}
#define BYE                           \
	{                             \
		SAY, "221 bye\r\n", 0 \
	}
#define UP_TO_EHLO BANNER, EHLO
#define UP_TO_STARTTLS UP_TO_EHLO, OFFER, STARTTLS
#define UP_TO_READY UP_TO_STARTTLS, READY
#define UP_TO_HELLO                     \
	UP_TO_READY,                    \
	{                               \
		HEAR, "\x16\x03\x01", 0 \
	}
#define UP_TO_TLS            \
	UP_TO_READY,         \
	{                    \
		TLS, NULL, 0 \
	}
#define INSIDE                                   \
	EHLO, {SAY, "250 mx\r\n", 0}, QUIT, BYE, \
	{                                        \
		NOTIFY, NULL, 0                  \
	}
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define OCTETS(text) text, sizeof(text) - 1

enum context {
	ANY,
	TLS12,
	TLS10,
	DEMANDING,
	DEMANDING12,
	CONTEXTS
};

struct conversation {
	const char *name;
	enum context context;
	enum reason failure;
	enum fact_phase phase;
	int code;
	uint32_t flags;
	const char *detail;  /* is in it; NULL: there is none */
	const char *version; /* NULL: no handshake was completed */
	struct mailserver_step steps[MAILSERVER_STEPS];
};

#define R(x) REASON_##x
#define P(x) FACT_PHASE_##x

static const struct conversation conversations[] = {
	{"TLS 1.3", ANY, R(NONE), P(DONE), 220, 0, NULL, "TLSv1.3",
		{UP_TO_TLS, INSIDE, {GONE, NULL, 0}}},
	{"TLS 1.2", TLS12, R(NONE), P(DONE), 220, 0, NULL, "TLSv1.2",
		{UP_TO_TLS, INSIDE}},
	{"TLS 1.0", TLS10, R(NONE), P(DONE), 220, LEGACY, NULL, "TLSv1",
		{UP_TO_TLS, INSIDE}},
	{"no 221", ANY, R(NONE), P(DONE), 220, 0, NULL, "TLSv1.3",
		{UP_TO_TLS, EHLO, {SAY, "250 mx\r\n", 0}, QUIT}},
	{"injection", ANY, R(NONE), P(DONE), 220, INJECTION, NULL, "TLSv1.3",
		{UP_TO_STARTTLS, {SAY, "220 go\r\n250 STARTTLS\r\n", 0},
			{TLS, NULL, 0}, INSIDE}},

	{"banner EOF", ANY, R(BANNER_EOF), P(BANNER), 0, 0, "eof", NULL,
		{{SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"banner RST", ANY, R(TCP_RESET), P(BANNER), 0, 0, "rst", NULL,
		{{SAY, "220-mx\r\n", 0}, {RST, NULL, 0}}},
	{"banner 450", ANY, R(BANNER_4XX), P(BANNER), 450, 0, "busy", NULL,
		{{SAY, "450 busy\r\n", 0}, QUIT, BYE}},
	{"banner 421", ANY, R(BANNER_4XX), P(BANNER), 421, 0, "busy", NULL,
		{{SAY, "421 busy\r\n", 0}, {GONE, NULL, 0}}},
	{"SSH", ANY, R(NOT_SMTP), P(BANNER), 0, 0, "SSH-2.0", NULL,
		{{SAY, "SSH-2.0-x\r\n", 0}, {GONE, NULL, 0}}},
	{"endless line", ANY, R(PROTOCOL), P(BANNER), 0, 0, "220 ", NULL,
		{{SAY, "220 ", 0}, {FLOOD, "xxxxxxxxxxxxxxxx", 0}}},
	{"endless reply", ANY, R(PROTOCOL), P(EHLO), 220, 0, "250-x", NULL,
		{UP_TO_EHLO, {FLOOD, "250-x\r\n", 0}}},
	{"endless long reply", ANY, R(PROTOCOL), P(EHLO), 220, 0,
		"too many octets", NULL,
		{UP_TO_EHLO,
			{FLOOD, "250-" X50 X50 X50 X50 X50 X50 "\r\n", 0}}},
	{"EHLO EOF", ANY, R(TCP_RESET), P(EHLO), 220, 0, "eof", NULL,
		{UP_TO_EHLO, {SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"EHLO RST", ANY, R(TCP_RESET), P(EHLO), 220, 0, "rst", NULL,
		{UP_TO_EHLO, {RST, NULL, 0}}},
	{"no STARTTLS", ANY, R(STARTTLS_ABSENT), P(EHLO), 250, 0, "HELP", NULL,
		{UP_TO_EHLO, {SAY, "250-mx\r\n250 HELP\r\n", 0}, QUIT, BYE}},
	{"STARTTLS 454", ANY, R(STARTTLS_454), P(STARTTLS), 454, 0, "later",
		NULL, {UP_TO_STARTTLS, {SAY, "454 later\r\n", 0}, QUIT, BYE}},
	{"STARTTLS 502", ANY, R(STARTTLS_REFUSED), P(STARTTLS), 502, 0, "no",
		NULL, {UP_TO_STARTTLS, {SAY, "502 no\r\n", 0}, QUIT, BYE}},
	{"STARTTLS EOF", ANY, R(TLS_EOF), P(STARTTLS), 250, 0, "eof", NULL,
		{UP_TO_STARTTLS, {SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"STARTTLS RST", ANY, R(TLS_EOF), P(STARTTLS), 250, 0, "rst", NULL,
		{UP_TO_STARTTLS, {RST, NULL, 0}}},

	{"TLS EOF", ANY, R(TLS_EOF), P(HANDSHAKE), 220, 0, "eof", NULL,
		{UP_TO_READY, {SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"TLS EOF in a record", ANY, R(TLS_EOF), P(HANDSHAKE), 220, 0, "eof",
		NULL,
		{UP_TO_HELLO, {SAY, OCTETS("\x16\x03\x03\x00")},
			{SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"TLS RST", ANY, R(TLS_EOF), P(HANDSHAKE), 220, 0, "rst", NULL,
		{UP_TO_HELLO, {RST, NULL, 0}}},
	{"plaintext for TLS", ANY, R(TLS_NOT_TLS), P(HANDSHAKE), 220, 0,
		"454 no TLS", NULL,
		{UP_TO_HELLO, {SAY, "454 no TLS\r\n", 0}, {GONE, NULL, 0}}},
	{"TLS alert", ANY, R(TLS_ALERT_112), P(HANDSHAKE), 220, 0, "(1112)",
		NULL,
		{UP_TO_HELLO, {SAY, OCTETS("\x15\x03\x03\x00\x02\x02\x70")},
			{GONE, NULL, 0}}},
	{"SSL 2", ANY, R(TLS_PROTOCOL), P(HANDSHAKE), 220, 0, "(267)", NULL,
		{UP_TO_HELLO, {SAY, OCTETS("\x80\x2b\x04\x00\x01\x00")},
			{GONE, NULL, 0}}},
	{"endless handshake", ANY, R(TLS_HANDSHAKE), P(HANDSHAKE), 220, 0,
		"too many octets", NULL,
		{UP_TO_HELLO,
			/* HelloRequest, which a client ignores */
			{FLOOD, OCTETS("\x16\x03\x03\0\x04\0\0\0\0")}}},
	{"certificate demanded", DEMANDING, R(TLS_ALERT_116), P(EHLO_TLS), 220,
		0, "(1116)", "TLSv1.3",
		{UP_TO_READY, {NO_TLS, NULL, 0}, {SHUT, NULL, 0},
			{GONE, NULL, 0}}},
	{"certificate demanded, then RST", DEMANDING, R(TLS_ALERT_116),
		P(EHLO_TLS), 220, 0, "(1116)", "TLSv1.3",
		{UP_TO_READY, {NO_TLS, NULL, 0}}},
	{"certificate demanded by 1.2", DEMANDING12, R(TLS_ALERT_40),
		P(HANDSHAKE), 220, 0, "(1040)", NULL,
		{UP_TO_READY, {NO_TLS, NULL, 0}, {GONE, NULL, 0}}},

	{"inner EHLO refused", ANY, R(NONE), P(EHLO_TLS), 503, POST_TLS, "no",
		"TLSv1.3",
		{UP_TO_TLS, EHLO, {SAY, "503 no\r\n", 0}, QUIT, BYE,
			{NOTIFY, NULL, 0}}},
	{"inner EHLO EOF", TLS12, R(NONE), P(EHLO_TLS), 220, POST_TLS, "eof",
		"TLSv1.2", {UP_TO_TLS, EHLO, {SHUT, NULL, 0}, {GONE, NULL, 0}}},
	{"inner EHLO RST", TLS12, R(NONE), P(EHLO_TLS), 220, POST_TLS, "rst",
		"TLSv1.2", {UP_TO_TLS, EHLO, {RST, NULL, 0}}},
	{"endless inner reply", ANY, R(NONE), P(EHLO_TLS), 220, POST_TLS,
		"250-x", "TLSv1.3", {UP_TO_TLS, EHLO, {FLOOD, "250-x\r\n", 0}}},
};

/* The same with limits that pass. */
static const struct conversation silences[] = {
	{"no banner", ANY, R(BANNER_TIMEOUT), P(BANNER), 0, 0, NULL, NULL,
		{{GONE, NULL, 0}}},
	{"no EHLO", ANY, R(EHLO_TIMEOUT), P(EHLO), 220, 0, "mx", NULL,
		{UP_TO_EHLO, {GONE, NULL, 0}}},
	{"no STARTTLS", ANY, R(STARTTLS_TIMEOUT), P(STARTTLS), 250, 0,
		"STARTTLS", NULL, {UP_TO_STARTTLS, {GONE, NULL, 0}}},
	{"no TLS", ANY, R(TLS_TIMEOUT), P(HANDSHAKE), 220, 0, "go", NULL,
		{UP_TO_READY, {GONE, NULL, 0}}},
	{"no inner EHLO", ANY, R(NONE), P(EHLO_TLS), 220, POST_TLS, "go",
		"TLSv1.3", {UP_TO_TLS, EHLO, {NOTIFY, NULL, 0}}},
	{"no answer to QUIT", ANY, R(NONE), P(DONE), 220, 0, NULL, "TLSv1.3",
		{UP_TO_TLS, EHLO, {SAY, "250 mx\r\n", 0}, QUIT,
			{NOTIFY, NULL, 0}}},
	{"dripping", ANY, R(TARPIT), P(BANNER), 0, 0, "220 ", NULL,
		{{SAY, "220 ", 0}, {DRIP, "x", 0}}},
	{"dripping TLS", ANY, R(TLS_TIMEOUT), P(HANDSHAKE), 220, 0, "go", NULL,
		{UP_TO_HELLO, {SAY, OCTETS("\x16\x03\x03\x40\x00")},
			{DRIP, "\x02", 0}}},
};

enum {
	CONVERSATIONS = sizeof(conversations) / sizeof(conversations[0]),
	SILENCES = sizeof(silences) / sizeof(silences[0]),
};

#endif
