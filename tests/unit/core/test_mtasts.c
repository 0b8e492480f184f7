/*
 * Tests of scanner/core/mtasts.c: the text of a policy (RFC 8461 section 3.2)
 * and its patterns (section 4.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/mtasts.h"

#define HEAD "version: STSv1\nmode: enforce\nmax_age: 604800\n"

struct row {
	const char *text;
	enum mtasts_error error;
	enum mtasts_mode mode;
	uint32_t max_age_s;
	const char *mx; /* all patterns, a blank after each */
};

static const struct row rows[] = {
	/* The example of section 3.2. */
	{"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
	 "mx: *.example.net\r\nmx: backupmx.example.com\r\n"
	 "max_age: 604800\r\n",
		MTASTS_OK, MTASTS_ENFORCE, 604800,
		"mail.example.com *.example.net backupmx.example.com "},
	{HEAD "mx: a.test", MTASTS_OK, MTASTS_ENFORCE, 604800, "a.test "},
	{HEAD "mx: a.test\n\n", MTASTS_OK, MTASTS_ENFORCE, 604800, "a.test "},
	{HEAD "mx:a.test\nmx:\t A_1.b-2.TEST \t\n", MTASTS_OK, MTASTS_ENFORCE,
		604800, "a.test A_1.b-2.TEST "},
	/* The order does not matter, unknown names are passed over. */
	{"mx: a.test\nmax_age: 0\nx-Odd_1.2: \x01 anything: at all\n"
	 "mode: testing\nversion: STSv1\n",
		MTASTS_OK, MTASTS_TESTING, 0, "a.test "},
	/* The first counts, whatever a further one says. */
	{HEAD "mode: testing\nmode: odd\nmax_age: x\nversion: STSv2\nmx: "
	      "a.test",
		MTASTS_OK, MTASTS_ENFORCE, 604800, "a.test "},
	/* A policy that is taken back. */
	{"version: STSv1\nmode: none\nmax_age: 86400\n", MTASTS_OK, MTASTS_NONE,
		86400, ""},
	{"version: STSv1\nmode: none\nmx: a.test\nmax_age: 9999999999\n",
		MTASTS_OK, MTASTS_NONE, MTASTS_MAX_AGE_S, "a.test "},
	{"", MTASTS_NO_VERSION, 0, 0, NULL},
	{"mode: enforce\nmax_age: 1\nmx: a.test\n", MTASTS_NO_VERSION, 0, 0,
		NULL},
	{"version: STSv1\nmax_age: 1\nmx: a.test\n", MTASTS_NO_MODE, 0, 0,
		NULL},
	{"version: STSv1\nmode: enforce\nmx: a.test\n", MTASTS_NO_MAX_AGE, 0, 0,
		NULL},
	{HEAD, MTASTS_NO_MX, 0, 0, NULL},
	{"version: STSv1\nmode: testing\nmax_age: 1\n", MTASTS_NO_MX, 0, 0,
		NULL},
	{"version: STSv2\nmode: enforce\n", MTASTS_BAD_VERSION, 0, 0, NULL},
	{"version: stsv1\n", MTASTS_BAD_VERSION, 0, 0, NULL},
	{"version: STSv1 x\n", MTASTS_BAD_VERSION, 0, 0, NULL},
	{"version: STSv1\nmode: Enforce\n", MTASTS_BAD_MODE, 0, 0, NULL},
	{"version: STSv1\nmode:\n", MTASTS_BAD_MODE, 0, 0, NULL},
	{"max_age: -1\n", MTASTS_BAD_MAX_AGE, 0, 0, NULL},
	{"max_age: 1d\n", MTASTS_BAD_MAX_AGE, 0, 0, NULL},
	{"max_age:\n", MTASTS_BAD_MAX_AGE, 0, 0, NULL},
	{"max_age: 12345678901\n", MTASTS_BAD_MAX_AGE, 0, 0, NULL},
	{"mx: \n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: *\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: *.\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: *a.test\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: a.*.test\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: .test\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: a.test.\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: a..test\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: a.test, b.test\n", MTASTS_BAD_MX, 0, 0, NULL},
	{"mx: b\xc3\xbc"
	 "cher.test\n",
		MTASTS_BAD_MX, 0, 0, NULL},
	{"<html>\n", MTASTS_BAD_LINE, 0, 0, NULL},
	{" version: STSv1\n", MTASTS_BAD_LINE, 0, 0, NULL},
	{"version : STSv1\n", MTASTS_BAD_LINE, 0, 0, NULL},
	{": x\n", MTASTS_BAD_LINE, 0, 0, NULL},
	{"-a: x\n", MTASTS_BAD_LINE, 0, 0, NULL},
	{"a23456789012345678901234567890123: x\n", MTASTS_BAD_LINE, 0, 0, NULL},
	/* A lone CR ends no line. */
	{"version: STSv1\rmode: enforce\rmx: a.test\rmax_age: 1\r",
		MTASTS_BAD_VERSION, 0, 0, NULL},
};

