/*
 * Scenarios of the conductor, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/extra.h"
#include "tests/scenario/fake_shells.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MX ANSWER_TYPE_MX
#define A ANSWER_TYPE_A
#define AAAA ANSWER_TYPE_AAAA
#define TLSA ANSWER_TYPE_TLSA
#define DATA ANSWER_DATA
#define SECURE ANSWER_SECURE
#define DIGEST "\3\1\1abcdefghijklmnopqrstuvwxyz012345"

/* A small Internet: one provider with TLSA, one without DNSSEC, one name
   server that never answers, one mail server that never speaks. */
static const struct fake_record records[] = {
	{"good.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"also.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"third.test", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"plain.test", MX, DATA, ANSWER_INSECURE, "10 mx.plain.test", 0},
	{"null.test", MX, DATA, SECURE, "0 .", 0},
	{"dead.test", MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 20000},
	{"bogus.test", MX, DATA, ANSWER_BOGUS, "10 mx.provider.test", 0},
	{"mute.test", MX, DATA, SECURE, "10 mx.mute.test", 0},
	{"two.test", MX, DATA, SECURE, "10 mx.provider.test|20 mx.mute.test",
		0},
	{"mx.provider.test", A, DATA, SECURE, "192.0.2.1", 0},
	{"mx.provider.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.provider.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"mx.plain.test", A, DATA, ANSWER_INSECURE, "192.0.2.2", 0},
	{"mx.plain.test", AAAA, ANSWER_NODATA, ANSWER_INSECURE, NULL, 0},
	{"mx.mute.test", A, DATA, SECURE, "198.51.100.1", 0},
	{"mx.mute.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.mute.test", TLSA, DATA, SECURE, DIGEST, 0},
};

static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_STARTTLS_ABSENT, 5, NULL, NULL},
	{"198.51.100.1", REASON_BANNER_TIMEOUT, 60000, NULL, NULL},
};

static const char *const names[] = {"good.test", "also.test", "third.test",
	"plain.test", "null.test", "dead.test", "bogus.test", "mute.test",
	"two.test", "none.test"};

static const struct {
	const char *domain, *class, *reason;
} expected[] = {
	{"good.test", "broken", "starttls-absent"},
	{"also.test", "broken", "starttls-absent"},
	{"third.test", "broken", "starttls-absent"},
	{"plain.test", "no-dnssec", "mx-insecure"},
	{"null.test", "no-mail", "null-mx"},
	{"dead.test", "indeterminate", "mx-timeout"},
	{"bogus.test", "broken", "mx-bogus"},
	{"mute.test", "indeterminate", "unreachable"},
	{"two.test", "broken", "starttls-absent"},
	{"none.test", "no-mail", "nxdomain"},
};

static const struct fake_world small_world = {
	.records = records,
	.record_count = COUNT(records),
	.servers = servers,
	.server_count = COUNT(servers),
	.names = names,
	.name_count = COUNT(names),
};

