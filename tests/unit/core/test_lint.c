/*
 * Tests of scanner/core/lint.c. The id of a row is that of the conformance
 * matrix, group G.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/lint.h"

enum {
	RECORDS = 4
};

#define DAY 86400
#define NOW (20000 * DAY)
#define BIT(lint) ((uint64_t)1 << LINT_##lint)

struct record {
	uint8_t usage, selector, mtype;
	int match; /* 1, 0, -1: not judged */
};

struct row {
	const char *id;
	struct record records[RECORDS];
	size_t count;
	uint32_t ttl_s;
	uint64_t expected;
};

static const struct row rows[] = {
	{"G03", {{3, 1, 1, 1}}, 1, 3600, BIT(TLSA_NO_ROLLOVER)},
	{"G03 next key", {{3, 1, 1, 1}, {3, 1, 1, 0}}, 2, 3600, 0},
	{"G03 anchor", {{3, 1, 1, 1}, {2, 0, 1, 1}}, 2, 3600, 0},
	{"G03 anchor only", {{2, 0, 1, 1}}, 1, 3600, 0},
	{"G05", {{2, 1, 1, 1}}, 1, 3600, BIT(TLSA_TA_KEY)},
	{"G06", {{2, 0, 0, 1}}, 1, 3600, BIT(TLSA_FULL_DATA)},
	{"G07", {{2, 0, 2, 1}}, 1, 3600, BIT(TLSA_SHA512_ONLY)},
	{"G07 both", {{2, 0, 2, 1}, {2, 0, 1, 1}}, 2, 3600, 0},
	{"G08", {{3, 1, 1, 1}, {3, 1, 2, 0}}, 2, 3600, BIT(TLSA_STALE_RECORD)},
	{"G08 same combination", {{3, 1, 1, 1}, {3, 1, 1, 0}}, 2, 3600, 0},
	{"G08 nothing matches", {{3, 1, 1, 0}, {3, 1, 1, 0}}, 2, 3600, 0},
	{"G08 not judged", {{3, 1, 1, -1}, {2, 0, 1, -1}}, 2, 3600, 0},
	{"G27", {{2, 0, 1, 1}, {3, 1, 1, 0}}, 2, 3600, BIT(TLSA_STALE_RECORD)},
	{"G11 C04", {{1, 1, 1, -1}, {2, 0, 1, 1}}, 2, 3600,
		BIT(TLSA_PKIX_USAGE)},
	{"G01 none", {{2, 0, 1, 1}}, 1, 0, BIT(TLSA_TTL)},
	{"G01", {{2, 0, 1, 1}}, 1, 1799, BIT(TLSA_TTL)},
	{"G01", {{2, 0, 1, 1}}, 1, 1800, 0},
	{"G01", {{2, 0, 1, 1}}, 1, 3601, BIT(TLSA_TTL)},
	{"G01 over a day", {{2, 0, 1, 1}}, 1, 86401,
		BIT(TLSA_TTL) | BIT(TLSA_TTL_LONG)},
};

/* Nothing to advise. */
static const struct row quiet = {"quiet", {{2, 0, 1, 1}}, 1, 3600, 0};

/* A domain with one or two hosts. */
struct scene {
	struct fact_tlsa records[RECORDS];
	struct verdict_record judged[RECORDS];
	struct fact_host facts[2];
	struct verdict_host hosts[2];
	const struct verdict_host *list[2];
	struct fact_domain domain;
};

static void
stage(struct scene *scene, const struct row *row)
{
	memset(scene, 0, sizeof(*scene));
	for (size_t i = 0; i < row->count; i++) {
		const struct record *record = &row->records[i];

		scene->records[i].usage = record->usage;
		scene->records[i].selector = record->selector;
		scene->records[i].mtype = record->mtype;
		scene->judged[i].usability = record->usage < 2
						     ? USABILITY_PKIX_USAGE
						     : USABILITY_OK;
		scene->judged[i].judged = record->match >= 0;
		scene->judged[i].matched = record->match == 1;
		scene->judged[i].depth = record->match > 0 ? 0 : -1;
	}
	scene->facts[0].records = scene->records;
	scene->facts[0].record_count = row->count;
	for (size_t i = 0; i < 2; i++) {
		scene->facts[i].tlsa.ttl_s = row->ttl_s;
		scene->hosts[i].fact = &scene->facts[i];
		scene->hosts[i].class = HOST_VALID;
		scene->hosts[i].tlsa = TLSA_USABLE;
		scene->list[i] = &scene->hosts[i];
	}
	scene->hosts[0].records = scene->judged;
	scene->domain.mx.status = ANSWER_DATA;
	scene->domain.mx.trust = ANSWER_SECURE;
	scene->domain.host_count = 1;
}

