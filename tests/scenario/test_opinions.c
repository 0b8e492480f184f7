/*
 * Scenarios of second opinions, in virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/blocklist.h"
#include "tests/scenario/fake_shells.h"
#include "tests/unit/core/pki.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MX ANSWER_TYPE_MX
#define A ANSWER_TYPE_A
#define AAAA ANSWER_TYPE_AAAA
#define NS ANSWER_TYPE_NS
#define TLSA ANSWER_TYPE_TLSA
#define SOA ANSWER_TYPE_SOA
#define DATA ANSWER_DATA
#define SECURE ANSWER_SECURE
#define DIGEST "\3\1\1abcdefghijklmnopqrstuvwxyz012345"

enum {
	NAMES = 2000,
	INTERVAL_MS = 50, /* that every name server is given */
	OPINIONS = 4096,  /* under way at once */
	ASIDE = 8192,	  /* domains beside the window */
	ABOVE_MS = 10,	  /* … each of a zone above */
	ABOVE_OPEN = 128, /* questions to zones above at once */
	ABOVE = 0,	  /* index of the zone above's server, and of … */
	OWN = 1,	  /* … the one that it delegates to */
};

/* No domain has a sound name server: they are found by the zone above. */
static const struct fake_record sick[] = {
	{"*", MX, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0},
	{"test", NS, DATA, SECURE, "ns.above.test", 0},
	{"*", NS, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0},
	{"ns.above.test", A, DATA, SECURE, "192.0.2.53", 0},
};

#define SERVER_ABOVE                                    \
	{                                               \
		"192.0.2.53", OUTCOME_LAME, true, 0, 1, \
			"ns.sick.test 192.0.2.54"       \
	}

static const struct {
	struct fake_nameserver servers[2];
	const char *reason;
	size_t questions; /* to the sick one at most, control included */
} kinds[] = {
	{{SERVER_ABOVE, {"192.0.2.54", OUTCOME_REFUSED, true, 0, 1, NULL}},
		"mx-refused", NAMES},
	{{SERVER_ABOVE, {"192.0.2.54", OUTCOME_NOTIMP, true, 0, 1, NULL}},
		"mx-notimp", NAMES},
	/* Dead: one name proves it. Nobody waits for the others. */
	{{SERVER_ABOVE, {"192.0.2.54", OUTCOME_TIMEOUT, false, 0, 1, NULL}},
		"mx-timeout", 2},
	/* Dead to these questions: three names prove that. */
	{{SERVER_ABOVE, {"192.0.2.54", OUTCOME_TIMEOUT, true, 0, 1, NULL}},
		"mx-timeout", 6},
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

static struct scan *
begin(struct fake_world *world, unsigned window)
{
	struct scan_config config = config_with(window);

	return fake_scan(world, &config);
}

static struct fake_world
sick_world(size_t kind, size_t names)
{
	struct fake_world world = {
		.records = sick,
		.record_count = COUNT(sick),
		.nameservers = kinds[kind].servers,
		.nameserver_count = 2,
		.name_count = names,
	};

	return world;
}

static void
check_reasons(const struct fake_world *world, size_t count, const char *reason)
{
	assert_int_equal(world->row_count, count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(world->rows[i].reason, reason) != 0)
			fail_msg("%s: %s, not %s", world->rows[i].domain,
				world->rows[i].reason, reason);
}

/* B20 to B24: the reason is that of the server, however many names it fails
   for and however many of them are looked at together. */
static void
the_reason_does_not_depend_on_load(void **state)
{
	static const unsigned windows[] = {1, 5000};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds) * COUNT(windows); i++) {
		size_t kind = i / COUNT(windows);
		struct fake_world world = sick_world(kind, NAMES);
		struct scan *scan = begin(&world, windows[i % COUNT(windows)]);

		assert_true(fake_run(&world, scan, 200000));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		check_reasons(&world, NAMES, kinds[kind].reason);
		/* One opinion a name. */
		assert_int_equal(world.direct[ABOVE].asked, NAMES);
		assert_true(world.direct[OWN].asked <= kinds[kind].questions);
		scan_free(scan);
		fake_end(&world);
	}
}

/* One question at a time, and then a pause, for each server. The pause is from
   the turn before the answer, one step of the clock ago. A zone above, which
   the validator has just asked, has a shorter one, from question to question.
 */
