/*
 * Scenarios of a fleet, in virtual time: two scans, each with a world of its
 * own, on one database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
	NAMES = 120, /* more than two chunks */
	LIMIT_MS = 2000000,
	DELAY_MS = 20000, /* of a further pass */
	LATE_MS = 9000,	  /* until then the server is away */
};

/* All names have the one host. */
static const struct fake_record records[] = {
	{"*.test", MX, DATA, SECURE, "10 mx.provider.example", 3},
	{"mx.provider.example", A, DATA, SECURE, "192.0.2.1", 0},
	{"mx.provider.example", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.provider.example", TLSA, DATA, SECURE, DIGEST, 0},
};
static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_STARTTLS_REFUSED, 40, NULL, NULL},
};
static const struct fake_server away[] = {
	{"192.0.2.1", REASON_TCP_TIMEOUT, 40, NULL, NULL},
};

/* The host as the first that examined it has stored it. */
static const struct row_endpoint stored_endpoint = {
	.address = "192.0.2.1",
	.port = 25,
	.class = "fail",
	.reason = "starttls-refused",
	.phase = "starttls",
	.failure = "starttls-refused",
	.attempts = 1,
	.dane_error = -1,
	.min_seclevel = -1,
};
static const struct row_tlsa stored_record = {
	.usage = 3,
	.selector = 1,
	.mtype = 1,
	.data = (const uint8_t *)"abcdefghijklmnopqrstuvwxyz012345",
	.len = 32,
	.usable = true,
	.match = -1,
	.depth = -1,
};
static const struct row_host stored_host = {
	.host = "mx.provider.example",
	.base = "mx.provider.example",
	.class = "broken",
	.reason = "starttls-refused",
	.a = {.status = "data", .trust = "secure", .ttl_s = -1},
	.aaaa = {.status = "nodata", .trust = "secure", .ttl_s = -1},
	.cname = {.status = "skipped", .trust = "none", .ttl_s = -1},
	.tlsa = {.status = "data", .trust = "secure", .ttl_s = -1},
	.tlsa_state = "usable",
	.records = &stored_record,
	.record_count = 1,
	.endpoints = &stored_endpoint,
	.endpoint_count = 1,
};

static const struct fake_world world_of_one = {
	.records = records,
	.record_count = COUNT(records),
	.servers = servers,
	.server_count = COUNT(servers),
	.name_count = NAMES,
};

static struct scan_config
config_with(unsigned window, unsigned retries)
{
	struct scan_config config = {
		.window = window,
		.passes.retries = retries,
		.passes.delay_ms = DELAY_MS,
		.policy.probing = HOST_PROBE_DANE,
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
		.limits.interval_ms = 1000,
	};

	return config;
}

/* One scan of the fleet. */
struct scanner {
	struct fake_world world;
	struct scan *scan;
};

static void
enter(struct scanner *scanner, struct fake_database *database,
	const struct fake_world *world, const struct scan_config *config)
{
	scanner->world = *world;
	scanner->world.now_ms = database->now_ms;
	scanner->world.fleet = fake_fleet_join(database);
	scanner->scan = fake_scan(&scanner->world, config);
	assert_non_null(scanner->scan);
}

/* The first one has the list. */
static void
join(struct scanner *scanner, struct fake_database *database,
	const struct fake_world *world, const struct scan_config *config)
{
	struct fake_world own = *world;

	own.is_worker = database->member_count > 0;
	enter(scanner, database, &own, config);
}

static void
leave(struct scanner *scanner)
{
	scan_free(scanner->scan);
	fake_fleet_leave(scanner->world.fleet);
	fake_end(&scanner->world);
}

/* Until all have ended; false: not by until_ms. */
static bool
run(struct scanner *scanners, size_t count, uint64_t until_ms)
{
	bool ended = false;

	while (!ended && scanners[0].world.now_ms < until_ms) {
		ended = true;
		for (size_t i = 0; i < count; i++)
			ended &= fake_step(
				&scanners[i].world, scanners[i].scan);
	}
	return ended;
}

static size_t
rows(const struct scanner *scanners, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += scanners[i].world.row_count;
	return sum;
}

