/*
 * Tests of scanner/core/verdict.c: the addresses of a host, and the host. The
 * id of a row is that of the conformance matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/verdict.h"
#include "tests/unit/core/fixture.h"

enum {
	ENDPOINTS = 3
};

struct endpoint_row {
	bool there;
	const char *chain; /* NULL: no TLS */
	enum reason failure;
	bool insecure;
	enum endpoint_class class;
	enum reason reason;
};

struct row {
	const char *id;
	const char *records; /* NULL: a secure denial of TLSA */
	struct endpoint_row endpoints[ENDPOINTS];
	enum host_class class;
	enum reason reason;
	enum tlsa_state tlsa;
	bool outage;
	uint64_t flags;
};

#define OK(chain)                                                         \
	{                                                                 \
		true, chain, REASON_NONE, false, ENDPOINT_OK, REASON_NONE \
	}
#define FAIL(chain, reason)                                            \
	{                                                              \
		true, chain, REASON_NONE, false, ENDPOINT_FAIL, reason \
	}
#define STOPS(reason)                                            \
	{                                                        \
		true, NULL, reason, false, ENDPOINT_FAIL, reason \
	}
#define GONE(reason)                                                \
	{                                                           \
		true, NULL, reason, false, ENDPOINT_UNREACH, reason \
	}
#define TLS(chain)                                                    \
	{                                                             \
		true, chain, REASON_NONE, false, ENDPOINT_TLS_UNAUTH, \
			REASON_NONE                                   \
	}
#define PLAIN(reason)                                             \
	{                                                         \
		true, NULL, reason, false, ENDPOINT_PLAIN, reason \
	}
#define SELECTIVE(chain, reason)                                              \
	{                                                                     \
		true, chain, REASON_STARTTLS_SELECTIVE, false, ENDPOINT_FAIL, \
			reason                                                \
	}
#define NO_MORE                                                           \
	{                                                                 \
		false, NULL, REASON_NONE, false, ENDPOINT_OK, REASON_NONE \
	}

enum {
	PARTLY = FLAG_BIT(FLAG_REACH_PARTIAL),
	AGILITY = FLAG_BIT(FLAG_AGILITY),
	PF_FAILS = FLAG_BIT(FLAG_PF_WOULD_FAIL),
	EXIM_PASSES = FLAG_BIT(FLAG_EXIM_WOULD_PASS),
	MIXED = FLAG_BIT(FLAG_ADDR_MIXED),
};

