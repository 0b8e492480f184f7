/*
 * Tests of scanner/closing.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/closing.h"

#define COUNTED                                                              \
	"danescan: 12 lines: 9 names, 1 rejected, 1 duplicates, 1 skipped; " \
	"9 domains scanned, 4 MX hosts, 5 SMTP sessions\n"

static const struct list_counts counts = {
	.lines = 12, .names = 9, .rejected = 1, .duplicates = 1, .skipped = 1};

static struct scan_stats
calm(void)
{
	return (struct scan_stats){.done = 9,
		.hosts.hosts = 4,
		.hosts.probes = 5,
		.passes.most = 1};
}

static void
expect(const struct scan_stats *stats, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	closing_print(out, &counts, stats, 20000000);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

/* No word about what did not happen. */
static void
an_ordinary_run_has_one_line(void **state)
{
	struct scan_stats stats = calm();

	(void)state;
	expect(&stats, COUNTED);
}

/* Others of the fleet have their part. */
static void
a_fleet_is_counted_as_a_whole(void **state)
{
	struct scan_stats stats = calm();

	(void)state;
	stats.others = 20;
	expect(&stats, COUNTED
		"danescan: 29 domains in all, with those of its fleet and of "
		"earlier runs\n");
}

/* Classes that are as they were are not told. */
static void
passes_tell_what_changed(void **state)
{
	struct scan_stats stats = calm();

	(void)state;
	stats.passes = (struct passes_stats){.most = 2,
		.deferred = 3,
		.mended = 2,
		.stayed = 1,
		.first[CLASS_VALID] = 5,
		.first[CLASS_BROKEN] = 1,
		.first[CLASS_INDETERMINATE] = 3};
	stats.classes[CLASS_VALID] = 7;
	stats.classes[CLASS_BROKEN] = 1;
	stats.classes[CLASS_INDETERMINATE] = 1;
	expect(&stats,
		COUNTED "danescan: 3 domains deferred, 2 passes: 2 mended, "
			"1 stayed; valid 5 -> 7, indeterminate 3 -> 1\n");
	/* Interrupted: the classes cannot be compared. */
	stats.passes.waiting = 2;
	expect(&stats, COUNTED "danescan: 3 domains deferred, 2 passes: "
			       "2 mended, 1 stayed, 2 left\n");
}

static void
faults_of_our_own_are_summed(void **state)
{
	struct scan_stats stats = calm();
	struct canary *law = &stats.canaries.law;

	(void)state;
	law->intervals[0] = (struct canary_interval){1000000, 4000000};
	law->interval_count = 1;
	expect(&stats,
		COUNTED "danescan: names that must resolve did not for 3 s in "
			"all, 1 interval; rows of then are flagged "
			"canary-failing\n");
	law->intervals[1] = (struct canary_interval){18000000, 0};
	law->interval_count = 2;
	expect(&stats,
		COUNTED "danescan: names that must resolve did not for 5 s in "
			"all, 2 intervals; rows of then are flagged "
			"canary-failing\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_run_has_one_line),
		cmocka_unit_test(a_fleet_is_counted_as_a_whole),
		cmocka_unit_test(passes_tell_what_changed),
		cmocka_unit_test(faults_of_our_own_are_summed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
