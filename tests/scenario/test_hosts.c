/*
 * Scenarios of hosts that many domains name, in virtual time: each is examined
 * once, and every domain shows it as it was stored.
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
#include "tests/unit/core/pki.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MX ANSWER_TYPE_MX
#define A ANSWER_TYPE_A
#define AAAA ANSWER_TYPE_AAAA
#define NS ANSWER_TYPE_NS
#define TLSA ANSWER_TYPE_TLSA
#define DATA ANSWER_DATA
#define NODATA ANSWER_NODATA
#define SECURE ANSWER_SECURE
#define INSECURE ANSWER_INSECURE
#define DIGEST "\3\1\1abcdefghijklmnopqrstuvwxyz012345"

enum {
	HOSTS = 5,
	DOMAINS = 3 * HOSTS,
	DELAY_MS = 5000,
	MENDED_MS = 3000,
	LIMIT_MS = 500000
};

/* Two kinds of key and records that match none; an address that refuses; no
   DNSSEC; a name server that fails; a host that does not exist. */
static const struct fake_record records[] = {
	{"a1.test", MX, DATA, SECURE, "10 mx.keys.test", 0},
	{"b1.test", MX, DATA, SECURE, "10 mx.busy.test", 0},
	{"c1.test", MX, DATA, SECURE, "10 mx.plain.test", 0},
	{"d1.test", MX, DATA, SECURE, "10 mx.sick.test", 0},
	{"e1.test", MX, DATA, SECURE, "10 mx.gone.test", 0},
	{"a2.test", MX, DATA, SECURE, "10 mx.keys.test", 0},
	{"b2.test", MX, DATA, SECURE, "10 mx.busy.test", 0},
	{"c2.test", MX, DATA, INSECURE, "10 mx.plain.test", 0},
	{"d2.test", MX, DATA, SECURE, "10 mx.sick.test", 300},
	{"e2.test", MX, DATA, INSECURE, "10 mx.gone.test", 400},
	{"a3.test", MX, DATA, SECURE, "10 mx.keys.test", 500},
	{"b3.test", MX, DATA, SECURE, "10 mx.busy.test", 600},
	{"c3.test", MX, DATA, SECURE, "10 mx.plain.test", 700},
	{"d3.test", MX, DATA, SECURE, "10 mx.sick.test", 800},
	{"e3.test", MX, DATA, SECURE, "10 mx.gone.test", 900},
	{"mx.keys.test", A, DATA, SECURE, "192.0.2.1|192.0.2.2", 0},
	{"mx.keys.test", AAAA, NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.keys.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"keys.test", NS, DATA, SECURE, "ns1.test|ns2.test", 0},
	{"ns1.test", A, DATA, SECURE, "192.0.2.53", 0},
	{"ns2.test", A, DATA, SECURE, "192.0.2.54", 0},
	{"mx.busy.test", A, DATA, SECURE, "198.51.100.1", 0},
	{"mx.busy.test", AAAA, NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.busy.test", TLSA, DATA, SECURE, DIGEST, 0},
	{"mx.plain.test", A, DATA, INSECURE, "203.0.113.1|203.0.113.2", 0},
	{"mx.plain.test", AAAA, DATA, INSECURE, "2001:db8::1", 0},
	{"mx.sick.test", A, DATA, SECURE, "192.0.2.3", 0},
	{"mx.sick.test", AAAA, NODATA, SECURE, NULL, 0},
	{"_25._tcp.mx.sick.test", TLSA, ANSWER_SERVFAIL, ANSWER_NONE, NULL, 0},
	{"sick.test", NS, DATA, SECURE, "ns1.test|ns2.test", 0},
};

static const char *const names[DOMAINS] = {"a1.test", "b1.test", "c1.test",
	"d1.test", "e1.test", "a2.test", "b2.test", "c2.test", "d2.test",
	"e2.test", "a3.test", "b3.test", "c3.test", "d3.test", "e3.test"};

static const struct fake_server servers[] = {
	{"192.0.2.1", REASON_NONE, 5, "EC-256", "RSA-2048"},
	{"192.0.2.2", REASON_NONE, 5, "EC-256", NULL},
	{"198.51.100.1", REASON_STARTTLS_REFUSED, 5, NULL, NULL},
	{"203.0.113.1", REASON_STARTTLS_ABSENT, 5, NULL, NULL},
};

static const struct fake_server early_servers[] = {
	{"198.51.100.1", REASON_BANNER_4XX, 5, NULL, NULL},
};

static const struct fake_nameserver nameservers[] = {
	{"192.0.2.53", OUTCOME_DATA, true, 1, 7, NULL},
	{"192.0.2.54", OUTCOME_SERVFAIL, true, 0, 6, NULL},
};

static struct scan_config
config_with(unsigned window, unsigned retries)
{
	struct scan_config config = {
		.window = window,
		.passes = {.retries = retries, .delay_ms = DELAY_MS},
		.policy.allow_reserved = true,
		.policy.port = 25,
		.policy.probing = HOST_PROBE_ALL,
		.limits.total = 100,
		.extras = EXTRA_ALL & ~(1 << EXTRA_MTA_STS),
	};

	return config;
}

/* Is the host that the row shows one that was stored, word for word? */
static void
check_row(const struct fake_world *world, const struct fake_row *row)
{
	for (size_t i = 0; i < world->hosts_stored; i++)
		if (strcmp(world->hosts[i], row->hosts) == 0)
			return;
	fail_msg("%s: no such host was stored: %s", row->domain, row->hosts);
}

static void
check_hosts(const struct fake_world *world)
{
	assert_int_equal(world->row_count, DOMAINS);
	assert_int_equal(world->hosts_stored, HOSTS);
	for (size_t i = 0; i < DOMAINS; i++)
		check_row(world, &world->rows[i]);
	for (size_t i = HOSTS; i < DOMAINS; i++)
		assert_string_equal(fake_row(world, names[i])->hosts,
			fake_row(world, names[i % HOSTS])->hosts);
}

/* Together with the first domain that names it, after it, and in a later pass,
   in which what may be otherwise by then is examined again. */
static void
every_domain_shows_the_same(void **state)
{
	static const struct {
		unsigned window, retries;
	} runs[] = {{1, 0}, {100, 0}, {1, 1}, {100, 1}};
	struct pki *pki = pki_new(&(struct pki_spec){.cn = "mx"});
	struct fact_certificate certificate = pki_fact(pki);

	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct fake_world world = {
			.records = records,
			.record_count = COUNT(records),
			.servers = servers,
			.server_count = COUNT(servers),
			.early_servers = early_servers,
			.early_server_count = COUNT(early_servers),
			.early_until_ms = MENDED_MS,
			.certificate = &certificate,
			.nameservers = nameservers,
			.nameserver_count = COUNT(nameservers),
			.names = names,
			.name_count = DOMAINS,
		};
		struct scan_config config = config_with(
			runs[i].window, runs[i].retries);
		struct scan *scan = fake_scan(&world, &config);

		assert_true(fake_run(&world, scan, LIMIT_MS));
		check_hosts(&world);
		assert_non_null(strstr(fake_row(&world, "b3.test")->hosts,
			runs[i].retries > 0 ? "starttls-refused"
					    : "banner-4xx"));
		scan_free(scan);
		fake_end(&world);
	}
	pki_free(pki);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_domain_shows_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
