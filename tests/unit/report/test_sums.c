/* sums: the list of the site's files. */
#include "report/sums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
safe_paths(void **state)
{
	static const struct {
		const char *path;
		bool safe;
	} cases[] = {
		{"index.html", true},
		{"tld/nl/index.html", true},
		{"a..b/c", true},
		{"", false},
		{"/etc/passwd", false},
		{"a//b", false},
		{"a/", false},
		{".", false},
		{"..", false},
		{"../x", false},
		{"a/../../x", false},
		{"a/./b", false},
		{"a\\b", false},
		{"a\nb", false},
		{"\xc3\xa9", false},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++)
		assert_int_equal(
			sums_path_is_safe(cases[i].path), cases[i].safe);
}

static void
hash_of_a_file(void **state)
{
	FILE *file = tmpfile();
	char sum[SUMS_HEX];

	(void)state;
	assert_non_null(file);
	assert_true(fputs("abc", file) >= 0);
	rewind(file);
	assert_int_equal(sums_hash(file, sum), 0);
	assert_string_equal(sum, ABC);
	fclose(file);
}

static void
written_and_read(void **state)
{
	FILE *file = tmpfile();
	struct sums sums = {0};
	struct sums again = {0};

	(void)state;
	assert_non_null(file);
	sums_add(&sums, "b/x y", ABC);
	sums_add(&sums, "a", ABC);
	sums_sort(&sums);
	assert_int_equal(sums_write(&sums, file), 0);
	/* What is not of the form, or leads out, is not believed. */
	fputs("nonsense\n" ABC "  ../out\n" ABC " a\n", file);
	rewind(file);
	sums_read(&again, file);
	assert_int_equal(again.count, 2);
	assert_string_equal(sums_find(&again, "b/x y")->sum, ABC);
	assert_null(sums_find(&again, "b"));
	assert_true(sums_has_prefix(&again, "b/"));
	assert_false(sums_has_prefix(&again, "c"));
	sums_free(&sums);
	sums_free(&again);
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe_paths),
		cmocka_unit_test(hash_of_a_file),
		cmocka_unit_test(written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
