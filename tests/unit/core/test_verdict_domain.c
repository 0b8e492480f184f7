/*
 * Tests of scanner/core/verdict_domain.c: from hosts to the domain. The id of a
 * row is that of the conformance matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/verdict.h"

enum {
	HOSTS = 4,
	REASONS = 4
};

struct host_row {
	uint16_t preference; /* 0: no more hosts */
	enum host_class class;
	enum reason reason;
	enum tlsa_state tlsa;
	bool outage;
};

struct row {
	const char *id;
	enum answer_status status;
	enum answer_trust trust;
	struct host_row hosts[HOSTS];

	enum domain_class class;
	enum reason reason;
	enum verdict_severity severity;
	enum verdict_half_dane half_dane;
	uint64_t flags;
};

#define GOOD(n)                                                \
	{                                                      \
		n, HOST_VALID, REASON_NONE, TLSA_USABLE, false \
	}
#define MISMATCH(n)                                                     \
	{                                                               \
		n, HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, true \
	}
#define HALF_BAD(n)                                                     \
	{                                                               \
		n, HOST_BROKEN, REASON_CERT_EXPIRED, TLSA_USABLE, false \
	}
#define BOGUS(n)                                                    \
	{                                                           \
		n, HOST_BROKEN, REASON_TLSA_BOGUS, TLSA_ERROR, true \
	}
#define PKIX(n)                                                           \
	{                                                                 \
		n, HOST_UNUSABLE, REASON_PKIX_USAGE, TLSA_UNUSABLE, false \
	}
#define NONE(n)                                                            \
	{                                                                  \
		n, HOST_NO_TLSA, REASON_TLSA_NONE, TLSA_NONE_SECURE, false \
	}
#define UNSIGNED(n)                                                          \
	{                                                                    \
		n, HOST_NO_DNSSEC, REASON_ADDR_INSECURE, TLSA_SKIPPED, false \
	}
#define LOST(n)                                                                \
	{                                                                      \
		n, HOST_INDETERMINATE, REASON_ADDR_SERVFAIL, TLSA_ERROR, false \
	}
#define DEAD(n)                                                             \
	{                                                                   \
		n, HOST_UNREACHABLE, REASON_TCP_TIMEOUT, TLSA_USABLE, false \
	}
#define IDLE(n)                                                            \
	{                                                                  \
		n, HOST_UNREACHABLE, REASON_NOT_PROBED, TLSA_USABLE, false \
	}
#define LISTED(n)                                                            \
	{                                                                    \
		n, HOST_UNREACHABLE, REASON_BLOCKLISTED, TLSA_SKIPPED, false \
	}
#define NXD(n)                                                                \
	{                                                                     \
		n, HOST_NOADDR, REASON_MX_TARGET_NXDOMAIN, TLSA_NOADDR, false \
	}
#define NOADDR(n)                                                           \
	{                                                                   \
		n, HOST_NOADDR, REASON_MX_TARGET_NOADDR, TLSA_NOADDR, false \
	}

enum {
	PARTLY = FLAG_BIT(FLAG_REACH_PARTIAL),
	DNS_ERROR = FLAG_BIT(FLAG_DNS_ERROR_HOSTS),
	FALLS = FLAG_BIT(FLAG_FALLS_TO_UNPROTECTED),
	PRIMARY = FLAG_BIT(FLAG_PRIMARY_ONLY),
	BACKUP = FLAG_BIT(FLAG_BACKUP_ONLY),
	UNUSABLE_MIX = FLAG_BIT(FLAG_UNUSABLE_MIX),
};

#define SECURE ANSWER_DATA, ANSWER_SECURE
#define INSECURE ANSWER_DATA, ANSWER_INSECURE
#define IMPLICIT ANSWER_NODATA, ANSWER_SECURE
#define IMPLICIT_INSECURE ANSWER_NODATA, ANSWER_INSECURE
#define DEGRADED VERDICT_SEVERITY_DEGRADED, VERDICT_HALF_NULL
#define OUTAGE VERDICT_SEVERITY_OUTAGE, VERDICT_HALF_NULL
#define PLAIN VERDICT_SEVERITY_NULL, VERDICT_HALF_NULL
#define HALF(what) VERDICT_SEVERITY_NULL, VERDICT_HALF_##what

