/*
 * Tests of scanner/core/lint_extra.c. The id of a row is that of the
 * conformance matrix, group G.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scanner/core/lint_extra.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define BIT(lint) ((uint64_t)1 << LINT_##lint)

static void
expect(const char *id, uint64_t found, uint64_t expected)
{
	if (found != expected)
		fail_msg("%s: %" PRIx64 ", expected %" PRIx64, id, found,
			expected);
}

static void
test_nsec3(void **state)
{
	static const struct {
		const char *id;
		struct fact_nsec3 nsec3;
		bool registry;
		uint64_t expected;
	} rows[] = {
		{"G19 as it should be", {0, 0, false}, false, 0},
		{"G19 iterations", {1, 0, false}, false, BIT(NSEC3_ITERATIONS)},
		{"G19 iterations", {100, 0, false}, false,
			BIT(NSEC3_ITERATIONS)},
		{"G19 too many", {101, 0, false}, false,
			BIT(NSEC3_ITERATIONS_HIGH)},
		{"G19 salt", {0, 8, false}, false, BIT(NSEC3_SALT)},
		{"G19 opt-out", {0, 0, true}, false, BIT(NSEC3_OPT_OUT)},
		{"G19 a registry", {0, 0, true}, true, 0},
		{"G19 B06 all", {200, 8, true}, false,
			BIT(NSEC3_ITERATIONS_HIGH) | BIT(NSEC3_SALT) |
				BIT(NSEC3_OPT_OUT)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_signing signing = {
			.nsec3 = &rows[i].nsec3, .registry = rows[i].registry};
		struct fact_extras extras = {.signing = &signing};
		struct fact_domain domain = {.extras = &extras};

		expect(rows[i].id, lint_extra_domain(&domain, false),
			rows[i].expected);
	}
}

static void
test_algorithms(void **state)
{
	static const struct {
		const char *id;
		uint8_t ds, digest, key; /* 0: there is none */
		uint64_t expected;
	} rows[] = {
		{"G20 as it should be", 13, 2, 13, 0},
		{"G20 good too", 8, 4, 15, 0},
		{"G20 SHA-1 digest", 13, 1, 13, BIT(DS_SHA1)},
		{"G20 RSASHA1", 5, 2, 5, BIT(DNSSEC_SHA1)},
		{"G20 RSASHA1-NSEC3-SHA1", 7, 2, 7, BIT(DNSSEC_SHA1)},
		{"G20 RSAMD5", 1, 2, 13, BIT(DNSSEC_ALGORITHM)},
		{"G20 DSA", 3, 2, 13, BIT(DNSSEC_ALGORITHM)},
		{"G20 DSA-NSEC3-SHA1", 6, 2, 13, BIT(DNSSEC_ALGORITHM)},
		{"G20 A04 GOST", 12, 2, 13, BIT(DNSSEC_ALGORITHM)},
		{"G20 key only", 13, 2, 12, BIT(DNSSEC_ALGORITHM)},
		{"G20 RSASHA512", 10, 2, 10, BIT(DNSSEC_RSASHA512)},
		{"G20 no delegation", 0, 0, 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_ds ds = {1, rows[i].ds, rows[i].digest};
		struct fact_dnskey key = {1, 257, rows[i].key};
		struct fact_signing signing = {.delegations = &ds,
			.delegation_count = rows[i].ds != 0,
			.keys = &key,
			.key_count = 1};
		struct fact_extras extras = {.signing = &signing};
		struct fact_domain domain = {.extras = &extras};

		expect(rows[i].id, lint_extra_domain(&domain, false),
			rows[i].expected);
	}
}

