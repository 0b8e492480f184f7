/*
 * Tests of scanner/core/lowwater.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/lowwater.h"

static void
follows_the_oldest_open_line(void **state)
{
	struct lowwater *lowwater = lowwater_new(4, 0);
	uint64_t a, b, c;

	(void)state;
	assert_int_equal(lowwater_line(lowwater), 0);
	a = lowwater_admit(lowwater, 3);
	assert_int_equal(lowwater_line(lowwater), 2);
	b = lowwater_admit(lowwater, 4);
	c = lowwater_admit(lowwater, 9);
	lowwater_done(lowwater, b);
	assert_int_equal(lowwater_line(lowwater), 2);
	lowwater_done(lowwater, a);
	/* 5 … 8 were read before 9, and need nothing. */
	assert_int_equal(lowwater_line(lowwater), 8);
	lowwater_done(lowwater, c);
	assert_int_equal(lowwater_line(lowwater), 9);
	lowwater_read(lowwater, 12);
	assert_int_equal(lowwater_line(lowwater), 12);
	lowwater_free(lowwater);
}

static void
starts_where_an_earlier_run_ended(void **state)
{
	struct lowwater *lowwater = lowwater_new(1, 500);

	(void)state;
	assert_int_equal(lowwater_line(lowwater), 500);
	/* The list is read from its start again. */
	lowwater_read(lowwater, 7);
	assert_int_equal(lowwater_line(lowwater), 500);
	lowwater_admit(lowwater, 502);
	assert_int_equal(lowwater_line(lowwater), 501);
	lowwater_free(lowwater);
}

/* One slow line under many done ones: the ring grows and stays in order. */
static void
grows_behind_a_slow_line(void **state)
{
	struct lowwater *lowwater = lowwater_new(2, 0);
	uint64_t slow = lowwater_admit(lowwater, 1), fast = 0;

	(void)state;
	for (uint64_t line = 2; line <= 1000; line++) {
		fast = lowwater_admit(lowwater, line);
		if (line < 1000)
			lowwater_done(lowwater, fast);
		assert_int_equal(lowwater_line(lowwater), 0);
	}
	lowwater_done(lowwater, slow);
	assert_int_equal(lowwater_line(lowwater), 999);
	lowwater_done(lowwater, fast);
	assert_int_equal(lowwater_line(lowwater), 1000);
	lowwater_free(lowwater);
}

/* Put off, in whatever order: below the first until the last is done. */
static void
stays_below_what_is_put_off(void **state)
{
	struct lowwater *lowwater = lowwater_new(2, 0);
	uint64_t a = lowwater_admit(lowwater, 3);
	uint64_t b = lowwater_admit(lowwater, 5);
	uint64_t c = lowwater_admit(lowwater, 6);

	(void)state;
	lowwater_park(lowwater, b);
	assert_int_equal(lowwater_line(lowwater), 2);
	lowwater_done(lowwater, a);
	assert_int_equal(lowwater_line(lowwater), 4);
	lowwater_done(lowwater, c);
	assert_int_equal(lowwater_line(lowwater), 4);
	a = lowwater_admit(lowwater, 7);
	b = lowwater_admit(lowwater, 8);
	lowwater_park(lowwater, b);
	lowwater_park(lowwater, a);
	lowwater_read(lowwater, 12);
	assert_int_equal(lowwater_line(lowwater), 4);
	lowwater_unpark(lowwater);
	lowwater_unpark(lowwater);
	assert_int_equal(lowwater_line(lowwater), 4);
	lowwater_unpark(lowwater);
	assert_int_equal(lowwater_line(lowwater), 12);
	lowwater_free(lowwater);
}

/* The earlier line may be put off after the later one. */
static void
the_first_is_the_lowest(void **state)
{
	struct lowwater *lowwater = lowwater_new(2, 0);
	uint64_t a = lowwater_admit(lowwater, 1);
	uint64_t b = lowwater_admit(lowwater, 2);

	(void)state;
	lowwater_park(lowwater, b);
	assert_int_equal(lowwater_line(lowwater), 0);
	lowwater_park(lowwater, a);
	assert_int_equal(lowwater_line(lowwater), 0);
	lowwater_unpark(lowwater);
	assert_int_equal(lowwater_line(lowwater), 0);
	lowwater_unpark(lowwater);
	assert_int_equal(lowwater_line(lowwater), 2);
	lowwater_free(lowwater);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_oldest_open_line),
		cmocka_unit_test(starts_where_an_earlier_run_ended),
		cmocka_unit_test(grows_behind_a_slow_line),
		cmocka_unit_test(stays_below_what_is_put_off),
		cmocka_unit_test(the_first_is_the_lowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
