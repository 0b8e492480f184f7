/*
 * Scenarios of canaries, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/scenario/fake_shells.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MX ANSWER_TYPE_MX
#define A ANSWER_TYPE_A

enum {
	WINDOW = 64,
	MENDED_MS = 20000,
	ALL_MS = 500000
};

/* Until MENDED_MS. Answers of the names of the list take a second. */
static const struct fake_record failing[] = {
	{"*.canary.test", A, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 50},
};

static const struct fake_record silent[] = {
	{"*.canary.test", A, ANSWER_NXDOMAIN, ANSWER_SECURE, NULL, 30000},
};

static const struct fake_record bogus[] = {
	{"*.canary.test", A, ANSWER_DATA, ANSWER_BOGUS, NULL, 50},
};

static const struct fake_record records[] = {
	{"*.canary.test", A, ANSWER_NXDOMAIN, ANSWER_INSECURE, NULL, 50},
};

static struct scan_config
config_with(const char *names)
{
	struct scan_config config = {
		.window = WINDOW,
		.canaries = true,
		.canary_names = names,
		.policy.port = 25,
		.limits.total = 100,
	};

	return config;
}

static struct fake_world
world_with(const struct fake_record *early)
{
	struct fake_world world = {
		.records = records,
		.record_count = COUNT(records),
		.early_records = early,
		.early_record_count = 1,
		.early_until_ms = MENDED_MS,
		.default_delay_ms = 1000,
		.name_count = 4000,
	};

	return world;
}

/* Domains under way at that time. */
static unsigned
in_flight_at(struct fake_world *world, struct scan *scan, uint64_t at_ms)
{
	struct scan_stats stats;

	assert_false(fake_run(world, scan, at_ms));
	scan_stats(scan, &stats);
	return (unsigned)(stats.admitted - stats.done);
}

/* Asked at 2, 4 and 6 s; and so on. */
static void
halved_and_restored(void **state)
{
	struct fake_world world = world_with(failing);
	struct scan_config config = config_with("canary.test");
	struct scan *scan = fake_scan(&world, &config);

	(void)state;
	assert_int_equal(in_flight_at(&world, scan, 6000), WINDOW);
	assert_int_equal(in_flight_at(&world, scan, 11000), WINDOW / 2);
	assert_int_equal(in_flight_at(&world, scan, 17000), WINDOW / 4);
	assert_int_equal(in_flight_at(&world, scan, 19900), CANARY_FLOOR);
	assert_in_range(in_flight_at(&world, scan, 30000), 30, 34);
	assert_int_equal(in_flight_at(&world, scan, 60000), WINDOW);
	scan_free(scan);
	fake_end(&world);
}

static void
rows_of_then_are_flagged(void **state)
{
	struct fake_world world = world_with(failing);
	struct scan_config config = config_with("canary.test");
	struct scan *scan = fake_scan(&world, &config);
	struct scan_stats stats;
	size_t flagged = 0;

	(void)state;
	assert_true(fake_run(&world, scan, ALL_MS));
	assert_int_equal(world.row_count, world.name_count);
	for (size_t i = 0; i < world.row_count; i++) {
		const struct fake_row *row = &world.rows[i];

		/* 6 s and 50 ms, 20 s and 50 ms, and a turn. */
		if (row->at_ms < 6050 || row->at_ms > 20055)
			assert_false(row->flagged);
		else if (row->at_ms > 6055 && row->at_ms < 20050)
			assert_true(row->flagged);
		flagged += row->flagged;
	}
	assert_true(flagged > 100);
	scan_stats(scan, &stats);
	assert_int_equal(stats.canaries.failed, 9);
	assert_non_null(strstr(world.report,
		"\"intervals\":[{\"start\":\"1970-01-01T00:00:02Z\","
		"\"end\":\"1970-01-01T00:00:20Z\"}]"));
	assert_non_null(strstr(world.report, "\"names\":[\"canary.test\"]"));
	scan_free(scan);
	fake_end(&world);
}

