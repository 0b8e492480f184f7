/*
 * Scenarios of a scan in several passes, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/scenario/fake_shells.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MX ANSWER_TYPE_MX
#define A ANSWER_TYPE_A
#define AAAA ANSWER_TYPE_AAAA
#define TLSA ANSWER_TYPE_TLSA
#define DATA ANSWER_DATA
#define SECURE ANSWER_SECURE
#define DIGEST "\3\1\1abcdefghijklmnopqrstuvwxyz012345"

enum {
	DELAY_MS = 5000,
	MENDED_MS = 3000,
	LIMIT_MS = 200000
};

/* A provider that works, one that is busy at first, a name server that is away
   at first, and one that is away for good. */
static const struct fake_record records[] = {
	{"good.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"away.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"busy.test", MX, DATA, SECURE, "10 mx.busy.test", 0},
	{"also.test", MX, DATA, SECURE, "10 mx.busy.test|20 mx.provider.test",
		0},
	{"lost.test", MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 20},
	{"last.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"mx.provider.test", A, DATA, SECURE, "192.0.2.1", 0},
	{"mx.provider.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.provider.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"mx.busy.test", A, DATA, SECURE, "198.51.100.1", 0},
	{"mx.busy.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.busy.test", TLSA, DATA, SECURE, DIGEST, 0},
};

static const struct fake_record early_records[] = {
	{"away.test", MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0},
};

static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
	{"198.51.100.1", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
};

static const struct fake_server early_servers[] = {
	{"198.51.100.1", REASON_BANNER_4XX, 5, NULL, NULL},
};

static const char *const names[] = {"good.test", "away.test", "busy.test",
	"also.test", "lost.test", "last.test"};

static const struct {
	const char *domain, *class, *reason;
	unsigned passes;
} expected[] = {
	{"good.test", "broken", "starttls-refused", 1},
	{"last.test", "broken", "starttls-refused", 1},
	{"away.test", "broken", "starttls-refused", 2},
	{"busy.test", "broken", "starttls-refused", 2},
	{"also.test", "broken", "starttls-refused", 2},
	{"lost.test", "indeterminate", "mx-timeout", 2},
};

static const struct fake_world small_world = {
	.records = records,
	.record_count = COUNT(records),
	.servers = servers,
	.server_count = COUNT(servers),
	.early_records = early_records,
	.early_record_count = COUNT(early_records),
	.early_servers = early_servers,
	.early_server_count = COUNT(early_servers),
	.early_until_ms = MENDED_MS,
	.names = names,
	.name_count = COUNT(names),
};

/* MX look-ups that fail for good. */
static const struct fake_record failing[] = {
	{"name1.test", MX, ANSWER_REFUSED, ANSWER_NONE, NULL, 0},
	{"name2.test", MX, ANSWER_REFUSED, ANSWER_NONE, NULL, 2000},
};

static struct scan_config
config_with(unsigned window, unsigned retries)
{
	struct scan_config config = {
		.window = window,
		.passes = {.retries = retries, .delay_ms = DELAY_MS},
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
	};

	return config;
}

static void
check_row(const struct fake_row *row, size_t i)
{
	assert_non_null(row);
	if (strcmp(row->class, expected[i].class) != 0 ||
		strcmp(row->reason, expected[i].reason) != 0 ||
		row->passes != expected[i].passes)
		fail_msg("%s: %s %s, %u passes", row->domain, row->class,
			row->reason, row->passes);
}

/* Each name has one row, with what came of it last, whatever the window. */
static void
the_last_pass_decides(void **state)
{
	static const unsigned windows[] = {1, 2, 3, 1000};

	(void)state;
	for (size_t w = 0; w < COUNT(windows); w++) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(windows[w], 1);
		struct scan *scan = fake_scan(&world, &config);
		struct scan_stats stats;

		assert_true(fake_run(&world, scan, LIMIT_MS));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		assert_int_equal(world.row_count, COUNT(names));
		for (size_t i = 0; i < COUNT(expected); i++)
			check_row(fake_row(&world, expected[i].domain), i);
		assert_int_equal(world.renewed, 1);
		scan_stats(scan, &stats);
		assert_int_equal(stats.passes.pass, 2);
		assert_int_equal(stats.passes.deferred, 4);
		assert_int_equal(stats.passes.mended, 3);
		assert_int_equal(stats.passes.stayed, 1);
		assert_int_equal(stats.passes.waiting, 0);
		assert_int_equal(stats.passes.first[CLASS_INDETERMINATE], 3);
		assert_int_equal(stats.passes.first[CLASS_BROKEN], 3);
		assert_int_equal(stats.classes[CLASS_INDETERMINATE], 1);
		assert_int_equal(stats.classes[CLASS_BROKEN], 5);
		assert_int_equal(stats.done, COUNT(names));
		assert_non_null(strstr(world.report,
			"{\"passes\":{\"passes\":2,\"deferred\":4,"
			"\"mended\":3,\"stayed\":1,\"waiting\":0,"));
		scan_free(scan);
		fake_end(&world);
	}
}

/* Only the host that may have changed is examined again, once for all who wait
   for it; and each is stored once. */
static void
hosts_are_examined_once_a_pass(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100, 1);
	struct scan *scan = fake_scan(&world, &config);
	struct scan_stats stats;

	(void)state;
	assert_false(fake_run(&world, scan, MENDED_MS));
	assert_int_equal(world.hosts_stored, 1);
	assert_true(fake_run(&world, scan, LIMIT_MS));
	assert_int_equal(world.asked_by_type[A], 3);
	assert_int_equal(world.asked_by_type[TLSA], 3);
	assert_int_equal(world.probed, 3);
	assert_int_equal(world.hosts_stored, 2);
	assert_int_equal(world.asked_by_type[MX], COUNT(names) + 4);
	scan_stats(scan, &stats);
	assert_int_equal(stats.hosts.hosts, 2);
	scan_free(scan);
	fake_end(&world);
}

