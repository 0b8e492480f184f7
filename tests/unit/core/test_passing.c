/*
 * Questions that others pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scanner/core/passing.h"

enum {
	START = 100000
};

static void
test_busy(void **state)
{
	struct passing passing = {0};

	(void)state;
	/* However long nothing is answered, nobody was passed. */
	passing_ask(&passing, START);
	passing_ask(&passing, START + 100);
	assert_int_equal(
		passing_behind(&passing, START, START + 60000, false), 0);
	/* In a queue all take long. */
	passing_ask(&passing, START + 5000);
	passing_answer(&passing, START + 100, START + 5100);
	assert_int_equal(
		passing_behind(&passing, START, START + 5100, false), 100);
	/* One is left behind. */
	passing_answer(&passing, START + 5000, START + 9000);
	assert_int_equal(
		passing_behind(&passing, START, START + 9000, false), 5000);
	/* One that is younger than all answers is not. */
	passing_ask(&passing, START + 6000);
	assert_int_equal(
		passing_behind(&passing, START + 6000, START + 9000, false), 0);
	/* An older answer does not turn the clock back. */
	passing_answer(&passing, START + 200, START + 9000);
	assert_int_equal(
		passing_behind(&passing, START, START + 9000, false), 5000);
}

static void
test_end(void **state)
{
	struct passing passing = {0};

	(void)state;
	passing_ask(&passing, START);
	passing_ask(&passing, START + 2000);
	passing_answer(&passing, START + 2000, START + 3000);
	/* The list has ended, and nobody comes that could pass the last. */
	assert_int_equal(passing_behind(&passing, START + 2000,
				 START + 2999 + PASSING_QUIET_MS, true),
		0);
	assert_int_equal(passing_behind(&passing, START + 2000,
				 START + 3000 + PASSING_QUIET_MS, true),
		1000 + PASSING_QUIET_MS);
	assert_int_equal(
		passing_behind(&passing, START + 2000, START + 9000, false), 0);
	assert_int_equal(
		passing_behind(&passing, START + 2000, START + 9000, true),
		7000);
}

/* A single name. */
static void
test_alone(void **state)
{
	struct passing passing = {0};

	(void)state;
	passing_ask(&passing, START);
	assert_int_equal(
		passing_behind(&passing, START, START + 2000, true), 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
