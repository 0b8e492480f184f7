/* visible: hostile text becomes harmless, and is still seen. */
#include "report/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define FFFD "\xef\xbf\xbd"
#define DOTS "\xe2\x80\xa6"

static void
what_is_shown(void **state)
{
	static const struct {
		const char *in;
		size_t limit;
		const char *out;
	} cases[] = {
		{"", VISIBLE_ALL, ""},
		{"mx.example.com", VISIBLE_ALL, "mx.example.com"},
		{"<b>&\"'", VISIBLE_ALL, "<b>&\"'"}, /* escaped elsewhere */
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", VISIBLE_ALL,
			"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"a\tb\r\nc", VISIBLE_ALL, "a b  c"},
		{"a\x01\x1b[31m\x7f", VISIBLE_ALL, "a" FFFD FFFD "[31m" FFFD},
		{"\xc2\x85\xc2\x9f\xc2\xa0", VISIBLE_ALL, FFFD FFFD " "},
		{"\xef\xbf\xbe\xef\xbf\xbf", VISIBLE_ALL, FFFD FFFD},
		{"a\x80z\xff", VISIBLE_ALL, "a" FFFD "z" FFFD},
		{"\xe2\x80\xae"
		 "moc.knab",
			VISIBLE_ALL, "[U+202E]moc.knab"},
		{"a\xe2\x80\x8b"
		 "b\xef\xbb\xbf",
			VISIBLE_ALL, "a[U+200B]b[U+FEFF]"},
		{"\xf3\xa0\x80\xa1", VISIBLE_ALL, "[U+E0021]"},
		{"\xe2\x81\xa6x\xe2\x81\xa9\xd8\x9c", VISIBLE_ALL,
			"[U+2066]x[U+2069][U+061C]"},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc" DOTS},
		{"\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9" DOTS},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		struct buffer out = {0};

		visible_add(&out, cases[i].in, cases[i].limit);
		assert_string_equal(buffer_string(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void
names_without_anything_to_see(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{"", "(empty)"},
		{" ", " (empty)"},
		{"\xc2\xa0\n", "  (empty)"},
		{"\xe3\x80\x80", "[U+3000]"},
		{" a", " a"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		struct buffer out = {0};

		buffer_text(&out, "before:");
		visible_name(&out, cases[i].in, VISIBLE_ALL);
		assert_string_equal(
			buffer_string(&out) + strlen("before:"), cases[i].out);
		buffer_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown),
		cmocka_unit_test(names_without_anything_to_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
