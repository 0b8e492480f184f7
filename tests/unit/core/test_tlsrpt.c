/*
 * Tests of scanner/core/tlsrpt.c: the table of CONFORMANCE section 2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/severity.h"
#include "scanner/core/tlsrpt.h"

/* RFC 8460 section 4.3, all that DANE can cause. */
static const char *const types[] = {"starttls-not-supported",
	"certificate-host-mismatch", "certificate-expired",
	"certificate-not-trusted", "validation-failure", "tlsa-invalid",
	"dnssec-invalid"};

static void
test_results(void **state)
{
	static const struct {
		enum reason reason;
		const char *result;
	} cases[] = {
		{REASON_MX_BOGUS, "dnssec-invalid"},
		{REASON_TLSA_NOTIMP, "dnssec-invalid"},
		{REASON_TLSA_ALL_UNUSABLE, "tlsa-invalid"},
		{REASON_PKIX_USAGE, "tlsa-invalid"},
		{REASON_DANE_NO_MATCH, "tlsa-invalid"}, /* X21 */
		{REASON_TA_NOT_IN_CHAIN, "certificate-not-trusted"},
		{REASON_CERT_NAME_MISMATCH, "certificate-host-mismatch"},
		{REASON_CERT_EXPIRED, "certificate-expired"},
		{REASON_CERT_NOT_YET_VALID, "validation-failure"},
		{REASON_CHAIN_INVALID, "certificate-not-trusted"},
		{REASON_TLS_ALERT_40, "validation-failure"},
		{REASON_STARTTLS_454, "starttls-not-supported"},
		{REASON_TCP_TIMEOUT, NULL},
		{REASON_BANNER_4XX, NULL},
		{REASON_MX_INSECURE, NULL},
		{REASON_TLSA_NONE, NULL},
		{REASON_NULL_MX, NULL},
		{REASON_NONE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = tlsrpt_result(cases[i].reason);

		if (cases[i].result == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].result);
	}
}

/* What makes a sender refuse a server it reports, and in words of the RFC. */
static void
test_refusals_are_reported(void **state)
{
	(void)state;
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		const char *got = tlsrpt_result((enum reason)r);
		bool known = got == NULL;

		if (severity_refuses((enum reason)r) && got == NULL)
			fail_msg("%s", vocabulary_reason((enum reason)r));
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			known |= got != NULL && strcmp(got, types[i]) == 0;
		assert_true(known);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_refusals_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
