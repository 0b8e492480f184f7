/*
 * RDATA: well formed, cut short at every octet, and with something behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/rdata.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCTETS(s) ((const uint8_t *)(s))
#define WIRE(s) s, sizeof(s) - 1

static void
test_mx(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		int ret;
		uint16_t preference;
		const char *exchange;
	} rows[] = {
		{WIRE("\0\12\2mx\1a\0"), 0, 10, "mx.a"},
		{WIRE("\xff\xfe\2MX\0"), 0, 65534, "mx"},
		{WIRE("\0\0\0"), 0, 0, "."},
		{WIRE("\0\12"), -1, 0, NULL},
		{WIRE("\0"), -1, 0, NULL},
		{WIRE(""), -1, 0, NULL},
		{WIRE("\0\12\2mx\1a\0\0"), -1, 0, NULL},
		{WIRE("\0\12\2mx\xc0\0"), -1, 0, NULL},
	};
	struct rdata_mx mx;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int ret = rdata_mx(OCTETS(rows[i].wire), rows[i].len, &mx);

		assert_int_equal(ret, rows[i].ret);
		if (ret != 0)
			continue;
		assert_int_equal(mx.preference, rows[i].preference);
		assert_string_equal(mx.exchange, rows[i].exchange);
	}
}

static void
test_mx_cut(void **state)
{
	static const uint8_t wire[] = "\0\12\7example\3com";
	struct rdata_mx mx;

	(void)state;
	assert_int_equal(rdata_mx(wire, sizeof(wire), &mx), 0);
	for (size_t len = 0; len < sizeof(wire); len++)
		assert_int_equal(rdata_mx(wire, len, &mx), -1);
}

static void
test_name(void **state)
{
	char out[NAME_TEXT_SIZE];

	(void)state;
	assert_int_equal(rdata_name(OCTETS("\2Ns\1a\0"), 6, out), 0);
	assert_string_equal(out, "ns.a");
	assert_int_equal(rdata_name(OCTETS("\2ns\1a\0x"), 7, out), -1);
	assert_int_equal(rdata_name(OCTETS(""), 0, out), -1);
}

static void
test_tlsa(void **state)
{
	static const uint8_t wire[] = {3, 1, 2, 0xaa, 0xbb};
	struct rdata_tlsa tlsa;

	(void)state;
	assert_int_equal(rdata_tlsa(wire, 5, &tlsa), 0);
	assert_int_equal(tlsa.usage, 3);
	assert_int_equal(tlsa.selector, 1);
	assert_int_equal(tlsa.mtype, 2);
	assert_int_equal(tlsa.len, 2);
	assert_memory_equal(tlsa.data, "\xaa\xbb", 2);
	assert_int_equal(rdata_tlsa(wire, 3, &tlsa), 0);
	assert_int_equal(tlsa.len, 0);
	for (size_t len = 0; len < 3; len++)
		assert_int_equal(rdata_tlsa(wire, len, &tlsa), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mx),
		cmocka_unit_test(test_mx_cut),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_tlsa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
