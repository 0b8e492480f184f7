/*
 * Tests of scanner/core/extra.c: which questions come, in which order, and what
 * is kept of the answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/extra.h"
#include "tests/unit/core/answers.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define DOMAIN "mail.a.example"

enum {
	STEPS = 16
};

/* A question that must come, and the answer to it. */
struct step {
	enum answer_type type;
	const char *name;
	enum answer_status status;
	enum answer_trust trust;
	const char *data; /* NULL: none; "" an NS, else RDATA */
	size_t len;
};

struct fixture {
	struct arena *arena;
	struct extra_job job;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	free(f);
	return 0;
}

static void
answer(struct extra_job *job, const struct step *step)
{
	struct answers *answers = answers_new(step->status, step->trust);

	if (step->data != NULL)
		answers_octets(answers, step->data, step->len);
	if (step->type == ANSWER_TYPE_PTR) {
		answers->answer.nsec3.found = true;
		answers->answer.nsec3.opt_out = true;
		answers->answer.nsec3.iterations = 7;
	}
	extra_take(job, &answers->answer);
	free(answers);
}

/* Go through all steps; no other question comes. */
static void
walk(struct extra_job *job, const struct step *steps, size_t count)
{
	struct opinion_question question;

	for (size_t i = 0; i < count && steps[i].name != NULL; i++) {
		if (!extra_next(job, &question))
			fail_msg("no question for %s", steps[i].name);
		if (question.type != steps[i].type ||
			strcmp(question.name, steps[i].name) != 0)
			fail_msg("%s %d", question.name, question.type);
		/* Asked again, it is the same. */
		assert_true(extra_next(job, &question));
		assert_string_equal(question.name, steps[i].name);
		answer(job, &steps[i]);
	}
	if (extra_next(job, &question))
		fail_msg("further: %s %d", question.name, question.type);
}

#define SECURE ANSWER_DATA, ANSWER_SECURE
#define NODATA ANSWER_NODATA, ANSWER_SECURE, NULL, 0
#define NS "\2n2\7example\0"
#define DS "\22\64\15\2digest"
#define KEY "\1\1\3\15\0\5"
#define PARAM "\1\0\0\12\4salt"
#define WIRE(octets) octets, sizeof(octets) - 1

static void
test_domain(void **state)
{
	static const struct step steps[STEPS] = {
		{ANSWER_TYPE_TXT, "_mta-sts." DOMAIN, SECURE,
			WIRE("\16v=STSv1; id=1;")},
		{ANSWER_TYPE_TXT, "_smtp._tls." DOMAIN, NODATA},
		{ANSWER_TYPE_NS, DOMAIN, NODATA},
		{ANSWER_TYPE_NS, "a.example", SECURE, WIRE(NS)},
		{ANSWER_TYPE_DS, "a.example", SECURE, WIRE(DS)},
		{ANSWER_TYPE_DNSKEY, "a.example", SECURE, WIRE(KEY)},
		{ANSWER_TYPE_NSEC3PARAM, "a.example", SECURE, WIRE(PARAM)},
		{ANSWER_TYPE_PTR, "a.example", NODATA},
	};
	struct fact_domain domain = {.name = DOMAIN, .mx.status = ANSWER_DATA};
	struct fixture *f = *state;
	const struct fact_extras *extras;

	assert_true(extra_domain(&f->job, &domain, EXTRA_ALL, f->arena));
	walk(&f->job, steps, STEPS);
	extras = extra_of_domain(&f->job);
	assert_int_equal(extras->mtasts->state, FACT_TXT_PRESENT);
	assert_int_equal(extras->tlsrpt->state, FACT_TXT_ABSENT);
	assert_int_equal(extras->tlsrpt->lookup.status, ANSWER_NODATA);
	assert_string_equal(extras->zone->name, "a.example");
	assert_int_equal(extras->zone->server_count, 1);
	assert_string_equal(extras->zone->servers[0], "n2.example");
	assert_string_equal(extras->signing->zone, "a.example");
	assert_int_equal(extras->signing->delegation_count, 1);
	assert_int_equal(extras->signing->delegations[0].tag, 0x1234);
	assert_int_equal(extras->signing->delegations[0].digest_type, 2);
	assert_int_equal(extras->signing->key_count, 1);
	assert_int_equal(extras->signing->keys[0].flags, 257);
	/* What the denial showed counts. */
	assert_int_equal(extras->signing->nsec3->iterations, 7);
	assert_int_equal(extras->signing->nsec3->salt_len, 0);
	assert_true(extras->signing->nsec3->opt_out);
}

