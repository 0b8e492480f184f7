/*
 * Second opinions: who is asked for what, and what the answers mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/opinion.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define Z OUTCOME_SILENT

static const struct fact_lookup good = {.status = ANSWER_DATA,
					.trust = ANSWER_SECURE},
				denied = {.status = ANSWER_NXDOMAIN,
					.trust = ANSWER_INSECURE},
				bogus = {.status = ANSWER_DATA,
					.trust = ANSWER_BOGUS},
				failed = {.status = ANSWER_SERVFAIL},
				skipped = {.status = ANSWER_SKIPPED};

static void
test_domain_question(void **state)
{
	static const struct {
		const struct fact_lookup *mx;
		bool wanted;
	} rows[] = {{&good, false}, {&denied, false}, {&bogus, true},
		{&failed, true}, {&skipped, false}};
	struct opinion_question question;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_domain domain = {
			.name = "a.example", .mx = *rows[i].mx};

		assert_int_equal(
			opinion_for_domain(&domain, &question), rows[i].wanted);
		if (!rows[i].wanted)
			continue;
		assert_int_equal(question.type, ANSWER_TYPE_MX);
		assert_string_equal(question.name, "a.example");
	}
}

static void
test_host_question(void **state)
{
	static const struct {
		const struct fact_lookup *a, *aaaa, *tlsa;
		const char *base;
		bool mismatch;
		enum answer_type type; /* 0: none */
		const char *name;
	} rows[] = {
		{&good, &denied, &good, "base.example", false, 0, NULL},
		{&good, &denied, &good, "base.example", true, ANSWER_TYPE_TLSA,
			"_2525._tcp.base.example"},
		{&good, &denied, &failed, "base.example", false,
			ANSWER_TYPE_TLSA, "_2525._tcp.base.example"},
		{&good, &failed, &bogus, "base.example", false,
			ANSWER_TYPE_TLSA, "_2525._tcp.base.example"},
		{&failed, &failed, &skipped, NULL, false, ANSWER_TYPE_A,
			"mx.example"},
		{&good, &bogus, &good, "mx.example", false, ANSWER_TYPE_AAAA,
			"mx.example"},
		{&skipped, &skipped, &skipped, NULL, false, 0, NULL},
	};
	struct opinion_question question;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_host host = {.name = "mx.example",
			.a = *rows[i].a,
			.aaaa = *rows[i].aaaa,
			.tlsa = *rows[i].tlsa,
			.base = rows[i].base};

		assert_int_equal(opinion_for_host(&host, rows[i].mismatch, 2525,
					 &question),
			rows[i].type != 0);
		if (rows[i].type == 0)
			continue;
		assert_int_equal(question.type, rows[i].type);
		assert_string_equal(question.name, rows[i].name);
	}
}

static void
test_silence(void **state)
{
	static const struct {
		enum outcome said[OPINION_SERVERS_MAX];
		size_t count;
		bool heard;
		bool silence;
	} rows[] = {
		{{0}, 0, true, false},
		{{Z}, 1, true, true},
		/* Perhaps it is our own path. */
		{{Z}, 1, false, false},
		{{Z, Z, Z}, 3, true, true},
		{{Z, OUTCOME_TIMEOUT}, 2, true, false},
		{{Z, OUTCOME_NONE}, 2, true, false},
		{{Z, OUTCOME_REFUSED}, 2, true, false},
		/* There may be more of them. */
		{{Z, Z, Z, Z, Z, Z, Z, Z}, OPINION_SERVERS_MAX, true, false},
	};
	struct opinion_question question;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_server servers[OPINION_SERVERS_MAX] = {0};

		for (size_t k = 0; k < rows[i].count; k++)
			servers[k].outcome = rows[i].said[k];
		if (opinion_is_silence(servers, rows[i].count, rows[i].heard) !=
			rows[i].silence)
			fail_msg("row %zu", i);
	}
	opinion_for_unanswered("a.example", &question);
	assert_int_equal(question.type, ANSWER_TYPE_MX);
	assert_string_equal(question.name, "a.example");
}

static void
test_zones(void **state)
{
	struct opinion_question tlsa = {
		.type = ANSWER_TYPE_TLSA, .name = "_25._tcp.mx.a.example"};
	struct opinion_question mx = {
		.type = ANSWER_TYPE_MX, .name = "a.example"};
	static const char *const names[] = {
		"_tcp.mx.a.example", "mx.a.example", "a.example"};
	const char *zone = opinion_first_zone(&tlsa);

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_non_null(zone);
		assert_string_equal(zone, names[i]);
		if (i + 1 == COUNT(names))
			assert_string_equal(
				opinion_next_zone(zone, true), "example");
		zone = opinion_next_zone(zone, false);
	}
	assert_null(zone);
	assert_null(opinion_next_zone("example", true));
	assert_string_equal(opinion_first_zone(&mx), "a.example");
}

