/*
 * Scenarios of a blocklist, in virtual time: who is listed is neither asked
 * about nor talked to, and gets a row that says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/blocklist.h"
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

static const struct fake_record records[] = {
	{"one.test", MX, DATA, SECURE, "10 mx.one.test", 0},
	{"two.test", MX, DATA, SECURE, "10 mx.two.test", 0},
	{"both.test", MX, DATA, SECURE, "10 mx.one.test|20 mx.two.test", 0},
	{"alias.test", MX, DATA, SECURE, "10 mx.alias.test", 0},
	{"mx.one.test", A, DATA, SECURE, "192.0.2.1", 0},
	{"mx.one.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.one.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"mx.two.test", A, DATA, SECURE, "192.0.2.2", 0},
	{"mx.two.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.two.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"mx.alias.test", A, DATA, SECURE, "192.0.2.3", 0},
	{"mx.alias.test", AAAA, ANSWER_NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.listed.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"_25._tcp.mx.alias.test", TLSA, DATA, SECURE, DIGEST, 0},
};

static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
	{"192.0.2.2", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
	{"192.0.2.3", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
};

static const char *const names[] = {
	"one.test", "two.test", "both.test", "alias.test"};

static void
ignore_watch(void *arg, struct store *store, int fd, int events)
{
	(void)arg;
	(void)store;
	(void)fd;
	(void)events;
}

static void
add(struct blocklist *list, const char *entry)
{
	const char *problem;

	assert_int_equal(blocklist_add(list, (const uint8_t *)entry,
				 strlen(entry), &problem),
		BLOCKLIST_ENTRY);
}

static struct blocklist *
list_of(const char *entry)
{
	struct blocklist *list = blocklist_new();

	if (entry != NULL)
		add(list, entry);
	blocklist_seal(list);
	return list;
}

static struct scan *
begin(struct fake_world *world, const struct blocklist *blocklist,
	unsigned interval_ms)
{
	const struct scan_config config = {
		.window = 100,
		.policy.allow_reserved = true,
		.policy.port = 25,
		.limits.total = 100,
		.limits.interval_ms = interval_ms,
		/* TLSA is counted. */
		.extras = EXTRA_ALL & ~(1u << EXTRA_PORTS),
		.blocklist = blocklist,
	};
	struct scan_parts parts;
	struct scan *scan;
	char err[200];

	world->records = records;
	world->record_count = COUNT(records);
	world->alias = "mx.alias.test";
	world->alias_end = "mx.listed.test";
	world->servers = servers;
	world->server_count = COUNT(servers);
	world->names = names;
	world->name_count = COUNT(names);
	fake_begin(world, &parts);
	scan = scan_new(&config, &parts, err, sizeof(err));
	assert_non_null(scan);
	scan_watch(scan, ignore_watch, NULL);
	return scan;
}

static void
check_row(const struct fake_world *world, const char *domain, const char *class,
	const char *reason)
{
	const struct fake_row *row = fake_row(world, domain);

	assert_non_null(row);
	if (strcmp(row->class, class) != 0 || strcmp(row->reason, reason) != 0)
		fail_msg("%s: %s %s", domain, row->class, row->reason);
}