/* Only what is wanted, and no further than it leads. */
static void
test_parts(void **state)
{
	static const struct {
		const char *what;
		unsigned wanted;
		enum answer_status mx;
		enum answer_trust trust;
		struct step steps[5];
	} rows[] = {
		{"nothing is wanted", EXTRA_OF_HOST, SECURE, {{0}}},
		{"no such domain", EXTRA_ALL, ANSWER_NXDOMAIN, ANSWER_SECURE,
			{{0}}},
		{"a domain on the blocklist", EXTRA_ALL, ANSWER_SKIPPED,
			ANSWER_NONE, {{0}}},
		{"TXT only", 1 << EXTRA_TLSRPT, SECURE,
			{{ANSWER_TYPE_TXT, "_smtp._tls." DOMAIN, NODATA}}},
		{"NS only", 1 << EXTRA_NS, SECURE,
			{{ANSWER_TYPE_NS, DOMAIN, SECURE, WIRE(NS)}}},
		{"an unsigned zone", 1 << EXTRA_DS, SECURE,
			{{ANSWER_TYPE_NS, DOMAIN, SECURE, WIRE(NS)},
				{ANSWER_TYPE_DS, DOMAIN, NODATA},
				{ANSWER_TYPE_DNSKEY, DOMAIN, NODATA}}},
		{"a zone with NSEC", 1 << EXTRA_DS, SECURE,
			{{ANSWER_TYPE_NS, DOMAIN, SECURE, WIRE(NS)},
				{ANSWER_TYPE_DS, DOMAIN, SECURE, WIRE(DS)},
				{ANSWER_TYPE_DNSKEY, DOMAIN, SECURE, WIRE(KEY)},
				{ANSWER_TYPE_NSEC3PARAM, DOMAIN, NODATA}}},
		{"servers that fail are asked for DS", EXTRA_OF_DOMAIN,
			ANSWER_TIMEOUT, ANSWER_NONE,
			{{ANSWER_TYPE_NS, DOMAIN, ANSWER_SERVFAIL, ANSWER_NONE,
				 NULL, 0},
				{ANSWER_TYPE_DS, DOMAIN, SECURE, WIRE(DS)}}},
		{"so are those of a bogus zone", EXTRA_OF_DOMAIN,
			ANSWER_NXDOMAIN, ANSWER_BOGUS,
			{{ANSWER_TYPE_NS, DOMAIN, ANSWER_DATA, ANSWER_BOGUS,
				 NULL, 0},
				{ANSWER_TYPE_DS, DOMAIN, SECURE, WIRE(DS)}}},
		{"the zone of the registry", 1 << EXTRA_NS, SECURE,
			{{ANSWER_TYPE_NS, DOMAIN, NODATA},
				{ANSWER_TYPE_NS, "a.example", NODATA},
				{ANSWER_TYPE_NS, "example", SECURE, WIRE(NS)}}},
		{"no zone at all", 1 << EXTRA_NS, SECURE,
			{{ANSWER_TYPE_NS, DOMAIN, NODATA},
				{ANSWER_TYPE_NS, "a.example", NODATA},
				{ANSWER_TYPE_NS, "example", NODATA}}},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_domain domain = {.name = DOMAIN,
			.mx.status = rows[i].mx,
			.mx.trust = rows[i].trust};

		print_message("# %s\n", rows[i].what);
		assert_int_equal(extra_domain(&f->job, &domain, rows[i].wanted,
					 f->arena),
			(rows[i].wanted & EXTRA_OF_DOMAIN) != 0);
		walk(&f->job, rows[i].steps, 5);
	}
}

/* What was not wanted is NULL; NS found on the way to DS is not told. */
static void
test_null(void **state)
{
	struct fact_domain domain = {.name = DOMAIN};
	struct fact_host host = {.name = "mx.example"};
	struct fixture *f = *state;
	const struct fact_extras *extras;
	const struct fact_host_extras *host_extras;

	extra_domain(&f->job, &domain, 1 << EXTRA_DS, f->arena);
	extras = extra_of_domain(&f->job);
	assert_null(extras->mtasts);
	assert_null(extras->tlsrpt);
	assert_null(extras->zone);
	assert_non_null(extras->signing);
	assert_false(extra_host(&f->job, &host, 25, EXTRA_OF_DOMAIN, f->arena));
	extra_host(&f->job, &host, 25, 1 << EXTRA_PORTS, f->arena);
	host_extras = extra_of_host(&f->job);
	assert_null(host_extras->denial);
	assert_int_equal(host_extras->ports[0].port, 465);
	assert_int_equal(host_extras->ports[1].port, 587);
}

/* A zone that does not tell its servers has those of the delegation, each
   once. */
static void
test_servers_of_opinion(void **state)
{
	static const struct fact_server servers[] = {
		{.name = "ns2.example"},
		{.name = "ns1.example"},
		{.name = "ns2.example"},
	};
	static const struct step steps[] = {
		{ANSWER_TYPE_NS, DOMAIN, ANSWER_DATA, ANSWER_BOGUS, NULL, 0}};
	struct fact_domain domain = {.name = DOMAIN,
		.mx.status = ANSWER_DATA,
		.mx.trust = ANSWER_BOGUS,
		.servers = servers,
		.server_count = COUNT(servers)};
	struct fixture *f = *state;
	const struct fact_zone *zone;

	extra_domain(&f->job, &domain, 1 << EXTRA_NS, f->arena);
	walk(&f->job, steps, COUNT(steps));
	zone = extra_of_domain(&f->job)->zone;
	assert_null(zone->name);
	assert_int_equal(zone->lookup.trust, ANSWER_BOGUS);
	assert_int_equal(zone->server_count, 2);
	assert_string_equal(zone->servers[0], "ns1.example");
	assert_string_equal(zone->servers[1], "ns2.example");
}