static void
test_delegations(void **state)
{
	static const struct {
		const char *name, *zone, *above;
		bool holds;
	} rows[] = {
		{"mx.a.example", "a.example", "example", true},
		{"a.example", "a.example", "example", true},
		{"a.example", "example", "example", false},
		{"a.example", "example", "a.example", false},
		{"a.example", "b.example", "example", false},
		{"xa.example", "a.example", "example", false},
		{"a.example", "a.example", "test", false},
		{"a.example", "", "example", false},
		{"a.example", ".", "example", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(opinion_is_delegation(rows[i].name,
					 rows[i].zone, rows[i].above),
			rows[i].holds);
}

#define N OUTCOME_NONE
#define T OUTCOME_TIMEOUT
#define R OUTCOME_REFUSED
#define I OUTCOME_NOTIMP
#define F OUTCOME_FORMERR
#define V OUTCOME_SERVFAIL
#define Z OUTCOME_SILENT
#define D OUTCOME_DATA

static void
test_reasons(void **state)
{
	static const struct {
		enum outcome outcomes[4];
		size_t count;
		bool heard;
		enum answer_status status; /* of what was SERVFAIL or timeout */
	} rows[] = {
		{{N}, 0, true, ANSWER_SERVFAIL},
		{{T}, 1, true, ANSWER_TIMEOUT},
		{{R, R}, 2, true, ANSWER_REFUSED},
		{{I, I, T}, 3, true, ANSWER_NOTIMP},
		{{F}, 1, true, ANSWER_FORMERR},
		{{V, V, V, T}, 4, true, ANSWER_SERVFAIL},
		/* No majority; and the answers of the others count. */
		{{R, I}, 2, true, ANSWER_SERVFAIL},
		{{T, T, D, D}, 4, true, ANSWER_SERVFAIL},
		{{D, D}, 2, true, ANSWER_SERVFAIL},
		/* Who was not asked does not vote. */
		{{N, N, R}, 3, true, ANSWER_REFUSED},
		{{N, N}, 2, true, ANSWER_SERVFAIL},
		/* Silence may be ours. */
		{{Z, Z}, 2, true, ANSWER_TIMEOUT},
		{{Z, T}, 2, true, ANSWER_TIMEOUT},
		{{Z, Z}, 2, false, ANSWER_SERVFAIL},
		{{Z, T, T}, 3, false, ANSWER_TIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_domain domain = {.mx = failed};
		struct fact_host host = {.a = failed, .tlsa = failed};
		struct fact_server servers[4] = {{0}};

		for (size_t k = 0; k < rows[i].count; k++)
			servers[k].outcome = rows[i].outcomes[k];
		opinion_take_domain(
			&domain, servers, rows[i].count, rows[i].heard);
		opinion_take_host(&host, ANSWER_TYPE_TLSA, servers,
			rows[i].count, rows[i].heard);
		if (domain.mx.status != rows[i].status ||
			host.tlsa.status != rows[i].status)
			fail_msg("row %zu: %s", i,
				answer_status_label(domain.mx.status));
		assert_int_equal(host.a.status, ANSWER_SERVFAIL);
		assert_int_equal(host.server_count, rows[i].count);
		assert_ptr_equal(domain.servers, servers);
	}
}

static void
test_bogus_stays(void **state)
{
	struct fact_server servers[] = {{.outcome = T}, {.outcome = T}};
	struct fact_host host = {.a = bogus, .aaaa = good};

	(void)state;
	opinion_take_host(&host, ANSWER_TYPE_A, servers, 2, true);
	assert_int_equal(host.a.status, ANSWER_DATA);
	assert_int_equal(host.a.trust, ANSWER_BOGUS);
	opinion_take_host(&host, ANSWER_TYPE_AAAA, servers, 2, true);
	assert_int_equal(host.aaaa.status, ANSWER_DATA);
}

static void
test_differs(void **state)
{
	static const struct {
		struct fact_server servers[3];
		bool differs;
	} rows[] = {
		{{{.outcome = N}, {.outcome = N}, {.outcome = N}}, false},
		{{{.outcome = T}, {.outcome = T}, {.outcome = N}}, false},
		{{{.outcome = T}, {.outcome = N}, {.outcome = D}}, true},
		/* One of them has an old zone. */
		{{{.outcome = D, .digest = 1}, {.outcome = D, .digest = 2},
			 {.outcome = D, .digest = 1}},
			true},
		{{{.outcome = D, .digest = 1}, {.outcome = D, .digest = 1},
			 {.outcome = D, .digest = 1}},
			false},
	};

	(void)state;
	assert_false(opinion_differs(NULL, 0));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			opinion_differs(rows[i].servers, 3), rows[i].differs);
}

#define U OUTCOME_DATA_UNSIGNED
#define O OUTCOME_NODATA
#define X OUTCOME_NXDOMAIN_UNPROVED

/* G28 of a TLSA RRset. */
static void
test_disputes(void **state)
{
	static const struct {
		struct fact_server servers[3];
		bool disputed;
	} rows[] = {
		{{{.outcome = N}, {.outcome = D, .digest = 1}}, false},
		{{{.outcome = D, .digest = 1}, {.outcome = D, .digest = 2}},
			true},
		{{{.outcome = D, .digest = 1}, {.outcome = T},
			 {.outcome = D, .digest = 2}},
			true},
		{{{.outcome = D, .digest = 1}, {.outcome = O}}, true},
		{{{.outcome = X}, {.outcome = O}}, false},
		/* The same records, without signatures; or a failure. */
		{{{.outcome = D, .digest = 1}, {.outcome = U, .digest = 1}},
			false},
		{{{.outcome = D, .digest = 1}, {.outcome = R}, {.outcome = T}},
			false},
	};

	(void)state;
	assert_false(opinion_disputes_tlsa(NULL, 0));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_server servers[3];

		memcpy(servers, rows[i].servers, sizeof(servers));
		for (size_t k = 0; k < 3; k++)
			servers[k].type = ANSWER_TYPE_TLSA;
		if (opinion_disputes_tlsa(servers, 3) != rows[i].disputed)
			fail_msg("row %zu", i);
		for (size_t k = 0; k < 3; k++)
			servers[k].type = ANSWER_TYPE_A;
		assert_false(opinion_disputes_tlsa(servers, 3));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain_question),
		cmocka_unit_test(test_host_question),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_delegations),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_bogus_stays),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_disputes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