/* Bogus is no answer, and one that comes too late is none either. */
static void
silence_is_a_failure(void **state)
{
	static const struct {
		const struct fake_record *early;
		uint64_t since_ms;
	} rows[] = {{bogus, 6100}, {silent, 11010}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_world world = world_with(rows[i].early);
		struct scan_config config = config_with("canary.test");
		struct scan *scan = fake_scan(&world, &config);
		struct scan_stats stats;

		assert_false(fake_run(&world, scan, rows[i].since_ms - 100));
		scan_stats(scan, &stats);
		assert_false(stats.canaries.law.failing);
		assert_false(fake_run(&world, scan, rows[i].since_ms));
		scan_stats(scan, &stats);
		assert_true(stats.canaries.law.failing);
		/* The late ones come with the others. */
		assert_false(fake_run(&world, scan, 58000));
		scan_stats(scan, &stats);
		assert_false(stats.canaries.law.failing);
		assert_int_equal(stats.canaries.failed, 9);
		assert_int_equal(stats.canaries.law.interval_count, 1);
		scan_free(scan);
		fake_end(&world);
	}
}

/* Without names: the top-level domains of what resolved securely. */
static void
names_are_derived(void **state)
{
	static const struct fake_record some[] = {
		{"a.unsigned", MX, ANSWER_DATA, ANSWER_INSECURE, "0 .", 0},
		{"b.bogus", MX, ANSWER_DATA, ANSWER_BOGUS, NULL, 0},
		{"c.denied", MX, ANSWER_NXDOMAIN, ANSWER_SECURE, NULL, 0},
		{"d.one", MX, ANSWER_DATA, ANSWER_SECURE, "0 .", 0},
		{"e.one", MX, ANSWER_DATA, ANSWER_SECURE, "0 .", 0},
		{"f.two", MX, ANSWER_DATA, ANSWER_SECURE, "0 .", 0},
		{"slow.two", MX, ANSWER_DATA, ANSWER_SECURE, "0 .", 10000},
		{"*.one", A, ANSWER_NXDOMAIN, ANSWER_SECURE, NULL, 0},
		{"*.two", A, ANSWER_NXDOMAIN, ANSWER_SECURE, NULL, 0},
	};
	static const char *const names[] = {"a.unsigned", "b.bogus", "c.denied",
		"d.one", "e.one", "f.two", "slow.two"};
	struct fake_world world = {.records = some,
		.record_count = COUNT(some),
		.names = names,
		.name_count = COUNT(names)};
	struct scan_config config = config_with(NULL);
	struct scan *scan = fake_scan(&world, &config);
	struct scan_stats stats;

	(void)state;
	assert_true(fake_run(&world, scan, ALL_MS));
	scan_stats(scan, &stats);
	assert_int_equal(stats.canaries.name_count, 2);
	assert_string_equal(stats.canaries.names[0], "one");
	assert_string_equal(stats.canaries.names[1], "two");
	/* At 2, 4, 6, 8 and 10 s; with the last answer all is over. */
	assert_int_equal(stats.canaries.asked, 5);
	assert_int_equal(world.asked_by_type[A], 5);
	assert_int_equal(stats.canaries.failed, 0);
	scan_free(scan);
	fake_end(&world);
}

/* Nothing is asked without a question of the scan, nor where they are off. */
static void
idle_canaries_are_silent(void **state)
{
	static const struct fake_record stuck[] = {
		{"name1.test", MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 10},
	};

	(void)state;
	for (unsigned enabled = 0; enabled < 2; enabled++) {
		struct fake_world world = {
			.records = stuck, .record_count = 1, .name_count = 1};
		struct scan_config config = config_with("canary.test");
		struct scan *scan;

		config.canaries = enabled;
		config.passes.retries = 1;
		config.passes.delay_ms = 100000;
		scan = fake_scan(&world, &config);
		assert_true(fake_run(&world, scan, ALL_MS));
		assert_int_equal(world.asked_by_type[MX], 2);
		assert_int_equal(world.asked_by_type[A], enabled);
		scan_free(scan);
		fake_end(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halved_and_restored),
		cmocka_unit_test(rows_of_then_are_flagged),
		cmocka_unit_test(silence_is_a_failure),
		cmocka_unit_test(names_are_derived),
		cmocka_unit_test(idle_canaries_are_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
