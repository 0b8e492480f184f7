/*
 * Tests of scanner/core/lint_mtasts.c. The id of a row is that of the
 * conformance matrix, group G.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/lint_mtasts.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NO_POLICY (1u << 0)
#define MX (1u << 1)
#define CERTIFICATE (1u << 2)
#define DANE (1u << 3)

/* What issuers say of the certificates of a host's two addresses. */
enum seen {
	NOTHING,
	GOOD,
	BAD,
	GOOD_AND_BAD,
	GOOD_AND_NOTHING
};

struct row {
	const char *id;
	enum policy_state state;
	enum mtasts_mode mode;
	const char *pattern;
	enum host_class class; /* of mx.example.com */
	enum seen seen;
	unsigned expected;
};

#define ENFORCED POLICY_FETCHED, MTASTS_ENFORCE

static const struct row rows[] = {
	{"G22 all is well", ENFORCED, "mx.example.com", HOST_VALID, GOOD, 0},
	{"G22 wildcard", ENFORCED, "*.example.com", HOST_VALID, GOOD, 0},
	{"G22 no DANE", ENFORCED, "mx.example.com", HOST_NO_TLSA, GOOD, 0},
	{"G22 not contacted", ENFORCED, "mx.example.com", HOST_NO_DNSSEC,
		NOTHING, 0},
	{"G22 not allowed", ENFORCED, "other.example", HOST_NO_TLSA, GOOD, MX},
	{"G22 not allowed, DANE is content", ENFORCED, "*.mx.example.com",
		HOST_VALID, GOOD, MX | DANE},
	{"G22 not allowed, nor by DANE", ENFORCED, "other.example", HOST_BROKEN,
		GOOD, MX},
	{"G22 certificate", ENFORCED, "mx.example.com", HOST_NO_DNSSEC, BAD,
		CERTIFICATE},
	{"G22 certificate of one address", ENFORCED, "mx.example.com",
		HOST_UNREACHABLE, GOOD_AND_BAD, CERTIFICATE},
	{"G22 certificate, DANE is content", ENFORCED, "mx.example.com",
		HOST_VALID, BAD, CERTIFICATE | DANE},
	{"G22 both refuse", ENFORCED, "mx.example.com", HOST_BROKEN, BAD,
		CERTIFICATE},
	{"G22 both refuse one address", ENFORCED, "mx.example.com", HOST_BROKEN,
		GOOD_AND_BAD, CERTIFICATE},
	{"G22 DANE refuses", ENFORCED, "mx.example.com", HOST_BROKEN, GOOD,
		DANE},
	{"G22 DANE refuses, one address", ENFORCED, "mx.example.com",
		HOST_BROKEN, GOOD_AND_NOTHING, DANE},
	{"G22 DANE refuses, nothing seen", ENFORCED, "mx.example.com",
		HOST_BROKEN, NOTHING, 0},
	/* Not allowed: its certificate is of no importance. */
	{"G22 not allowed, certificate", ENFORCED, "other.example",
		HOST_NO_TLSA, BAD, MX},
	{"G22 no address", ENFORCED, "other.example", HOST_NOADDR, NOTHING, 0},
	{"G22 testing", POLICY_FETCHED, MTASTS_TESTING, "other.example",
		HOST_VALID, BAD, 0},
	{"G22 taken back", POLICY_FETCHED, MTASTS_NONE, "other.example",
		HOST_VALID, BAD, 0},
	{"G22 not there", POLICY_HTTP, 0, NULL, HOST_VALID, GOOD, NO_POLICY},
	{"G22 syntax", POLICY_SYNTAX, 0, NULL, HOST_BROKEN, GOOD, NO_POLICY},
	{"G22 no address", POLICY_NO_ADDRESS, 0, NULL, HOST_VALID, BAD,
		NO_POLICY},
	{"G22 not to be contacted", POLICY_BLOCKLISTED, 0, NULL, HOST_VALID,
		BAD, 0},
	{"G22 perhaps our fault", POLICY_FAILED, 0, NULL, HOST_VALID, GOOD, 0},
};

