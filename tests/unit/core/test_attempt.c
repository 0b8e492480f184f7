/*
 * Tests of scanner/core/attempt.c: which conversations an address gets, and
 * what they add to its facts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/attempt.h"

enum {
	SCRIPT = 5
};

/* What a conversation brings. */
struct seen {
	enum fact_attempt attempt;
	enum reason failure;
	const struct fact_tls *tls; /* NULL: no handshake */
	enum fact_phase phase;
	const char *detail;
};

/* Conversations in the order in which they have to be wanted. */
struct row {
	const char *id;
	struct seen script[SCRIPT];
	struct attempt_host host;
	/* What is known in the end. */
	enum reason failure;
	const struct fact_tls *tls, *other;
	uint64_t flags;
};

static const struct fact_certificate cert = {
	.der = (const uint8_t *)"x", .len = 1};
static const struct fact_tls bare = {
	.key = "EC-256", .chain = &cert, .chain_len = 1};
static const struct fact_tls ec = {.key = "EC-256"};
static const struct fact_tls ed = {.key = "Ed25519"};
static const struct fact_tls rsa = {.key = "RSA-2048"};
static const struct fact_tls dsa = {.key = "DSA-2048"};

#define DANE                                               \
	{                                                  \
		.tls = true, .dane = true, .matches = true \
	}
#define NO_MATCH                          \
	{                                 \
		.tls = true, .dane = true \
	}
#define UNUSABLE            \
	{                   \
		.tls = true \
	}
#define ONCE(x) FACT_ATTEMPT_##x
#define UP(attempt, tls)                                               \
	{                                                              \
		ONCE(attempt), REASON_NONE, tls, FACT_PHASE_DONE, NULL \
	}
#define DOWN(attempt, reason, phase)                                           \
	{                                                                      \
		ONCE(attempt), REASON_##reason, NULL, FACT_PHASE_##phase, NULL \
	}
#define RESET(attempt)                                                     \
	{                                                                  \
		ONCE(attempt), REASON_TLS_EOF, NULL, FACT_PHASE_HANDSHAKE, \
			"rst"                                              \
	}
#define END                                                             \
	{                                                               \
		FACT_ATTEMPTS, REASON_NONE, NULL, FACT_PHASE_NONE, NULL \
	}
#define FLAG(x) 1u << FLAG_##x

