/*
 * The words for answers are part of the interface.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "resolver/answer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_status(void **state)
{
	static const struct {
		enum answer_status status;
		const char *label;
		int failed;
	} rows[] = {
		{ANSWER_SKIPPED, "skipped", 0},
		{ANSWER_DATA, "data", 0},
		{ANSWER_NODATA, "nodata", 0},
		{ANSWER_NXDOMAIN, "nxdomain", 0},
		{ANSWER_SERVFAIL, "servfail", 1},
		{ANSWER_TIMEOUT, "timeout", 1},
		{ANSWER_REFUSED, "refused", 1},
		{ANSWER_NOTIMP, "notimp", 1},
		{ANSWER_FORMERR, "formerr", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(
			answer_status_label(rows[i].status), rows[i].label);
		assert_int_equal(answer_failed(rows[i].status), rows[i].failed);
	}
}

static void
test_trust(void **state)
{
	(void)state;
	assert_string_equal(answer_trust_label(ANSWER_NONE), "none");
	assert_string_equal(answer_trust_label(ANSWER_SECURE), "secure");
	assert_string_equal(answer_trust_label(ANSWER_INSECURE), "insecure");
	assert_string_equal(answer_trust_label(ANSWER_BOGUS), "bogus");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_trust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
