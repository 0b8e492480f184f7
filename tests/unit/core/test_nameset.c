/* nameset: no name is lost or invented, over many doublings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdio.h>

#include "resolver/name.h"
#include "scanner/core/nameset.h"

enum {
	NAMES = 100000
};

static void
name_of(unsigned i, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "n%u.example", i);
}

static void
test_growth(void **state)
{
	struct nameset *set = nameset_new();
	char name[NAME_SIZE];

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		name_of(i, name);
		assert_false(nameset_has(set, name));
		assert_int_equal(nameset_add(set, name), NAMESET_NEW);
		assert_true(nameset_has(set, name));
		assert_int_equal(nameset_add(set, name), NAMESET_SEEN);
	}
	assert_int_equal(nameset_count(set), NAMES);
	for (unsigned i = 0; i < NAMES; i++) {
		name_of(i, name);
		assert_int_equal(nameset_add(set, name), NAMESET_SEEN);
	}
	assert_int_equal(nameset_count(set), NAMES);
	nameset_free(set);
}

static void
test_similar(void **state)
{
	static const char *const names[] = {
		"a", "b", "aa", "ab", "ba", "a.a", "a.b", "b.a", "a-a"};
	struct nameset *set = nameset_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(nameset_add(set, names[i]), NAMESET_NEW);
	nameset_free(set);
}

static void
test_nothing(void **state)
{
	(void)state;
	nameset_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_similar),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