static void
test_policies(void **state)
{
	static const struct {
		const char *id;
		enum fact_txt mtasts, tlsrpt;
		enum answer_status status;
		enum answer_trust trust;
		bool promised;
		uint64_t expected;
	} rows[] = {
		{"G22 G23 both", FACT_TXT_PRESENT, FACT_TXT_PRESENT,
			ANSWER_DATA, ANSWER_SECURE, true, 0},
		{"G22 none is needed", FACT_TXT_ABSENT, FACT_TXT_PRESENT,
			ANSWER_NODATA, ANSWER_SECURE, true, 0},
		{"G22 two records", FACT_TXT_MULTIPLE, FACT_TXT_PRESENT,
			ANSWER_DATA, ANSWER_SECURE, false, BIT(MTA_STS_RECORD)},
		{"G22 malformed", FACT_TXT_MALFORMED, FACT_TXT_PRESENT,
			ANSWER_DATA, ANSWER_SECURE, false, BIT(MTA_STS_RECORD)},
		{"G23 two records", FACT_TXT_PRESENT, FACT_TXT_MULTIPLE,
			ANSWER_DATA, ANSWER_SECURE, true, BIT(TLSRPT_RECORD)},
		{"G23 malformed", FACT_TXT_PRESENT, FACT_TXT_MALFORMED,
			ANSWER_DATA, ANSWER_SECURE, true, BIT(TLSRPT_RECORD)},
		{"G23 none beside DANE", FACT_TXT_PRESENT, FACT_TXT_ABSENT,
			ANSWER_NXDOMAIN, ANSWER_SECURE, true,
			BIT(TLSRPT_MISSING)},
		{"G23 none without DANE", FACT_TXT_PRESENT, FACT_TXT_ABSENT,
			ANSWER_NXDOMAIN, ANSWER_SECURE, false, 0},
		{"G23 no answer", FACT_TXT_PRESENT, FACT_TXT_ABSENT,
			ANSWER_SERVFAIL, ANSWER_NONE, true, 0},
		{"G23 bogus", FACT_TXT_PRESENT, FACT_TXT_ABSENT, ANSWER_DATA,
			ANSWER_BOGUS, true, 0},
		{"G23 not asked", FACT_TXT_ABSENT, FACT_TXT_ABSENT,
			ANSWER_SKIPPED, ANSWER_NONE, true, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_mtasts mtasts = {.state = rows[i].mtasts};
		struct fact_tlsrpt tlsrpt = {.state = rows[i].tlsrpt,
			.lookup.status = rows[i].status,
			.lookup.trust = rows[i].trust};
		struct fact_extras extras = {
			.mtasts = &mtasts, .tlsrpt = &tlsrpt};
		struct fact_domain domain = {.extras = &extras};

		expect(rows[i].id, lint_extra_domain(&domain, rows[i].promised),
			rows[i].expected);
	}
}

/* Answers around the TLSA records. */
#define DATA                                                  \
	{                                                     \
		.status = ANSWER_DATA, .trust = ANSWER_SECURE \
	}
#define NODATA                                                  \
	{                                                       \
		.status = ANSWER_NODATA, .trust = ANSWER_SECURE \
	}
#define NXDOMAIN                                                  \
	{                                                         \
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_SECURE \
	}
#define BOGUS                                                  \
	{                                                      \
		.status = ANSWER_NODATA, .trust = ANSWER_BOGUS \
	}
#define SERVFAIL                          \
	{                                 \
		.status = ANSWER_SERVFAIL \
	}
#define ALIAS                                                   \
	{                                                       \
		.status = ANSWER_NXDOMAIN, .alias = "a.example" \
	}

static void
test_denial(void **state)
{
	static const struct {
		const char *id;
		struct fact_lookup tlsa, parent, owner;
		bool defective;
	} rows[] = {
		{"G31 records", DATA, NODATA, NODATA, false},
		{"G31 no such name", NXDOMAIN, NXDOMAIN, NXDOMAIN, false},
		{"G31 other types", NODATA, NODATA, NODATA, false},
		{"G31 something beside", NXDOMAIN, NODATA, NXDOMAIN, false},
		{"G31 ENT denied", DATA, NXDOMAIN, NODATA, true},
		{"G31 ENT denied", NODATA, NXDOMAIN, NODATA, true},
		{"G31 owner denied", DATA, NODATA, NXDOMAIN, true},
		{"G31 TLSA denied", NXDOMAIN, NODATA, NODATA, true},
		{"G31 ENT and TLSA denied", NXDOMAIN, NXDOMAIN, NODATA, true},
		{"G31 owner bogus", DATA, NODATA, BOGUS, true},
		{"G31 owner fails", DATA, NODATA, SERVFAIL, true},
		{"G31 ENT bogus", DATA, BOGUS, NODATA, true},
		{"G31 aliases speak of others", DATA, NODATA, ALIAS, false},
		{"G31 aliases speak of others", ALIAS, NODATA, NODATA, false},
		{"G31 not asked", DATA, {0}, {0}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_denial denial = {
			.parent = rows[i].parent, .owner = rows[i].owner};
		struct fact_host_extras extras = {.denial = &denial};
		struct fact_host host = {
			.tlsa = rows[i].tlsa, .extras = &extras};

		expect(rows[i].id, lint_extra_host(&host),
			rows[i].defective ? BIT(DENIAL_DEFECTIVE) : 0);
	}
}

static void
test_masked(void **state)
{
	static const struct {
		const char *id;
		enum outcome outcomes[2];
		bool masked;
	} rows[] = {
		{"G31 B27 nobody was asked", {OUTCOME_NONE}, false},
		{"G31 B27 denied", {OUTCOME_NXDOMAIN, OUTCOME_NXDOMAIN}, false},
		{"G31 B27 dropped", {OUTCOME_TIMEOUT, OUTCOME_TIMEOUT}, true},
		{"G31 B27 one fails", {OUTCOME_NXDOMAIN, OUTCOME_SERVFAIL},
			true},
		{"G31 B27 refused", {OUTCOME_REFUSED}, true},
		{"G31 B27 not implemented", {OUTCOME_NOTIMP}, true},
		{"G31 B27 format error", {OUTCOME_FORMERR}, true},
		{"G31 B27 no proof", {OUTCOME_NXDOMAIN_UNPROVED}, true},
		{"G31 B27 no proof", {OUTCOME_NODATA_UNPROVED}, true},
		{"G31 B27 there are records", {OUTCOME_DATA}, true},
		{"G31 B27 records", {OUTCOME_DATA_UNSIGNED}, true},
		{"G31 B27 cut", {OUTCOME_TRUNCATED}, true},
		{"G31 B27 junk", {OUTCOME_MALFORMED}, true},
		{"G31 B27 nobody is there", {OUTCOME_SILENT}, false},
		{"G31 B27 lame", {OUTCOME_LAME}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_server servers[2] = {
			{.outcome = rows[i].outcomes[0]},
			{.outcome = rows[i].outcomes[1]}};
		struct fact_denial denial = {
			.servers = servers, .server_count = 2};
		struct fact_host_extras extras = {.denial = &denial};
		struct fact_host host = {.tlsa = NXDOMAIN, .extras = &extras};

		expect(rows[i].id, lint_extra_host(&host),
			rows[i].masked ? BIT(TLSA_MASKED) : 0);
	}
}

static void
test_ports(void **state)
{
	static const struct {
		const char *id;
		struct fact_lookup mail, first, second;
		uint64_t expected;
	} rows[] = {
		{"G32 none", DATA, NXDOMAIN, NODATA, 0},
		{"G32 at 465", DATA, DATA, NODATA, BIT(TLSA_SUBMISSION)},
		{"G32 at 587", DATA, NODATA, DATA, BIT(TLSA_SUBMISSION)},
		{"G32 not at 25", NXDOMAIN, DATA, DATA,
			BIT(TLSA_SUBMISSION_ONLY)},
		{"G32 B28 not at 25", NODATA, NODATA, DATA,
			BIT(TLSA_SUBMISSION_ONLY)},
		{"G32 nowhere", NXDOMAIN, NODATA, NODATA, 0},
		{"G32 bogus", DATA,
			{.status = ANSWER_DATA, .trust = ANSWER_BOGUS}, NODATA,
			0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fact_port ports[FACT_PORTS] = {
			{465, rows[i].first, 1}, {587, rows[i].second, 1}};
		struct fact_host_extras extras = {.ports = ports};
		struct fact_host host = {.tlsa = rows[i].mail,
			.record_count = rows[i].mail.status == ANSWER_DATA,
			.extras = &extras};

		expect(rows[i].id, lint_extra_host(&host), rows[i].expected);
	}
}

static void
test_not_asked(void **state)
{
	struct fact_domain domain = {0};
	struct fact_host host = {0};
	struct fact_extras extras = {0};
	struct fact_host_extras host_extras = {0};

	(void)state;
	assert_int_equal(lint_extra_domain(&domain, true), 0);
	assert_int_equal(lint_extra_host(&host), 0);
	domain.extras = &extras;
	host.extras = &host_extras;
	assert_int_equal(lint_extra_domain(&domain, true), 0);
	assert_int_equal(lint_extra_host(&host), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_denial),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
