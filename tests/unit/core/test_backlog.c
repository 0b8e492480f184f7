/*
 * How many questions may wait at the validator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/backlog.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Answers at these times, and what may wait then. */
static void
test_rows(void **state)
{
	static const struct {
		struct {
			uint64_t at_ms;
			unsigned answers;
		} lots[3];
		uint64_t now_ms;
		unsigned limit;
	} rows[] = {
		{{{0, 0}}, 0, BACKLOG_LEAST},
		{{{5999, 100}}, 5999, BACKLOG_LEAST},
		/* The second that has begun, or the one before. */
		{{{5000, 2000}}, 5000, 4 * 2000},
		{{{5000, 2000}}, 6999, 4 * 2000},
		{{{5000, 2000}, {6000, 10}}, 6500, 4 * 2000},
		{{{5000, 2000}, {5900, 500}}, 6500, 4 * 2500},
		{{{5000, 2000}, {6000, 3000}}, 6500, 4 * 3000},
		/* What is longer ago counts no more. */
		{{{5000, 2000}}, 7000, BACKLOG_LEAST},
		{{{5000, 2000}, {6000, 400}}, 7000, 4 * 400},
		{{{5000, 2000}, {9000, 300}}, 9000, 4 * 300},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct backlog backlog = {0};

		for (size_t k = 0; k < COUNT(rows[i].lots); k++)
			for (unsigned n = 0; n < rows[i].lots[k].answers; n++)
				backlog_answered(
					&backlog, rows[i].lots[k].at_ms);
		if (backlog_limit(&backlog, rows[i].now_ms) != rows[i].limit)
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