static void
every_server_has_its_pace(void **state)
{
	struct fake_world world = sick_world(0, NAMES);
	struct scan *scan = begin(&world, 5000);

	(void)state;
	assert_true(fake_run(&world, scan, 200000));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(world.direct[i].asked, NAMES);
	/* Each answer takes 1 ms. */
	assert_int_equal(world.direct[ABOVE].least_gap_ms, ABOVE_MS - 1);
	assert_int_equal(world.direct[OWN].most_open, 1);
	assert_true(world.direct[OWN].least_gap_ms + 1 >= INTERVAL_MS);
	assert_true(world.now_ms >= (uint64_t)(NAMES - 1) * INTERVAL_MS);
	scan_free(scan);
	fake_end(&world);
}

/* … which does not wait for the answers, but they have to come. */
static void
a_mute_zone_above_is_asked_a_bounded_number(void **state)
{
	static const struct fake_nameserver mute = {
		"192.0.2.53", OUTCOME_TIMEOUT, true, 0, 1, NULL};
	struct fake_world world = sick_world(0, NAMES);
	struct scan *scan;

	(void)state;
	world.nameservers = &mute;
	world.nameserver_count = 1;
	scan = begin(&world, 5000);
	assert_true(fake_run(&world, scan, 200000));
	check_reasons(&world, NAMES, "mx-servfail");
	assert_int_equal(world.direct[ABOVE].most_open, ABOVE_OPEN);
	assert_true(world.direct[ABOVE].asked < 2 * ABOVE_OPEN);
	scan_free(scan);
	fake_end(&world);
}

/* A dead server costs its time limit, twice, for one name, then nothing. */
static void
the_dead_hold_nobody_up(void **state)
{
	struct fake_world world = sick_world(2, 200);
	struct scan *scan = begin(&world, 5000);

	(void)state;
	assert_true(fake_run(&world, scan, 200000));
	check_reasons(&world, 200, "mx-timeout");
	assert_true(world.now_ms >= 2 * FAKE_TIMEOUT_MS);
	assert_true(world.now_ms <
		    2 * FAKE_TIMEOUT_MS + (200 + 1) * 2 * (INTERVAL_MS + 5));
	scan_free(scan);
	fake_end(&world);
}

/* Where a server that was dead answers again, somebody finds out. */
static void
the_dead_may_come_back(void **state)
{
	struct fake_nameserver servers[2] = {
		kinds[2].servers[0], kinds[2].servers[1]};
	struct fake_world world = sick_world(2, 10000);
	struct scan *scan;

	(void)state;
	world.nameservers = servers;
	world.pause_list_after = 5000;
	world.pause_until_ms = 400000;
	scan = begin(&world, 10);
	assert_false(fake_run(&world, scan, 100000));
	assert_int_equal(world.row_count, 5000);
	assert_int_equal(world.direct[OWN].asked, 2);
	servers[OWN].outcome = OUTCOME_REFUSED;
	assert_true(fake_run(&world, scan, 900000));
	assert_string_equal(world.rows[0].reason, "mx-timeout");
	assert_string_equal(
		world.rows[world.row_count - 1].reason, "mx-refused");
	scan_free(scan);
	fake_end(&world);
}

/* What will be asked again gets its second opinion when it is final. */
static void
the_last_pass_has_the_opinions(void **state)
{
	struct fake_nameserver servers[2] = {
		kinds[2].servers[0], kinds[2].servers[1]};
	struct fake_world world = sick_world(2, 10);
	struct scan_config config = config_with(10);
	struct scan *scan;

	(void)state;
	world.nameservers = servers;
	config.passes.retries = 1;
	config.passes.delay_ms = 100000;
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, 90000));
	assert_int_equal(world.asked_by_type[MX], 10);
	assert_int_equal(world.direct[OWN].asked, 0);
	servers[OWN].outcome = OUTCOME_REFUSED;
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.direct[OWN].asked, 10);
	check_reasons(&world, 10, "mx-refused");
	scan_free(scan);
	fake_end(&world);
}

/* What is bogus is final, and its opinion comes in the first pass; what was
   learnt by it of a dead server does not last into the next. */
