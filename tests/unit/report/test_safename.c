/* safename: any value becomes a file name that no other value has. */
#include "report/safename.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/sums.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LONG = 10000
};

static char *
name_of(struct buffer *out, const char *value)
{
	buffer_clear(out, 0);
	safename_add(out, value);
	(void)buffer_string(out);
	return out->data;
}

static void
names(void **state)
{
	static const struct {
		const char *value;
		const char *name;
	} cases[] = {
		{"nl", "nl"},
		{"xn--p1ai", "xn--p1ai"},
		{"mx1.example.com", "mx1.example.com"},
		{"NL", "_4e_4c"},
		{"a_b", "a_5fb"},
		{"_4e", "_5f4e"},
		{".", "_2e"},
		{"..", "_2e_2e"},
		{"../../etc/passwd", "_2e_2e_2f._2e_2fetc_2fpasswd"},
		{".htaccess", "_2ehtaccess"},
		{"a.", "a_2e"},
		{"a..b", "a._2eb"},
		{"index.html", "index_2ehtml"},
		{"a.csv", "a_2ecsv"},
		{"a.html.com", "a.html.com"},
		{"-rf", "_2drf"},
		{"a b", "a_20b"},
		{"a%2fb", "a_252fb"},
		{"<b>\"'&", "_3cb_3e_22_27_26"},
		{"\xe2\x80\xae", "_e2_80_ae"},
		{"a\nb", "a_0ab"},
		{"", "__e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991"
		     "b7852b855"},
	};
	struct buffer out = {0};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++)
		assert_string_equal(
			name_of(&out, cases[i].value), cases[i].name);
	buffer_free(&out);
}

static void
long_names_differ(void **state)
{
	char value[LONG + 1];
	struct buffer one = {0};
	struct buffer other = {0};

	(void)state;
	memset(value, 'a', LONG);
	value[LONG] = '\0';
	assert_true(strlen(name_of(&one, value)) <= 200);
	value[LONG - 1] = 'b';
	assert_string_not_equal(one.data, name_of(&other, value));
	/* Also where all that is cut off are escapes. */
	memset(value, '/', LONG);
	assert_true(strlen(name_of(&one, value)) <= 200);
	assert_true(sums_path_is_safe(one.data));
	buffer_free(&one);
	buffer_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(long_names_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
