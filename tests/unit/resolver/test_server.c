/*
 * Lists of name server addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "resolver/server.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *last;
		bool loopback;
	} rows[] = {
		{"127.0.0.1", 1, "127.0.0.1", true},
		{"127.255.0.1@5300", 1, "127.255.0.1@5300", true},
		{"192.0.2.1,::1@53", 2, "::1", true},
		{"::1,192.0.2.1@65535", 2, "192.0.2.1@65535", false},
		{"2001:db8::1", 1, "2001:db8::1", false},
		{"::ffff:127.0.0.1", 1, "::ffff:127.0.0.1", false},
		{"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
		 "1.1.1.2",
			8, "1.1.1.2", false},
		{"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
		 "1.1.1.1,1.1.1.1",
			0, NULL, false},
		{"", 0, NULL, false},
		{",", 0, NULL, false},
		{"127.0.0.1,", 0, NULL, false},
		{"127.0.0.1@", 0, NULL, false},
		{"127.0.0.1@0", 0, NULL, false},
		{"127.0.0.1@65536", 0, NULL, false},
		{"127.0.0.1@99999999999999999999", 0, NULL, false},
		{"127.0.0.1@+53", 0, NULL, false},
		{"127.0.0.1 ", 0, NULL, false},
		{"127.1", 0, NULL, false},
		{"localhost", 0, NULL, false},
	};
	struct server_address list[SERVER_LIST_MAX];
	char text[SERVER_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = server_parse_list(rows[i].text, list);

		if (n != rows[i].count)
			fail_msg("%s: %zu", rows[i].text, n);
		if (n == 0)
			continue;
		server_text(&list[n - 1], text);
		assert_string_equal(text, rows[i].last);
		assert_int_equal(
			server_is_loopback(&list[n - 1]), rows[i].loopback);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
