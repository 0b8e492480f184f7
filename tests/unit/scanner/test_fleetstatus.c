/*
 * Tests of scanner/fleetstatus.c, and of the numbers in scanner/shown.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/fleetstatus.h"
#include "scanner/shown.h"

static void
expect(const struct status *status, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fleetstatus_print(out, status);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static struct status_scan scans[] = {
	{.scan = 7,
		.label = "2026-11",
		.loaded = true,
		.names = 20000,
		.domains = 12345,
		.chunks = 100,
		.done = 40,
		.held = 25,
		.free = 35,
		.members = 2,
		.rate = 1234.4,
		.left_s = 75},
	{.scan = 8,
		.label = "slow",
		.names = 50,
		.chunks = 1,
		.held = 1,
		.left_s = -1},
};
static struct status_member members[] = {
	{.scan = 7,
		.run = 1,
		.command = "scan",
		.where = "probe1 4711",
		.since = "2026-11-21 20:00",
		.state = "working",
		.silent_s = 0.4,
		.chunks = 20,
		.domains = 12000,
		.rate = 1000},
	{.scan = 7,
		.run = 2,
		.command = "worker",
		.where = "probe2 9",
		.since = "2026-11-21 20:01",
		.state = "lost",
		.silent_s = 70,
		.domains = 345},
};

static void
who_works_on_what(void **state)
{
	const struct status status = {scans, 1, members, 2};

	(void)state;
	expect(&status, "\n"
			"scan 7, 2026-11: 2 at work\n"
			"  domains  12,345 of 20,000, 62 %\n"
			"  chunks   100: 40 done, 25 held, 35 free\n"
			"  rate     1,234 domains/s, 1m15s left\n"
			"     run  command  machine, process          since "
			"(UTC)       "
			"state         seen  chunks      domains  domains/s\n"
			"       1  scan     probe1 4711               "
			"2026-11-21 20:00  "
			"working     0s ago      20       12,000      1,000\n"
			"       2  worker   probe2 9                  "
			"2026-11-21 20:01  "
			"lost             -       0          345          -\n");
}

/* What is not known is not told. */
static void
a_list_that_is_being_loaded(void **state)
{
	const struct status status = {&scans[1], 1, NULL, 0};

	(void)state;
	expect(&status,
		"\n"
		"scan 8, slow: 0 at work\n"
		"  domains  0 of 50 and more: the list is being loaded\n"
		"  chunks   1: 0 done, 1 held, 0 free\n"
		"     run  command  machine, process          since (UTC)      "
		" "
		"state         seen  chunks      domains  domains/s\n");
}

static void
nothing_runs(void **state)
{
	const struct status status = {.scan_count = 0};

	(void)state;
	expect(&status, "");
}

static void
numbers_for_a_person(void **state)
{
	char text[SHOWN_SIZE];

	(void)state;
	assert_string_equal(shown_count(0, text), "0");
	assert_string_equal(shown_count(999, text), "999");
	assert_string_equal(shown_count(1234567, text), "1,234,567");
	assert_string_equal(shown_duration(59.9, text), "59s");
	assert_string_equal(shown_duration(3601, text), "1h00m");
	assert_string_equal(shown_duration(90000, text), "1d01h");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_works_on_what),
		cmocka_unit_test(a_list_that_is_being_loaded),
		cmocka_unit_test(nothing_runs),
		cmocka_unit_test(numbers_for_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