static void
check_all(const struct scanner *scanners, size_t count, const char *reason)
{
	assert_int_equal(rows(scanners, count), NAMES);
	for (size_t line = 1; line <= NAMES; line++) {
		size_t found = 0;
		char name[32];

		snprintf(name, sizeof(name), "name%zu.test", line);
		for (size_t i = 0; i < count; i++) {
			const struct fake_row *row = fake_row(
				&scanners[i].world, name);

			if (row == NULL)
				continue;
			found++;
			assert_string_equal(row->reason, reason);
		}
		assert_int_equal(found, 1);
	}
}

/* A fleet of one: all chunks come and go, and nobody is asked for anything. */
static void
alone_it_is_as_without_a_fleet(void **state)
{
	static const unsigned windows[] = {1, 7, 1000};

	(void)state;
	for (size_t w = 0; w < COUNT(windows); w++) {
		struct fake_database database = {.delay_ms = 5};
		struct scan_config config = config_with(windows[w], 1);
		struct scanner one;

		config.shuffled = w % 2 == 0;
		join(&one, &database, &world_of_one, &config);
		assert_true(run(&one, 1, LIMIT_MS));
		assert_int_equal(scan_state(one.scan), SCAN_COMPLETE);
		check_all(&one, 1, "starttls-refused");
		assert_true(database.whole);
		assert_int_equal(database.published, 3);
		assert_int_equal(one.world.ended, 3);
		assert_int_equal(one.world.probed, 1);
		assert_null(fake_fleet_address(&database, "192.0.2.1"));
		leave(&one);
	}
}

/* Two: each name is scanned by one, and the host by one of them. */
static void
two_share_names_and_hosts(void **state)
{
	(void)state;
	for (uint64_t at_ms = 1; at_ms < 30; at_ms += 7) {
		struct fake_database database = {
			.delay_ms = 5, .row = &stored_host};
		struct scan_config config = config_with(4, 1);
		struct scanner both[2];

		join(&both[0], &database, &world_of_one, &config);
		assert_false(run(both, 1, at_ms));
		join(&both[1], &database, &world_of_one, &config);
		assert_true(run(both, 2, LIMIT_MS));
		assert_int_equal(scan_state(both[0].scan), SCAN_COMPLETE);
		assert_int_equal(scan_state(both[1].scan), SCAN_COMPLETE);
		check_all(both, 2, "starttls-refused");
		assert_true(both[0].world.row_count > 0);
		assert_true(both[1].world.row_count > 0);
		assert_int_equal(
			both[0].world.probed + both[1].world.probed, 1);
		assert_int_equal(
			both[0].world.hosts_stored + both[1].world.hosts_stored,
			1);
		assert_int_equal(
			both[0].world.hosts_known + both[1].world.hosts_known,
			1);
		leave(&both[0]);
		leave(&both[1]);
	}
}

/* One dies at any moment: what it had goes to the other, and nothing is there
   twice. */
static void
what_one_had_goes_to_the_other(void **state)
{
	(void)state;
	for (uint64_t at_ms = 20; at_ms < 400; at_ms += 37) {
		struct fake_database database = {
			.delay_ms = 5, .row = &stored_host};
		struct scan_config config = config_with(4, 1);
		struct scanner first, second;

		join(&first, &database, &world_of_one, &config);
		assert_false(run(&first, 1, at_ms));
		leave(&first);
		size_t before = database.rows;
		join(&second, &database, &world_of_one, &config);
		second.world.is_worker = false;
		assert_true(run(&second, 1, LIMIT_MS));
		assert_int_equal(scan_state(second.scan), SCAN_COMPLETE);
		assert_int_equal(before + second.world.row_count, NAMES);
		assert_int_equal(database.rows, NAMES);
		leave(&second);
	}
}

/* What is put off is asked again by one of them, in its further pass, and both
   come to their end: nobody waits for who waits for him. */
