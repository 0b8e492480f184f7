/*
 * Names: what is let in and how it looks afterwards, the wire form, and the
 * views that sharding and sampling rest on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/name.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text;
	enum name_error error;
	const char *name;
} normal_rows[] = {
	{"example.com", NAME_OK, "example.com"},
	{"EXAMPLE.Com.", NAME_OK, "example.com"},
	{"com", NAME_OK, "com"},
	{"a.b-c.d", NAME_OK, "a.b-c.d"},
	{"_dmarc.example.com", NAME_OK, "_dmarc.example.com"},
	{"1and1.de", NAME_OK, "1and1.de"},
	{"123.example", NAME_OK, "123.example"},
	{"1.2.3.4.example", NAME_OK, "1.2.3.4.example"},
	{"ab--cd.example", NAME_OK, "ab--cd.example"},
	{L63 ".example", NAME_OK, L63 ".example"},
	{L63 "." L63 "." L63 "." L61, NAME_OK, L63 "." L63 "." L63 "." L61},
	{L63 "." L63 "." L63 "." L61 ".", NAME_OK, L63 "." L63 "." L63 "." L61},

	{"", NAME_EMPTY, ""},
	{".", NAME_EMPTY, ""},
	{"..", NAME_LABEL_EMPTY, ""},
	{".example", NAME_LABEL_EMPTY, ""},
	{"a..example", NAME_LABEL_EMPTY, ""},
	{"example..", NAME_LABEL_EMPTY, ""},
	{L63 "a.example", NAME_LABEL_LONG, ""},
	{L63 L63 L63 L63 L63, NAME_LABEL_LONG, ""},
	{L63 "." L63 "." L63 "." L61 "a", NAME_TOO_LONG, ""},
	{L63 "." L63 "." L63 "." L63 ".a", NAME_TOO_LONG, ""},
	{"exam ple.com", NAME_BAD_CHAR, ""},
	{" example.com", NAME_BAD_CHAR, ""},
	{"example.com\r", NAME_BAD_CHAR, ""},
	{"a\tb.com", NAME_BAD_CHAR, ""},
	{"*.example.com", NAME_BAD_CHAR, ""},
	{"user@example.com", NAME_BAD_CHAR, ""},
	{"a\\.b.example", NAME_BAD_CHAR, ""},
	{"$ORIGIN", NAME_BAD_CHAR, ""},
	{"http://example.com", NAME_BAD_CHAR, ""},
	{"[192.0.2.1]", NAME_BAD_CHAR, ""},
	{"-a.example", NAME_BAD_HYPHEN, ""},
	{"a-.example", NAME_BAD_HYPHEN, ""},
	{"a.-", NAME_BAD_HYPHEN, ""},
	{"192.0.2.1", NAME_IS_ADDRESS, ""},
	{"192.0.2.1.", NAME_IS_ADDRESS, ""},
	{"192.0.2.256", NAME_IS_ADDRESS, ""},
	{"1234", NAME_IS_ADDRESS, ""},
	{"example.123", NAME_IS_ADDRESS, ""},
	{"2001:db8::1", NAME_IS_ADDRESS, ""},
	{"::", NAME_IS_ADDRESS, ""},
	{"::ffff:192.0.2.1", NAME_IS_ADDRESS, ""},
	{"a:b", NAME_BAD_CHAR, ""},

	/* IDNA 2008, UTS 46 non-transitional */
	{"m\xc3\xbcller.example", NAME_OK, "xn--mller-kva.example"},
	{"M\xc3\x9cLLER.example", NAME_OK, "xn--mller-kva.example"},
	{"fa\xc3\x9f.de", NAME_OK, "xn--fa-hia.de"},
	{"a\xe3\x80\x82"
	 "example",
		NAME_OK, "a.example"},
	{"\xef\xbd\x81.example", NAME_OK, "a.example"},
	{"\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95", NAME_OK,
		"xn--fsqu00a.xn--0zwm56d"},
	{"\xc3\xbc_x.example", NAME_OK, "xn--_x-wka.example"},
	/* m, u, combining diaeresis */
	{"mu\xcc\x88ller.example", NAME_OK, "xn--mller-kva.example"},
	{"XN--MLLER-KVA.example", NAME_OK, "xn--mller-kva.example"},
	/* emoji: registered in the field, not in IDNA 2008 */
	{"xn--i-7iq.example", NAME_OK, "xn--i-7iq.example"},
	{"xn--\x61\x61\x61\x61-99999999.example", NAME_BAD_IDNA, ""},
	{"a.xn--0", NAME_BAD_IDNA, ""},
	{"axn--0.example", NAME_OK, "axn--0.example"},
	{"\xff\xfe.example", NAME_BAD_UTF8, ""},
	{"m\xc3", NAME_BAD_UTF8, ""},
	/* UTF-8 of a surrogate, and an over-long form */
	{"\xed\xa0\x80.example", NAME_BAD_UTF8, ""},
	{"\xc0\xae.example", NAME_BAD_UTF8, ""},
	{"\xc3\xbc\xc2\xa0x.example", NAME_BAD_IDNA, ""},
	{"\xc3\xbc x.example", NAME_BAD_CHAR, ""},
	/* fullwidth @ maps to one that no name can have */
	{"a\xef\xbc\xa0"
	 "b.example",
		NAME_BAD_CHAR, ""},
	/* a leading combining mark */
	{"\xcc\x88"
	 "a.example",
		NAME_BAD_IDNA, ""},
};