static const struct row rows[] = {
	/* The MX answer */
	{"A06 A07", ANSWER_DATA, ANSWER_BOGUS, {{0}}, CLASS_BROKEN,
		REASON_MX_BOGUS, OUTAGE, 0},
	{"A10", ANSWER_NXDOMAIN, ANSWER_BOGUS, {{0}}, CLASS_BROKEN,
		REASON_MX_BOGUS, OUTAGE, 0},
	{"A14", ANSWER_NODATA, ANSWER_BOGUS, {{0}}, CLASS_BROKEN,
		REASON_MX_BOGUS, OUTAGE, 0},
	{"A08 A20", ANSWER_SERVFAIL, ANSWER_NONE, {{0}}, CLASS_INDETERMINATE,
		REASON_MX_SERVFAIL, PLAIN, 0},
	{"A08", ANSWER_TIMEOUT, ANSWER_NONE, {{0}}, CLASS_INDETERMINATE,
		REASON_MX_TIMEOUT, PLAIN, 0},
	{"A09", ANSWER_NXDOMAIN, ANSWER_SECURE, {{0}}, CLASS_NO_MAIL,
		REASON_NXDOMAIN, PLAIN, 0},
	{"A09 insecure", ANSWER_NXDOMAIN, ANSWER_INSECURE, {{0}}, CLASS_NO_MAIL,
		REASON_NXDOMAIN, PLAIN, 0},
	{"not asked", ANSWER_SKIPPED, ANSWER_NONE, {{0}}, CLASS_INDETERMINATE,
		REASON_NOT_PROBED, PLAIN, 0},
	{"all hosts blocklisted", SECURE, {LISTED(10), LISTED(20)},
		CLASS_INDETERMINATE, REASON_BLOCKLISTED, PLAIN, 0},
	{"one blocklisted, one silent", SECURE, {LISTED(10), DEAD(20)},
		CLASS_INDETERMINATE, REASON_UNREACHABLE, PLAIN, 0},
	{"one blocklisted, one not probed", SECURE, {LISTED(10), IDLE(20)},
		CLASS_INDETERMINATE, REASON_NOT_PROBED, PLAIN, 0},
	{"D45 the scanner has no IPv6, the domain nothing else", SECURE,
		{{10, HOST_UNREACHABLE, REASON_NO_LOCAL_V6, TLSA_USABLE,
			false}},
		CLASS_INDETERMINATE, REASON_UNREACHABLE, PLAIN, 0},
	{"one blocklisted, one valid", SECURE, {LISTED(10), GOOD(20)},
		CLASS_VALID, REASON_NONE, PLAIN, PARTLY},
	{"all exchanges malformed", SECURE, {{0}}, CLASS_NO_MAIL,
		REASON_MX_BAD_NAME, PLAIN, 0},
	/* Implicit MX */
	{"F21", IMPLICIT, {GOOD(1)}, CLASS_VALID, REASON_NONE, PLAIN, 0},
	{"F21", IMPLICIT, {NONE(1)}, CLASS_NO_TLSA, REASON_TLSA_NONE, PLAIN, 0},
	{"A12", IMPLICIT_INSECURE, {GOOD(1)}, CLASS_NO_DNSSEC,
		REASON_MX_DENIAL_INSECURE, HALF(ALL), 0},
	{"A12 unsigned", IMPLICIT_INSECURE, {UNSIGNED(1)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(NONE), 0},
	{"A13", IMPLICIT, {NOADDR(1)}, CLASS_NO_MAIL, REASON_NO_ADDRESS, PLAIN,
		0},
	{"A13 insecure", IMPLICIT_INSECURE, {NOADDR(1)}, CLASS_NO_MAIL,
		REASON_NO_ADDRESS, PLAIN, 0},
	/* No host */
	{"A30", SECURE, {NXD(10)}, CLASS_NO_MAIL, REASON_MX_TARGET_NXDOMAIN,
		PLAIN, 0},
	{"A30", INSECURE, {NOADDR(10), NXD(20)}, CLASS_NO_MAIL,
		REASON_MX_TARGET_NOADDR, PLAIN, 0},
	{"noaddr ignored", SECURE, {NXD(10), GOOD(20)}, CLASS_VALID,
		REASON_NONE, PLAIN, 0},
	/* Insecure MX */
	{"A02 F17", INSECURE, {UNSIGNED(10)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(NONE), 0},
	{"A03 F17", INSECURE, {GOOD(10)}, CLASS_NO_DNSSEC, REASON_MX_INSECURE,
		HALF(ALL), 0},
	{"F17 some", INSECURE, {GOOD(10), NONE(20)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(SOME), 0},
	{"F17 broken", INSECURE, {GOOD(10), MISMATCH(20)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(BROKEN), 0},
	{"F17 unreachable", INSECURE, {DEAD(10)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(ALL), 0},
	{"F17 unusable", INSECURE, {PKIX(10)}, CLASS_NO_DNSSEC,
		REASON_MX_INSECURE, HALF(NONE), 0},
	/* Secure MX */
	{"F11", SECURE, {GOOD(10), GOOD(20)}, CLASS_VALID, REASON_NONE, PLAIN,
		0},
	{"F12 primary", SECURE, {GOOD(10), NONE(20)}, CLASS_PARTIAL,
		REASON_TLSA_NONE, PLAIN, PRIMARY},
	{"F12 backup", SECURE, {UNSIGNED(10), GOOD(20)}, CLASS_PARTIAL,
		REASON_ADDR_INSECURE, PLAIN, BACKUP},
	{"F12 neither", SECURE, {GOOD(10), NONE(10)}, CLASS_PARTIAL,
		REASON_TLSA_NONE, PLAIN, 0},
	{"F13", SECURE, {MISMATCH(10), GOOD(20)}, CLASS_BROKEN,
		REASON_DANE_NO_MATCH, DEGRADED, 0},
	{"F13 bogus", SECURE, {GOOD(10), BOGUS(20)}, CLASS_BROKEN,
		REASON_TLSA_BOGUS, DEGRADED, 0},
	{"F14", SECURE, {MISMATCH(10), BOGUS(20)}, CLASS_BROKEN,
		REASON_TLSA_BOGUS, OUTAGE, 0},
	{"F14 others unreachable", SECURE, {MISMATCH(10), DEAD(20)},
		CLASS_BROKEN, REASON_DANE_NO_MATCH, OUTAGE, PARTLY},
	{"F03 F09", SECURE, {HALF_BAD(10)}, CLASS_BROKEN, REASON_CERT_EXPIRED,
		DEGRADED, 0},
	{"F15", SECURE, {MISMATCH(10), NONE(20)}, CLASS_BROKEN,
		REASON_DANE_NO_MATCH, DEGRADED, FALLS},
	{"F15 equal preference", SECURE, {MISMATCH(10), NONE(10)}, CLASS_BROKEN,
		REASON_DANE_NO_MATCH, DEGRADED, FALLS},
	{"F15 a good one between", SECURE, {MISMATCH(10), GOOD(20), NONE(30)},
		CLASS_BROKEN, REASON_DANE_NO_MATCH, DEGRADED, 0},
	{"F15 reversed", SECURE, {NONE(10), MISMATCH(20)}, CLASS_BROKEN,
		REASON_DANE_NO_MATCH, DEGRADED, 0},
	{"F16 unsigned", SECURE, {UNSIGNED(10), UNSIGNED(20)}, CLASS_NO_TLSA,
		REASON_MXHOST_UNSIGNED, PLAIN, 0},
	{"F16 mixed", SECURE, {UNSIGNED(10), NONE(20)}, CLASS_NO_TLSA,
		REASON_TLSA_NONE, PLAIN, 0},
	{"A33", SECURE,
		{{10, HOST_NO_TLSA, REASON_MX_IP_LITERAL, TLSA_SKIPPED, false}},
		CLASS_NO_TLSA, REASON_TLSA_NONE, PLAIN, 0},
	{"F18", SECURE, {LOST(10), GOOD(20)}, CLASS_VALID, REASON_NONE, PLAIN,
		DNS_ERROR},
	{"F18 alone", SECURE, {LOST(10)}, CLASS_INDETERMINATE,
		REASON_ADDR_SERVFAIL, PLAIN, 0},
	{"F18 beside no TLSA", SECURE, {LOST(10), NONE(20)}, CLASS_NO_TLSA,
		REASON_TLSA_NONE, PLAIN, DNS_ERROR},
	{"F19", SECURE, {PKIX(10)}, CLASS_UNUSABLE, REASON_PKIX_USAGE, PLAIN,
		0},
	{"F19 mixed", SECURE, {GOOD(10), PKIX(20)}, CLASS_PARTIAL,
		REASON_PKIX_USAGE, PLAIN, PRIMARY | UNUSABLE_MIX},
	{"F19 beside no TLSA", SECURE, {PKIX(10), NONE(20)}, CLASS_UNUSABLE,
		REASON_PKIX_USAGE, PLAIN, 0},
	{"F20", SECURE, {DEAD(10), DEAD(20)}, CLASS_INDETERMINATE,
		REASON_UNREACHABLE, PLAIN, 0},
	{"F20 not probed", SECURE, {IDLE(10)}, CLASS_INDETERMINATE,
		REASON_NOT_PROBED, PLAIN, 0},
	{"F20 beside no TLSA", SECURE, {DEAD(10), NONE(20)},
		CLASS_INDETERMINATE, REASON_UNREACHABLE, PLAIN, PARTLY},
	{"section 2: reach-partial", SECURE, {DEAD(10), GOOD(20)}, CLASS_VALID,
		REASON_NONE, PLAIN, PARTLY},
};

struct scene {
	struct fact_host facts[HOSTS];
	struct fact_mx mx[HOSTS];
	struct verdict_host hosts[HOSTS];
	const struct verdict_host *list[HOSTS];
	struct fact_domain domain;
};

static void
stage(struct scene *scene, const struct row *row)
{
	size_t count = 0;

	memset(scene, 0, sizeof(*scene));
	for (; count < HOSTS && row->hosts[count].preference > 0; count++) {
		const struct host_row *host = &row->hosts[count];

		scene->mx[count].preference = host->preference;
		scene->mx[count].host = &scene->facts[count];
		scene->hosts[count].fact = &scene->facts[count];
		scene->facts[count].a.status = ANSWER_DATA;
		scene->facts[count].a.trust = host->class == HOST_NO_DNSSEC
						      ? ANSWER_INSECURE
						      : ANSWER_SECURE;
		scene->hosts[count].class = host->class;
		scene->hosts[count].reason = host->reason;
		scene->hosts[count].tlsa = host->tlsa;
		scene->hosts[count].outage = host->outage;
		scene->list[count] = &scene->hosts[count];
	}
	scene->domain.name = "example.com";
	scene->domain.mx.status = row->status;
	scene->domain.mx.trust = row->trust;
	scene->domain.implicit = row->status == ANSWER_NODATA &&
				 row->trust != ANSWER_BOGUS;
	scene->domain.hosts = scene->mx;
	scene->domain.host_count = count;
}

static void
test_domain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct verdict_domain got;
		struct scene scene;

		stage(&scene, row);
		verdict_domain(&scene.domain, scene.list, &got);
		if (got.class != row->class || got.reason != row->reason)
			fail_msg("%s: %s/%s", row->id,
				vocabulary_class(got.class),
				got.reason != REASON_NONE
					? vocabulary_reason(got.reason)
					: "none");
		if (got.severity != row->severity ||
			got.half_dane != row->half_dane ||
			got.flags != row->flags)
			fail_msg("%s: severity %d, half_dane %d, flags %lx",
				row->id, got.severity, got.half_dane,
				(unsigned long)got.flags);
		/* The reason leads the list. */
		if (got.reason == REASON_NONE)
			assert_int_equal(got.reason_count, 0);
		else
			assert_int_equal(got.reasons[0], got.reason);
	}
}

/* A12: addresses behind an insecure alias do not show that the domain is
   signed, even where the alias has TLSA records (A24). */
static void
test_insecure_alias_without_mx(void **state)
{
	static const struct row row = {"A12", IMPLICIT_INSECURE, {GOOD(1)},
		CLASS_NO_DNSSEC, REASON_MX_INSECURE, HALF(ALL), 0};
	struct verdict_domain got;
	struct scene scene;

	(void)state;
	stage(&scene, &row);
	scene.facts[0].a.trust = ANSWER_INSECURE;
	scene.facts[0].a.alias = "mx.unsig.example";
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.class, row.class);
	assert_int_equal(got.reason, row.reason);
	assert_int_equal(got.half_dane, row.half_dane);
}

/* A15, A16, A17 */
static void
test_null_mx(void **state)
{
	static const struct row mixed = {
		"A17", SECURE, {GOOD(10)}, CLASS_VALID, REASON_NONE, PLAIN, 0};
	struct verdict_domain got;
	struct scene scene;

	(void)state;
	stage(&scene, &mixed);
	scene.domain.null_mx_mixed = true;
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.class, CLASS_VALID);
	assert_int_equal(got.flags, FLAG_BIT(FLAG_NULL_MX_MIXED) |
					    FLAG_BIT(FLAG_PF_NULLMX)); /* A17 */

	scene.domain.null_mx_mixed = false;
	scene.domain.cname_loop = true;	    /* A20 */
	scene.domain.mx.unsupported = true; /* A04 */
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.flags,
		FLAG_BIT(FLAG_CNAME_LOOP) | FLAG_BIT(FLAG_UNSUPPORTED_ALG));
	scene.domain.cname_loop = scene.domain.mx.unsupported = false;
	scene.domain.null_mx = true;
	scene.domain.host_count = 0;
	verdict_domain(&scene.domain, NULL, &got);
	assert_int_equal(got.class, CLASS_NO_MAIL);
	assert_int_equal(got.reason, REASON_NULL_MX);
}