static void
fill(struct verdict_endpoint endpoints[2], enum seen seen)
{
	const struct pkix_result good = {.judged = true};
	const struct pkix_result bad = {
		.judged = true, .error = 18, .reason = PKIX_SELF_SIGNED};

	if (seen == GOOD || seen == GOOD_AND_BAD || seen == GOOD_AND_NOTHING)
		endpoints[0].pkix = good;
	if (seen == GOOD)
		endpoints[1].pkix = good;
	if (seen == BAD)
		endpoints[0].pkix = bad;
	if (seen == BAD || seen == GOOD_AND_BAD)
		endpoints[1].pkix = bad;
}

static uint64_t
lint(const struct row *row, bool truncated)
{
	struct fact_policy policy = {.state = row->state,
		.mode = row->mode,
		.mx = &row->pattern,
		.mx_count = row->pattern != NULL,
		.truncated = truncated};
	struct fact_mtasts mtasts = {
		.state = FACT_TXT_PRESENT, .policy = &policy};
	struct fact_extras extras = {.mtasts = &mtasts};
	struct fact_domain domain = {.extras = &extras, .host_count = 1};
	struct fact_host fact = {.name = "mx.example.com", .endpoint_count = 2};
	struct verdict_endpoint endpoints[2] = {{0}, {0}};
	struct verdict_host host = {
		.fact = &fact, .class = row->class, .endpoints = endpoints};
	const struct verdict_host *hosts[] = {&host};

	fill(endpoints, row->seen);
	return lint_mtasts(&domain, hosts);
}

static uint64_t
lints(unsigned expected)
{
	static const enum lint bits[] = {LINT_MTA_STS_NO_POLICY,
		LINT_MTA_STS_MX, LINT_MTA_STS_CERTIFICATE, LINT_MTA_STS_DANE};
	uint64_t set = 0;

	for (size_t i = 0; i < COUNT(bits); i++)
		if (expected & 1u << i)
			set |= (uint64_t)1 << bits[i];
	return set;
}

static void
test_policies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t found = lint(&rows[i], false);

		if (found != lints(rows[i].expected))
			fail_msg("%s: %" PRIx64 ", expected %" PRIx64,
				rows[i].id, found, lints(rows[i].expected));
	}
}

/* More patterns than are looked at: one of the others may fit. */
static void
test_truncated(void **state)
{
	const struct row row = {
		"G22", ENFORCED, "other.example", HOST_VALID, GOOD, 0};

	(void)state;
	assert_int_equal(lint(&row, true), 0);
	assert_int_equal(lint(&row, false), lints(MX | DANE));
}

/* Two hosts, one of each sort. */
static void
test_two_hosts(void **state)
{
	const char *const patterns[] = {"a.example", "*.b.example"};
	struct fact_policy policy = {.state = POLICY_FETCHED,
		.mode = MTASTS_ENFORCE,
		.mx = patterns,
		.mx_count = 2};
	struct fact_mtasts mtasts = {.policy = &policy};
	struct fact_extras extras = {.mtasts = &mtasts};
	struct fact_domain domain = {.extras = &extras, .host_count = 2};
	struct fact_host facts[] = {
		{.name = "a.example"}, {.name = "b.example"}};
	struct verdict_host verdicts[] = {
		{.fact = &facts[0], .class = HOST_VALID},
		{.fact = &facts[1], .class = HOST_NO_TLSA}};
	const struct verdict_host *hosts[] = {&verdicts[0], &verdicts[1]};

	(void)state;
	assert_int_equal(lint_mtasts(&domain, hosts), lints(MX));
	facts[1].name = "mx.b.example";
	assert_int_equal(lint_mtasts(&domain, hosts), 0);
}

static void
test_not_asked(void **state)
{
	const struct fact_mtasts mtasts = {.state = FACT_TXT_PRESENT};
	struct fact_extras extras = {.mtasts = NULL};
	struct fact_domain domain = {.extras = NULL};

	(void)state;
	assert_int_equal(lint_mtasts(&domain, NULL), 0);
	domain.extras = &extras;
	assert_int_equal(lint_mtasts(&domain, NULL), 0);
	extras.mtasts = &mtasts;
	assert_int_equal(lint_mtasts(&domain, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