static void
a_further_pass_asks_the_dead_again(void **state)
{
	struct fake_record records[COUNT(sick) + 1] = {
		{"name1.test", MX, DATA, ANSWER_BOGUS, NULL, 0}};
	struct fake_nameserver servers[2] = {
		kinds[2].servers[0], kinds[2].servers[1]};
	struct fake_world world = sick_world(2, 10);
	struct scan_config config = config_with(10);
	struct scan *scan;

	(void)state;
	memcpy(records + 1, sick, sizeof(sick));
	world.records = records;
	world.record_count = COUNT(records);
	world.nameservers = servers;
	config.passes.retries = 1;
	config.passes.delay_ms = 100000;
	scan = fake_scan(&world, &config);
	assert_false(fake_run(&world, scan, 90000));
	assert_int_equal(world.direct[OWN].asked, 2);
	servers[OWN].outcome = OUTCOME_REFUSED;
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.direct[OWN].asked, 2 + 9);
	assert_string_equal(fake_row(&world, "name1.test")->reason, "mx-bogus");
	assert_string_equal(
		fake_row(&world, "name9.test")->reason, "mx-refused");
	scan_free(scan);
	fake_end(&world);
}

/* Who is listed, by name or by address, is not asked directly either; nor is
   who gets listed while a question waits. */
static void
the_listed_are_not_asked(void **state)
{
	static const char *const entries[] = {"ns.sick.test", "192.0.2.54"};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(entries); i++) {
		struct blocklist *list = blocklist_new(),
				 *fresh = blocklist_new();
		const char *entry = entries[i % COUNT(entries)];
		bool late = i >= COUNT(entries);
		struct fake_world world = sick_world(0, 100);
		struct scan_config config = config_with(100);
		const char *problem;
		struct scan *scan;
		size_t asked = 0;

		blocklist_add(late ? fresh : list, (const uint8_t *)entry,
			strlen(entry), &problem);
		blocklist_seal(list);
		blocklist_seal(fresh);
		config.blocklist = list;
		scan = fake_scan(&world, &config);
		if (late) {
			assert_false(fake_run(&world, scan, 1000));
			asked = world.direct[OWN].asked;
			assert_in_range(asked, 1, 99);
			blocklist_swap(list, fresh);
		}
		assert_true(fake_run(&world, scan, 200000));
		assert_int_equal(world.direct[ABOVE].asked, 100);
		assert_int_equal(world.direct[OWN].asked, asked);
		assert_string_equal(world.rows[99].reason, "mx-servfail");
		scan_free(scan);
		fake_end(&world);
		blocklist_free(list);
		blocklist_free(fresh);
	}
}

/* So many are under way at once and no more; the others wait, and all come. */
static void
a_great_failure_is_taken_in_turn(void **state)
{
	struct fake_record slow[COUNT(sick)];
	struct fake_world world = sick_world(2, 6000);
	struct scan *scan;

	(void)state;
	memcpy(slow, sick, sizeof(sick));
	slow[2].delay_ms = 3000;
	world.records = slow;
	scan = begin(&world, 8000);
	assert_false(fake_run(&world, scan, 2000));
	assert_int_equal(world.asked_by_type[MX], 6000);
	assert_int_equal(world.asked_by_type[NS], OPINIONS);
	assert_true(fake_run(&world, scan, 200000));
	assert_int_equal(world.most_open_by_type[NS], OPINIONS);
	check_reasons(&world, 6000, "mx-timeout");
	scan_free(scan);
	fake_end(&world);
}

/* Whoever waits for an opinion leaves room in the window, but so many only;
   then the list is not read on. */
static void
the_list_is_read_on_up_to_a_limit(void **state)
{
	struct fake_world world = sick_world(0, 10 * NAMES);
	struct scan *scan = begin(&world, 400);

	(void)state;
	assert_false(fake_run(&world, scan, 1000));
	assert_in_range(
		world.listed, ASIDE + 400, ASIDE + 400 + 1000 / INTERVAL_MS);
	scan_free(scan);
	fake_end(&world);
}