/* Against the end of memory, as it has no terminator. */
static enum mtasts_error
parse(const char *text, size_t len, struct mtasts_policy *policy,
	char patterns[512])
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	enum mtasts_error error;
	size_t used = 0;

	assert_non_null(copy);
	memcpy(copy, text, len);
	error = mtasts_parse(copy, len, policy);
	for (size_t i = 0; error == MTASTS_OK && i < policy->mx_count; i++) {
		assert_true(used + policy->mx[i].len + 2 < 512);
		memcpy(patterns + used, policy->mx[i].text, policy->mx[i].len);
		used += policy->mx[i].len;
		patterns[used++] = ' ';
	}
	patterns[used] = '\0';
	free(copy);
	return error;
}

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct mtasts_policy policy;
		char patterns[512];
		enum mtasts_error error = parse(
			row->text, strlen(row->text), &policy, patterns);

		if (error != row->error)
			fail_msg("%s: %s", row->text, mtasts_error_text(error));
		if (error != MTASTS_OK)
			continue;
		assert_int_equal(policy.mode, row->mode);
		assert_int_equal(policy.max_age_s, row->max_age_s);
		assert_string_equal(patterns, row->mx);
		assert_false(policy.truncated);
	}
}

/* An octet 0 is no end, and fits no name. */
static void
test_nul(void **state)
{
	static const char text[] = "version\0: STSv1\n";
	struct mtasts_policy policy;
	char patterns[512];

	(void)state;
	assert_int_equal(parse(text, sizeof(text) - 1, &policy, patterns),
		MTASTS_BAD_LINE);
}

static void
test_bounds(void **state)
{
	static uint8_t text[MTASTS_BODY_MAX + 1];
	struct mtasts_policy policy;
	size_t len = strlen(HEAD);

	(void)state;
	memcpy(text, HEAD, len);
	for (int i = 0; i <= MTASTS_MX_MAX; i++) {
		memcpy(text + len, "mx: a.test\n", 11);
		len += 11;
	}
	assert_int_equal(mtasts_parse(text, len, &policy), MTASTS_OK);
	assert_int_equal(policy.mx_count, MTASTS_MX_MAX);
	assert_true(policy.truncated);
	memset(text + len, '\n', sizeof(text) - len);
	assert_int_equal(
		mtasts_parse(text, MTASTS_BODY_MAX, &policy), MTASTS_OK);
	assert_int_equal(mtasts_parse(text, MTASTS_BODY_MAX + 1, &policy),
		MTASTS_TOO_LONG);
}

static void
test_patterns(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool matches;
	} pairs[] = {
		{"mx.example.com", "mx.example.com", true},
		{"MX.Example.com", "mx.example.com", true},
		{"mx.example.com", "mx2.example.com", false},
		{"mx.example.com", "mx.example.co", false},
		{"mx.example.com", "a.mx.example.com", false},
		{"*.example.com", "mx.example.com", true},
		{"*.EXAMPLE.com", "mx.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.mx.example.com", false},
		{"*.example.com", "mxexample.com", false},
		{"*.com", "com", false},
		{"*.com", "example.com", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct mtasts_pattern pattern = {
			pairs[i].pattern, strlen(pairs[i].pattern)};

		if (mtasts_matches(&pattern, pairs[i].host) != pairs[i].matches)
			fail_msg("%s, %s", pairs[i].pattern, pairs[i].host);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
