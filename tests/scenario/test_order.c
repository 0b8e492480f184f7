/*
 * Scenarios of a list in shuffled order, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/scenario/fake_shells.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct scan_config
config_with(unsigned window)
{
	struct scan_config config = {
		.window = window,
		.shuffled = true,
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
	};

	return config;
}

static void
ignore_watch(void *arg, struct store *store, int fd, int events)
{
	(void)arg;
	(void)store;
	(void)fd;
	(void)events;
}

static struct scan *
begin(struct fake_world *world, const struct scan_config *config)
{
	struct scan_parts parts;
	struct scan *scan;
	char err[200];

	fake_begin(world, &parts);
	scan = scan_new(config, &parts, err, sizeof(err));
	assert_non_null(scan);
	scan_watch(scan, ignore_watch, NULL);
	return scan;
}

/* Three kinds of domain: with a host of its own kind, without mail, unknown. */
static const struct fake_record records[] = {
	{"name1.test", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "10 mx.test",
		0},
	{"name2.test", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "10 mx.test",
		9},
	{"name3.test", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, "0 .", 5},
	{"name4.test", ANSWER_TYPE_MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 90},
	{"mx.test", ANSWER_TYPE_A, ANSWER_DATA, ANSWER_SECURE, "192.0.2.1", 0},
	{"_25._tcp.mx.test", ANSWER_TYPE_TLSA, ANSWER_DATA, ANSWER_SECURE,
		"\3\1\1abcdefghijklmnopqrstuvwxyz012345", 0},
};
static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
};

static const char *
class_of(const struct fake_world *world, const char *domain)
{
	const struct fake_row *row = fake_row(world, domain);

	return row != NULL ? row->class : "none";
}

static void
every_order_gives_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct fake_world world = {
			.records = records,
			.record_count = COUNT(records),
			.servers = servers,
			.server_count = COUNT(servers),
			.name_count = 6,
		};
		struct scan_config config = config_with(1 + seed % 4);
		struct scan *scan;

		config.seed = seed;
		scan = begin(&world, &config);
		assert_true(fake_run(&world, scan, 300000));
		assert_int_equal(world.row_count, 6);
		assert_string_equal(class_of(&world, "name1.test"), "broken");
		assert_string_equal(class_of(&world, "name2.test"), "broken");
		assert_string_equal(class_of(&world, "name3.test"), "no-mail");
		assert_string_equal(
			class_of(&world, "name4.test"), "indeterminate");
		assert_string_equal(class_of(&world, "name6.test"), "no-mail");
		assert_int_equal(world.probed, 1);
		scan_free(scan);
		fake_end(&world);
	}
}

static void
neighbours_do_not_come_at_once(void **state)
{
	struct fake_world world = {.name_count = 3000};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config);
	size_t ascending = 0;

	(void)state;
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.row_count, 3000);
	for (size_t i = 1; i < world.row_count; i++)
		ascending += world.rows[i].line == world.rows[i - 1].line + 1;
	assert_in_range(ascending, 0, 30);
	scan_free(scan);
	fake_end(&world);
}

/* A pipe that has nothing more for now: what came is taken up. */
static void
a_block_does_not_wait_for_a_slow_pipe(void **state)
{
	struct fake_world world = {.name_count = 300,
		.pause_list_after = 120,
		.pause_until_ms = 5000};
	struct scan_config config = config_with(1000);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 100));
	assert_int_equal(world.row_count, 120);
	assert_true(fake_run(&world, scan, 6000));
	assert_int_equal(world.row_count, 300);
	scan_free(scan);
	fake_end(&world);
}

static void
a_list_that_breaks_off_is_told(void **state)
{
	struct fake_world world = {.name_count = 100, .fail_list_after = 30};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_true(fake_run(&world, scan, 1000));
	assert_int_equal(scan_state(scan), SCAN_FAILED);
	assert_string_equal(scan_error(scan), "the list broke off");
	assert_string_equal(world.end, "interrupted");
	assert_int_equal(world.committed, 30);
	scan_free(scan);
	fake_end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_gives_the_same),
		cmocka_unit_test(neighbours_do_not_come_at_once),
		cmocka_unit_test(a_block_does_not_wait_for_a_slow_pipe),
		cmocka_unit_test(a_list_that_breaks_off_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
