/*
 * Tests of resolver/reserved.c.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/reserved.h"

static void
edges_of_blocks(void **state)
{
	static const struct {
		const char *address;
		bool reserved;
	} cases[] = {
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
		{"ff02::1", true},
	};
	uint8_t octets[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int ipv6 = strchr(cases[i].address, ':') != NULL;

		assert_int_equal(inet_pton(ipv6 ? AF_INET6 : AF_INET,
					 cases[i].address, octets),
			1);
		if (reserved_contains(octets, ipv6 ? 16 : 4) !=
			cases[i].reserved)
			fail_msg("%s", cases[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_of_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
