/* csv: RFC 4180 field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/csv.h"

/* Fields joined by "|". */
static void
split(const char *line, enum csv_status expected, const char *fields)
{
	size_t len = strlen(line);
	/* Exactly as large as promised: the sanitizer sees the rest. */
	char *buffer = malloc(len + 1);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct csv_record record;
	char joined[256] = "";

	memcpy(copy, line, len);
	assert_int_equal(csv_split(copy, len, buffer, &record), expected);
	for (size_t i = 0; expected == CSV_OK && i < record.count; i++) {
		assert_int_equal(
			strlen(record.fields[i].text), record.fields[i].len);
		strcat(strcat(joined, i > 0 ? "|" : ""), record.fields[i].text);
	}
	assert_string_equal(joined, fields);
	free(copy);
	free(buffer);
}

static void
test_split(void **state)
{
	(void)state;
	split("", CSV_OK, "");
	split("a", CSV_OK, "a");
	split("1,example.com", CSV_OK, "1|example.com");
	split("a,", CSV_OK, "a|");
	split(",", CSV_OK, "|");
	split(",,b", CSV_OK, "||b");
	split(" a , b ", CSV_OK, " a | b ");
	split("\"a\",\"b\"", CSV_OK, "a|b");
	split("\"\",x", CSV_OK, "|x");
	split("\"a,b\",c", CSV_OK, "a,b|c");
	split("\"say \"\"hi\"\"\"", CSV_OK, "say \"hi\"");
	split("\"\"\"\"", CSV_OK, "\"");
	split("a\"b,c", CSV_OK, "a\"b|c");
	split("\"a", CSV_OPEN_QUOTE, "");
	split("\"", CSV_OPEN_QUOTE, "");
	split("\"a\"\"", CSV_OPEN_QUOTE, "");
	split("x,\"a\"b", CSV_STRAY_QUOTE, "");
	split("\"a\" ,b", CSV_STRAY_QUOTE, "");
}

static void
test_many(void **state)
{
	char line[CSV_FIELDS + 1];
	char buffer[sizeof(line) + 1];
	struct csv_record record;

	(void)state;
	memset(line, ',', sizeof(line));
	assert_int_equal(csv_split((const uint8_t *)line, CSV_FIELDS - 1,
				 buffer, &record),
		CSV_OK);
	assert_int_equal(record.count, CSV_FIELDS);
	assert_int_equal(
		csv_split((const uint8_t *)line, CSV_FIELDS, buffer, &record),
		CSV_MANY_FIELDS);
	assert_non_null(strstr(csv_status_text(CSV_MANY_FIELDS), "64"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
