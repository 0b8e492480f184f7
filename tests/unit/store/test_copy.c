/* copy: every field type, and that no octets can break a row. */
#include "store/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/store/rows.h"

/* The row so far is text; forget it. */
static void
expect(struct buffer *row, const char *text)
{
	assert_string_equal(buffer_string(row), text);
	row->len = 0;
}

static void
octets_are_escaped(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{"", 0, "\t"},
		{"plain", 5, "plain\t"},
		{"a\tb\nc\rd\\e", 9, "a\\tb\\nc\\rd\\\\e\t"},
		{"\\N", 2, "\\\\N\t"},
		{"\\.", 2, "\\\\.\t"},
		{"a\0b", 3, "ab\t"},
		{"\0", 1, "\t"},
		{"\xc3\xa9", 2, "\xc3\xa9\t"},
		{"\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80\t"},
		{"\xff\xfe", 2, "\t"},
		{"x\x80y", 3, "xy\t"},
		{"x\xc3", 2, "x\t"},
		{"\xc3\t", 2, "\\t\t"},
		{"\xc0\xaf", 2, "\t"},
		{"\xed\xa0\x80", 3, "\t"},
		{"\xf4\x90\x80\x80", 4, "\t"},
		{"\x01\x7f", 2, "\x01\x7f\t"},
	};
	struct buffer row = {0};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		copy_octets(&row, cases[i].in, cases[i].len);
		expect(&row, cases[i].out);
	}
	buffer_free(&row);
}

static void
fields_and_rows(void **state)
{
	static const uint8_t octets[] = {0x00, 0x9f, 0xff};
	static const char *const texts[] = {"a", "", "q\"\\,{}", "t\tn\n"};
	struct buffer row = {0};

	(void)state;
	copy_null(&row);
	expect(&row, "\\N\t");
	copy_text(&row, NULL);
	expect(&row, "\\N\t");
	copy_int(&row, INT64_MIN);
	expect(&row, "-9223372036854775808\t");
	copy_bool(&row, true);
	copy_bool(&row, false);
	expect(&row, "t\tf\t");
	copy_bytes(&row, octets, sizeof(octets));
	expect(&row, "\\\\x009fff\t");
	copy_bytes(&row, NULL, 0);
	expect(&row, "\\\\x\t");
	copy_texts(&row, NULL, 0);
	expect(&row, "{}\t");
	copy_texts(&row, texts, SIZE(texts));
	expect(&row, "{\"a\",\"\",\"q\\\\\"\\\\\\\\,{}\",\"t\\tn\\n\"}\t");
	copy_text(&row, "");
	copy_int(&row, 7);
	copy_end(&row);
	copy_text(&row, "next");
	copy_end(&row);
	expect(&row, "\t7\nnext\n");
	buffer_free(&row);
}

static void
digests(void **state)
{
	struct buffer row = {0};

	(void)state;
	copy_digests(&row, ROWS_CHAIN, 2);
	const char *text = buffer_string(&row);
	assert_int_equal(strlen(text), 2 * (64 + 7) + 4);
	assert_int_equal(strncmp(text, "{\"\\\\\\\\xabcd00", 13), 0);
	assert_non_null(strstr(text, "00\",\"\\\\\\\\x0100"));
	row.len = 0;
	copy_digests(&row, NULL, 0);
	expect(&row, "{}\t");
	buffer_free(&row);
}

static void
times(void **state)
{
	static const struct {
		int64_t us;
		const char *out;
	} cases[] = {
		{0, "1970-01-01 00:00:00.000000+00\t"},
		{1, "1970-01-01 00:00:00.000001+00\t"},
		{-1, "1969-12-31 23:59:59.999999+00\t"},
		{INT64_C(1795291200000000), "2026-11-21 20:00:00.000000+00\t"},
		{INT64_C(253402300799999999),
			"9999-12-31 23:59:59.999999+00\t"},
		{INT64_C(253402300800000000), "infinity\t"},
		{INT64_C(-62135596800000000),
			"0001-01-01 00:00:00.000000+00\t"},
		{INT64_C(-62135596800000001), "-infinity\t"},
		{INT64_MAX, "infinity\t"},
		{INT64_MIN, "-infinity\t"},
	};
	struct buffer row = {0};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		copy_time(&row, cases[i].us);
		expect(&row, cases[i].out);
	}
	copy_seconds(&row, ROWS_TIME_S);
	expect(&row, "2026-11-21 20:00:00+00\t");
	copy_seconds(&row, INT64_MAX);
	expect(&row, "infinity\t");
	copy_seconds(&row, INT64_MIN);
	expect(&row, "-infinity\t");
	buffer_free(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_are_escaped),
		cmocka_unit_test(fields_and_rows),
		cmocka_unit_test(digests),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
