/*
 * Tests of scanner/core/retry.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/retry.h"
#include "scanner/core/smtp.h"

static const struct {
	enum answer_status status;
	enum answer_trust trust;
	bool passes;
	const char *why;
} lookups[] = {
	{ANSWER_SKIPPED, ANSWER_NONE, false, NULL},
	{ANSWER_DATA, ANSWER_SECURE, false, NULL},
	{ANSWER_DATA, ANSWER_INSECURE, false, NULL},
	{ANSWER_NODATA, ANSWER_INSECURE, false, NULL},
	{ANSWER_NXDOMAIN, ANSWER_SECURE, false, NULL},
	{ANSWER_SERVFAIL, ANSWER_NONE, true, NULL},
	{ANSWER_TIMEOUT, ANSWER_NONE, true, NULL},
	{ANSWER_REFUSED, ANSWER_NONE, true, NULL},
	{ANSWER_NOTIMP, ANSWER_NONE, true, NULL},
	{ANSWER_FORMERR, ANSWER_NONE, true, NULL},
	/* Proof of forgery, with and without data. */
	{ANSWER_DATA, ANSWER_BOGUS, false, NULL},
	{ANSWER_SERVFAIL, ANSWER_BOGUS, false, NULL},
	{ANSWER_DATA, ANSWER_BOGUS, false,
		"validation failure <a.test. MX IN>: no keys have a DS with "
		"algorithm ECDSAP256SHA256 from 192.0.2.1"},
	/* … which there is none of where the chain was not to be had. */
	{ANSWER_DATA, ANSWER_BOGUS, true,
		"validation failure <a.test. MX IN>: No DNSKEY record for key "
		"a.test. while building chain of trust"},
	{ANSWER_DATA, ANSWER_BOGUS, true,
		"validation failure <a.test. MX IN>: SERVFAIL no DS for DS "
		"a.test. while building chain of trust"},
};

static const struct {
	enum reason failure;
	int code;
	const char *detail;
	bool passes;
} endpoints[] = {
	{REASON_NONE, 220, NULL, false},
	/* After the handshake all is known, whatever EHLO is told then. */
	{REASON_NONE, 421, NULL, false},
	{REASON_TCP_REFUSED, 0, NULL, true},
	{REASON_TCP_TIMEOUT, 0, NULL, true},
	{REASON_TCP_RESET, 0, SMTP_TEXT_RESET, true},
	{REASON_TCP_UNREACHABLE, 0, NULL, true},
	{REASON_BANNER_EOF, 0, "eof", true},
	{REASON_BANNER_4XX, 421, NULL, true},
	{REASON_BANNER_5XX, 554, NULL, false},
	{REASON_BANNER_TIMEOUT, 0, NULL, true},
	{REASON_EHLO_4XX, 450, NULL, true},
	{REASON_EHLO_5XX, 550, NULL, false},
	{REASON_EHLO_TIMEOUT, 220, NULL, true},
	{REASON_POLICY, 450, "4.7.1 later", true},
	{REASON_POLICY, 550, "5.7.1 never", false},
	{REASON_STARTTLS_454, 454, NULL, true},
	{REASON_STARTTLS_TIMEOUT, 250, NULL, true},
	{REASON_STARTTLS_REFUSED, 501, NULL, false},
	{REASON_STARTTLS_ABSENT, 250, NULL, false},
	{REASON_TLS_TIMEOUT, 220, NULL, true},
	{REASON_TLS_EOF, 220, SMTP_TEXT_RESET, true},
	{REASON_TLS_EOF, 220, "eof", false},
	{REASON_TLS_EOF, 220, NULL, false},
	{REASON_TLS_ALERT_40, 220, NULL, false},
	{REASON_TLS_NOT_TLS, 220, NULL, false},
	{REASON_TLS_PROTOCOL, 220, NULL, false},
	{REASON_TARPIT, 0, NULL, true},
	{REASON_NOT_SMTP, 0, NULL, false},
	{REASON_PROTOCOL, 0, NULL, false},
	{REASON_INTERNAL, 0, NULL, true},
	/* What this scanner does not do, it will not do later. */
	{REASON_NOT_PROBED, 0, NULL, false},
	{REASON_RESERVED_ADDRESS, 0, NULL, false},
	{REASON_NO_LOCAL_V6, 0, NULL, false},
	{REASON_BLOCKLISTED, 0, NULL, false},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
a_lookup_without_proof_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lookups); i++) {
		struct fact_lookup lookup = {
			.status = lookups[i].status,
			.trust = lookups[i].trust,
			.why = lookups[i].why,
		};

		if (retry_lookup(&lookup) != lookups[i].passes)
			fail_msg("look-up %zu", i);
	}
}

static struct fact_endpoint
endpoint_at(size_t i)
{
	return (struct fact_endpoint){.failure = endpoints[i].failure,
		.smtp_code = endpoints[i].code,
		.detail = endpoints[i].detail};
}

static void
a_conversation_that_never_got_going_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		struct fact_endpoint endpoint = endpoint_at(i);

		if (retry_endpoint(&endpoint) != endpoints[i].passes)
			fail_msg("%s %d",
				vocabulary_reason(endpoints[i].failure),
				endpoints[i].code);
	}
}

/* One of many is enough, wherever it is. */
static void
any_part_makes_the_whole(void **state)
{
	struct fact_endpoint two[2] = {{.failure = REASON_NONE}};
	struct fact_host good = {.name = "good.test"};
	struct fact_host host = {
		.name = "mx.test", .endpoints = two, .endpoint_count = 2};
	struct fact_mx mx[2] = {{10, &good}, {20, &host}};
	struct fact_domain domain = {.hosts = mx, .host_count = 2};
	struct fact_lookup *parts[] = {
		&domain.mx, &host.a, &host.aaaa, &host.cname, &host.tlsa};

	(void)state;
	assert_false(retry_host(&host));
	assert_false(retry_domain(&domain));
	for (size_t i = 0; i < COUNT(parts); i++) {
		parts[i]->status = ANSWER_TIMEOUT;
		assert_int_equal(retry_host(&host), i > 0);
		assert_true(retry_domain(&domain));
		parts[i]->status = ANSWER_NODATA;
	}
	two[1].failure = REASON_TCP_TIMEOUT;
	assert_true(retry_host(&host));
	assert_true(retry_domain(&domain));
	host.endpoint_count = 1;
	assert_false(retry_domain(&domain));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lookup_without_proof_passes),
		cmocka_unit_test(a_conversation_that_never_got_going_passes),
		cmocka_unit_test(any_part_makes_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
