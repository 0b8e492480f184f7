/*
 * Tests of scanner/core/standing.c: what DNS alone says of a host. The id of a
 * row is that of the conformance matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/standing.h"

#define SECURE_DATA                                                          \
	{                                                                    \
		.status = ANSWER_DATA, .trust = ANSWER_SECURE, .ttl_s = 3600 \
	}
#define INSECURE_DATA                                                          \
	{                                                                      \
		.status = ANSWER_DATA, .trust = ANSWER_INSECURE, .ttl_s = 3600 \
	}
#define INSECURE_ALIAS                                                        \
	{                                                                     \
		.status = ANSWER_DATA, .trust = ANSWER_INSECURE, .ttl_s = 60, \
		.alias = "mx.unsig"                                           \
	}
#define SECURE_ALIAS                                                        \
	{                                                                   \
		.status = ANSWER_DATA, .trust = ANSWER_SECURE, .ttl_s = 60, \
		.alias = "mxb.example"                                      \
	}
#define NODATA                                                  \
	{                                                       \
		.status = ANSWER_NODATA, .trust = ANSWER_SECURE \
	}
#define INSECURE_NODATA                                           \
	{                                                         \
		.status = ANSWER_NODATA, .trust = ANSWER_INSECURE \
	}
#define NXDOMAIN                                                  \
	{                                                         \
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_SECURE \
	}
#define INSECURE_NXDOMAIN                                           \
	{                                                           \
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_INSECURE \
	}
#define BOGUS_DATA                                            \
	{                                                     \
		.status = ANSWER_DATA, .trust = ANSWER_BOGUS, \
		.why = "signature expired"                    \
	}
#define BOGUS_NXDOMAIN                                           \
	{                                                        \
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_BOGUS \
	}
#define SERVFAIL                                                \
	{                                                       \
		.status = ANSWER_SERVFAIL, .trust = ANSWER_NONE \
	}
#define TIMEOUT                                                \
	{                                                      \
		.status = ANSWER_TIMEOUT, .trust = ANSWER_NONE \
	}
#define REFUSED                                                \
	{                                                      \
		.status = ANSWER_REFUSED, .trust = ANSWER_NONE \
	}
#define NOTIMP                                                \
	{                                                     \
		.status = ANSWER_NOTIMP, .trust = ANSWER_NONE \
	}
#define FORMERR                                                \
	{                                                      \
		.status = ANSWER_FORMERR, .trust = ANSWER_NONE \
	}
#define SKIPPED                                                \
	{                                                      \
		.status = ANSWER_SKIPPED, .trust = ANSWER_NONE \
	}

struct row {
	const char *id;
	enum reason refused;
	struct fact_lookup a, aaaa, cname, tlsa;
	bool dane;
	enum host_class class;
	enum reason reason;
	enum tlsa_state state;
	uint64_t flags;
};

enum {
	MIXED = FLAG_BIT(FLAG_ADDR_MIXED),
	ALIAS = FLAG_BIT(FLAG_MX_ALIAS),
};

static const struct row rows[] = {
	/* Names */
	{"A33", REASON_MX_IP_LITERAL, SKIPPED, SKIPPED, SKIPPED, SKIPPED, false,
		HOST_NO_TLSA, REASON_MX_IP_LITERAL, TLSA_SKIPPED, 0},
	{"A34", REASON_MX_BAD_NAME, SKIPPED, SKIPPED, SKIPPED, SKIPPED, false,
		HOST_NOADDR, REASON_MX_BAD_NAME, TLSA_NOADDR, 0},
	{"A43", REASON_NAME_TOO_LONG, SECURE_DATA, NODATA, SKIPPED, SKIPPED,
		false, HOST_NO_TLSA, REASON_NAME_TOO_LONG, TLSA_SKIPPED, 0},
	{"blocklist", REASON_BLOCKLISTED, SKIPPED, SKIPPED, SKIPPED, SKIPPED,
		false, HOST_UNREACHABLE, REASON_BLOCKLISTED, TLSA_SKIPPED, 0},
	/* Addresses */
	{"A02 A27", REASON_NONE, INSECURE_DATA, INSECURE_NODATA, SKIPPED,
		SKIPPED, false, HOST_NO_DNSSEC, REASON_ADDR_INSECURE,
		TLSA_SKIPPED, 0},
	{"A28 insecure denial", REASON_NONE, SECURE_DATA, INSECURE_NODATA,
		SKIPPED, SECURE_DATA, true, 0, 0, TLSA_USABLE, 0},
	{"A28 insecure AAAA", REASON_NONE, SECURE_DATA, INSECURE_DATA, SKIPPED,
		SECURE_DATA, true, 0, 0, TLSA_USABLE, MIXED},
	{"A28 insecure A", REASON_NONE, INSECURE_DATA, SECURE_DATA, SKIPPED,
		SECURE_DATA, true, 0, 0, TLSA_USABLE, MIXED},
	{"A28 bogus AAAA", REASON_NONE, SECURE_DATA, BOGUS_DATA, SKIPPED,
		SECURE_DATA, true, 0, 0, TLSA_USABLE, MIXED},
	{"A28 AAAA fails", REASON_NONE, SECURE_DATA, SERVFAIL, SKIPPED,
		SECURE_DATA, true, 0, 0, TLSA_USABLE, MIXED},
	{"A28 insecure A, AAAA fails", REASON_NONE, INSECURE_DATA, SERVFAIL,
		SKIPPED, SKIPPED, false, HOST_NO_DNSSEC, REASON_ADDR_INSECURE,
		TLSA_SKIPPED, 0},
	{"A06 at the host", REASON_NONE, BOGUS_DATA, BOGUS_NXDOMAIN, SKIPPED,
		SKIPPED, false, HOST_BROKEN, REASON_ADDR_BOGUS, TLSA_ERROR, 0},
	{"bogus, no other address", REASON_NONE, NODATA, BOGUS_DATA, SKIPPED,
		SKIPPED, false, HOST_BROKEN, REASON_ADDR_BOGUS, TLSA_ERROR, 0},
	{"bogus before failure", REASON_NONE, TIMEOUT, BOGUS_DATA, SKIPPED,
		SKIPPED, false, HOST_BROKEN, REASON_ADDR_BOGUS, TLSA_ERROR, 0},
	{"A08 at the host", REASON_NONE, SERVFAIL, SERVFAIL, SKIPPED, SKIPPED,
		false, HOST_INDETERMINATE, REASON_ADDR_SERVFAIL, TLSA_ERROR, 0},
	{"no address, AAAA fails", REASON_NONE, NODATA, TIMEOUT, SKIPPED,
		SKIPPED, false, HOST_INDETERMINATE, REASON_ADDR_TIMEOUT,
		TLSA_ERROR, 0},
	{"A refused", REASON_NONE, REFUSED, NODATA, SKIPPED, SKIPPED, false,
		HOST_INDETERMINATE, REASON_ADDR_REFUSED, TLSA_ERROR, 0},
	{"A30", REASON_NONE, NXDOMAIN, NXDOMAIN, SKIPPED, SKIPPED, false,
		HOST_NOADDR, REASON_MX_TARGET_NXDOMAIN, TLSA_NOADDR, 0},
	{"A30 B34", REASON_NONE, NODATA, INSECURE_NODATA, SKIPPED, SKIPPED,
		false, HOST_NOADDR, REASON_MX_TARGET_NOADDR, TLSA_NOADDR, 0},
	{"nothing asked", REASON_NONE, SKIPPED, SKIPPED, SKIPPED, SKIPPED,
		false, HOST_INDETERMINATE, REASON_INTERNAL, TLSA_SKIPPED, 0},
	/* Aliases */
	{"A22", REASON_NONE, SECURE_ALIAS, NODATA, SKIPPED, SECURE_DATA, true,
		0, 0, TLSA_USABLE, ALIAS},
	{"A24", REASON_NONE, INSECURE_ALIAS, INSECURE_NODATA, SECURE_DATA,
		SECURE_DATA, true, 0, 0, TLSA_USABLE, ALIAS},
	{"A24 first hop insecure", REASON_NONE, INSECURE_ALIAS, INSECURE_NODATA,
		INSECURE_DATA, SKIPPED, false, HOST_NO_DNSSEC,
		REASON_ADDR_INSECURE, TLSA_SKIPPED, ALIAS},
	{"A24 first hop bogus", REASON_NONE, INSECURE_ALIAS, INSECURE_NODATA,
		BOGUS_DATA, SKIPPED, false, HOST_BROKEN, REASON_ADDR_BOGUS,
		TLSA_ERROR, ALIAS},
	{"A21 first hop made up from a DNAME", REASON_NONE, INSECURE_ALIAS,
		INSECURE_NODATA, BOGUS_DATA, SECURE_DATA, true, 0, 0,
		TLSA_USABLE, ALIAS},
	{"A21 … and no TLSA", REASON_NONE, INSECURE_ALIAS, INSECURE_NODATA,
		BOGUS_DATA, INSECURE_NODATA, false, HOST_NO_TLSA,
		REASON_TLSA_DENIAL_INSECURE, TLSA_NONE_INSECURE, ALIAS},
	{"A24 first hop fails", REASON_NONE, INSECURE_ALIAS, INSECURE_NODATA,
		TIMEOUT, SKIPPED, false, HOST_INDETERMINATE,
		REASON_ADDR_TIMEOUT, TLSA_ERROR, ALIAS},
	/* TLSA */
	{"B01", REASON_NONE, SECURE_DATA, SECURE_DATA, SKIPPED, SECURE_DATA,
		true, 0, 0, TLSA_USABLE, 0},
	{"B02", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, NODATA, false,
		HOST_NO_TLSA, REASON_TLSA_NONE, TLSA_NONE_SECURE, 0},
	{"B03", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, NXDOMAIN, false,
		HOST_NO_TLSA, REASON_TLSA_NONE, TLSA_NONE_SECURE, 0},
	{"B05 B06", REASON_NONE, SECURE_DATA, NODATA, SKIPPED,
		INSECURE_NXDOMAIN, false, HOST_NO_TLSA,
		REASON_TLSA_DENIAL_INSECURE, TLSA_NONE_INSECURE, 0},
	{"B08", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, INSECURE_DATA, false,
		HOST_NO_TLSA, REASON_TLSA_INSECURE, TLSA_INSECURE, 0},
	{"B10", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, INSECURE_ALIAS,
		false, HOST_NO_TLSA, REASON_TLSA_CNAME_INSECURE, TLSA_INSECURE,
		0},
	{"B17 B18", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, BOGUS_DATA,
		false, HOST_BROKEN, REASON_TLSA_BOGUS, TLSA_ERROR, 0},
	{"B19", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, BOGUS_NXDOMAIN,
		false, HOST_BROKEN, REASON_TLSA_BOGUS, TLSA_ERROR, 0},
	{"B13 B20", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, SERVFAIL, false,
		HOST_BROKEN, REASON_TLSA_SERVFAIL, TLSA_ERROR, 0},
	{"B21", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, REFUSED, false,
		HOST_BROKEN, REASON_TLSA_REFUSED, TLSA_ERROR, 0},
	{"B24", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, TIMEOUT, false,
		HOST_BROKEN, REASON_TLSA_TIMEOUT, TLSA_ERROR, 0},
	{"section 2", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, NOTIMP, false,
		HOST_BROKEN, REASON_TLSA_NOTIMP, TLSA_ERROR, 0},
	{"section 2", REASON_NONE, SECURE_DATA, NODATA, SKIPPED, FORMERR, false,
		HOST_BROKEN, REASON_TLSA_FORMERR, TLSA_ERROR, 0},
};