static void
test_host(void **state)
{
	static const struct step steps[STEPS] = {
		{ANSWER_TYPE_A, "_tcp.mx.example", NODATA},
		{ANSWER_TYPE_A, "_25._tcp.mx.example", NODATA},
		{ANSWER_TYPE_TLSA, "_465._tcp.mx.example", SECURE,
			WIRE("\3\1\1x")},
		{ANSWER_TYPE_TLSA, "_587._tcp.mx.example", NODATA},
	};
	struct fact_host host = {.name = "mx.example",
		.base = "mx.example",
		.tlsa.status = ANSWER_DATA,
		.tlsa.trust = ANSWER_SECURE};
	struct fixture *f = *state;
	const struct fact_host_extras *extras;
	struct opinion_question question;

	assert_true(extra_host(&f->job, &host, 25, EXTRA_ALL, f->arena));
	walk(&f->job, steps, STEPS);
	assert_false(extra_wants_servers(&f->job, &question));
	extras = extra_of_host(&f->job);
	assert_int_equal(extras->denial->parent.status, ANSWER_NODATA);
	assert_int_equal(extras->denial->owner.status, ANSWER_NODATA);
	assert_int_equal(extras->ports[0].tlsa.status, ANSWER_DATA);
	assert_int_equal(extras->ports[0].count, 1);
	assert_int_equal(extras->ports[1].tlsa.status, ANSWER_NODATA);
}

/* G31: only where DANE was looked for, and where that gave an answer. */
static void
test_host_parts(void **state)
{
	static const struct {
		const char *base;
		enum answer_status status;
		enum answer_trust trust;
		int questions;
		bool servers;
	} rows[] = {
		{NULL, ANSWER_SKIPPED, ANSWER_NONE, 0, false},
		{"mx.example", ANSWER_SERVFAIL, ANSWER_NONE, 0, false},
		{"mx.example", ANSWER_DATA, ANSWER_BOGUS, 0, false},
		{"mx.example", ANSWER_NXDOMAIN, ANSWER_SECURE, 2, true},
		{"mx.example", ANSWER_NXDOMAIN, ANSWER_INSECURE, 2, false},
		{"mx.example", ANSWER_NODATA, ANSWER_SECURE, 2, false},
	};
	static const struct step nodata = {.status = ANSWER_NODATA};
	struct fixture *f = *state;
	struct opinion_question question;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_host host = {.name = "mx.example",
			.base = rows[i].base,
			.tlsa.status = rows[i].status,
			.tlsa.trust = rows[i].trust};
		int questions = 0;

		extra_host(&f->job, &host, 25, 1 << EXTRA_DENIAL, f->arena);
		for (; extra_next(&f->job, &question); questions++)
			answer(&f->job, &nodata);
		assert_int_equal(questions, rows[i].questions);
		assert_int_equal(extra_wants_servers(&f->job, &question),
			rows[i].servers);
		if (!rows[i].servers)
			continue;
		assert_int_equal(question.type, ANSWER_TYPE_TLSA);
		assert_string_equal(question.name, "_25._tcp.mx.example");
	}
}

/* A name that has no room for the labels before it is not asked. */
static void
test_long_name(void **state)
{
	char name[NAME_SIZE];
	struct fact_domain domain = {.name = name, .mx.status = ANSWER_DATA};
	struct fixture *f = *state;
	struct opinion_question question;

	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[sizeof(name) - 1] = '\0';
	extra_domain(&f->job, &domain,
		1 << EXTRA_MTA_STS | 1 << EXTRA_TLSRPT | 1 << EXTRA_NS,
		f->arena);
	assert_true(extra_next(&f->job, &question));
	assert_int_equal(question.type, ANSWER_TYPE_NS);
}

/* Many records: as many as are looked at, in one order. */
static void
test_bounds(void **state)
{
	struct fact_domain domain = {
		.name = "a.example", .mx.status = ANSWER_DATA};
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	struct fixture *f = *state;
	struct opinion_question question;
	const struct fact_zone *zone;

	for (int i = 0; i < 40; i++) {
		char name[8];

		snprintf(name, sizeof(name), "\4n%03d", 999 - i);
		answers_octets(answers, name, 6);
	}
	extra_domain(&f->job, &domain, 1 << EXTRA_NS, f->arena);
	assert_true(extra_next(&f->job, &question));
	extra_take(&f->job, &answers->answer);
	free(answers);
	zone = extra_of_domain(&f->job)->zone;
	assert_int_equal(zone->server_count, EXTRA_SERVERS_MAX);
	assert_string_equal(zone->servers[0], "n960");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_domain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_null, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_servers_of_opinion, setup, teardown),
		cmocka_unit_test_setup_teardown(test_host, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_host_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_long_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