static struct scan_config
config_with(unsigned window)
{
	struct scan_config config = {
		.window = window,
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
begin(struct fake_world *world, const struct scan_config *config)
{
	struct scan_parts parts;
	struct scan *scan;
	char err[200];

	fake_begin(world, &parts);
	scan = scan_new(config, &parts, err, sizeof(err));
	assert_non_null(scan);
	scan_watch(scan, ignore_watch, NULL);
	return scan;
}

static void
check_verdicts(const struct fake_world *world)
{
	assert_int_equal(world->row_count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct fake_row *row = fake_row(
			world, expected[i].domain);

		assert_non_null(row);
		if (strcmp(row->class, expected[i].class) != 0 ||
			strcmp(row->reason, expected[i].reason) != 0)
			fail_msg("%s: %s %s", row->domain, row->class,
				row->reason);
	}
}

/* F22: each host is asked for and examined once, however many domains name it,
   and the window makes no difference to any verdict. */
static void
every_window_gives_the_same(void **state)
{
	static const unsigned windows[] = {1, 2, 3, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(windows[i]);
		struct scan *scan = begin(&world, &config);

		assert_true(fake_run(&world, scan, 200000));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		assert_string_equal(world.end, "complete");
		check_verdicts(&world);
		assert_int_equal(world.asked_by_type[MX], COUNT(names));
		assert_int_equal(world.asked_by_type[A], 3);
		assert_int_equal(world.asked_by_type[AAAA], 3);
		assert_int_equal(world.asked_by_type[TLSA], 2);
		/* The one without STARTTLS a second time (D47). */
		assert_int_equal(world.probed, 3);
		assert_int_equal(world.hosts_stored, 3);
		scan_free(scan);
		fake_end(&world);
	}
}

/* D34: a second conversation asks for the other kind of key, after the interval
   that every address is given; then one without SNI, where the server has none
   and nothing matches. */
static void
both_kinds_of_key_are_asked_for(void **state)
{
	static const struct fake_server keyed[] = {
		{"192.0.2.1", REASON_NONE, 5, "EC-256", "RSA-2048"},
		{"198.51.100.1", REASON_NONE, 5, "RSA-2048", NULL},
	};
	static const char *const two[] = {"good.test", "mute.test"};
	struct fake_world world = small_world;
	struct scan_config config = config_with(100);
	struct scan *scan;

	(void)state;
	world.servers = keyed;
	world.names = two;
	world.name_count = COUNT(two);
	config.limits.interval_ms = 1000;
	scan = begin(&world, &config);
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.probed, 5);
	assert_true(world.probed_at_ms[1] < 100);
	assert_true(world.probed_at_ms[2] > 1000);
	assert_true(world.probed_at_ms[3] < 1100);
	assert_true(world.probed_at_ms[4] > 2000);
	scan_free(scan);
	fake_end(&world);
}

/* A survey: hosts without TLSA are contacted too, politely, their domains are
   what they were, and a host that is done takes little memory. */
static void
a_survey_is_polite_and_small(void **state)
{
	static const struct fake_record unsigned_hosts[] = {
		{"a.test", MX, DATA, ANSWER_INSECURE, "10 mx.a.test", 0},
		{"b.test", MX, DATA, SECURE, "10 mx.b.test", 0},
		{"c.test", MX, DATA, SECURE, "10 mx.c.test", 0},
		{"d.test", MX, DATA, ANSWER_INSECURE, "10 mx.d.test", 0},
		{"mx.a.test", A, DATA, ANSWER_INSECURE, "192.0.2.1", 0},
		{"mx.b.test", A, DATA, ANSWER_INSECURE, "192.0.2.2", 0},
		{"mx.c.test", A, DATA, SECURE, "192.0.2.1", 0},
		{"mx.d.test", A, DATA, ANSWER_INSECURE, "192.0.2.4", 0},
	};
	static const struct fake_server all[] = {
		{"192.0.2.1", REASON_NONE, 100, "RSA-2048", NULL},
		{"192.0.2.2", REASON_NONE, 100, "EC-256", NULL},
		{"192.0.2.4", REASON_STARTTLS_ABSENT, 100, NULL, NULL},
	};
	static const char *const domains[] = {
		"a.test", "b.test", "c.test", "d.test"};
	static const char *const classes[] = {
		"no-dnssec", "no-tlsa", "no-tlsa", "no-dnssec"};
	static const uint8_t der[5000];
	const struct fact_certificate certificate = {
		.der = der, .len = sizeof(der)};
	struct fake_world world = {.records = unsigned_hosts,
		.record_count = COUNT(unsigned_hosts),
		.servers = all,
		.server_count = COUNT(all),
		.certificate = &certificate,
		.names = domains,
		.name_count = COUNT(domains)};
	struct scan_config config = config_with(100);
	struct scan_stats stats;
	struct scan *scan;

	(void)state;
	config.policy.probing = HOST_PROBE_ALL;
	config.limits.interval_ms = 1000;
	config.limits.per_network = 2;
	scan = begin(&world, &config);
	assert_true(fake_run(&world, scan, 200000));
	for (size_t i = 0; i < COUNT(domains); i++)
		assert_string_equal(
			fake_row(&world, domains[i])->class, classes[i]);
	/* Each host once. Two of the network at a time, the third when one has
	   ended, the address that was contacted already after the interval. */
	assert_int_equal(world.probed, 4);
	assert_true(world.probed_at_ms[1] < 100);
	assert_in_range(world.probed_at_ms[2], 100, 1000);
	assert_true(world.probed_at_ms[3] > 1100);
	scan_stats(scan, &stats);
	assert_int_equal(stats.hosts.hosts, 4);
	assert_in_range(stats.hosts.kept, 4 * 80, 4 * 200);
	scan_free(scan);
	fake_end(&world);
}

/* A silent name server and a mail server that never speaks cost their own
   domains their time limit, and nobody else anything. */
static void
the_slow_hold_nobody_up(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 100));
	assert_int_equal(world.row_count, COUNT(names) - 3);
	assert_null(fake_row(&world, "dead.test"));
	assert_null(fake_row(&world, "mute.test"));
	assert_null(fake_row(&world, "two.test"));
	assert_true(fake_run(&world, scan, 200000));
	check_verdicts(&world);
	scan_free(scan);
	fake_end(&world);
}

