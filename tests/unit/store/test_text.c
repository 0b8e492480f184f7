/* text: which octets are well-formed UTF-8. */
#include "store/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/store/rows.h"

static void
first_bad_octet(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		size_t valid;
	} cases[] = {
		{"", 0, 0},
		{"abc", 3, 3},
		{"ab\0c", 4, 2},
		{"\xc2\x80", 2, 2},
		{"\xc1\xbf", 2, 0}, /* overlong */
		{"\xdf\xbf", 2, 2},
		{"\xe0\x9f\xbf", 3, 0}, /* overlong */
		{"\xe0\xa0\x80", 3, 3},
		{"\xed\x9f\xbf", 3, 3},
		{"\xed\xa0\x80", 3, 0}, /* surrogate */
		{"\xef\xbf\xbf", 3, 3},
		{"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
		{"\xf0\x90\x80\x80", 4, 4},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		{"\xf4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", 4, 0},
		{"a\x80", 2, 1},
		{"a\xc3", 2, 1},
		{"a\xe2\x82", 3, 1},
		{"a\xe2\x82z", 4, 1},
		{"a\xf0\x9f\x98", 4, 1},
		{"a\xff", 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++)
		assert_int_equal(
			text_valid(cases[i].in, cases[i].len), cases[i].valid);
}

static void
bad_octets_are_left_out(void **state)
{
	struct buffer out = {0};

	(void)state;
	text_clean(&out,
		"\xff"
		"a\0\xc3"
		"b\xe2\x82\xac\x80",
		9);
	assert_string_equal(buffer_string(&out), "ab\xe2\x82\xac");
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bad_octet),
		cmocka_unit_test(bad_octets_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
