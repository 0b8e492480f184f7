/*
 * Tests of scanner/core/severity.c: the order of harm (F06), and what a
 * conversation that ended proves (group D).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/severity.h"

/* F06: no-match, name, expired, chain, tls, starttls. */
static void
test_order(void **state)
{
	static const enum reason worst_first[] = {REASON_TLSA_BOGUS,
		REASON_DANE_NO_MATCH, REASON_CERT_NAME_MISMATCH,
		REASON_CERT_EXPIRED, REASON_CHAIN_INVALID, REASON_TLS_ALERT_40,
		REASON_STARTTLS_ABSENT, REASON_PKIX_USAGE, REASON_TLSA_NONE,
		REASON_ADDR_SERVFAIL, REASON_TCP_TIMEOUT, REASON_NOT_PROBED,
		REASON_NONE};
	size_t count = sizeof(worst_first) / sizeof(*worst_first);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			assert_int_equal(
				severity_worse(worst_first[i], worst_first[j]),
				i < j);
}

/* Each reason has a place of its own. */
static void
test_total(void **state)
{
	(void)state;
	for (int a = 0; a < REASON_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_int_not_equal(
				severity_worse((enum reason)a, (enum reason)b),
				severity_worse((enum reason)b, (enum reason)a));
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *id;
		enum reason failure;
		bool refuses;
	} rows[] = {
		{"D02", REASON_TCP_REFUSED, false},
		{"D03", REASON_TCP_TIMEOUT, false},
		{"D04", REASON_TCP_RESET, false},
		{"D04", REASON_BANNER_EOF, false},
		{"D05", REASON_BANNER_4XX, false},
		{"D06", REASON_BANNER_5XX, false},
		{"D08", REASON_TARPIT, false},
		{"D10", REASON_NOT_SMTP, false},
		{"D12", REASON_EHLO_4XX, false},
		{"D15 D16", REASON_STARTTLS_ABSENT, true},
		{"D17", REASON_STARTTLS_454, true},
		{"D18", REASON_STARTTLS_REFUSED, true},
		{"D22", REASON_TLS_NOT_TLS, true},
		{"D23 D24", REASON_TLS_EOF, true},
		{"D25", REASON_TLS_TIMEOUT, true},
		{"D26 D37", REASON_TLS_ALERT_40, true},
		{"D28", REASON_TLS_PROTOCOL, true},
		{"D30", REASON_TLS_ALERT_112, true},
		{"D36", REASON_TLS_ALERT_116, true},
		{"D45", REASON_NO_LOCAL_V6, false},
		{"D47", REASON_STARTTLS_SELECTIVE, true},
		{"D48", REASON_PROTOCOL, false},
		{"D49", REASON_POLICY, false},
		{"D50", REASON_BANNER_TIMEOUT, false},
		{"A35", REASON_RESERVED_ADDRESS, false},
		{"E59", REASON_TLS_HANDSHAKE, true},
		{"silent after STARTTLS", REASON_STARTTLS_TIMEOUT, true},
		{"no failure", REASON_NONE, false},
		{"own failure", REASON_INTERNAL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (severity_refuses(rows[i].failure) != rows[i].refuses)
			fail_msg("%s", rows[i].id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