static void
test_normalise(void **state)
{
	char out[NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(normal_rows); i++) {
		enum name_error error;

		memset(out, 'x', sizeof(out));
		error = name_normalise(
			normal_rows[i].text, strlen(normal_rows[i].text), out);
		if (error != normal_rows[i].error ||
			strcmp(out, normal_rows[i].name) != 0)
			fail_msg("\"%s\": %s \"%s\", wanted %s",
				normal_rows[i].text, name_error_text(error),
				out, name_error_text(normal_rows[i].error));
	}
}

static void
test_normalise_octets(void **state)
{
	char out[NAME_SIZE], big[5000];

	(void)state;
	assert_int_equal(name_normalise("a\0b", 3, out), NAME_BAD_CHAR);
	assert_int_equal(name_normalise("\xc3\xbc\0b", 4, out), NAME_BAD_CHAR);
	assert_int_equal(name_normalise("example.com!", 11, out), NAME_OK);
	assert_string_equal(out, "example.com");
	for (size_t i = 0; i < sizeof(big); i += 2)
		memcpy(big + i, "\xc3\xbc", 2);
	assert_int_equal(name_normalise(big, sizeof(big), out), NAME_TOO_LONG);
	assert_int_equal(name_normalise(big, 300, out), NAME_LABEL_LONG);
	assert_string_equal(out, "");
}

/* A42: an address literal is no target of a scan. */
static void
test_address_literal(void **state)
{
	static const char *const literals[] = {"[192.0.2.1]", "192.0.2.1",
		"[IPv6:2001:db8::1]", "2001:db8::1"};
	char out[NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(literals); i++)
		assert_int_not_equal(
			name_normalise(literals[i], strlen(literals[i]), out),
			NAME_OK);
}

/* Normalising what is normal changes nothing. */
static void
test_normalise_twice(void **state)
{
	static const char *const names[] = {"example.com", "xn--fa-hia.de",
		"xn--fsqu00a.xn--0zwm56d", "_a.b"};
	char out[NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(
			name_normalise(names[i], strlen(names[i]), out),
			NAME_OK);
		assert_string_equal(out, names[i]);
	}
}

static void
test_error_text(void **state)
{
	(void)state;
	for (int e = NAME_OK; e <= NAME_IS_ADDRESS; e++) {
		assert_string_not_equal(
			name_error_text((enum name_error)e), "unknown");
		for (int f = NAME_OK; f < e; f++)
			assert_string_not_equal(
				name_error_text((enum name_error)e),
				name_error_text((enum name_error)f));
	}
}

#define WIRE(s) s, sizeof(s) - 1