static void
test_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct scene scene;
		uint64_t got;

		stage(&scene, &rows[i]);
		got = lint_domain(&scene.domain, scene.list, NOW);
		if (got != rows[i].expected)
			fail_msg("%s: %" PRIx64 ", not %" PRIx64 "", rows[i].id,
				got, rows[i].expected);
	}
}

/* Records that nobody may look at are not judged but for being there. */
static void
test_unsigned(void **state)
{
	struct scene scene;

	(void)state;
	stage(&scene, &rows[0]);
	scene.hosts[0].tlsa = TLSA_INSECURE;
	scene.hosts[0].class = HOST_NO_TLSA;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(TLSA_UNSIGNED)); /* G26 */
	scene.hosts[0].tlsa = TLSA_NONE_SECURE;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
}

static void
test_flags(void **state)
{
	static const struct {
		enum flag flag;
		uint64_t expected;
	} flags[] = {
		{FLAG_MX_ALIAS, BIT(MX_ALIAS)},			    /* G16 */
		{FLAG_NAME_ONLY_NEXTHOP, BIT(NAME_ONLY_NEXTHOP)},   /* E28 */
		{FLAG_TLS_LEGACY, BIT(TLS_LEGACY)},		    /* G14 */
		{FLAG_STARTTLS_INJECTION, BIT(STARTTLS_INJECTION)}, /* D20 */
		{FLAG_STARTTLS_PARAMETER, BIT(STARTTLS_PARAMETER)}, /* D14 */
		{FLAG_STARTTLS_TWICE, BIT(STARTTLS_TWICE)},	    /* D42 */
		{FLAG_REQUIRETLS, BIT(REQUIRETLS)},		    /* G29 */
		{FLAG_REACH_PARTIAL, 0},
	};
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		scene.hosts[0].flags = 1u << flags[i].flag;
		assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
			flags[i].expected);
	}
	/* The domain's own name may be an alias. */
	scene.hosts[0].flags = FLAG_BIT(FLAG_MX_ALIAS);
	scene.domain.implicit = true;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
}

/* G24 */
static void
test_size(void **state)
{
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	scene.facts[0].base = "mx.example.com";
	scene.records[0].len = 1000;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	scene.records[0].len = 1100;
	assert_int_equal(
		lint_domain(&scene.domain, scene.list, NOW), BIT(TLSA_LARGE));
}

/* G33 */
static void
test_families(void **state)
{
	struct scene scene;
	struct fact_host *host = &scene.facts[0];

	(void)state;
	stage(&scene, &quiet);
	host->a.status = host->aaaa.status = ANSWER_DATA;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	host->aaaa.status = ANSWER_NODATA;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_ONE_FAMILY));
	host->aaaa.status = ANSWER_SERVFAIL;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	host->aaaa.status = ANSWER_DATA;
	host->a.status = ANSWER_NODATA;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_ONE_FAMILY));
}

/* G17 */
static void
test_shared_key(void **state)
{
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	scene.domain.host_count = 2;
	scene.hosts[0].leaf_key[0] = 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	scene.hosts[1].leaf_key[0] = 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_SHARED_KEY));
	scene.domain.host_count = 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
}

/* G15, D47 */
static void
test_selective(void **state)
{
	static const struct fact_tls tls;
	struct fact_endpoint endpoints[] = {
		{.phase = FACT_PHASE_DONE, .tls = &tls},
		{.phase = FACT_PHASE_EHLO, .failure = REASON_STARTTLS_ABSENT},
	};
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	scene.facts[0].endpoints = endpoints;
	scene.facts[0].endpoint_count = 2;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(STARTTLS_SELECTIVE));
	endpoints[0] = endpoints[1];
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	/* Offered, if nothing more. */
	endpoints[0].phase = FACT_PHASE_STARTTLS;
	endpoints[0].failure = REASON_STARTTLS_454;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(STARTTLS_SELECTIVE));
	scene.facts[0].endpoint_count = 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	endpoints[0].selective = true;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(STARTTLS_SELECTIVE));
}

/* G34 */
static void
test_default_key(void **state)
{
	/* GnuTLS's key-ed25519.pem. */
	static const uint8_t key[32] = {0xec, 0x35, 0xb9, 0xd2, 0xa9, 0x19,
		0xac, 0x42, 0xaa, 0x4a, 0xb0, 0x76, 0xf4, 0x79, 0x0b, 0xbd,
		0x1a, 0x22, 0xb9, 0x00, 0x2d, 0x1d, 0xa6, 0x8b, 0x01, 0x92,
		0x8b, 0x13, 0xdb, 0x3f, 0x55, 0x9e};
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	memcpy(scene.hosts[0].leaf_key, key, sizeof(key));
	assert_int_equal(
		lint_domain(&scene.domain, scene.list, NOW), BIT(DEFAULT_KEY));
	scene.hosts[0].leaf_key[0] ^= 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
}

