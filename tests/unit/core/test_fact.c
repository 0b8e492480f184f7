/*
 * fact: addresses to text and back.
 */
#include "scanner/core/fact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
test_text(void **state)
{
	static const struct {
		const char *text;
		bool ipv6;
		const char *canonical;
	} cases[] = {
		{"192.0.2.1", false, "192.0.2.1"},
		{"0.0.0.0", false, "0.0.0.0"},
		{"255.255.255.255", false, "255.255.255.255"},
		{"2001:DB8:0:0::1", true, "2001:db8::1"},
		{"::", true, "::"},
		{"::ffff:192.0.2.1", true, "::ffff:192.0.2.1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true,
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	struct fact_address address;
	char text[46];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			fact_address_parse(cases[i].text, &address), 0);
		assert_int_equal(address.ipv6, cases[i].ipv6);
		fact_address_text(&address, text);
		assert_string_equal(text, cases[i].canonical);
	}
}

static void
test_no_address(void **state)
{
	static const char *const cases[] = {"", "1", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "1.2.3.4 ", "01.2.3.4", "mx.example.com", ":",
		":::", "fe80::1%lo", "2001:db8::1/64", "12345::"};
	struct fact_address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(fact_address_parse(cases[i], &address), -1);
}

static void
test_equal(void **state)
{
	struct fact_address a, b, zero6;

	(void)state;
	fact_address_parse("192.0.2.1", &a);
	b = a;
	/* Only four octets of an IPv4 address mean anything. */
	b.bytes[4] = 1;
	assert_true(fact_address_equal(&a, &b));
	b.bytes[3] = 2;
	assert_false(fact_address_equal(&a, &b));
	fact_address_parse("0.0.0.0", &a);
	fact_address_parse("::", &zero6);
	assert_false(fact_address_equal(&a, &zero6));
	b = zero6;
	b.bytes[15] = 1;
	assert_false(fact_address_equal(&zero6, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
