/*
 * Scenarios of second opinions that are asked for while the validator still
 * waits for an answer, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/scenario/fake_shells.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum {
	SLOW_MS = 2500, /* when the list has ended, at the latest */
	SHORT_MS = 200, /* for a question that is answered, and its turn */
	DEAD_MS = 10000,
};

/* Every name is delegated to one server. */
static const struct fake_nameserver dead[] = {
	{"192.0.2.53", OUTCOME_LAME, true, 0, 1, "ns.sick.test 192.0.2.54"},
	{"192.0.2.54", OUTCOME_TIMEOUT, false, 0, 1, NULL},
};
static const struct fake_nameserver refusing[] = {
	{"192.0.2.53", OUTCOME_LAME, true, 0, 1, "ns.sick.test 192.0.2.54"},
	{"192.0.2.54", OUTCOME_REFUSED, true, 0, 1, NULL},
};

/* Of one name; everything else is answered at once. */
static void
run(const struct fake_nameserver *servers, struct fake_record mx,
	unsigned retries, struct fake_row *row)
{
	const struct fake_record records[] = {
		mx,
		{"test", ANSWER_TYPE_NS, ANSWER_DATA, ANSWER_SECURE,
			"ns.above.test", 0},
		{"*", ANSWER_TYPE_NS, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0},
		{"ns.above.test", ANSWER_TYPE_A, ANSWER_DATA, ANSWER_SECURE,
			"192.0.2.53", 0},
	};
	struct fake_world world = {
		.records = records,
		.record_count = COUNT(records),
		.nameservers = servers,
		.nameserver_count = 2,
		.name_count = 1,
	};
	struct scan_config config = {
		.window = 10,
		.passes.retries = retries,
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
	};
	struct scan *scan = fake_scan(&world, &config);

	assert_true(fake_run(&world, scan, 100000));
	assert_int_equal(scan_state(scan), SCAN_COMPLETE);
	assert_int_equal(world.row_count, 1);
	*row = world.rows[0];
	scan_free(scan);
	fake_end(&world);
}

static void
early_opinions(void **state)
{
	static const struct {
		const struct fake_nameserver *servers;
		struct fake_record mx;
		const char *class, *reason;
		uint64_t from_ms, to_ms;
	} rows[] = {
		/* Nothing but silence: the validator is not waited for. */
		{dead,
			{"*", ANSWER_TYPE_MX, ANSWER_SERVFAIL, ANSWER_NONE,
				NULL, DEAD_MS},
			"indeterminate", "mx-timeout", FAKE_TIMEOUT_MS,
			SLOW_MS + FAKE_TIMEOUT_MS + SHORT_MS},
		/* Whoever is there may still answer: it is. */
		{refusing,
			{"*", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "0 .",
				DEAD_MS},
			"no-mail", "null-mx", DEAD_MS, DEAD_MS + SHORT_MS},
		/* … and when the validator fails too, the opinion is there. */
		{refusing,
			{"*", ANSWER_TYPE_MX, ANSWER_SERVFAIL, ANSWER_NONE,
				NULL, DEAD_MS},
			"indeterminate", "mx-refused", DEAD_MS,
			DEAD_MS + SHORT_MS},
		/* Answered while the opinion is under way: it is not needed. */
		{dead,
			{"*", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "0 .",
				SLOW_MS + 500},
			"no-mail", "null-mx", SLOW_MS + 500,
			SLOW_MS + 500 + SHORT_MS},
		/* … or failed: it is waited for. */
		{dead,
			{"*", ANSWER_TYPE_MX, ANSWER_SERVFAIL, ANSWER_NONE,
				NULL, SLOW_MS + 500},
			"indeterminate", "mx-timeout", SLOW_MS + 500,
			SLOW_MS + FAKE_TIMEOUT_MS + SHORT_MS},
		/* Nobody is asked for whom others answer soon. */
		{dead,
			{"*", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "0 .",
				1900},
			"no-mail", "null-mx", 1900, 1900 + SHORT_MS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_row row;

		run(rows[i].servers, rows[i].mx, 0, &row);
		if (strcmp(row.class, rows[i].class) != 0 ||
			strcmp(row.reason, rows[i].reason) != 0 ||
			row.at_ms < rows[i].from_ms ||
			row.at_ms > rows[i].to_ms)
			fail_msg("row %zu: %s, %s at %u", i, row.class,
				row.reason, (unsigned)row.at_ms);
	}
}

/* Before the last pass nobody is asked twice. */
static void
not_before_the_last_pass(void **state)
{
	const struct fake_record mx = {"*", ANSWER_TYPE_MX, ANSWER_SERVFAIL,
		ANSWER_NONE, NULL, DEAD_MS};
	struct fake_row row;

	(void)state;
	run(dead, mx, 1, &row);
	assert_string_equal(row.reason, "mx-timeout");
	assert_int_equal(row.passes, 2);
	assert_in_range(row.at_ms, DEAD_MS + 2000 + FAKE_TIMEOUT_MS,
		DEAD_MS + SLOW_MS + FAKE_TIMEOUT_MS + 2 * SHORT_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_opinions),
		cmocka_unit_test(not_before_the_last_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