/* Those that wait are finished too. */
static void
draining_waits_for_opinions(void **state)
{
	struct fake_world world = sick_world(0, 10 * NAMES);
	struct scan *scan = begin(&world, 700);

	(void)state;
	assert_false(fake_run(&world, scan, 100));
	scan_drain(scan);
	assert_true(fake_run(&world, scan, 900000));
	assert_int_equal(scan_state(scan), SCAN_INTERRUPTED);
	check_reasons(&world, world.listed, "mx-refused");
	assert_in_range(world.listed, ASIDE + 700, ASIDE + 702);
	scan_free(scan);
	fake_end(&world);
}

/* A host whose records do not match, and three domains that name it. */
static const struct fake_record stale[] = {
	{"*", MX, DATA, SECURE, "10 mx.provider.test", 0},
	{"mx.provider.test", A, DATA, SECURE, "192.0.2.1", 0},
	{"mx.provider.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.provider.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"provider.test", NS, DATA, SECURE, "ns1.test|ns2.test", 0},
	{"ns1.test", A, DATA, SECURE, "192.0.2.53", 0},
	{"ns2.test", A, DATA, SECURE, "192.0.2.54", 0},
};

/* G28: the host is asked about once, before it is judged. The serials are asked
   for only where the servers differ. */
static void
a_mismatch_may_be_a_stale_server(void **state)
{
	static const struct {
		struct fake_nameserver servers[2];
		const char *hint;
		size_t serials;
	} rows[] = {
		{{{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
			 {"192.0.2.54", OUTCOME_DATA, true, 2, 6, NULL}},
			"name-server-stale", 1},
		{{{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
			 {"192.0.2.54", OUTCOME_NODATA, true, 0, 6, NULL}},
			"name-server-stale", 1},
		{{{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
			 {"192.0.2.54", OUTCOME_DATA, true, 1, 7, NULL}},
			"", 0},
		{{{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
			 {"192.0.2.54", OUTCOME_DATA_UNSIGNED, true, 1, 7,
				 NULL}},
			"", 1},
		{{{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
			 {"192.0.2.54", OUTCOME_SERVFAIL, true, 0, 7, NULL}},
			"", 1},
	};

	struct pki *pki = pki_new(&(struct pki_spec){.cn = "mx"});
	struct fact_certificate certificate = pki_fact(pki);
	const struct fake_server mismatched = {
		"192.0.2.1", REASON_NONE, 5, "EC-256", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_world world = {
			.records = stale,
			.record_count = COUNT(stale),
			.servers = &mismatched,
			.server_count = 1,
			.certificate = &certificate,
			.nameservers = rows[i].servers,
			.nameserver_count = 2,
			.name_count = 3,
		};
		struct scan *scan = begin(&world, 10);

		assert_true(fake_run(&world, scan, 100000));
		check_reasons(&world, 3, "dane-no-match");
		for (size_t k = 0; k < 3; k++)
			assert_string_equal(world.rows[k].hint, rows[i].hint);
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(world.direct[k].by_type[TLSA], 1);
			assert_int_equal(
				world.direct[k].by_type[SOA], rows[i].serials);
		}
		scan_free(scan);
		fake_end(&world);
	}
	pki_free(pki);
}

/* Freed with opinions that wait, are under way, and are being asked. */
static void
a_scan_can_be_dropped_at_any_moment(void **state)
{
	(void)state;
	for (uint64_t until = 0; until < 300; until += 3) {
		struct fake_world world = sick_world(0, NAMES);
		struct scan *scan = begin(&world, 500);

		assert_false(fake_run(&world, scan, until));
		scan_free(scan);
		fake_end(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reason_does_not_depend_on_load),
		cmocka_unit_test(every_server_has_its_pace),
		cmocka_unit_test(a_mute_zone_above_is_asked_a_bounded_number),
		cmocka_unit_test(the_dead_hold_nobody_up),
		cmocka_unit_test(the_dead_may_come_back),
		cmocka_unit_test(the_last_pass_has_the_opinions),
		cmocka_unit_test(a_further_pass_asks_the_dead_again),
		cmocka_unit_test(the_listed_are_not_asked),
		cmocka_unit_test(a_great_failure_is_taken_in_turn),
		cmocka_unit_test(the_list_is_read_on_up_to_a_limit),
		cmocka_unit_test(draining_waits_for_opinions),
		cmocka_unit_test(a_mismatch_may_be_a_stale_server),
		cmocka_unit_test(a_scan_can_be_dropped_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