static const struct {
	const char *entry;
	const char *unasked;
	size_t probed;
	struct {
		const char *class, *reason;
	} rows[COUNT(names)];
} cases[] = {
	{NULL, NULL, 3,
		{{"broken", "starttls-refused"}, {"broken", "starttls-refused"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"}}},
	/* A domain: neither it nor its host, which is below it. */
	{"one.test", "one.test", 2,
		{{"indeterminate", "blocklisted"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"}}},
	/* A host alone: its domain is asked about. */
	{"mx.one.test", "mx.one.test", 2,
		{{"indeterminate", "blocklisted"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"}}},
	/* An address: everything is asked, nobody is talked to. */
	{"192.0.2.1", NULL, 2,
		{{"indeterminate", "blocklisted"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"},
			{"broken", "starttls-refused"}}},
	{"192.0.2.0/25", NULL, 0,
		{{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"}}},
	/* What an alias leads to. */
	{"listed.test", "listed.test", 2,
		{{"broken", "starttls-refused"}, {"broken", "starttls-refused"},
			{"broken", "starttls-refused"},
			{"indeterminate", "blocklisted"}}},
	{"test", "test", 0,
		{{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"},
			{"indeterminate", "blocklisted"}}},
};

static void
the_listed_are_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_world world = {.unasked = cases[i].unasked};
		struct blocklist *list = list_of(cases[i].entry);
		struct scan *scan = begin(&world, list, 0);

		assert_true(fake_run(&world, scan, 5000));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		assert_int_equal(world.row_count, COUNT(names));
		for (size_t n = 0; n < COUNT(names); n++)
			check_row(&world, names[n], cases[i].rows[n].class,
				cases[i].rows[n].reason);
		assert_int_equal(world.probed, cases[i].probed);
		scan_free(scan);
		fake_end(&world);
		blocklist_free(list);
	}
}

/* Listed while the scan runs: whatever has not been done yet is not. */
static void
a_change_takes_effect_at_once(void **state)
{
	static const struct {
		uint64_t at_ms;
		const char *entry;
		size_t asked_tlsa, probed_least, probed_most;
	} moments[] = {
		/* Before the answers for the addresses, for TLSA, the probes */
		{1, "test", 0, 0, 0},
		{2, "test", 0, 0, 0},
		{3, "test", 3, 0, 0},
		{1, "192.0.2.0/24", 3, 0, 0},
		{100, "192.0.2.0/24", 3, 3, 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		struct fake_world world = {0};
		struct blocklist *list = list_of(NULL);
		struct blocklist *fresh = list_of(moments[i].entry);
		struct scan *scan = begin(&world, list, 0);

		size_t asked;

		fake_run(&world, scan, moments[i].at_ms);
		asked = world.asked;
		blocklist_swap(list, fresh);
		assert_true(fake_run(&world, scan, 5000));
		assert_int_equal(scan_state(scan), SCAN_COMPLETE);
		assert_int_equal(world.row_count, COUNT(names));
		assert_int_equal(
			world.asked_by_type[TLSA], moments[i].asked_tlsa);
		/* All names are below this one. */
		if (strcmp(moments[i].entry, "test") == 0)
			assert_int_equal(world.asked, asked);
		assert_in_range(world.probed, moments[i].probed_least,
			moments[i].probed_most);
		scan_free(scan);
		fake_end(&world);
		blocklist_free(list);
		blocklist_free(fresh);
	}
}

/* A conversation that waits for its turn is not begun when its address has been
   listed meanwhile; what the first one told is kept. */
static void
the_next_conversation_is_not_had(void **state)
{
	static const struct fake_server keyed[] = {
		{"192.0.2.1", REASON_NONE, 5, "EC-256", "RSA-2048"},
	};
	struct fake_world world = {0};
	struct blocklist *list = list_of(NULL);
	struct blocklist *fresh = list_of("192.0.2.1");
	struct scan *scan = begin(&world, list, 1000);

	(void)state;
	world.servers = keyed;
	world.server_count = 1;
	world.name_count = 1;
	assert_false(fake_run(&world, scan, 500));
	assert_int_equal(world.probed, 1);
	blocklist_swap(list, fresh);
	assert_true(fake_run(&world, scan, 5000));
	assert_int_equal(world.probed, 1);
	/* So ends TLS with a server that has no chain to show. */
	check_row(&world, "one.test", "broken", "tls-handshake");
	scan_free(scan);
	fake_end(&world);
	blocklist_free(list);
	blocklist_free(fresh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_listed_are_left_alone),
		cmocka_unit_test(a_change_takes_effect_at_once),
		cmocka_unit_test(the_next_conversation_is_not_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