static const struct row rows[] = {
	{"D34 two keys", {UP(FIRST, &ec), UP(OTHER_KEY, &rsa), END}, DANE,
		REASON_NONE, &ec, &rsa, 0},
	{"D34 two keys, RSA first", {UP(FIRST, &rsa), UP(OTHER_KEY, &ed), END},
		DANE, REASON_NONE, &rsa, &ed, 0},
	{"one key, shown again", {UP(FIRST, &ec), UP(OTHER_KEY, &ec), END},
		DANE, REASON_NONE, &ec, NULL, 0},
	{"one kind of key", {UP(FIRST, &ec), UP(OTHER_KEY, &ed), END}, DANE,
		REASON_NONE, &ec, NULL, 0},
	{"one key, alert 40",
		{UP(FIRST, &ec), DOWN(OTHER_KEY, TLS_ALERT_40, HANDSHAKE), END},
		DANE, REASON_NONE, &ec, NULL, 0},
	{"one key, connection closed",
		{UP(FIRST, &ec), DOWN(OTHER_KEY, TLS_EOF, HANDSHAKE), END},
		DANE, REASON_NONE, &ec, NULL, 0},
	{"the second time too busy",
		{UP(FIRST, &ec), DOWN(OTHER_KEY, BANNER_4XX, BANNER), END},
		DANE, REASON_NONE, &ec, NULL, FLAG(OTHER_KEY_UNSEEN)},
	{"the second time silent",
		{UP(FIRST, &ec), DOWN(OTHER_KEY, TLS_TIMEOUT, HANDSHAKE), END},
		DANE, REASON_NONE, &ec, NULL, FLAG(OTHER_KEY_UNSEEN)},
	{"neither RSA nor ECDSA", {UP(FIRST, &dsa), END}, DANE, REASON_NONE,
		&dsa, NULL, 0},
	{"without DANE one is enough", {UP(FIRST, &ec), END}, {.dane = false},
		REASON_NONE, &ec, NULL, 0},
	{"D16 no handshake",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO),
			DOWN(AGAIN, STARTTLS_ABSENT, EHLO), END},
		DANE, REASON_STARTTLS_ABSENT, NULL, NULL, FLAG(RETRIED)},
	{"D16 without DANE once is enough",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO), END}, {.dane = false},
		REASON_STARTTLS_ABSENT, NULL, NULL, 0},
	{"D47 offered to those who come again",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO), UP(AGAIN, &ec), END}, DANE,
		REASON_STARTTLS_SELECTIVE, &ec, NULL, FLAG(RETRIED)},
	{"D47 F08 no record is usable, and TLS is promised",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO), UP(AGAIN, &ec), END},
		UNUSABLE, REASON_STARTTLS_SELECTIVE, &ec, NULL, FLAG(RETRIED)},
	{"C23 where no record is usable one key is enough",
		{UP(FIRST, &ec), END}, UNUSABLE, REASON_NONE, &ec, NULL, 0},
	{"D47 offered, and refused",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO),
			DOWN(AGAIN, STARTTLS_REFUSED, STARTTLS), END},
		DANE, REASON_STARTTLS_SELECTIVE, NULL, NULL, FLAG(RETRIED)},
	{"D47 unreachable the second time",
		{DOWN(FIRST, STARTTLS_ABSENT, EHLO),
			DOWN(AGAIN, TCP_TIMEOUT, CONNECT), END},
		DANE, REASON_STARTTLS_ABSENT, NULL, NULL, 0},
	{"D36 handshake, then refused",
		{{ONCE(FIRST), REASON_TLS_ALERT_116, &ec, FACT_PHASE_EHLO_TLS,
			 NULL},
			END},
		DANE, REASON_TLS_ALERT_116, &ec, NULL, 0},
	{"D17 refused for the moment",
		{DOWN(FIRST, STARTTLS_454, STARTTLS), UP(AGAIN, &ec),
			UP(OTHER_KEY, &rsa), END},
		DANE, REASON_NONE, &ec, &rsa, FLAG(RETRIED)},
	{"D17 refused again",
		{DOWN(FIRST, STARTTLS_454, STARTTLS),
			DOWN(AGAIN, STARTTLS_454, STARTTLS), END},
		DANE, REASON_STARTTLS_454, NULL, NULL, FLAG(RETRIED)},
	{"D17 unreachable the second time",
		{DOWN(FIRST, STARTTLS_454, STARTTLS),
			DOWN(AGAIN, TCP_TIMEOUT, CONNECT), END},
		DANE, REASON_STARTTLS_454, NULL, NULL, 0},
	{"D24 reset", {RESET(FIRST), UP(AGAIN, &ec), UP(OTHER_KEY, &ec), END},
		DANE, REASON_NONE, &ec, NULL, FLAG(RETRIED)},
	{"D24 reset again", {RESET(FIRST), RESET(AGAIN), END}, DANE,
		REASON_TLS_EOF, NULL, NULL, FLAG(RETRIED)},
	{"D23 closed is no accident", {DOWN(FIRST, TLS_EOF, HANDSHAKE), END},
		DANE, REASON_TLS_EOF, NULL, NULL, 0},
	{"D30", {DOWN(FIRST, TLS_ALERT_112, HANDSHAKE), UP(NO_SNI, &ec), END},
		DANE, REASON_TLS_ALERT_112, NULL, &ec, FLAG(SNI_FATAL)},
	{"D30 without SNI too",
		{DOWN(FIRST, TLS_ALERT_112, HANDSHAKE),
			DOWN(NO_SNI, TLS_ALERT_112, HANDSHAKE), END},
		DANE, REASON_TLS_ALERT_112, NULL, NULL, 0},
	{"D30 after a retry",
		{RESET(FIRST), DOWN(AGAIN, TLS_ALERT_112, HANDSHAKE),
			UP(NO_SNI, &ec), END},
		DANE, REASON_TLS_ALERT_112, NULL, &ec,
		FLAG(RETRIED) | FLAG(SNI_FATAL)},
	{"no match, another chain without SNI",
		{UP(FIRST, &ec), DOWN(OTHER_KEY, TLS_ALERT_40, HANDSHAKE),
			UP(NO_SNI, &bare), END},
		NO_MATCH, REASON_NONE, &ec, &bare, FLAG(SNI_OTHER)},
	{"no match, the same chain without SNI",
		{UP(FIRST, &ec), UP(OTHER_KEY, &ec), UP(NO_SNI, &ec), END},
		NO_MATCH, REASON_NONE, &ec, NULL, 0},
	{"no match, two keys", {UP(FIRST, &ec), UP(OTHER_KEY, &rsa), END},
		NO_MATCH, REASON_NONE, &ec, &rsa, 0},
	{"three conversations are enough",
		{RESET(FIRST), UP(AGAIN, &ec), UP(OTHER_KEY, &ec), END},
		NO_MATCH, REASON_NONE, &ec, NULL, FLAG(RETRIED)},
};

static void
play(const struct row *row, struct fact_endpoint *endpoint)
{
	size_t i;

	for (i = 0; row->script[i].attempt != FACT_ATTEMPTS; i++) {
		const struct seen *step = &row->script[i];
		const struct fact_endpoint seen = {.phase = step->phase,
			.failure = step->failure,
			.tls = step->tls,
			.detail = step->detail,
			.elapsed_ms = 10};
		enum fact_attempt next = attempt_next(endpoint, &row->host);

		if (next != step->attempt)
			fail_msg("%s: conversation %zu is %d", row->id, i,
				(int)next);
		attempt_take(endpoint, next, &seen);
	}
	if (attempt_next(endpoint, &row->host) != FACT_ATTEMPTS)
		fail_msg("%s: wants one more", row->id);
	assert_int_equal(endpoint->elapsed_ms, 10 * i);
}

static void
test_conversations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct fact_endpoint endpoint = {.insecure = true};

		play(row, &endpoint);
		if (endpoint.failure != row->failure ||
			endpoint.tls != row->tls ||
			endpoint.other != row->other ||
			endpoint.flags != row->flags)
			fail_msg("%s: failure %d, flags %lx", row->id,
				(int)endpoint.failure,
				(unsigned long)endpoint.flags);
		assert_true(endpoint.insecure);
	}
}

/* What must not be contacted is not, and has no conversation. */
static void
test_left_alone(void **state)
{
	const struct fact_endpoint endpoint = {.failure = REASON_NOT_PROBED};
	const struct attempt_host host = DANE;

	(void)state;
	assert_int_equal(attempt_next(&endpoint, &host), FACT_ATTEMPTS);
}

static void
test_key(void **state)
{
	static const struct {
		const struct fact_tls *first;
		enum fact_key key;
	} keys[] = {{&ec, FACT_KEY_RSA}, {&ed, FACT_KEY_RSA},
		{&rsa, FACT_KEY_ECDSA}};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct fact_endpoint endpoint = {.tls = keys[i].first};

		assert_int_equal(
			attempt_key(&endpoint, ONCE(OTHER_KEY)), keys[i].key);
		assert_int_equal(
			attempt_key(&endpoint, ONCE(FIRST)), FACT_KEY_ANY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