static void
what_is_put_off_is_for_all(void **state)
{
	struct fake_world world = world_of_one;
	struct fake_database database = {.delay_ms = 5, .row = &stored_host};
	struct scan_config config = config_with(100, 1);
	struct scanner both[2];
	struct scan_stats stats[2];

	(void)state;
	world.early_servers = away;
	world.early_server_count = COUNT(away);
	world.early_until_ms = LATE_MS;
	join(&both[0], &database, &world, &config);
	join(&both[1], &database, &world, &config);
	assert_true(run(both, 2, LIMIT_MS));
	check_all(both, 2, "starttls-refused");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(scan_state(both[i].scan), SCAN_COMPLETE);
		scan_stats(both[i].scan, &stats[i]);
		assert_int_equal(both[i].world.rows[0].passes, 2);
	}
	assert_int_equal(
		stats[0].passes.deferred + stats[1].passes.deferred, NAMES);
	/* Twice in the first pass, which is a server's own second chance. */
	assert_in_range(both[0].world.probed + both[1].world.probed, 2, 3);
	leave(&both[0]);
	leave(&both[1]);
}

/* One that dies with names that are put off loses none of them; the other, in
   its own wait or after it, takes them up from the first pass on. */
static void
what_was_put_off_is_not_lost(void **state)
{
	(void)state;
	for (uint64_t at_ms = 5000; at_ms < 60000; at_ms += 9000) {
		struct fake_world world = world_of_one;
		struct fake_database database = {
			.delay_ms = 5, .row = &stored_host};
		struct scan_config config = config_with(100, 1);
		struct scanner both[2];

		world.early_servers = away;
		world.early_server_count = COUNT(away);
		world.early_until_ms = LATE_MS;
		join(&both[0], &database, &world, &config);
		join(&both[1], &database, &world, &config);
		if (run(both, 2, at_ms)) {
			leave(&both[0]);
			leave(&both[1]);
			break;
		}
		size_t before = both[0].world.committed;
		leave(&both[0]);
		assert_true(run(&both[1], 1, LIMIT_MS));
		assert_int_equal(scan_state(both[1].scan), SCAN_COMPLETE);
		assert_int_equal(before + both[1].world.row_count, NAMES);
		assert_int_equal(database.rows, NAMES);
		leave(&both[1]);
	}
}

/* An address that two hosts have is talked to by one at a time, and rests. */
static void
an_address_is_one_for_all(void **state)
{
	static const struct fake_record shared[] = {
		{"name1.test", MX, DATA, SECURE, "10 one.example", 0},
		{"*.test", MX, DATA, SECURE, "10 two.example", 0},
		{"*.example", A, DATA, SECURE, "192.0.2.1", 0},
		{"*.example", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
		{"*.one.example", TLSA, DATA, SECURE, DIGEST, 0},
		{"*.two.example", TLSA, DATA, SECURE, DIGEST, 0},
	};
	struct fake_world world = world_of_one;
	struct fake_database database = {.delay_ms = 5, .row = &stored_host};
	struct scan_config config = config_with(100, 0);
	struct scanner both[2];

	(void)state;
	world.records = shared;
	world.record_count = COUNT(shared);
	join(&both[0], &database, &world, &config);
	join(&both[1], &database, &world, &config);
	assert_true(run(both, 2, LIMIT_MS));
	check_all(both, 2, "starttls-refused");
	assert_int_equal(both[0].world.probed + both[1].world.probed, 2);
	uint64_t first = 0, second = 0;
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < both[i].world.probed; j++) {
			second = first;
			first = both[i].world.probed_at_ms[j];
		}
	assert_true((first > second ? first - second : second - first) >= 1000);
	leave(&both[0]);
	leave(&both[1]);
}

/* While the database is away what is held is scanned, and no more; it goes on
   as if nothing had been. */
static void
a_database_that_is_away_is_waited_for(void **state)
{
	struct fake_database database = {.delay_ms = 5, .row = &stored_host};
	struct scan_config config = config_with(4, 1);
	struct scanner both[2];

	(void)state;
	join(&both[0], &database, &world_of_one, &config);
	join(&both[1], &database, &world_of_one, &config);
	assert_false(run(both, 2, 60));
	database.away = true;
	assert_false(run(both, 2, 60000));
	assert_true(rows(both, 2) < NAMES);
	database.away = false;
	assert_true(run(both, 2, LIMIT_MS));
	check_all(both, 2, "starttls-refused");
	leave(&both[0]);
	leave(&both[1]);
}