/* A36: never valid in silence. */
static void
test_truncated(void **state)
{
	static const struct row row = {
		"A36", SECURE, {GOOD(10)}, CLASS_VALID, REASON_NONE, PLAIN, 0};
	struct verdict_domain got;
	struct scene scene;

	(void)state;
	stage(&scene, &row);
	scene.domain.truncated = true;
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.flags, FLAG_BIT(FLAG_TRUNCATED));
	scene.domain.truncated = false;
	scene.hosts[0].flags = FLAG_BIT(FLAG_TRUNCATED);
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.flags, FLAG_BIT(FLAG_TRUNCATED));
}

/* F06: all reasons, worst first, each once. */
static void
test_reasons(void **state)
{
	static const struct row row = {"F06", SECURE,
		{NONE(10), HALF_BAD(20), MISMATCH(30), MISMATCH(40)},
		CLASS_BROKEN, REASON_DANE_NO_MATCH, DEGRADED, 0};
	static const enum reason expected[REASONS] = {REASON_DANE_NO_MATCH,
		REASON_CERT_EXPIRED, REASON_STARTTLS_ABSENT, REASON_TLSA_NONE};
	struct verdict_endpoint endpoints[] = {
		{.class = ENDPOINT_FAIL, .reason = REASON_STARTTLS_ABSENT},
		{.class = ENDPOINT_FAIL, .reason = REASON_CERT_EXPIRED},
		{.class = ENDPOINT_UNREACH, .reason = REASON_TCP_TIMEOUT},
	};
	struct verdict_domain got;
	struct scene scene;

	(void)state;
	stage(&scene, &row);
	scene.hosts[1].endpoints = endpoints;
	scene.facts[1].endpoint_count = 3;
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.reason_count, REASONS);
	for (size_t i = 0; i < REASONS; i++)
		assert_int_equal(got.reasons[i], expected[i]);
}

/* More reasons than there is room for: the worst are kept. */
static void
test_many_reasons(void **state)
{
	static const struct row row = {"F06", SECURE, {MISMATCH(10)},
		CLASS_BROKEN, REASON_DANE_NO_MATCH, OUTAGE, 0};
	struct verdict_endpoint endpoints[20];
	struct verdict_domain got;
	struct scene scene;

	(void)state;
	stage(&scene, &row);
	for (size_t i = 0; i < 20; i++)
		endpoints[i] = (struct verdict_endpoint){.class = ENDPOINT_FAIL,
			.reason = (enum reason)(REASON_TLS_ALERT_120 - i)};
	scene.hosts[0].endpoints = endpoints;
	scene.facts[0].endpoint_count = 20;
	verdict_domain(&scene.domain, scene.list, &got);
	assert_int_equal(got.reason_count, 16);
	assert_int_equal(got.reasons[0], REASON_DANE_NO_MATCH);
	assert_int_equal(got.reasons[1], REASON_TLS_ALERT_120 - 19);
	assert_int_equal(got.reasons[15], REASON_TLS_ALERT_120 - 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_insecure_alias_without_mx),
		cmocka_unit_test(test_null_mx),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_many_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
