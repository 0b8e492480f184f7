/* notice: lines of a mail. */
#include "report/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
is_wrapped(const char *in, int indent, const char *expected)
{
	struct buffer out = {0};

	notice_paragraph(&out, indent, in);
	assert_string_equal(buffer_string(&out), expected);
	buffer_free(&out);
}

static void
paragraphs(void **state)
{
	(void)state;
	is_wrapped("", 0, "\n");
	is_wrapped("a short one", 4, "    a short one\n");
	is_wrapped("123456789 123456789 123456789 123456789 123456789 "
		   "123456789 123456789 12 x",
		0,
		"123456789 123456789 123456789 123456789 123456789 123456789 "
		"123456789 12\nx\n");
	is_wrapped("of\nseveral\r\nlines", 2, "  of several lines\n");
	/* No line of its own making: no header, no signature. */
	is_wrapped(
		"x\n.\nBcc: all@example.net", 0, "x . Bcc: all@example.net\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
