/* format: numbers and times as pages show them. */
#include "report/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define NBSP "\xc2\xa0"
#define MINUS "\xe2\x88\x92"

typedef void (*format_cb)(struct buffer *out, const char *value);

static void
values(void **state)
{
	static const struct {
		format_cb format;
		const char *in;
		const char *out;
	} cases[] = {
		{format_number, "0", "0"},
		{format_number, "999", "999"},
		{format_number, "1000", "1,000"},
		{format_number, "-1234567", MINUS "1,234,567"},
		{format_number, "1203.4", "1,203.4"},
		{format_share, "0", "0.00" NBSP "%"},
		{format_share, "0.179012", "17.90" NBSP "%"},
		{format_share, "1", "100.00" NBSP "%"},
		{format_share, "0.000001", "<" NBSP "0.01" NBSP "%"},
		{format_share, "0.999999", ">" NBSP "99.99" NBSP "%"},
		{format_time, "2026-11-29 11:20:05.123+00",
			"2026-11-29 11:20 UTC"},
		{format_time, "infinity", "infinity"},
		{format_day, "2026-11-29 11:20:05+00", "2026-11-29"},
		{format_day, "2026-11-29", "2026-11-29"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++) {
		struct buffer out = {0};

		cases[i].format(&out, cases[i].in);
		assert_string_equal(buffer_string(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void
changes(void **state)
{
	struct buffer out = {0};

	(void)state;
	format_change(&out, 1000, 2234);
	buffer_byte(&out, ' ');
	format_change(&out, 5, 0);
	buffer_byte(&out, ' ');
	format_change(&out, 5, 5);
	buffer_byte(&out, ' ');
	format_points(&out, 0.17, 0.1712);
	buffer_byte(&out, ' ');
	format_points(&out, 0.17, 0.16999);
	buffer_byte(&out, ' ');
	format_points(&out, 0.2, 0.1);
	assert_string_equal(buffer_string(&out),
		"+1,234 " MINUS "5 \xc2\xb1"
		"0 +0.12" NBSP "pp \xc2\xb1"
		"0" NBSP "pp " MINUS "10.00" NBSP "pp");
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