/* Answers 50 ms away: the work done follows the window. */
static void
throughput_follows_the_window(void **state)
{
	uint64_t took[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake_world world = {
			.name_count = 5000, .default_delay_ms = 50};
		struct scan_config config = config_with(i == 0 ? 100 : 1000);
		struct scan *scan = begin(&world, &config);

		assert_true(fake_run(&world, scan, 100000));
		assert_int_equal(world.row_count, 5000);
		took[i] = world.now_ms;
		scan_free(scan);
		fake_end(&world);
	}
	assert_true(took[0] > 8 * took[1]);
	assert_true(took[0] < 12 * took[1]);
}

/* A domain holds its credit until its row is committed: a sink that stalls
   stops the list, and nothing grows. */
static void
a_stalled_sink_stops_the_list(void **state)
{
	struct fake_world world = {.name_count = 1000, .stalled = true};
	struct scan_config config = config_with(40);
	struct scan *scan = begin(&world, &config);
	struct scan_stats stats;

	(void)state;
	assert_false(fake_run(&world, scan, 5000));
	scan_stats(scan, &stats);
	assert_int_equal(world.listed, 40);
	assert_int_equal(stats.done, 40);
	assert_int_equal(stats.committed, 0);
	world.stalled = false;
	assert_true(fake_run(&world, scan, 10000));
	assert_int_equal(world.committed, 1000);
	scan_free(scan);
	fake_end(&world);
}

/* Slow domains fill most of the window: what is left of it is not spent on
   waiting for the sink's clock. */
static void
rows_do_not_wait_for_company(void **state)
{
	static const struct fake_record slow[] = {
		{"name1.test", MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 20000},
		{"name2.test", MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 20000},
		{"name3.test", MX, ANSWER_TIMEOUT, ANSWER_NONE, NULL, 20000},
	};
	struct fake_world world = {.records = slow,
		.record_count = COUNT(slow),
		.name_count = 50,
		.commit_delay_ms = 1000};
	struct scan_config config = config_with(8);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 500));
	assert_int_equal(world.row_count, 47);
	scan_free(scan);
	fake_end(&world);
}

/* Whatever is looked up besides, the verdicts are the same; without the option
   nothing is. */
static void
further_look_ups_change_no_class(void **state)
{
	static const unsigned wanted[] = {
		EXTRA_NONE, EXTRA_OF_DOMAIN, EXTRA_OF_HOST, EXTRA_ALL};

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(3);
		bool domains = wanted[i] & EXTRA_OF_DOMAIN;
		struct scan *scan;

		config.extras = wanted[i];
		scan = begin(&world, &config);
		assert_true(fake_run(&world, scan, 200000));
		check_verdicts(&world);
		for (size_t row = 0; row < world.row_count; row++)
			assert_int_equal(world.rows[row].extras, domains);
		/* Of ten domains one does not exist, two do not answer. */
		assert_int_equal(world.asked_by_type[ANSWER_TYPE_TXT],
			domains ? 2 * 7 : 0);
		assert_int_equal(
			world.asked_by_type[ANSWER_TYPE_DS], domains ? 9 : 0);
		scan_free(scan);
		fake_end(&world);
	}
}

/* Each host once, however many domains name it; two of three have addresses
   that are secure. */
