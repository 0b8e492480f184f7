/*
 * Tests of scanner/core/canary.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/canary.h"

/* Answers and failures as they come, and the window after each. */
static const struct {
	unsigned full;
	const char *heard; /* '+' or '-' */
	unsigned windows[16];
	size_t intervals;
	bool failing;
} rows[] = {
	{1000, "++", {1000, 1000}, 0, false},
	/* Two are nothing yet, and an answer ends the row. */
	{1000, "--+--+", {1000, 1000, 1000, 1000, 1000, 1000}, 0, false},
	{1000, "---", {1000, 1000, 500}, 1, true},
	/* Once for each row. */
	{1000, "-------", {1000, 1000, 500, 500, 500, 250, 250}, 1, true},
	/* Back step by step. */
	{1000, "---+++", {1000, 1000, 500, 532, 564, 596}, 1, false},
	{1000, "---+---+", {1000, 1000, 500, 532, 532, 532, 266, 298}, 2,
		false},
	{33, "---++++++", {33, 33, 16, 18, 20, 22, 24, 26, 28}, 1, false},
	/* The floor, and a window that is below it from the start. */
	{40, "------+", {40, 40, 20, 20, 20, 16, 18}, 1, false},
	{16, "---", {16, 16, 16}, 1, true},
	{7, "---+", {7, 7, 7, 7}, 1, false},
	{1, "------", {1, 1, 1, 1, 1, 1}, 1, true},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
halves_and_grows_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct canary canary;

		canary_init(&canary, rows[i].full);
		for (size_t k = 0; rows[i].heard[k] != '\0'; k++) {
			canary_take(&canary, rows[i].heard[k] == '+',
				(int64_t)k + 1);
			if (canary.window != rows[i].windows[k])
				fail_msg("row %zu, %zu: %u", i, k,
					canary.window);
		}
		assert_int_equal(canary.interval_count, rows[i].intervals);
		assert_int_equal(canary.failing, rows[i].failing);
	}
}

static void
the_window_is_whole_in_the_end(void **state)
{
	static const unsigned windows[] = {1, 15, 16, 17, 100, 10000, 1000000};

	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		struct canary canary;

		canary_init(&canary, windows[i]);
		for (unsigned k = 0; k < 100; k++)
			canary_take(&canary, false, 1);
		assert_int_equal(canary.window,
			windows[i] < CANARY_FLOOR ? windows[i] : CANARY_FLOOR);
		for (unsigned k = 0; k < CANARY_STEPS; k++)
			canary_take(&canary, true, 1);
		assert_int_equal(canary.window, windows[i]);
	}
}

/* From the first failure of the row to the first answer. */
static void
intervals_are_kept(void **state)
{
	struct canary canary;

	(void)state;
	canary_init(&canary, 100);
	canary_take(&canary, false, 10);
	canary_take(&canary, true, 20);
	for (int64_t k = 30; k < 90; k += 10)
		canary_take(&canary, false, k);
	assert_int_equal(canary.interval_count, 1);
	assert_int_equal(canary.intervals[0].start_us, 30);
	assert_int_equal(canary.intervals[0].end_us, 0);
	canary_take(&canary, true, 90);
	canary_take(&canary, true, 100);
	assert_int_equal(canary.intervals[0].end_us, 90);
}

/* A scan of days: the last one spans what there is no room for. */
static void
intervals_have_a_bound(void **state)
{
	struct canary canary;
	int64_t now = 1;

	(void)state;
	canary_init(&canary, 100);
	for (unsigned i = 0; i < CANARY_INTERVALS_MAX + 5; i++) {
		for (unsigned k = 0; k < CANARY_IN_A_ROW; k++)
			canary_take(&canary, false, now++);
		canary_take(&canary, true, now++);
	}
	assert_int_equal(canary.interval_count, CANARY_INTERVALS_MAX);
	assert_int_equal(canary.intervals[0].start_us, 1);
	assert_int_equal(
		canary.intervals[CANARY_INTERVALS_MAX - 1].end_us, now - 1);
}

static void
any_answer_will_do(void **state)
{
	static const struct {
		enum answer_status status;
		enum answer_trust trust;
		bool answers;
	} answers[] = {
		{ANSWER_DATA, ANSWER_INSECURE, true},
		{ANSWER_NODATA, ANSWER_SECURE, true},
		{ANSWER_NXDOMAIN, ANSWER_SECURE, true},
		{ANSWER_NXDOMAIN, ANSWER_INSECURE, true},
		{ANSWER_NXDOMAIN, ANSWER_BOGUS, false},
		{ANSWER_DATA, ANSWER_BOGUS, false},
		{ANSWER_SERVFAIL, ANSWER_NONE, false},
		{ANSWER_TIMEOUT, ANSWER_NONE, false},
		{ANSWER_REFUSED, ANSWER_NONE, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct answer answer = {
			.status = answers[i].status, .trust = answers[i].trust};

		assert_int_equal(canary_is_answer(&answer), answers[i].answers);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_and_grows_back),
		cmocka_unit_test(the_window_is_whole_in_the_end),
		cmocka_unit_test(intervals_are_kept),
		cmocka_unit_test(intervals_have_a_bound),
		cmocka_unit_test(any_answer_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