static const struct row rows[] = {
	{"F01 D01", "3 1 1 L", {OK("L I"), OK("L I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, 0},
	{"F02", "3 1 1 L", {OK("L I"), GONE(REASON_TCP_TIMEOUT)}, HOST_VALID,
		REASON_NONE, TLSA_USABLE, false, PARTLY},
	{"F02 D45", "3 1 1 L", {OK("L I"), GONE(REASON_NO_LOCAL_V6)},
		HOST_VALID, REASON_NONE, TLSA_USABLE, false, 0},
	{"F03", "3 1 1 L", {OK("L I"), FAIL("S", REASON_DANE_NO_MATCH)},
		HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, false, 0},
	{"F04", "3 1 1 L",
		{STOPS(REASON_STARTTLS_ABSENT), GONE(REASON_TCP_REFUSED)},
		HOST_BROKEN, REASON_STARTTLS_ABSENT, TLSA_USABLE, true, 0},
	{"D47 whoever comes again delivers", "3 1 1 L",
		{SELECTIVE("L I", REASON_STARTTLS_SELECTIVE)}, HOST_BROKEN,
		REASON_STARTTLS_SELECTIVE, TLSA_USABLE, false, 0},
	{"D47 and does not match", "3 1 1 L",
		{SELECTIVE("S", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0},
	{"D47 and then refused", "3 1 1 L", {STOPS(REASON_STARTTLS_SELECTIVE)},
		HOST_BROKEN, REASON_STARTTLS_SELECTIVE, TLSA_USABLE, true, 0},
	{"F05", "3 1 1 L", {GONE(REASON_TCP_TIMEOUT), GONE(REASON_BANNER_4XX)},
		HOST_UNREACHABLE, REASON_BANNER_4XX, TLSA_USABLE, false, 0},
	{"F05 not probed", "3 1 1 L", {GONE(REASON_NOT_PROBED)},
		HOST_UNREACHABLE, REASON_NOT_PROBED, TLSA_USABLE, false, 0},
	{"A35", "3 1 1 L", {GONE(REASON_RESERVED_ADDRESS)}, HOST_UNREACHABLE,
		REASON_RESERVED_ADDRESS, TLSA_USABLE, false, 0},
	{"no endpoint", "3 1 1 L", {NO_MORE}, HOST_UNREACHABLE,
		REASON_NOT_PROBED, TLSA_USABLE, false, 0},
	{"F06", "2 1 1 I",
		{STOPS(REASON_STARTTLS_454), STOPS(REASON_TLS_EOF),
			FAIL("Expired I", REASON_CERT_EXPIRED)},
		HOST_BROKEN, REASON_CERT_EXPIRED, TLSA_USABLE, true, 0},
	{"F06", "2 1 1 I",
		{FAIL("Expired I", REASON_CERT_EXPIRED),
			FAIL("Other I", REASON_CERT_NAME_MISMATCH),
			FAIL("S", REASON_DANE_NO_MATCH)},
		HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0},
	{"F07 C02 C23", "0 1 1 R, 1 1 1 L", {TLS("L I"), TLS("S")},
		HOST_UNUSABLE, REASON_PKIX_USAGE, TLSA_UNUSABLE, false, 0},
	{"F07 C05", "4 1 1 L", {TLS("L I")}, HOST_UNUSABLE,
		REASON_UNKNOWN_USAGE, TLSA_UNUSABLE, false, 0},
	{"C23 several causes", "1 1 1 L, 3 2 1 L", {TLS("L I")}, HOST_UNUSABLE,
		REASON_TLSA_ALL_UNUSABLE, TLSA_UNUSABLE, false, 0},
	{"F08", "1 1 1 L", {TLS("L I"), STOPS(REASON_STARTTLS_ABSENT)},
		HOST_BROKEN, REASON_STARTTLS_ABSENT, TLSA_UNUSABLE, false, 0},
	{"F05 unusable", "1 1 1 L", {GONE(REASON_TCP_TIMEOUT)},
		HOST_UNREACHABLE, REASON_TCP_TIMEOUT, TLSA_UNUSABLE, false, 0},
	{"C04", "1 1 1 L, 3 1 1 L", {OK("L I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, 0},
	{"C25 agility", "3 1 1 L, 3 1 2 LN",
		{FAIL("L I", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, AGILITY},
	{"C26", "3 1 2 L, 3 1 1 LN", {OK("L I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, 0},
	{"E16", "2 1 1 R", {FAIL("L I", REASON_TA_NOT_IN_CHAIN)}, HOST_BROKEN,
		REASON_TA_NOT_IN_CHAIN, TLSA_USABLE, true, 0},
	{"E29", "2 1 1 I", {FAIL("Domain I", REASON_CERT_NAME_MISMATCH)},
		HOST_BROKEN, REASON_CERT_NAME_MISMATCH, TLSA_USABLE, true, 0},
	{"E11", "3 1 1 Tiny", {OK("Tiny I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, PF_FAILS},
	{"E10", "3 1 1 Rsa", {OK("Rsa I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, 0},
	{"E40", "2 1 1 S", {FAIL("S", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, EXIM_PASSES},
	{"E41", "2 0 0 S", {FAIL("S", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, EXIM_PASSES},
	{"E43", "2 1 1 L", {FAIL("L I R", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0},
	{"E40 another certificate", "2 1 1 L",
		{FAIL("S", REASON_DANE_NO_MATCH)}, HOST_BROKEN,
		REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0},
	{"E59", "3 1 1 L", {FAIL("", REASON_TLS_HANDSHAKE)}, HOST_BROKEN,
		REASON_TLS_HANDSHAKE, TLSA_USABLE, true, 0},
	{"D36", "3 1 1 L",
		{{true, "L I", REASON_TLS_ALERT_116, false, ENDPOINT_FAIL,
			REASON_TLS_ALERT_116}},
		HOST_BROKEN, REASON_TLS_ALERT_116, TLSA_USABLE, true, 0},
	{"D36 and no match", "3 1 1 L",
		{{true, "S", REASON_TLS_ALERT_116, false, ENDPOINT_FAIL,
			REASON_DANE_NO_MATCH}},
		HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0},
	{"D52", NULL,
		{PLAIN(REASON_STARTTLS_ABSENT), TLS("S"),
			GONE(REASON_TCP_TIMEOUT)},
		HOST_NO_TLSA, REASON_TLSA_NONE, TLSA_NONE_SECURE, false, 0},
	{"A28", "3 1 1 L",
		{OK("L I"), {true, NULL, REASON_PLAIN_POLICY, true,
				    ENDPOINT_PLAIN, REASON_PLAIN_POLICY}},
		HOST_VALID, REASON_NONE, TLSA_USABLE, false, MIXED},
	{"A28 a way around", "3 1 1 L",
		{FAIL("S", REASON_DANE_NO_MATCH),
			{true, NULL, REASON_PLAIN_POLICY, true, ENDPOINT_PLAIN,
				REASON_PLAIN_POLICY}},
		HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, false, MIXED},
	{"A28 contacted", "3 1 1 L",
		{OK("L I"),
			{true, "S", REASON_NONE, true, ENDPOINT_PLAIN,
				REASON_PLAIN_POLICY},
			{true, NULL, REASON_TCP_TIMEOUT, true, ENDPOINT_UNREACH,
				REASON_TCP_TIMEOUT}},
		HOST_VALID, REASON_NONE, TLSA_USABLE, false, MIXED},
};

static struct fact_endpoint
make_endpoint(const struct fixture *f, const struct endpoint_row *row)
{
	struct fact_tls *tls = arena_alloc(f->arena, sizeof(*tls));
	struct fact_endpoint endpoint = {
		.failure = row->failure,
		.insecure = row->insecure,
		.phase = row->failure == REASON_NOT_PROBED ? FACT_PHASE_NONE
							   : FACT_PHASE_DONE,
	};

	if (row->chain != NULL) {
		tls->chain_len = world_chain(
			f->world, row->chain, f->arena, &tls->chain);
		endpoint.tls = tls;
	}
	return endpoint;
}

static struct fact_host *
make_host(const struct fixture *f, const struct row *row)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));

	host->name = host->base = "mx.example.com";
	host->a.status = ANSWER_DATA;
	host->a.trust = ANSWER_SECURE;
	host->aaaa.status = ANSWER_NODATA;
	host->aaaa.trust = ANSWER_SECURE;
	host->tlsa.status = ANSWER_NODATA;
	host->tlsa.trust = ANSWER_SECURE;
	if (row->records != NULL) {
		host->tlsa.status = ANSWER_DATA;
		host->record_count = world_records(
			f->world, row->records, f->arena, &host->records);
	}
	host->endpoints = arena_alloc(
		f->arena, ENDPOINTS * sizeof(*host->endpoints));
	while (host->endpoint_count < ENDPOINTS &&
		row->endpoints[host->endpoint_count].there) {
		size_t i = host->endpoint_count++;

		host->endpoints[i] = make_endpoint(f, &row->endpoints[i]);
		if (row->endpoints[i].insecure) {
			host->aaaa.status = ANSWER_DATA;
			host->aaaa.trust = ANSWER_INSECURE;
		}
	}
	return host;
}

static void
judge(const struct fixture *f, const struct row *row,
	const struct dane_names *names, struct verdict_host *verdict)
{
	verdict_host(
		f->dane, make_host(f, row), names, PKI_NOW, f->arena, verdict);
}

static const char *
text(enum reason reason)
{
	return reason != REASON_NONE ? vocabulary_reason(reason) : "none";
}

static void
test_host(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct verdict_host got;

		judge(f, row, NULL, &got);
		if (got.class != row->class || got.reason != row->reason ||
			got.tlsa != row->tlsa || got.outage != row->outage ||
			got.flags != row->flags)
			fail_msg("%s: %s/%s, %s, outage %d, flags %lx", row->id,
				vocabulary_host_class(got.class),
				text(got.reason),
				vocabulary_tlsa_state(got.tlsa), got.outage,
				(unsigned long)got.flags);
		for (size_t e = 0; e < got.fact->endpoint_count; e++)
			if (got.endpoints[e].class != row->endpoints[e].class ||
				got.endpoints[e].reason !=
					row->endpoints[e].reason)
				fail_msg("%s: endpoint %zu: %s/%s", row->id, e,
					vocabulary_endpoint_class(
						got.endpoints[e].class),
					text(got.endpoints[e].reason));
	}
}

/* A24: the addresses are insecure, and the promise covers them. */
static void
test_insecure_alias(void **state)
{
	static const struct row row = {"A24", "3 1 1 L",
		{{true, "S", REASON_NONE, true, ENDPOINT_FAIL,
			REASON_DANE_NO_MATCH}},
		HOST_BROKEN, REASON_DANE_NO_MATCH, TLSA_USABLE, true, 0};
	const struct fixture *f = *state;
	struct fact_host *host = make_host(f, &row);
	struct verdict_host got;

	host->a.trust = ANSWER_INSECURE;
	host->a.alias = host->aaaa.alias = "mx.unsig.example";
	host->cname.status = ANSWER_DATA;
	host->cname.trust = ANSWER_SECURE;
	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
	assert_int_equal(got.class, HOST_BROKEN);
	assert_int_equal(got.endpoints[0].class, ENDPOINT_FAIL);
}

/* A host whose DNS is broken is an outage whatever a probe said. */
static void
test_dns_outage(void **state)
{
	static const struct row row = {"B17", NULL, {TLS("L I")}, HOST_BROKEN,
		REASON_TLSA_BOGUS, TLSA_ERROR, true, 0};
	const struct fixture *f = *state;
	struct fact_host *host = make_host(f, &row);
	struct verdict_host got;

	host->tlsa.trust = ANSWER_BOGUS;
	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
	assert_int_equal(got.class, HOST_BROKEN);
	assert_int_equal(got.reason, REASON_TLSA_BOGUS);
	assert_true(got.outage);
	assert_int_equal(got.endpoints[0].class, ENDPOINT_TLS_UNAUTH);
	assert_int_equal(got.endpoints[0].dane.usable, 0);
}

/* E28, E29, F22, X33: what the domain's own names change. */
static void
test_names(void **state)
{
	static const struct row row = {"E28", "2 1 1 I",
		{FAIL("Domain I", REASON_CERT_NAME_MISMATCH)}, HOST_BROKEN,
		REASON_CERT_NAME_MISMATCH, TLSA_USABLE, true, 0};
	static const struct row base_row = {"E27", "2 1 1 I", {OK("L I")},
		HOST_VALID, REASON_NONE, TLSA_USABLE, false, 0};
	static const struct row ee_row = {"E01", "3 1 1 Other", {OK("Other I")},
		HOST_VALID, REASON_NONE, TLSA_USABLE, false, 0};
	const struct dane_names names = {
		.base = "ignored.example", .name = {"example.com"}, .count = 1};
	const struct fixture *f = *state;
	struct verdict_host got;

	judge(f, &row, NULL, &got);
	assert_true(verdict_depends_on_names(&got));
	assert_true(got.endpoints[0].dane.match.found);
	judge(f, &row, &names, &got);
	assert_int_equal(got.class, HOST_VALID);
	assert_string_equal(got.endpoints[0].dane.match.name, "example.com");
	assert_int_equal(got.flags, FLAG_BIT(FLAG_NAME_ONLY_NEXTHOP));
	/* Another domain would see it differently. */
	assert_true(verdict_depends_on_names(&got));

	judge(f, &base_row, &names, &got);
	assert_string_equal(got.endpoints[0].dane.match.name, "mx.example.com");
	assert_int_equal(got.flags, 0);
	assert_false(verdict_depends_on_names(&got));
	judge(f, &ee_row, NULL, &got);
	assert_null(got.endpoints[0].dane.match.name);
	assert_false(verdict_depends_on_names(&got));
}

/* E50: with the right name the date is what is left. */
static void
test_names_then_dates(void **state)
{
	static const struct row row = {"E50", "2 1 1 I",
		{FAIL("OtherExpired I", REASON_CERT_NAME_MISMATCH)},
		HOST_BROKEN, REASON_CERT_NAME_MISMATCH, TLSA_USABLE, true, 0};
	const struct dane_names names = {.name = {"other.example"}, .count = 1};
	const struct fixture *f = *state;
	struct verdict_host got;

	judge(f, &row, NULL, &got);
	assert_true(verdict_depends_on_names(&got));
	judge(f, &row, &names, &got);
	assert_int_equal(got.reason, REASON_CERT_EXPIRED);
}

static void
check_record(const struct verdict_record *got, enum usability usability,
	int match, int depth, enum hint hint)
{
	assert_int_equal(got->usability, usability);
	assert_int_equal(got->judged ? got->matched : -1, match);
	assert_int_equal(got->depth, depth);
	assert_int_equal(got->hint, hint);
}

/* Each record for itself: a record matches if it matches every chain. */
static void
test_records(void **state)
{
	static const struct row row = {"records",
		"3 1 1 L, 2 1 1 I, 3 1 1 I, 1 1 1 L, 3 1 1 LN",
		{OK("L I"), OK("L I R"), OK("LN I")}, HOST_VALID, REASON_NONE,
		TLSA_USABLE, false, 0};
	static const struct row unseen = {"not probed", "3 1 1 L",
		{GONE(REASON_NOT_PROBED)}, HOST_UNREACHABLE, REASON_NOT_PROBED,
		TLSA_USABLE, false, 0};
	const struct fixture *f = *state;
	struct verdict_host got;

	judge(f, &row, NULL, &got);
	assert_int_equal(got.class, HOST_VALID);
	check_record(&got.records[0], USABILITY_OK, 0, 0, HINT_NONE);
	check_record(&got.records[1], USABILITY_OK, 1, 1, HINT_NONE);
	check_record(&got.records[2], USABILITY_OK, 0, -1, HINT_USAGE3_ON_CA);
	check_record(&got.records[3], USABILITY_PKIX_USAGE, -1, -1, HINT_NONE);
	check_record(&got.records[4], USABILITY_OK, 0, 0, HINT_NONE);
	judge(f, &unseen, NULL, &got);
	check_record(&got.records[0], USABILITY_OK, -1, -1, HINT_NONE);
}

/* RFC 7672 section 3.2.2, X24, X30 */
static void
test_reference_identifiers(void **state)
{
	struct fact_domain domain = {.name = "example.com"};
	struct dane_names names;

	(void)state;
	domain.mx.status = ANSWER_DATA;
	domain.mx.trust = ANSWER_SECURE;
	verdict_names(&domain, &names);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.name[0], "example.com");

	domain.mx.alias = "expanded.example";
	verdict_names(&domain, &names);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.name[1], "expanded.example");

	domain.mx.trust = ANSWER_INSECURE;
	verdict_names(&domain, &names);
	assert_int_equal(names.count, 0);
	assert_string_equal(names.unvouched, "example.com");

	domain.mx.trust = ANSWER_SECURE;
	domain.mx.status = ANSWER_NODATA;
	domain.implicit = true;
	verdict_names(&domain, &names);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.name[0], "example.com");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_insecure_alias),
		cmocka_unit_test(test_dns_outage),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_then_dates),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_reference_identifiers),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