/* Every name waits at least so long, counted from the last that was put off;
   the others do not wait for them. */
static void
the_delay_is_kept(void **state)
{
	struct fake_world world = {.records = failing,
		.record_count = COUNT(failing),
		.name_count = 20};
	struct scan_config config = config_with(100, 1);
	struct scan *scan = fake_scan(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 1000));
	assert_int_equal(world.row_count, 18);
	assert_int_equal(world.committed, 18);
	assert_false(fake_run(&world, scan, 2000 + DELAY_MS));
	assert_int_equal(world.asked, 20);
	assert_int_equal(world.row_count, 18);
	assert_int_equal(world.renewed, 0);
	assert_true(fake_run(&world, scan, LIMIT_MS));
	assert_int_equal(world.asked, 22);
	assert_string_equal(world.rows[18].domain, "name1.test");
	assert_true(world.rows[18].at_ms > 2000 + DELAY_MS);
	assert_true(world.rows[18].at_ms < 2010 + DELAY_MS);
	scan_free(scan);
	fake_end(&world);
}

/* As many passes as are given, and no more than are needed. */
static void
several_passes(void **state)
{
	(void)state;
	for (unsigned retries = 0; retries < 5; retries++) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(2, retries);
		struct scan *scan = fake_scan(&world, &config);
		struct scan_stats stats;

		assert_true(fake_run(&world, scan, LIMIT_MS));
		assert_int_equal(
			fake_row(&world, "lost.test")->passes, retries + 1);
		assert_int_equal(fake_row(&world, "good.test")->passes, 1);
		assert_int_equal(fake_row(&world, "away.test")->passes,
			retries > 0 ? 2 : 1);
		assert_int_equal(world.renewed, retries);
		scan_stats(scan, &stats);
		assert_int_equal(stats.passes.deferred, retries > 0 ? 4 : 0);
		assert_int_equal(stats.passes.mended, retries > 0 ? 3 : 0);
		assert_int_equal(stats.passes.stayed, retries > 0 ? 1 : 0);
		scan_free(scan);
		fake_end(&world);
	}
}

/* Names under a top-level domain that answers nothing. */
static void
all_fail(struct fake_world *world, struct fake_record *all, size_t count,
	char (*texts)[32])
{
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "name%zu.test", i + 1);
		all[i] = (struct fake_record){
			texts[i], MX, ANSWER_REFUSED, ANSWER_NONE, NULL, 0};
	}
	*world = (struct fake_world){
		.records = all, .record_count = count, .name_count = count};
}

/* A quarter of the rate that is given, or of the one that was measured. */
static void
the_rate_is_a_quarter(void **state)
{
	enum {
		N = 400
	};
	static struct fake_record all[N];
	static char texts[N][32];
	static const struct {
		double rate;
		unsigned window;
		uint64_t delay_ms; /* of an answer: window / delay is a rate */
		size_t in_ten_s;
	} rows[] = {
		{40, 1000, 0, 100},
		/* 4 in 100 ms */
		{0, 4, 99, 100},
		/* All at once: as if in one second. */
		{0, 1000, 0, N},
		/* Never slower than that. */
		{1, 1000, 0, 10},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_world world;
		struct scan_config config = config_with(rows[i].window, 1);
		struct scan *scan;
		uint64_t begun;

		all_fail(&world, all, N, texts);
		world.default_delay_ms = rows[i].delay_ms;
		config.rate = rows[i].rate;
		scan = fake_scan(&world, &config);
		while (world.renewed == 0)
			assert_false(fake_run(&world, scan, world.now_ms + 1));
		begun = world.asked;
		fake_run(&world, scan, world.now_ms + 10000);
		assert_in_range(world.asked - begun,
			rows[i].in_ten_s * 95 / 100,
			rows[i].in_ten_s * 105 / 100 + 1);
		scan_free(scan);
		fake_end(&world);
	}
}

