/* suggest: how far apart two words are, and when that is near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include "scanner/options.h"
#include "scanner/suggest.h"
#include "scanner/usage.h"

static void
test_suggest(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("", ""), 0);
	assert_int_equal(suggest_distance("scan", "scan"), 0);
	assert_int_equal(suggest_distance("scna", "scan"), 1);
	assert_int_equal(suggest_distance("can", "scan"), 1);
	assert_int_equal(suggest_distance("check", "scan"), 5);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
	assert_true(suggest_is_near("chekc", "check"));
	assert_false(suggest_is_near("db", "scan"));
	assert_false(suggest_is_near("worker", "version"));
	assert_string_equal(usage_nearest("scn"), "scan");
	assert_null(usage_nearest("publish"));
	assert_string_equal(
		options_nearest("dns-time", CONFIG_SCAN), "dns-timeout");
	assert_null(options_nearest("windo", CONFIG_CHECK));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suggest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
