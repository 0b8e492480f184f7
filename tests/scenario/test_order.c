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
begin(struct fake_world *world, const struct scan_config *config,
	const struct store_done *done)
{
	struct scan_parts parts;
	struct scan *scan;
	char err[200];

	fake_begin(world, &parts);
	parts.done = done;
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
		scan = begin(&world, &config, NULL);
		assert_true(fake_run(&world, scan, 300000));
		assert_int_equal(world.row_count, 6);
		assert_string_equal(class_of(&world, "name1.test"), "broken");
		assert_string_equal(class_of(&world, "name2.test"), "broken");
		assert_string_equal(class_of(&world, "name3.test"), "no-mail");
		assert_string_equal(
			class_of(&world, "name4.test"), "indeterminate");
		assert_string_equal(class_of(&world, "name6.test"), "no-mail");
		assert_int_equal(world.probed, 1);
		assert_int_equal(world.rows[5].low_water, 6);
		scan_free(scan);
		fake_end(&world);
	}
}

/* The low-water line never passes a row that is not among those before it. */
static void
check_low_water(const struct fake_world *world)
{
	bool *before = calloc(world->name_count + 1, sizeof(*before));
	uint64_t checked = 0;

	assert_non_null(before);
	for (size_t i = 0; i < world->row_count; i++) {
		before[world->rows[i].line] = true;
		while (checked < world->rows[i].low_water)
			assert_true(before[++checked]);
	}
	free(before);
}

static void
low_water_is_honest_in_a_shuffled_list(void **state)
{
	struct fake_world world = {.name_count = 3000};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config, NULL);
	size_t ascending = 0;

	(void)state;
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.row_count, 3000);
	check_low_water(&world);
	assert_int_equal(world.rows[2999].low_water, 3000);
	for (size_t i = 1; i < world.row_count; i++)
		ascending += world.rows[i].line == world.rows[i - 1].line + 1;
	assert_in_range(ascending, 0, 30);
	scan_free(scan);
	fake_end(&world);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

/* What the sink of an ended run could tell the next: the last low-water line
   and the lines above it that are done. */
static void
remember(const struct fake_world *world, uint64_t *lines,
	struct store_done *done)
{
	const struct fake_row *last = &world->rows[world->row_count - 1];

	for (size_t i = 0; i < world->row_count; i++)
		done->low_water = world->rows[i].low_water > done->low_water
					  ? world->rows[i].low_water
					  : done->low_water;
	assert_true(last->low_water <= done->low_water);
	for (size_t i = 0; i < world->row_count; i++)
		if (world->rows[i].line > done->low_water)
			lines[done->count++] = world->rows[i].line;
	qsort(lines, done->count, sizeof(*lines), by_number);
	done->lines = lines;
}

/* Interrupted and gone on with: each name has one row, whatever the order and
   the seed of the two runs. */
static void
a_shuffled_scan_is_resumed(void **state)
{
	(void)state;
	for (uint64_t stop_ms = 3; stop_ms < 60; stop_ms += 8) {
		struct fake_world first = {
			.name_count = 500, .default_delay_ms = 4};
		struct fake_world second = first;
		struct scan_config config = config_with(50);
		uint64_t lines[500];
		struct store_done done = {0};
		struct scan *scan;
		struct scan_stats stats;

		scan = begin(&first, &config, NULL);
		assert_false(fake_run(&first, scan, stop_ms));
		scan_drain(scan);
		assert_true(fake_run(&first, scan, 1000));
		assert_int_equal(scan_state(scan), SCAN_INTERRUPTED);
		assert_int_equal(first.committed, first.row_count);
		remember(&first, lines, &done);
		scan_free(scan);

		config.shuffled = stop_ms % 3 != 0;
		config.seed = stop_ms;
		scan = begin(&second, &config, &done);
		assert_true(fake_run(&second, scan, 5000));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		scan_stats(scan, &stats);
		assert_int_equal(stats.resumed, first.row_count);
		assert_int_equal(first.row_count + second.row_count, 500);
		for (size_t i = 0; i < second.row_count; i++) {
			assert_null(fake_row(&first, second.rows[i].domain));
			assert_true(
				second.rows[i].line <=
				second.rows[second.row_count - 1].low_water);
		}
		scan_free(scan);
		fake_end(&first);
		fake_end(&second);
	}
}

/* A pipe that has nothing more for now: what came is taken up. */
static void
a_block_does_not_wait_for_a_slow_pipe(void **state)
{
	struct fake_world world = {.name_count = 300,
		.pause_list_after = 120,
		.pause_until_ms = 5000};
	struct scan_config config = config_with(1000);
	struct scan *scan = begin(&world, &config, NULL);

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
	struct scan *scan = begin(&world, &config, NULL);

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
		cmocka_unit_test(low_water_is_honest_in_a_shuffled_list),
		cmocka_unit_test(a_shuffled_scan_is_resumed),
		cmocka_unit_test(a_block_does_not_wait_for_a_slow_pipe),
		cmocka_unit_test(a_list_that_breaks_off_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