/* Drained: what was not begun is left for others. */
static void
a_drain_returns_the_rest(void **state)
{
	struct fake_database database = {.delay_ms = 5, .row = &stored_host};
	struct scan_config config = config_with(4, 1);
	struct scanner both[2];

	(void)state;
	join(&both[0], &database, &world_of_one, &config);
	join(&both[1], &database, &world_of_one, &config);
	assert_false(run(both, 2, 120));
	scan_drain(both[0].scan);
	assert_true(run(&both[0], 1, 2000));
	assert_int_equal(scan_state(both[0].scan), SCAN_INTERRUPTED);
	assert_int_equal(both[0].world.committed, both[0].world.row_count);
	size_t before = both[0].world.row_count;
	leave(&both[0]);
	both[1].world.now_ms = database.now_ms;
	assert_true(run(&both[1], 1, LIMIT_MS));
	assert_int_equal(scan_state(both[1].scan), SCAN_COMPLETE);
	assert_int_equal(before + both[1].world.row_count, NAMES);
	leave(&both[1]);
}

static void
note(void *arg, const char *entry)
{
	const char **told = arg;

	*told = entry;
}

static void
opt_outs_are_told(void **state)
{
	struct fake_database database = {.delay_ms = 5, .opt_out = "x.test"};
	struct scan_config config = config_with(4, 1);
	const char *told = NULL;
	struct scanner one;

	(void)state;
	config.on_opt_out = note;
	config.on_opt_out_arg = &told;
	join(&one, &database, &world_of_one, &config);
	assert_true(run(&one, 1, LIMIT_MS));
	assert_string_equal(told, "x.test");
	leave(&one);
}

/* A list that breaks off is no reason to be complete. */
static void
a_list_that_breaks_off_is_told(void **state)
{
	struct fake_database database = {.delay_ms = 5};
	struct scan_config config = config_with(4, 1);
	struct fake_world world = world_of_one;
	struct scanner one;

	(void)state;
	world.fail_list_after = 60;
	join(&one, &database, &world, &config);
	assert_true(run(&one, 1, LIMIT_MS));
	assert_int_equal(scan_state(one.scan), SCAN_FAILED);
	assert_string_equal(scan_error(one.scan), "the list broke off");
	assert_string_equal(one.world.end, "interrupted");
	assert_false(database.whole);
	leave(&one);
}

/* A list that breaks off, and the scan resumed with another one. */
static void
another_list_is_refused(void **state)
{
	struct fake_database database = {.delay_ms = 5};
	struct scan_config config = config_with(4, 1);
	struct fake_world world = world_of_one;
	struct scanner one;

	(void)state;
	world.fail_list_after = 60;
	join(&one, &database, &world, &config);
	assert_true(run(&one, 1, LIMIT_MS));
	leave(&one);
	assert_int_equal(database.line, 50);
	world.fail_list_after = 0;
	for (world.name_count = 0; world.name_count < 50;
		world.name_count += 49) {
		enter(&one, &database, &world, &config);
		assert_true(run(&one, 1, LIMIT_MS));
		assert_int_equal(scan_state(one.scan), SCAN_FAILED);
		assert_non_null(strstr(scan_error(one.scan), "not the list"));
		assert_string_equal(one.world.end, "interrupted");
		assert_false(database.whole);
		leave(&one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_it_is_as_without_a_fleet),
		cmocka_unit_test(two_share_names_and_hosts),
		cmocka_unit_test(what_one_had_goes_to_the_other),
		cmocka_unit_test(what_is_put_off_is_for_all),
		cmocka_unit_test(what_was_put_off_is_not_lost),
		cmocka_unit_test(an_address_is_one_for_all),
		cmocka_unit_test(a_database_that_is_away_is_waited_for),
		cmocka_unit_test(a_drain_returns_the_rest),
		cmocka_unit_test(opt_outs_are_told),
		cmocka_unit_test(a_list_that_breaks_off_is_told),
		cmocka_unit_test(another_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
