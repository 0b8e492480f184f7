/*
 * Special-purpose address blocks. Pure.
 */
#include "resolver/reserved.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

const char *const reserved_blocks[] = {
	"0.0.0.0/8",	   /* this network, RFC 791 */
	"10.0.0.0/8",	   /* private use, RFC 1918 */
	"100.64.0.0/10",   /* shared by carriers, RFC 6598 */
	"127.0.0.0/8",	   /* loopback, RFC 1122 */
	"169.254.0.0/16",  /* link-local, RFC 3927 */
	"172.16.0.0/12",   /* private use, RFC 1918 */
	"192.0.0.0/29",	   /* service continuity, RFC 7335 */
	"192.0.0.8/32",	   /* dummy address, RFC 7600 */
	"192.0.0.170/31",  /* NAT64 discovery, RFC 7050 */
	"192.0.2.0/24",	   /* documentation, RFC 5737 */
	"192.168.0.0/16",  /* private use, RFC 1918 */
	"198.18.0.0/15",   /* benchmarking, RFC 2544 */
	"198.51.100.0/24", /* documentation, RFC 5737 */
	"203.0.113.0/24",  /* documentation, RFC 5737 */
	"224.0.0.0/4",	   /* multicast, RFC 1112 */
	"240.0.0.0/4",	   /* reserved, broadcast: RFC 1112, RFC 8190 */
	"::/127",	   /* unspecified and loopback, RFC 4291 */
	"::ffff:0:0/96",   /* IPv4-mapped, RFC 4291 */
	"64:ff9b:1::/48",  /* local translation, RFC 8215 */
	"100::/64",	   /* discard, RFC 6666 */
	"2001:2::/48",	   /* benchmarking, RFC 5180 */
	"2001:10::/28",	   /* ORCHID, RFC 4843 */
	"2001:db8::/32",   /* documentation, RFC 3849 */
	"3fff::/20",	   /* documentation, RFC 9637 */
	"5f00::/16",	   /* segment routing, RFC 9602 */
	"fc00::/7",	   /* unique local, RFC 4193 */
	"fe80::/10",	   /* link-local, RFC 4291 */
	"ff00::/8",	   /* multicast, RFC 4291 */
	NULL,
};

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned mask = 0xff00u >> bits % 8 & 0xff;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

static bool
in_block(const char *block, const uint8_t *address, size_t len)
{
	const char *slash = strchr(block, '/');
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t prefix[16];

	memcpy(text, block, (size_t)(slash - block));
	if (inet_pton(len == 4 ? AF_INET : AF_INET6, text, prefix) != 1)
		return false; /* of the other family */
	return same_prefix(prefix, address, (unsigned)atoi(slash + 1));
}

bool
reserved_contains(const uint8_t *address, size_t len)
{
	for (const char *const *block = reserved_blocks; *block != NULL;
		block++)
		if (in_block(*block, address, len))
			return true;
	return false;
}
