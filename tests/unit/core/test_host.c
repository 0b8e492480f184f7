/*
 * Tests of scanner/core/host.c: which questions a host asks, and where the
 * TLSA base domain comes from (RFC 7672 sections 2.2.2 and 2.2.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/host.h"
#include "tests/unit/core/answers.h"

enum {
	SCRIPT = 6
};

/* One expected question, and the answer to it. */
struct step {
	enum answer_type type;
	const char *name;
	enum answer_status status;
	enum answer_trust trust;
	const char *alias;
};

struct row {
	const char *id;
	struct step steps[SCRIPT]; /* in any order */
	const char *base;
	enum answer_status tlsa;
	enum host_state end;
	size_t endpoints;
};

#define A ANSWER_TYPE_A
#define AAAA ANSWER_TYPE_AAAA
#define TLSA ANSWER_TYPE_TLSA
#define CNAME ANSWER_TYPE_CNAME
#define DATA ANSWER_DATA
#define NODATA ANSWER_NODATA
#define SECURE ANSWER_SECURE
#define INSECURE ANSWER_INSECURE
#define MX "mx.test"
#define Q "_25._tcp."

static const struct row rows[] = {
	{"A01 both families secure, records",
		{{A, MX, DATA, SECURE, NULL}, {AAAA, MX, DATA, SECURE, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 2},
	{"A02 B36 insecure address: TLSA is not asked",
		{{A, MX, DATA, INSECURE, NULL},
			{AAAA, MX, NODATA, INSECURE, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
	{"B02 secure denial",
		{{A, MX, DATA, SECURE, NULL}, {AAAA, MX, NODATA, SECURE, NULL},
			{TLSA, Q MX, NODATA, SECURE, NULL}},
		MX, NODATA, HOST_STATE_DONE, 0},
	{"B08 records that nobody can prove",
		{{A, MX, DATA, SECURE, NULL}, {AAAA, MX, NODATA, SECURE, NULL},
			{TLSA, Q MX, DATA, INSECURE, NULL}},
		MX, DATA, HOST_STATE_DONE, 0},
	{"B20 look-up error",
		{{A, MX, DATA, SECURE, NULL}, {AAAA, MX, NODATA, SECURE, NULL},
			{TLSA, Q MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL}},
		MX, ANSWER_SERVFAIL, HOST_STATE_DONE, 0},
	{"A22 secure alias: the expanded name has the records",
		{{A, MX, DATA, SECURE, "real.test"},
			{AAAA, MX, NODATA, SECURE, "real.test"},
			{TLSA, Q "real.test", DATA, SECURE, NULL}},
		"real.test", DATA, HOST_STATE_PROBES, 1},
	{"A22 … only the original has",
		{{A, MX, DATA, SECURE, "real.test"},
			{AAAA, MX, NODATA, SECURE, "real.test"},
			{TLSA, Q "real.test", ANSWER_NXDOMAIN, SECURE, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 1},
	{"7672 2.1.2: an error on the first candidate ends the search",
		{{A, MX, DATA, SECURE, "real.test"},
			{AAAA, MX, NODATA, SECURE, "real.test"},
			{TLSA, Q "real.test", ANSWER_TIMEOUT, ANSWER_NONE,
				NULL}},
		"real.test", ANSWER_TIMEOUT, HOST_STATE_DONE, 0},
	{"A24 insecure alias with a secure first hop",
		{{A, MX, DATA, INSECURE, "unsigned.test"},
			{AAAA, MX, NODATA, INSECURE, "unsigned.test"},
			{CNAME, MX, DATA, SECURE, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 1},
	{"insecure alias, insecure first hop",
		{{A, MX, DATA, INSECURE, "unsigned.test"},
			{AAAA, MX, NODATA, INSECURE, "unsigned.test"},
			{CNAME, MX, DATA, INSECURE, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
	{"A21 the CNAME of a DNAME cannot be proved: its TLSA tell",
		{{A, MX, DATA, INSECURE, "unsigned.test"},
			{AAAA, MX, NODATA, INSECURE, "unsigned.test"},
			{CNAME, MX, DATA, ANSWER_BOGUS, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 1},
	{"A24 bogus alias: one family says so too",
		{{A, MX, DATA, INSECURE, "unsigned.test"},
			{AAAA, MX, DATA, ANSWER_BOGUS, NULL},
			{CNAME, MX, DATA, ANSWER_BOGUS, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
	{"A24 no answer about the alias",
		{{A, MX, DATA, INSECURE, "unsigned.test"},
			{AAAA, MX, NODATA, INSECURE, "unsigned.test"},
			{CNAME, MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
	{"A28 one family is enough",
		{{A, MX, DATA, INSECURE, NULL}, {AAAA, MX, DATA, SECURE, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 2},
	{"A28 AAAA broken, A fine",
		{{A, MX, DATA, SECURE, NULL},
			{AAAA, MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL},
			{TLSA, Q MX, DATA, SECURE, NULL}},
		MX, DATA, HOST_STATE_PROBES, 1},
	{"A30 no address",
		{{A, MX, NODATA, SECURE, NULL},
			{AAAA, MX, NODATA, SECURE, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
	{"bogus addresses are not talked to",
		{{A, MX, DATA, ANSWER_BOGUS, NULL},
			{AAAA, MX, NODATA, SECURE, NULL}},
		NULL, ANSWER_SKIPPED, HOST_STATE_DONE, 0},
};

static const struct host_policy policy = {
	.probing = HOST_PROBE_DANE, .allow_reserved = true, .port = 25};

static struct answers *
make_answer(const struct step *step)
{
	struct answers *answers = answers_new(step->status, step->trust);

	answers->answer.alias = step->alias;
	if (step->status != ANSWER_DATA)
		return answers;
	switch (step->type) {
	case ANSWER_TYPE_A:
		answers_address(answers, "192.0.2.1");
		break;
	case ANSWER_TYPE_AAAA:
		answers_address(answers, "2001:db8::1");
		break;
	case ANSWER_TYPE_TLSA:
		answers_octets(
			answers, "\3\1\1abcdefghijklmnopqrstuvwxyz012345", 35);
		break;
	case ANSWER_TYPE_CNAME:
	case ANSWER_TYPE_NS:
	case ANSWER_TYPE_SOA:
	case ANSWER_TYPE_PTR:
	case ANSWER_TYPE_MX:
	case ANSWER_TYPE_TXT:
	case ANSWER_TYPE_DS:
	case ANSWER_TYPE_DNSKEY:
	case ANSWER_TYPE_NSEC3PARAM:
		answers_octets(answers, "\1x\0", 3);
		break;
	}
	return answers;
}

static const struct step *
find_step(const struct row *row, const struct host_question *question)
{
	for (size_t i = 0; i < SCRIPT && row->steps[i].name != NULL; i++)
		if (row->steps[i].type == question->type &&
			strcmp(row->steps[i].name, question->name) == 0)
			return &row->steps[i];
	fail_msg("%s: asks %s type %d", row->id, question->name,
		(int)question->type);
	return NULL;
}

static void
play(const struct row *row, struct host *host, struct arena *arena)
{
	struct host_question question;
	size_t asked = 0, expected = 0;

	host_init(host, MX, REASON_NONE, &policy, arena);
	while (host_ask(host, &question)) {
		struct answers *answers = make_answer(
			find_step(row, &question));

		asked++;
		host_answer(host, question.slot, &answers->answer);
		free(answers);
	}
	while (expected < SCRIPT && row->steps[expected].name != NULL)
		expected++;
	if (asked != expected)
		fail_msg("%s: %zu questions", row->id, asked);
}

static void
questions_and_base(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct arena *arena = arena_new();
		struct host host;

		play(row, &host, arena);
		if (host.state != row->end ||
			host.fact.tlsa.status != row->tlsa ||
			host.fact.endpoint_count != row->endpoints)
			fail_msg("%s: state %d, tlsa %d, %zu endpoints",
				row->id, (int)host.state,
				(int)host.fact.tlsa.status,
				host.fact.endpoint_count);
		if (row->base == NULL)
			assert_null(host.fact.base);
		else
			assert_string_equal(host.fact.base, row->base);
		arena_free(arena);
	}
}

static void
a_refused_name_asks_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct host_question question;
	struct host host;

	(void)state;
	host_init(&host, "192.0.2.1", REASON_MX_IP_LITERAL, &policy, arena);
	assert_int_equal(host.state, HOST_STATE_DONE);
	assert_false(host_ask(&host, &question));
	assert_int_equal(host.fact.refused, REASON_MX_IP_LITERAL);
	arena_free(arena);
}

/* A question that must not be asked ends the examination. */
static void
a_refused_question_ends_it(void **state)
{
	struct arena *arena = arena_new();
	struct host_question question;
	struct host host;

	(void)state;
	host_init(&host, MX, REASON_NONE, &policy, arena);
	assert_true(host_ask(&host, &question));
	host_refuse(&host, question.slot, REASON_BLOCKLISTED);
	assert_int_equal(host.state, HOST_STATE_DONE);
	assert_false(host_ask(&host, &question));
	assert_int_equal(host.fact.refused, REASON_BLOCKLISTED);
	arena_free(arena);
}

/* Play A01 under another policy and see what becomes of each address. */
static void
check_policy(const struct host_policy *other, const char *address,
	enum reason expected)
{
	struct arena *arena = arena_new();
	struct host_question question;
	struct host_probe probe;
	struct host host;

	host_init(&host, MX, REASON_NONE, other, arena);
	while (host_ask(&host, &question)) {
		struct answers *answers = make_answer(
			find_step(&rows[0], &question));

		if (question.type == ANSWER_TYPE_A) {
			answers->answer.count = 0;
			answers_address(answers, address);
		}
		host_answer(&host, question.slot, &answers->answer);
		free(answers);
	}
	assert_int_equal(host.fact.endpoint_count, 2);
	assert_int_equal(host.fact.endpoints[0].failure, expected);
	assert_int_equal(
		host_next_probe(&host, &host.fact.endpoints[0], true, &probe),
		expected == REASON_NONE);
	arena_free(arena);
}

static void
addresses_that_are_left_alone(void **state)
{
	static const struct host_policy normal = {.port = 25};
	static const struct host_policy no_ipv4 = {
		.port = 25, .no_ipv4 = true, .allow_reserved = true};
	static const struct host_policy no_probes = {
		.port = 25, .allow_reserved = true, .probing = HOST_PROBE_NONE};

	(void)state;
	check_policy(&normal, "9.9.9.9", REASON_NONE);
	check_policy(&normal, "10.0.0.1", REASON_RESERVED_ADDRESS);
	check_policy(&normal, "127.0.0.1", REASON_RESERVED_ADDRESS);
	check_policy(&policy, "10.0.0.1", REASON_NONE);
	check_policy(&no_ipv4, "9.9.9.9", REASON_NO_LOCAL_V4);
	check_policy(&no_probes, "9.9.9.9", REASON_NOT_PROBED);
}

/* D34: with records that may be usable, and a secure address, both kinds of
   key are asked for. */
static void
another_key_is_asked_for(void **state)
{
	static const struct host_policy all = {
		.probing = HOST_PROBE_ALL, .allow_reserved = true, .port = 25};
	static const struct fact_tls tls = {.key = "RSA-2048"};
	static const struct {
		const char *id;
		uint8_t usage;
		bool insecure, wanted;
	} cases[] = {{"D34", 3, false, true}, {"C02", 1, false, false},
		{"A28", 3, true, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fact_tlsa record = {.usage = cases[i].usage};
		struct fact_endpoint endpoint = {.insecure = cases[i].insecure};
		struct host host = {.policy = &all,
			.state = HOST_STATE_PROBES,
			.fact = {.name = MX,
				.base = "base.test",
				.tlsa = {.status = DATA, .trust = SECURE},
				.records = &record,
				.record_count = 1}};
		struct host_probe probe;

		assert_true(host_next_probe(&host, &endpoint, true, &probe));
		assert_int_equal(probe.attempt, FACT_ATTEMPT_FIRST);
		assert_int_equal(probe.key, FACT_KEY_ANY);
		assert_string_equal(probe.sni, "base.test");
		endpoint.attempts = 1u << FACT_ATTEMPT_FIRST;
		endpoint.tls = &tls;
		if (host_next_probe(&host, &endpoint, true, &probe) !=
			cases[i].wanted)
			fail_msg("%s", cases[i].id);
		if (!cases[i].wanted)
			continue;
		assert_int_equal(probe.key, FACT_KEY_ECDSA);
		assert_string_equal(probe.sni, "base.test");
		endpoint.attempts |= 1u << FACT_ATTEMPT_OTHER_KEY;
		assert_false(host_next_probe(&host, &endpoint, true, &probe));
		assert_true(host_next_probe(&host, &endpoint, false, &probe));
		assert_null(probe.sni);
		assert_int_equal(probe.key, FACT_KEY_ANY);
	}
}

static void
make_long_name(char name[254])
{
	memset(name, 'a', 253);
	name[253] = '\0';
	for (size_t i = 50; i < 253; i += 50)
		name[i] = '.';
}

/* A43: no room for the prefix. */
static void
a_name_too_long_for_tlsa(void **state)
{
	struct arena *arena = arena_new();
	struct host_question question;
	char name[254];
	struct host host;

	(void)state;
	make_long_name(name);
	host_init(&host, name, REASON_NONE, &policy, arena);
	while (host_ask(&host, &question)) {
		struct answers *answers = answers_new(DATA, SECURE);

		assert_int_not_equal(question.type, ANSWER_TYPE_TLSA);
		answers_address(answers, question.type == ANSWER_TYPE_A
						 ? "192.0.2.1"
						 : "2001:db8::1");
		host_answer(&host, question.slot, &answers->answer);
		free(answers);
	}
	assert_int_equal(host.fact.refused, REASON_NAME_TOO_LONG);
	assert_int_equal(host.state, HOST_STATE_DONE);
	arena_free(arena);
}

/* A22: the one of two candidates that has no room is passed over. */
static void
an_alias_too_long_for_tlsa(void **state)
{
	char name[254];
	const char *const pairs[][2] = {{MX, name}, {name, MX}};

	(void)state;
	make_long_name(name);
	for (size_t i = 0; i < 2; i++) {
		const struct row row = {"",
			{{A, pairs[i][0], DATA, SECURE, pairs[i][1]},
				{AAAA, pairs[i][0], NODATA, SECURE,
					pairs[i][1]},
				{TLSA, Q MX, NODATA, SECURE, NULL}},
			NULL, DATA, HOST_STATE_DONE, 0};
		struct arena *arena = arena_new();
		struct host_question question;
		struct host host;

		host_init(&host, pairs[i][0], REASON_NONE, &policy, arena);
		while (host_ask(&host, &question)) {
			struct answers *answers = make_answer(
				find_step(&row, &question));

			host_answer(&host, question.slot, &answers->answer);
			free(answers);
		}
		assert_int_equal(host.fact.refused, REASON_NONE);
		assert_string_equal(host.fact.base, MX);
		assert_int_equal(host.fact.tlsa.status, NODATA);
		assert_int_equal(host.state, HOST_STATE_DONE);
		arena_free(arena);
	}
}

static void
many_addresses_are_cut_and_told(void **state)
{
	struct arena *arena = arena_new();
	struct host_question question;
	struct host host;

	(void)state;
	host_init(&host, MX, REASON_NONE, &policy, arena);
	while (host_ask(&host, &question)) {
		struct answers *answers = make_answer(
			find_step(&rows[0], &question));

		for (int i = 0; question.type == ANSWER_TYPE_A && i < 60; i++)
			answers_address(answers, "192.0.2.7");
		host_answer(&host, question.slot, &answers->answer);
		free(answers);
	}
	assert_true(host.fact.truncated);
	assert_int_equal(host.fact.endpoint_count, HOST_ADDRESSES_MAX + 1);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_and_base),
		cmocka_unit_test(a_refused_name_asks_nothing),
		cmocka_unit_test(a_refused_question_ends_it),
		cmocka_unit_test(addresses_that_are_left_alone),
		cmocka_unit_test(another_key_is_asked_for),
		cmocka_unit_test(a_name_too_long_for_tlsa),
		cmocka_unit_test(an_alias_too_long_for_tlsa),
		cmocka_unit_test(many_addresses_are_cut_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