static void
test_from_wire(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		size_t used;
		const char *name;
	} rows[] = {
		{WIRE("\0"), 1, "."},
		{WIRE("\3com\0"), 5, "com"},
		{WIRE("\3COM\0rest"), 5, "com"},
		{WIRE("\7example\3com\0"), 13, "example.com"},
		{WIRE("\4_25.\1a\0"), 8, "_25\\046.a"},
		{WIRE("\4a\\b*\0"), 6, "a\\092b*"},
		{WIRE("\3a\0b\0"), 5, "a\\000b"},
		{WIRE("\2\xff \0"), 4, "\\255\\032"},
		{WIRE("\4\";$@\0"), 6, "\\034\\059\\036\\064"},
		{WIRE("\1*\1a\0"), 5, "*.a"},
		{WIRE("\3"
		      "0/8\1a\0"),
			7, "0/8.a"},

		{WIRE(""), 0, ""},
		{WIRE("\3com"), 0, ""},
		{WIRE("\3co"), 0, ""},
		{WIRE("\3"), 0, ""},
		{WIRE("\xc0\0"), 0, ""},
		{WIRE("\xc0\x0c"), 0, ""},
		{WIRE("\3com\xc0\0"), 0, ""},
		{WIRE("\x40\0"), 0, ""},
		{WIRE("\x80\0"), 0, ""},
	};
	char out[NAME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t used;

		memset(out, 'x', sizeof(out));
		used = name_from_wire(
			(const uint8_t *)rows[i].wire, rows[i].len, out);
		if (used != rows[i].used || strcmp(out, rows[i].name) != 0)
			fail_msg("row %zu: %zu \"%s\", wanted %zu \"%s\"", i,
				used, out, rows[i].used, rows[i].name);
	}
}

/* n labels of 63 octets c and a last one of size octets. */
static size_t
build_wire(uint8_t *wire, unsigned n, uint8_t size, int c)
{
	size_t at = 0;

	for (unsigned i = 0; i <= n; i++) {
		uint8_t len = i < n ? 63 : size;

		wire[at++] = len;
		memset(wire + at, c, len);
		at += len;
	}
	wire[at++] = 0;
	return at;
}

static void
test_from_wire_length(void **state)
{
	uint8_t wire[600];
	char out[NAME_TEXT_SIZE];
	size_t len;

	(void)state;
	len = build_wire(wire, 3, 61, 0xff);
	assert_int_equal(len, 255);
	assert_int_equal(name_from_wire(wire, len, out), 255);
	assert_int_equal(strlen(out), 250 * 4 + 3);
	/* RFC 1035 section 2.3.4: 256 octets are one too many. */
	len = build_wire(wire, 3, 62, 'a');
	assert_int_equal(name_from_wire(wire, len, out), 0);
	len = build_wire(wire, 7, 63, 'a');
	assert_int_equal(name_from_wire(wire, len, out), 0);
	assert_string_equal(out, "");
}

