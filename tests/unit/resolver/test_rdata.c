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

static void
test_ds(void **state)
{
	static const uint8_t wire[] = {0x12, 0x34, 13, 2, 0xaa};
	struct rdata_ds ds;

	(void)state;
	assert_int_equal(rdata_ds(wire, sizeof(wire), &ds), 0);
	assert_int_equal(ds.tag, 0x1234);
	assert_int_equal(ds.algorithm, 13);
	assert_int_equal(ds.digest_type, 2);
	for (size_t len = 0; len < sizeof(wire); len++)
		assert_int_equal(rdata_ds(wire, len, &ds), -1);
}

/* The sum of appendix B worked out by hand: an odd last octet counts high, a
   carry is added once more. */
static void
test_dnskey(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		uint16_t tag, flags;
		uint8_t algorithm;
	} rows[] = {
		{WIRE("\1\1\3\15\0\5"), 0x0101 + 0x030d + 5, 257, 13},
		{WIRE("\1\0\3\10\2"), 0x0100 + 0x0308 + 0x0200, 256, 8},
		{WIRE("\1\1\3\15\xff\xff"), 0x0101 + 0x030d, 257, 13},
		{WIRE("\1\1\3\1\xaa\xbb\xcc\xdd"), 0xbbcc, 257, 1},
	};
	struct rdata_dnskey key;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
			rdata_dnskey(OCTETS(rows[i].wire), rows[i].len, &key),
			0);
		assert_int_equal(key.tag, rows[i].tag);
		assert_int_equal(key.flags, rows[i].flags);
		assert_int_equal(key.algorithm, rows[i].algorithm);
	}
	for (size_t len = 0; len < 5; len++)
		assert_int_equal(
			rdata_dnskey(OCTETS(rows[0].wire), len, &key), -1);
}

static void
test_nsec3param(void **state)
{
	static const uint8_t wire[] = {1, 1, 1, 0, 2, 0xaa, 0xbb};
	struct rdata_nsec3param param;

	(void)state;
	assert_int_equal(rdata_nsec3param(wire, sizeof(wire), &param), 0);
	assert_int_equal(param.hash, 1);
	assert_int_equal(param.flags, 1);
	assert_int_equal(param.iterations, 256);
	assert_int_equal(param.salt_len, 2);
	for (size_t len = 0; len < sizeof(wire); len++)
		assert_int_equal(rdata_nsec3param(wire, len, &param), -1);
}

static void
test_txt(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		const char *text; /* NULL: malformed */
	} rows[] = {
		{WIRE("\3abc"), "abc"},
		{WIRE("\3abc\0\2de"), "abcde"},
		{WIRE("\0"), ""},
		{WIRE(""), NULL},
		{WIRE("\4abc"), NULL},
		{WIRE("\3abc\1"), NULL},
	};
	char out[16];
	size_t used;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int ret = rdata_txt(
			OCTETS(rows[i].wire), rows[i].len, out, &used);

		assert_int_equal(ret, rows[i].text != NULL ? 0 : -1);
		if (ret != 0)
			continue;
		assert_int_equal(used, strlen(rows[i].text));
		assert_memory_equal(out, rows[i].text, used);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mx),
		cmocka_unit_test(test_mx_cut),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_tlsa),
		cmocka_unit_test(test_ds),
		cmocka_unit_test(test_dnskey),
		cmocka_unit_test(test_nsec3param),
		cmocka_unit_test(test_txt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
