/*
 * Scenarios of names at dead name servers beside a small window, in virtual
 * time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/backlog.h"
#include "tests/scenario/fake_shells.h"

#define MX ANSWER_TYPE_MX

enum {
	NAMES = 4000,
	DEAD_EVERY = 20,
	DEAD_MS = 10000, /* until the validator gives up */
	DELAY_MS = 50,	 /* of others */
	WINDOW = 100,
	SLOW_MS = 2000,
	ASIDE = 8192, /* domains beside the window */
};

static struct scan_config
config_with(unsigned retries)
{
	struct scan_config config = {
		.window = WINDOW,
		.passes.retries = retries,
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
	};

	return config;
}

/* Every so manieth name is at dead servers. */
static struct fake_world
world_with(size_t dead_every, size_t names)
{
	static struct fake_record dead[NAMES];
	static char texts[NAMES][32];
	size_t count = 0;

	for (size_t i = 0; i < names; i += dead_every) {
		snprintf(texts[count], sizeof(texts[count]), "name%zu.test",
			i + 1);
		dead[count] = (struct fake_record){texts[count], MX,
			ANSWER_SERVFAIL, ANSWER_NONE, NULL, DEAD_MS};
		count++;
	}
	return (struct fake_world){
		.records = dead,
		.record_count = count,
		.name_count = names,
		.default_delay_ms = DELAY_MS,
	};
}

static uint64_t
last_live(const struct fake_world *world)
{
	uint64_t last_ms = 0;

	for (size_t i = 0; i < world->row_count; i++)
		if (strcmp(world->rows[i].class, "indeterminate") != 0 &&
			world->rows[i].at_ms > last_ms)
			last_ms = world->rows[i].at_ms;
	return last_ms;
}

/* The others are done in little more time than they take by themselves, and
   nobody is lost. */
static void
the_dead_leave_the_window(void **state)
{
	uint64_t took_ms[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake_world world = world_with(
			i == 0 ? NAMES : DEAD_EVERY, NAMES);
		struct scan_config config = config_with(0);
		struct scan *scan = fake_scan(&world, &config);

		assert_true(fake_run(&world, scan, 100000));
		assert_int_equal(world.row_count, NAMES);
		took_ms[i] = last_live(&world);
		scan_free(scan);
		fake_end(&world);
	}
	/* 5 in 100 for 2 s are as many as 95 for 50 ms, twice. */
	assert_in_range(took_ms[1], took_ms[0], 4 * took_ms[0]);
	assert_true(took_ms[1] <
		    (uint64_t)NAMES / DEAD_EVERY * DEAD_MS / WINDOW / 2);
}

/* Where all answers are late, it is not the name servers. */
static void
a_busy_validator_is_not_a_dead_server(void **state)
{
	struct fake_world world = {
		.name_count = NAMES, .default_delay_ms = 3 * SLOW_MS};
	struct scan_config config = config_with(0);
	struct scan *scan = fake_scan(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 3 * SLOW_MS - 1));
	assert_int_equal(world.listed, WINDOW);
	assert_true(fake_run(&world, scan, 1000000));
	scan_free(scan);
	fake_end(&world);
}

/* … and however wide the window, it is given no more than it can do before the
   time limit of each question. */
static void
a_busy_validator_is_asked_no_more(void **state)
{
	struct fake_world world = {
		.name_count = NAMES, .default_delay_ms = 10000};
	struct scan_config config = config_with(0);
	struct scan *scan;

	(void)state;
	config.window = 2 * NAMES;
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, 9999));
	assert_int_equal(world.listed, BACKLOG_LEAST);
	assert_true(fake_run(&world, scan, 1000000));
	assert_int_equal(world.row_count, NAMES);
	scan_free(scan);
	fake_end(&world);
}

/* … while one that has answered all but the dead is not busy, even if there was
   nothing that could have passed them. */
static void
the_dead_make_nobody_busy(void **state)
{
	struct fake_world world = world_with(DEAD_EVERY, NAMES);
	struct scan_config config = config_with(0);
	struct scan *scan;

	(void)state;
	config.window = NAMES;
	world.pause_list_after = NAMES / 2;
	world.pause_until_ms = DEAD_MS / 2;
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, DEAD_MS - 1));
	assert_int_equal(world.listed, NAMES);
	assert_true(fake_run(&world, scan, 1000000));
	assert_int_equal(world.row_count, NAMES);
	scan_free(scan);
	fake_end(&world);
}

/* In a further pass there is nobody who could pass them. */
static void
a_further_pass_does_not_wait_for_each(void **state)
{
	struct fake_world world = world_with(1, NAMES);
	struct scan_config config = config_with(1);
	struct scan *scan;
	uint64_t begun_ms;

	(void)state;
	config.rate = 1000000;
	scan = fake_scan(&world, &config);
	while (world.renewed == 0)
		assert_false(fake_run(&world, scan, world.now_ms + 1));
	begun_ms = world.now_ms;
	assert_true(fake_run(&world, scan, begun_ms + 1000000));
	assert_int_equal(world.row_count, NAMES);
	/* A quarter of the window, each 2 s, and the last ones. */
	assert_true(world.now_ms - begun_ms <
		    NAMES * (SLOW_MS + 10) * 4 / WINDOW + DEAD_MS + 1000);
	scan_free(scan);
	fake_end(&world);
}

/* However many are dead, memory has an end. */
static void
so_many_are_beside_the_window(void **state)
{
	static const struct fake_record early[] = {
		{"*", MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0}};
	static const struct fake_record late[] = {
		{"*", MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 10000000}};
	struct fake_world world = {
		.early_records = early,
		.early_record_count = 1,
		.early_until_ms = 500,
		.records = late,
		.record_count = 1,
		.name_count = 4 * NAMES,
	};
	struct scan_config config = config_with(1);
	struct scan *scan;

	(void)state;
	config.passes.delay_ms = 1000;
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, 1000000));
	assert_int_equal(world.renewed, 1);
	assert_int_equal(world.asked, 4 * NAMES + ASIDE + WINDOW / 4);
	scan_free(scan);
	fake_end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dead_leave_the_window),
		cmocka_unit_test(a_busy_validator_is_not_a_dead_server),
		cmocka_unit_test(a_busy_validator_is_asked_no_more),
		cmocka_unit_test(the_dead_make_nobody_busy),
		cmocka_unit_test(a_further_pass_does_not_wait_for_each),
		cmocka_unit_test(so_many_are_beside_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