static void
test_standing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		const struct fact_host host = {.name = "mx.example.com",
			.refused = row->refused,
			.a = row->a,
			.aaaa = row->aaaa,
			.cname = row->cname,
			.tlsa = row->tlsa};
		struct standing got;

		standing_of(&host, &got);
		if (got.dane != row->dane || got.tlsa != row->state ||
			got.flags != row->flags)
			fail_msg("%s: dane %d, state %s, flags %lx", row->id,
				got.dane, vocabulary_tlsa_state(got.tlsa),
				(unsigned long)got.flags);
		if (!row->dane &&
			(got.class != row->class || got.reason != row->reason))
			fail_msg("%s: %s/%s", row->id,
				vocabulary_host_class(got.class),
				vocabulary_reason(got.reason));
	}
}

/* B14, B15: a wildcard's records count where they are proven. */
static void
test_wildcard(void **state)
{
	struct fact_host host = {.name = "mx.example.com",
		.a = SECURE_DATA,
		.aaaa = NODATA,
		.tlsa = SECURE_DATA,
		.tlsa_wildcard = true};
	struct standing got;

	(void)state;
	standing_of(&host, &got);
	assert_true(got.dane);
	host.tlsa.trust = ANSWER_INSECURE;
	standing_of(&host, &got);
	assert_false(got.dane);
	assert_int_equal(got.tlsa, TLSA_INSECURE);
	assert_int_equal(got.reason, REASON_TLSA_WILDCARD_OPTOUT);
	host.tlsa.alias = "dane.example.net";
	standing_of(&host, &got);
	assert_int_equal(got.reason, REASON_TLSA_CNAME_INSECURE);
}