/* A quarter of the window, and one credit at least. */
static void
the_window_is_a_quarter(void **state)
{
	enum {
		N = 400
	};
	static struct fake_record all[N];
	static char texts[N][32];
	static const struct {
		unsigned window, second;
	} rows[] = {{1, 1}, {3, 1}, {100, 25}, {101, 26}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_world world;
		struct scan_config config = config_with(rows[i].window, 1);
		struct scan_stats stats;
		struct scan *scan;

		all_fail(&world, all, N, texts);
		config.rate = 1000000;
		scan = fake_scan(&world, &config);
		while (world.renewed == 0)
			assert_false(fake_run(&world, scan, world.now_ms + 1));
		world.default_delay_ms = 1000;
		assert_false(fake_run(&world, scan, world.now_ms + 500));
		scan_stats(scan, &stats);
		assert_int_equal(stats.questions_open, rows[i].second);
		scan_free(scan);
		fake_end(&world);
	}
}

/* What is put off gives its credit back, and the list goes on. */
static void
credits_come_back(void **state)
{
	enum {
		N = 100
	};
	static struct fake_record all[N];
	static char texts[N][32];
	struct fake_world world;
	struct scan_config config = config_with(1, 1);
	struct scan *scan;

	(void)state;
	all_fail(&world, all, N, texts);
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, 1000));
	assert_int_equal(world.listed, N);
	assert_int_equal(world.row_count, 0);
	assert_true(fake_run(&world, scan, LIMIT_MS));
	assert_int_equal(world.row_count, N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(world.rows[i].line, i + 1);
	scan_free(scan);
	fake_end(&world);
}

/* The drain does not wait for the delay. */
static void
a_wait_is_ended_at_once(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100, 1);
	struct scan *scan = fake_scan(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 2000));
	assert_int_equal(world.committed, 2);
	scan_drain(scan);
	assert_true(fake_run(&world, scan, 2010));
	assert_int_equal(scan_state(scan), SCAN_INTERRUPTED);
	assert_int_equal(world.row_count, 2);
	scan_free(scan);
	fake_end(&world);
}

/* A list that breaks off has no second pass. */
static void
a_failure_ends_the_scan(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100, 1);
	struct scan *scan;

	(void)state;
	world.fail_list_after = 3;
	scan = fake_scan(&world, &config);
	assert_true(fake_run(&world, scan, DELAY_MS));
	assert_int_equal(scan_state(scan), SCAN_FAILED);
	assert_int_equal(world.row_count, 1);
	scan_free(scan);
	fake_end(&world);
}

static void
no_room_for_names_is_a_failure(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100, 1);
	struct scan *scan = fake_scan(&world, &config);

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_true(fake_run(&world, scan, LIMIT_MS));
	unsetenv("TMPDIR");
	assert_int_equal(scan_state(scan), SCAN_FAILED);
	assert_non_null(strstr(scan_error(scan), "/nonexistent"));
	assert_string_equal(world.end, "interrupted");
	assert_int_equal(world.row_count, 2);
	scan_free(scan);
	fake_end(&world);
}

/* Freed in mid-flight, in each pass. */
static void
dropped_at_any_moment(void **state)
{
	(void)state;
	for (uint64_t until = 0; until < 2 * DELAY_MS; until += 7) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(2, 3);
		struct scan *scan = fake_scan(&world, &config);

		assert_false(fake_run(&world, scan, until));
		scan_free(scan);
		fake_end(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_pass_decides),
		cmocka_unit_test(hosts_are_examined_once_a_pass),
		cmocka_unit_test(the_delay_is_kept),
		cmocka_unit_test(several_passes),
		cmocka_unit_test(the_rate_is_a_quarter),
		cmocka_unit_test(the_window_is_a_quarter),
		cmocka_unit_test(credits_come_back),
		cmocka_unit_test(a_wait_is_ended_at_once),
		cmocka_unit_test(a_failure_ends_the_scan),
		cmocka_unit_test(no_room_for_names_is_a_failure),
		cmocka_unit_test(dropped_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
