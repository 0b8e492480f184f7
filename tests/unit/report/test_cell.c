/* cell: values in CSV and JSON. */
#include "report/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void
csv(void **state)
{
	static const struct {
		const char *value;
		enum cell_form form;
		const char *out;
	} cases[] = {
		{NULL, CELL_TEXT, ""},
		{NULL, CELL_NUMBER, ""},
		{"", CELL_TEXT, "\"\""},
		{"plain", CELL_TEXT, "plain"},
		{"two words", CELL_TEXT, "two words"},
		{"a,b", CELL_TEXT, "\"a,b\""},
		{"say \"x\"", CELL_TEXT, "\"say \"\"x\"\"\""},
		{"two\nlines", CELL_TEXT, "two lines"},
		{"=1+1", CELL_TEXT, "'=1+1"},
		{"+1", CELL_TEXT, "'+1"},
		{"-1", CELL_TEXT, "'-1"},
		{"@SUM(A1)", CELL_TEXT, "'@SUM(A1)"},
		{"\t=1", CELL_TEXT, "' =1"},
		{"\r=1", CELL_TEXT, "' =1"},
		{"  =1", CELL_TEXT, "'  =1"},
		{"=HYPERLINK(\"x\",\"y\")", CELL_TEXT,
			"\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
		{"-5", CELL_NUMBER, "-5"},
		{"0.179012", CELL_NUMBER, "0.179012"},
		{"a\x01", CELL_TEXT, "a\xef\xbf\xbd"},
		{"\xe2\x80\xae=1", CELL_TEXT, "[U+202E]=1"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		struct buffer out = {0};

		cell_csv(&out, cases[i].value, cases[i].form);
		assert_string_equal(buffer_string(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void
json(void **state)
{
	static const struct {
		const char *value;
		enum cell_form form;
		const char *out;
	} cases[] = {
		{NULL, CELL_TEXT, "null"},
		{"", CELL_TEXT, "\"\""},
		{"=1+1", CELL_TEXT, "\"=1+1\""},
		{"a\"\\\n\x01", CELL_TEXT, "\"a\\\"\\\\\\n\\u0001\""},
		{"\xe2\x80\xae", CELL_TEXT, "\"\\u202E\""},
		{"a\xff"
		 "b",
			CELL_TEXT, "\"ab\""},
		{"-5", CELL_NUMBER, "-5"},
		{"4158589", CELL_NUMBER, "4158589"},
		{"0.179012", CELL_NUMBER, "0.179012"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		json_t *value = cell_json(cases[i].value, cases[i].form);
		char *text = json_dumps(value, JSON_ENCODE_ANY |
						       JSON_ENSURE_ASCII |
						       JSON_REAL_PRECISION(15));

		assert_non_null(text);
		assert_string_equal(text, cases[i].out);
		free(text);
		json_decref(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