/* Which addresses the promise covers. */
static void
test_covers(void **state)
{
	const struct fact_endpoint secure = {.insecure = false};
	const struct fact_endpoint insecure = {.insecure = true};
	const struct standing mixed = {.dane = true, .family_secure = true};
	const struct standing alias = {.dane = true, .family_secure = false};
	const struct standing none = {.dane = false, .family_secure = true};

	(void)state;
	assert_true(standing_covers(&mixed, &secure));
	assert_false(standing_covers(&mixed, &insecure)); /* A28 */
	assert_true(standing_covers(&alias, &insecure));  /* A24 */
	assert_false(standing_covers(&none, &secure));
}

/* A36, A41 */
static void
test_flags(void **state)
{
	struct fact_host host = {.name = "example",
		.a = SECURE_DATA,
		.aaaa = NODATA,
		.tlsa = NODATA,
		.truncated = true};
	struct standing got;

	(void)state;
	standing_of(&host, &got);
	assert_int_equal(
		got.flags, FLAG_BIT(FLAG_MX_TLD) | FLAG_BIT(FLAG_TRUNCATED));
	host.name = "mx.example";
	host.truncated = false;
	host.cname_loop = true; /* B13 */
	standing_of(&host, &got);
	assert_int_equal(got.flags, FLAG_BIT(FLAG_CNAME_LOOP));
	host.cname_loop = false;
	host.a.unsupported = true; /* A04 */
	standing_of(&host, &got);
	assert_int_equal(got.flags, FLAG_BIT(FLAG_UNSUPPORTED_ALG));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standing),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