static void
test_check_host(void **state)
{
	static const struct {
		const char *name;
		enum name_error error;
	} rows[] = {
		{"mx.example.com", NAME_OK},
		{"localhost", NAME_OK},
		{"mx_1.example.com", NAME_OK},
		{".", NAME_EMPTY},
		{"", NAME_EMPTY},
		{"192.0.2.1", NAME_IS_ADDRESS},
		{"2001:db8::1", NAME_IS_ADDRESS},
		{"mx\\032a.example.com", NAME_BAD_CHAR},
		{"*.example.com", NAME_BAD_CHAR},
		{"-mx.example.com", NAME_BAD_HYPHEN},
		{"mx..example.com", NAME_LABEL_EMPTY},
		{L63 "a.example", NAME_LABEL_LONG},
		{L63 "." L63 "." L63 "." L61 "a", NAME_TOO_LONG},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (name_check_host(rows[i].name) != rows[i].error)
			fail_msg("\"%s\": %s", rows[i].name,
				name_error_text(name_check_host(rows[i].name)));
}

static void
test_last_labels(void **state)
{
	static const struct {
		const char *name;
		unsigned n;
		const char *rest;
	} rows[] = {
		{"_25._tcp.mx.example.com", 2, "example.com"},
		{"example.com", 2, "example.com"},
		{"com", 2, "com"},
		{"a.b.c", 1, "c"},
		{"a.b.c", 3, "a.b.c"},
		{"a.b.c", 9, "a.b.c"},
		{"a.b.c", 0, ""},
		{"", 2, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *rest = name_last_labels(rows[i].name, rows[i].n);

		assert_string_equal(rest, rows[i].rest);
		assert_ptr_equal(rest + strlen(rest),
			rows[i].name + strlen(rows[i].name));
	}
}

static void
test_registration(void **state)
{
	static const struct {
		const char *name;
		const char *rest;
	} rows[] = {
		{"example.com", "example.com"},
		{"_25._tcp.mx.example.com", "example.com"},
		{"example.co.uk", "example.co.uk"},
		{"_25._tcp.mx.example.co.uk", "example.co.uk"},
		{"a.b.example.com.br", "example.com.br"},
		{"mx.example.or.jp", "example.or.jp"},
		{"mx.example.uk.com", "example.uk.com"},
		{"mx.web.de", "mx.web.de"},
		{"_25._tcp.web.de", "web.de"},
		{"mx.gmx.net", "gmx.net"},
		{"mx.mail.de", "mail.de"},
		{"co.uk", "co.uk"},
		{"_tcp.co.uk", "co.uk"},
		{"uk", "uk"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
			name_registration(rows[i].name), rows[i].rest);
}

/* Whole registries below one label; all names of a registration together. */
static void
test_registration_spread(void **state)
{
	static const char *const under[] = {
		"com", "co.uk", "org.uk", "com.au", "co.jp", "uk.com"};
	enum {
		SHARES = 8,
		NAMES = 16000
	};

	(void)state;
	for (size_t i = 0; i < COUNT(under); i++) {
		unsigned counts[SHARES] = {0};

		for (unsigned n = 0; n < NAMES; n++) {
			char domain[64], tlsa[96];
			uint64_t hash;

			snprintf(domain, sizeof(domain), "name%u.%s", n,
				under[i]);
			snprintf(tlsa, sizeof(tlsa), "_25._tcp.mx.%s", domain);
			hash = name_hash(name_registration(domain), 0);
			assert_int_equal(
				name_hash(name_registration(tlsa), 0), hash);
			counts[hash % SHARES]++;
		}
		for (unsigned k = 0; k < SHARES; k++)
			assert_in_range(counts[k], NAMES / SHARES * 9 / 10,
				NAMES / SHARES * 11 / 10);
	}
}

/* The values are a promise: samples of different years must nest. */
static void
test_hash_values(void **state)
{
	static const struct {
		const char *name;
		uint64_t seed;
		uint64_t hash;
	} rows[] = {
		{"", 0, UINT64_C(0xefd01f60ba992926)},
		{"example.com", 0, UINT64_C(0x9591d6421994d599)},
		{"example.com", 1, UINT64_C(0xb297c1f2adbda0dd)},
		{"example.net", 0, UINT64_C(0x6523ebb4d0cc7ca1)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			name_hash(rows[i].name, rows[i].seed), rows[i].hash);
}

/* Every tenth of the range gets a tenth of the names, give or take a sixth. */
static void
test_hash_spread(void **state)
{
	enum {
		NAMES = 20000,
		PARTS = 10
	};
	unsigned part[PARTS] = {0};
	char name[32];

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "d%05u.example", i);
		part[name_hash(name, 7) / (UINT64_MAX / PARTS + 1)]++;
	}
	for (unsigned i = 0; i < PARTS; i++)
		assert_in_range(
			part[i], NAMES / PARTS * 5 / 6, NAMES / PARTS * 7 / 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_normalise_octets),
		cmocka_unit_test(test_normalise_twice),
		cmocka_unit_test(test_address_literal),
		cmocka_unit_test(test_error_text),
		cmocka_unit_test(test_from_wire),
		cmocka_unit_test(test_from_wire_length),
		cmocka_unit_test(test_check_host),
		cmocka_unit_test(test_last_labels),
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_registration_spread),
		cmocka_unit_test(test_hash_values),
		cmocka_unit_test(test_hash_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
