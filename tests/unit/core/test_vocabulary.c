/*
 * Tests of scanner/core/vocabulary.c: every code has a label and a text, and
 * the labels are what the interface fixes.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/vocabulary.h"

static void
test_labels(void **state)
{
	(void)state;
	assert_string_equal(vocabulary_class(CLASS_NO_DNSSEC), "no-dnssec");
	assert_string_equal(vocabulary_class(CLASS_NO_MAIL), "no-mail");
	assert_string_equal(
		vocabulary_host_class(HOST_UNREACHABLE), "unreachable");
	assert_string_equal(
		vocabulary_tlsa_state(TLSA_NONE_INSECURE), "none-insecure");
	assert_string_equal(
		vocabulary_endpoint_class(ENDPOINT_TLS_UNAUTH), "tls-unauth");
	assert_string_equal(
		vocabulary_reason(REASON_DANE_NO_MATCH), "dane-no-match");
	assert_string_equal(
		vocabulary_reason(REASON_ADDR_TIMEOUT), "addr-timeout");
	assert_string_equal(
		vocabulary_usability(USABILITY_BAD_DER_SPKI), "bad-der-spki");
	assert_string_equal(vocabulary_hint(HINT_USAGE3_ON_CA), "usage3-on-ca");
	assert_string_equal(
		vocabulary_lint(LINT_TLSA_STALE_RECORD), "tlsa-stale-record");
	assert_string_equal(vocabulary_flag(FLAG_FALLS_TO_UNPROTECTED),
		"falls-to-unprotected");
	assert_null(vocabulary_reason(REASON_NONE));
	assert_null(vocabulary_usability(USABILITY_OK));
	assert_null(vocabulary_hint(HINT_NONE));
	assert_string_equal(
		vocabulary_pkix(PKIX_NAME_MISMATCH), "name-mismatch");
	assert_null(vocabulary_pkix(PKIX_OK));
	assert_string_equal(
		vocabulary_policy(POLICY_CERTIFICATE), "certificate");
	assert_null(vocabulary_reason_entry(REASON_NONE));
}

static void
check_text(const struct vocabulary_entry *entry, const char *text)
{
	size_t len = strlen(text);

	if (len > 0 &&
		(!isgraph((unsigned char)text[0]) || text[len - 1] == ' ' ||
			strstr(text, "  ") != NULL))
		fail_msg("%s: \"%s\"", entry->label, text);
}

/* Labels are lower-case words; texts are sentences. */
static void
test_entries(void **state)
{
	const struct vocabulary_entry *entry;
	size_t count = 0;

	(void)state;
	for (; (entry = vocabulary_at(count)) != NULL; count++) {
		size_t len = strlen(entry->label);

		assert_true(len > 0 &&
			    strspn(entry->label,
				    "abcdefghijklmnopqrstuvwxyz0123456789-") ==
				    len);
		if (strlen(entry->meaning) < 20 ||
			entry->meaning[strlen(entry->meaning) - 1] != '.')
			fail_msg("%s: meaning", entry->label);
		check_text(entry, entry->meaning);
		check_text(entry, entry->section);
		check_text(entry, entry->remedy);
	}
	assert_int_equal(count, CLASS_COUNT + HOST_COUNT + TLSA_COUNT +
					ENDPOINT_COUNT + REASON_COUNT - 1 +
					USABILITY_COUNT - 1 + HINT_COUNT - 1 +
					PKIX_COUNT - 1 + POLICY_COUNT +
					LINT_COUNT + FLAG_COUNT);
}

/* One label, one meaning within a kind. */
static void
test_no_label_twice(void **state)
{
	const struct vocabulary_entry *a, *b;

	(void)state;
	for (size_t i = 0; (a = vocabulary_at(i)) != NULL; i++)
		for (size_t j = 0; j < i; j++) {
			b = vocabulary_at(j);
			if (strcmp(a->kind, b->kind) == 0 &&
				strcmp(a->label, b->label) == 0)
				fail_msg("%s: %s twice", a->kind, a->label);
		}
}

static void
test_tls_alert(void **state)
{
	(void)state;
	assert_int_equal(vocabulary_tls_alert(40), REASON_TLS_ALERT_40);
	assert_int_equal(vocabulary_tls_alert(116), REASON_TLS_ALERT_116);
	assert_int_equal(vocabulary_tls_alert(0), REASON_TLS_ALERT_0);
	assert_int_equal(vocabulary_tls_alert(1), REASON_TLS_HANDSHAKE);
	assert_int_equal(vocabulary_tls_alert(-1), REASON_TLS_HANDSHAKE);
	assert_int_equal(vocabulary_tls_alert(4711), REASON_TLS_HANDSHAKE);
	for (int alert = 0; alert < 256; alert++) {
		enum reason reason = vocabulary_tls_alert(alert);
		char label[32];

		snprintf(label, sizeof(label), "tls-alert-%d", alert);
		if (reason != REASON_TLS_HANDSHAKE)
			assert_string_equal(vocabulary_reason(reason), label);
	}
}

/* The cause of a record and the reason of a host are one word. */
static void
test_unusable(void **state)
{
	(void)state;
	assert_int_equal(vocabulary_unusable(USABILITY_OK), REASON_NONE);
	for (int i = USABILITY_OK + 1; i < USABILITY_COUNT; i++)
		assert_string_equal(vocabulary_reason(vocabulary_unusable(
					    (enum usability)i)),
			vocabulary_usability((enum usability)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_no_label_twice),
		cmocka_unit_test(test_tls_alert),
		cmocka_unit_test(test_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
