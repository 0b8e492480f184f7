/*
 * Tests of scanner/core/domain.c: rows of CONFORMANCE group A that are about
 * the MX RRset alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/domain.h"
#include "tests/unit/core/answers.h"

struct fixture {
	struct arena *arena;
	struct fact_domain fact;
	struct domain_exchanges exchanges;
};

static struct fixture
take(struct answers *answers)
{
	struct fixture f = {.arena = arena_new(), .fact.name = "example.com"};

	domain_take_mx(&f.fact, &answers->answer, f.arena, &f.exchanges);
	free(answers);
	return f;
}

static void
exchanges_by_preference_then_name_each_once(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	static const char *const expected[] = {"a.test", "b.test", "c.test"};
	struct fixture f;

	(void)state;
	answers_mx(answers, 20, "c.test");
	answers_mx(answers, 10, "b.test");
	answers_mx(answers, 30, "b.test");
	answers_mx(answers, 10, "a.test");
	f = take(answers);
	assert_int_equal(f.exchanges.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(f.exchanges.list[i].name, expected[i]);
		assert_int_equal(f.exchanges.list[i].refused, REASON_NONE);
	}
	assert_int_equal(f.exchanges.list[1].preference, 10);
	assert_int_equal(f.fact.mx.trust, ANSWER_SECURE);
	assert_false(f.fact.implicit);
	arena_free(f.arena);
}

/* Which answers lead to hosts, and which to none. */
static void
answers_without_records(void **state)
{
	static const struct {
		const char *id;
		enum answer_status status;
		enum answer_trust trust;
		size_t count;
		bool implicit;
	} cases[] = {
		{"F21", ANSWER_NODATA, ANSWER_SECURE, 1, true},
		{"A12", ANSWER_NODATA, ANSWER_INSECURE, 1, true},
		{"A14", ANSWER_NODATA, ANSWER_BOGUS, 0, false},
		{"A09", ANSWER_NXDOMAIN, ANSWER_SECURE, 0, false},
		{"A10", ANSWER_NXDOMAIN, ANSWER_BOGUS, 0, false},
		{"A08", ANSWER_SERVFAIL, ANSWER_NONE, 0, false},
		{"A08", ANSWER_TIMEOUT, ANSWER_NONE, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f = take(
			answers_new(cases[i].status, cases[i].trust));

		if (f.exchanges.count != cases[i].count ||
			f.fact.implicit != cases[i].implicit)
			fail_msg("%s: %zu hosts", cases[i].id,
				f.exchanges.count);
		if (cases[i].count == 1)
			assert_string_equal(
				f.exchanges.list[0].name, "example.com");
		assert_int_equal(f.fact.mx.status, cases[i].status);
		arena_free(f.arena);
	}
}

/* A06: forged or expired data never names a host. */
static void
bogus_data_is_ignored(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_BOGUS);
	struct fixture f;

	(void)state;
	answers_mx(answers, 10, "mx.test");
	f = take(answers);
	assert_int_equal(f.exchanges.count, 0);
	arena_free(f.arena);
}

static void
null_mx(void **state)
{
	static const struct {
		const char *id;
		unsigned preference;
		const char *other;
		bool null, pref, mixed;
	} cases[] = {
		{"A15", 0, NULL, true, false, false},
		{"A16", 10, NULL, true, true, false},
		{"A17", 0, "mx.test", false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answers *answers = answers_new(
			ANSWER_DATA, ANSWER_SECURE);
		struct fixture f;

		answers_mx(answers, cases[i].preference, ".");
		if (cases[i].other != NULL)
			answers_mx(answers, 10, cases[i].other);
		f = take(answers);
		if (f.fact.null_mx != cases[i].null ||
			f.fact.null_mx_pref != cases[i].pref ||
			f.fact.null_mx_mixed != cases[i].mixed)
			fail_msg("%s", cases[i].id);
		assert_int_equal(
			f.exchanges.count, cases[i].other != NULL ? 1 : 0);
		arena_free(f.arena);
	}
}

static void
exchanges_that_are_no_hosts(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	struct fixture f;

	(void)state;
	answers_mx(answers, 1, "192.0.2.1"); /* A33 */
	answers_mx(answers, 2, "-bad.test"); /* A34 */
	answers_mx(answers, 3, "mx b.test"); /* A34 */
	answers_mx(answers, 4, "good_1.test");
	answers_mx(answers, 5, "20"); /* A33: a number is no address */
	answers_mx(answers, 6, "192.0.2.300");
	answers_mx(answers, 7, "192.0.2");
	f = take(answers);
	assert_int_equal(f.exchanges.count, 7);
	assert_int_equal(f.exchanges.list[0].refused, REASON_MX_IP_LITERAL);
	assert_int_equal(f.exchanges.list[1].refused, REASON_MX_BAD_NAME);
	assert_int_equal(f.exchanges.list[2].refused, REASON_MX_BAD_NAME);
	assert_int_equal(f.exchanges.list[3].refused, REASON_NONE);
	for (size_t i = 4; i < 7; i++)
		assert_int_equal(
			f.exchanges.list[i].refused, REASON_MX_BAD_NAME);
	arena_free(f.arena);
}

/* A36: a truncated set is flagged, never silently judged. */
static void
many_exchanges(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	struct fixture f;
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "mx%03u.test", 149 - i);
		answers_mx(answers, 10, name);
	}
	f = take(answers);
	assert_int_equal(f.exchanges.count, DOMAIN_HOSTS_MAX);
	assert_true(f.fact.truncated);
	assert_string_equal(f.exchanges.list[0].name, "mx000.test");
	arena_free(f.arena);
}

static void
malformed_records_are_left_out(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	struct fixture f;

	(void)state;
	answers_octets(answers, "\0\12", 2);
	answers_octets(answers, "\0\12\77mx", 5);
	answers_mx(answers, 10, "mx.test");
	f = take(answers);
	assert_int_equal(f.exchanges.count, 1);
	arena_free(f.arena);
}

/* A04: what is signed, and yet insecure. */
static void
unsupported_algorithms(void **state)
{
	static const struct {
		uint8_t algorithm;
		enum answer_trust trust;
		bool unsupported;
	} cases[] = {
		{0, ANSWER_INSECURE, false},
		{1, ANSWER_INSECURE, true},
		{12, ANSWER_INSECURE, true},
		{13, ANSWER_INSECURE, false}, /* an island of trust */
		{16, ANSWER_INSECURE, true},
		{16, ANSWER_SECURE, false}, /* another validator's word */
		{12, ANSWER_BOGUS, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answers *answers = answers_new(
			ANSWER_DATA, cases[i].trust);
		struct fixture f;

		answers->answer.algorithm = cases[i].algorithm;
		answers_mx(answers, 10, "mx.test");
		f = take(answers);
		assert_int_equal(f.fact.mx.unsupported, cases[i].unsupported);
		arena_free(f.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exchanges_by_preference_then_name_each_once),
		cmocka_unit_test(answers_without_records),
		cmocka_unit_test(bogus_data_is_ignored),
		cmocka_unit_test(null_mx),
		cmocka_unit_test(exchanges_that_are_no_hosts),
		cmocka_unit_test(unsupported_algorithms),
		cmocka_unit_test(many_exchanges),
		cmocka_unit_test(malformed_records_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
