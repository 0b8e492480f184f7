/*
 * Special-purpose address blocks. Pure.
 */
#include "resolver/reserved.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REACHABLE_true(block)
#define REACHABLE_false(block) block,
#define X(block, reachable, name, reference) REACHABLE_##reachable(block)
const char *const reserved_blocks[] = {
#include "resolver/reserved.def"
	NULL,
};
#undef X

struct block {
	const char *text;
	bool reachable;
};

#define X(block, reachable, name, reference) {block, reachable},
static const struct block blocks[] = {
#include "resolver/reserved.def"
};
#undef X

/* Where in an IPv6 address an IPv4 address is, after which octets. */
struct embedding {
	uint8_t prefix[12];
	size_t len;
};

static const struct embedding nat64 = {{0, 0x64, 0xff, 0x9b}, 12};
static const struct embedding six_to_four = {{0x20, 0x02}, 2};
static const struct embedding mapped = {{[10] = 0xff, [11] = 0xff}, 12};

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned mask = 0xff00u >> bits % 8 & 0xff;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

/* The length of the block, or -1: it is of the other family. */
static int
parse_block(const char *block, size_t len, uint8_t prefix[16])
{
	const char *slash = strchr(block, '/');
	char text[INET6_ADDRSTRLEN] = "";

	memcpy(text, block, (size_t)(slash - block));
	if (inet_pton(len == 4 ? AF_INET : AF_INET6, text, prefix) != 1)
		return -1;
	return atoi(slash + 1);
}

static bool
has_embedding(const uint8_t *address, const struct embedding *embedding,
	uint8_t ipv4[4])
{
	if (memcmp(address, embedding->prefix, embedding->len) != 0)
		return false;
	memcpy(ipv4, address + embedding->len, 4);
	return true;
}

bool
reserved_embedded(const uint8_t address[16], uint8_t ipv4[4])
{
	return has_embedding(address, &nat64, ipv4) ||
	       has_embedding(address, &six_to_four, ipv4) ||
	       has_embedding(address, &mapped, ipv4);
}

/* By the longest block that holds it; one that none holds is reachable. */
static bool
is_reachable(const uint8_t *address, size_t len)
{
	bool reachable = true;
	int longest = -1;
	uint8_t prefix[16];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		int bits = parse_block(blocks[i].text, len, prefix);

		if (bits <= longest ||
			!same_prefix(prefix, address, (unsigned)bits))
			continue;
		longest = bits;
		reachable = blocks[i].reachable;
	}
	return reachable;
}

bool
reserved_contains(const uint8_t *address, size_t len)
{
	uint8_t ipv4[4];

	if (!is_reachable(address, len))
		return true;
	return len == 16 && reserved_embedded(address, ipv4) &&
	       !is_reachable(ipv4, sizeof(ipv4));
}

bool
reserved_embedding(const char *block, size_t i, char out[RESERVED_PREFIX_SIZE])
{
	const struct embedding *embedding = i == 0 ? &nat64 : &six_to_four;
	char text[INET6_ADDRSTRLEN];
	uint8_t ipv6[16] = {0}, ipv4[16];
	int bits = parse_block(block, 4, ipv4);

	if (bits < 0 || i > 1)
		return false;
	memcpy(ipv6, embedding->prefix, embedding->len);
	memcpy(ipv6 + embedding->len, ipv4, 4);
	inet_ntop(AF_INET6, ipv6, text, sizeof(text));
	snprintf(out, RESERVED_PREFIX_SIZE, "%s/%d", text,
		bits + 8 * (int)embedding->len);
	return true;
}
