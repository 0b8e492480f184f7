/*
 * Tests of resolver/reserved.c.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/reserved.h"

static const struct {
	const char *address;
	bool reserved;
} edges[] = {
	{"0.0.0.0", true},
	{"1.0.0.0", false},
	{"10.255.255.255", true},
	{"11.0.0.0", false},
	{"100.63.255.255", false},
	{"100.64.0.0", true},
	{"100.127.255.255", true},
	{"100.128.0.0", false},
	{"127.0.0.1", true},
	{"172.15.255.255", false},
	{"172.16.0.0", true},
	{"172.31.255.255", true},
	{"172.32.0.0", false},
	{"192.0.0.171", true},
	{"192.0.0.9", false},
	{"198.17.255.255", false},
	{"198.19.255.255", true},
	{"223.255.255.255", false},
	{"224.0.0.1", true},
	{"255.255.255.255", true},
	{"::", true},
	{"::1", true},
	{"::2", false},
	{"::ffff:9.9.9.9", true},
	{"2001:db8::1", true},
	{"2001:db9::1", false},
	{"2620:fe::fe", false},
	{"fd00::1", true},
	{"fe80::1", true},
	{"febf::1", true},
	{"fec0::1", true},
	/* The longest block decides. */
	{"192.0.0.8", true},
	{"192.0.0.10", false},
	{"192.0.0.11", true},
	{"192.0.0.170", true},
	{"192.0.1.0", false},
	{"192.31.196.1", false},
	{"192.88.98.255", false},
	{"192.88.99.0", true},
	{"192.88.99.255", true},
	{"192.88.100.0", false},
	{"192.175.48.6", false},
	{"2001::1", true},
	{"2001:1::1", false},
	{"2001:1::2", false},
	{"2001:1::3", false},
	{"2001:1::4", true},
	{"2001:2::1", true},
	{"2001:3::1", false},
	{"2001:4:112::1", false},
	{"2001:4:113::1", true},
	{"2001:10::1", true},
	{"2001:20::1", false},
	{"2001:30::1", false},
	{"2001:1ff::1", true},
	{"2001:200::1", false},
	{"2620:4f:8000::1", false},
	{"100::1", true},
	{"100:0:0:1::1", true},
	{"100:0:0:2::1", false},
	{"3fff:fff::1", true},
	{"3fff:1000::1", false},
	{"5f00::1", true},
	{"5f01::1", false},
	/* NAT64 and 6to4 are what the address within is. */
	{"64:ff9b::9.9.9.9", false},
	{"64:ff9b::10.0.0.1", true},
	{"64:ff9b::192.0.0.9", false},
	{"64:ff9b:1::9.9.9.9", true},
	{"2002:909:909::1", false},
	{"2002:a00:1::1", true},
	{"2002:c058:6301::1", true},
	{"2002:7f00:1::1", true},
	{"ff02::1", true},
};

static void
edges_of_blocks(void **state)
{
	uint8_t octets[16];

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		int ipv6 = strchr(edges[i].address, ':') != NULL;

		assert_int_equal(inet_pton(ipv6 ? AF_INET6 : AF_INET,
					 edges[i].address, octets),
			1);
		if (reserved_contains(octets, ipv6 ? 16 : 4) !=
			edges[i].reserved)
			fail_msg("%s", edges[i].address);
	}
}

static void
blocks_that_lead_into_another(void **state)
{
	static const struct {
		const char *block, *nat64, *six_to_four;
	} cases[] = {
		{"10.0.0.0/8", "64:ff9b::a00:0/104", "2002:a00::/24"},
		{"192.0.0.170/32", "64:ff9b::c000:aa/128", "2002:c000:aa::/48"},
	};
	char out[RESERVED_PREFIX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(reserved_embedding(cases[i].block, 0, out));
		assert_string_equal(out, cases[i].nat64);
		assert_true(reserved_embedding(cases[i].block, 1, out));
		assert_string_equal(out, cases[i].six_to_four);
		assert_false(reserved_embedding(cases[i].block, 2, out));
	}
	assert_false(reserved_embedding("fc00::/7", 0, out));
}

/* Each block begins where it says: no host bits are set. */
static void
blocks_are_well_formed(void **state)
{
	(void)state;
	for (const char *const *block = reserved_blocks; *block; block++) {
		const char *slash = strchr(*block, '/');
		char text[64] = "";
		uint8_t octets[16] = {0};
		bool ipv6 = strchr(*block, ':') != NULL;
		unsigned bits = (unsigned)atoi(slash + 1);

		memcpy(text, *block, (size_t)(slash - *block));
		assert_int_equal(
			inet_pton(ipv6 ? AF_INET6 : AF_INET, text, octets), 1);
		assert_in_range(bits, 1, ipv6 ? 128 : 32);
		for (unsigned bit = bits; bit < (ipv6 ? 128u : 32u); bit++)
			assert_int_equal(octets[bit / 8] & 0x80 >> bit % 8, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_of_blocks),
		cmocka_unit_test(blocks_that_lead_into_another),
		cmocka_unit_test(blocks_are_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