static void
further_look_ups_at_a_host_are_shared(void **state)
{
	struct fake_world world = small_world;
	struct scan_config config = config_with(100);
	struct scan *scan;

	(void)state;
	config.extras = 1 << EXTRA_PORTS;
	scan = begin(&world, &config);
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(
		world.asked_by_type[ANSWER_TYPE_TLSA], 2 + 2 * FACT_PORTS);
	scan_free(scan);
	fake_end(&world);
}

static void
draining_finishes_what_is_under_way(void **state)
{
	struct fake_world world = {.name_count = 1000, .default_delay_ms = 20};
	struct scan_config config = config_with(50);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 10));
	scan_drain(scan);
	assert_true(fake_run(&world, scan, 1000));
	assert_int_equal(scan_state(scan), SCAN_INTERRUPTED);
	assert_string_equal(world.end, "interrupted");
	assert_int_equal(world.committed, 50);
	scan_free(scan);
	fake_end(&world);
}

static void
the_rate_is_kept(void **state)
{
	struct fake_world world = {.name_count = 1000};
	struct scan_config config = config_with(1000);
	struct scan *scan;

	(void)state;
	config.rate = 10;
	scan = begin(&world, &config);
	assert_false(fake_run(&world, scan, 10000));
	assert_in_range(world.listed, 100, 101);
	scan_free(scan);
	fake_end(&world);
}

static void
a_list_that_breaks_off_is_told(void **state)
{
	struct fake_world world = {.name_count = 100, .fail_list_after = 30};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_true(fake_run(&world, scan, 1000));
	assert_int_equal(scan_state(scan), SCAN_FAILED);
	assert_string_equal(scan_error(scan), "the list broke off");
	assert_string_equal(world.end, "interrupted");
	assert_int_equal(world.committed, 30);
	scan_free(scan);
	fake_end(&world);
}

static void
a_sink_that_gives_up_ends_the_scan(void **state)
{
	struct fake_world world = {.name_count = 100, .stalled = true};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_false(fake_run(&world, scan, 50));
	world.sink_failure = "disk full";
	assert_true(fake_run(&world, scan, 1000));
	assert_int_equal(scan_state(scan), SCAN_FAILED);
	assert_string_equal(scan_error(scan), "disk full");
	scan_free(scan);
	fake_end(&world);
}

static void
an_empty_list_is_complete(void **state)
{
	struct fake_world world = {.name_count = 0};
	struct scan_config config = config_with(10);
	struct scan *scan = begin(&world, &config);

	(void)state;
	assert_true(fake_run(&world, scan, 1000));
	assert_int_equal(scan_state(scan), SCAN_COMPLETE);
	assert_int_equal(world.row_count, 0);
	scan_free(scan);
	fake_end(&world);
}

/* Freed in mid-flight, with questions, probes and waiters open. */
static void
a_scan_can_be_dropped_at_any_moment(void **state)
{
	(void)state;
	for (uint64_t until = 0; until < 40; until++) {
		struct fake_world world = small_world;
		struct scan_config config = config_with(100);
		struct scan *scan;

		config.extras = until % 2 == 0 ? EXTRA_NONE : EXTRA_ALL;
		scan = begin(&world, &config);
		assert_false(fake_run(&world, scan, until));
		scan_free(scan);
		fake_end(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_window_gives_the_same),
		cmocka_unit_test(both_kinds_of_key_are_asked_for),
		cmocka_unit_test(a_survey_is_polite_and_small),
		cmocka_unit_test(the_slow_hold_nobody_up),
		cmocka_unit_test(throughput_follows_the_window),
		cmocka_unit_test(a_stalled_sink_stops_the_list),
		cmocka_unit_test(rows_do_not_wait_for_company),
		cmocka_unit_test(further_look_ups_change_no_class),
		cmocka_unit_test(further_look_ups_at_a_host_are_shared),
		cmocka_unit_test(draining_finishes_what_is_under_way),
		cmocka_unit_test(the_rate_is_kept),
		cmocka_unit_test(a_list_that_breaks_off_is_told),
		cmocka_unit_test(a_sink_that_gives_up_ends_the_scan),
		cmocka_unit_test(an_empty_list_is_complete),
		cmocka_unit_test(a_scan_can_be_dropped_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