/* G28 */
static void
test_servers(void **state)
{
	static const struct fact_server servers[] = {
		{.outcome = OUTCOME_DATA}, {.outcome = OUTCOME_NOTIMP}};
	struct scene scene;

	(void)state;
	stage(&scene, &rows[3]);
	scene.domain.servers = servers;
	scene.domain.server_count = 2;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(NS_INCONSISTENT));
	scene.domain.server_count = 1;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	scene.facts[0].servers = servers;
	scene.facts[0].server_count = 2;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(NS_INCONSISTENT));
}

static void
test_domain(void **state)
{
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	scene.domain.null_mx_pref = true; /* A16 G30 */
	assert_int_equal(
		lint_domain(&scene.domain, scene.list, NOW), BIT(NULL_MX_PREF));
	scene.domain.null_mx_pref = false;
	scene.domain.null_mx_mixed = true; /* A17 G30 */
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(NULL_MX_MIXED));
	scene.domain.null_mx_mixed = false;
	scene.domain.tlsa_misplaced = true; /* B28 */
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(TLSA_MISPLACED));
	scene.domain.tlsa_misplaced = false;
	scene.facts[0].tlsa_misplaced = true;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(TLSA_MISPLACED));
	scene.facts[0].tlsa_misplaced = false;
	scene.domain.host_count = 2;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
	scene.hosts[1].tlsa = TLSA_SKIPPED;
	scene.hosts[1].class = HOST_NO_DNSSEC; /* G25 */
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_WITHOUT_TLSA));
	scene.hosts[1].class = HOST_NO_TLSA;
	scene.hosts[1].reason = REASON_MX_IP_LITERAL; /* A33 */
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_WITHOUT_TLSA) | BIT(MX_IP_LITERAL));
	scene.domain.mx.trust = ANSWER_INSECURE;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
		BIT(MX_IP_LITERAL));
}

/* G20 A05: SHA-1 in the signature of what the verdict rests on. */
static void
test_sha1(void **state)
{
	static const struct {
		uint8_t mx, tlsa;
		uint64_t expected;
	} signers[] = {
		{0, 0, 0},
		{13, 8, 0},
		{5, 13, BIT(DNSSEC_SHA1)},
		{7, 0, BIT(DNSSEC_SHA1)},
		{13, 5, BIT(DNSSEC_SHA1)},
		{13, 7, BIT(DNSSEC_SHA1)},
	};
	struct scene scene;

	(void)state;
	stage(&scene, &rows[3]);
	for (size_t i = 0; i < sizeof(signers) / sizeof(*signers); i++) {
		scene.domain.mx_algorithm = signers[i].mx;
		scene.facts[0].tlsa_algorithm = signers[i].tlsa;
		assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
			signers[i].expected);
	}
}

/* G21 */
static void
test_signature_dates(void **state)
{
	static const struct {
		int from, until; /* days from now; both 0: no signature */
		uint64_t expected;
	} dates[] = {
		{0, 0, 0},
		{-1, 14, 0},
		{-1, 30, 0},
		{-2, 30, BIT(RRSIG_LONG)},
		{-30, 2, BIT(RRSIG_LONG)},
		{-12, 2, 0},
		{-12, 1, BIT(RRSIG_EXPIRING)},
		{-40, 1, BIT(RRSIG_LONG) | BIT(RRSIG_EXPIRING)},
	};
	struct fact_lookup *lookups[2];
	struct scene scene;

	(void)state;
	stage(&scene, &quiet);
	lookups[0] = &scene.domain.mx;
	lookups[1] = &scene.facts[0].tlsa;
	for (size_t i = 0; i < 2 * sizeof(dates) / sizeof(*dates); i++) {
		struct fact_lookup *lookup = lookups[i % 2];
		bool none = dates[i / 2].until == 0;

		lookup->sig_inception =
			none ? 0 : (uint32_t)(NOW + dates[i / 2].from * DAY);
		lookup->sig_expiration =
			none ? 0 : (uint32_t)(NOW + dates[i / 2].until * DAY);
		assert_int_equal(lint_domain(&scene.domain, scene.list, NOW),
			dates[i / 2].expected);
		lookup->sig_inception = lookup->sig_expiration = 0;
	}
	/* Nobody validates what is insecure. */
	scene.domain.mx.trust = ANSWER_INSECURE;
	scene.domain.mx.sig_expiration = NOW;
	assert_int_equal(lint_domain(&scene.domain, scene.list, NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_shared_key),
		cmocka_unit_test(test_selective),
		cmocka_unit_test(test_default_key),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_sha1),
		cmocka_unit_test(test_signature_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
