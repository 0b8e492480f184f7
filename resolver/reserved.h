/*
 * Special-purpose address blocks: where no public server can be. Pure.
 */
#ifndef RESOLVER_RESERVED_H
#define RESOLVER_RESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * CIDR strings, NULL at the end: the blocks of reserved.def that are not
 * globally reachable. The few reachable ones inside of them (anycast services,
 * none of DNS or mail) are not taken out.
 */
extern const char *const reserved_blocks[];

/*
 * Is this address, len octets (4 or 16) in network order, not globally
 * reachable? Of the blocks of reserved.def that hold it the longest decides;
 * an IPv6 address that stands for an IPv4 address is what that one is.
 */
bool reserved_contains(const uint8_t *address, size_t len);

/*
 * The IPv4 address that packets to this IPv6 address are for: behind NAT64 (RFC
 * 6052 section 2.1) and 6to4 (RFC 3056 section 2), and IPv4-mapped (RFC 4291
 * section 2.5.5.2). False: none.
 */
bool reserved_embedded(const uint8_t address[16], uint8_t ipv4[4]);

enum {
	RESERVED_PREFIX_SIZE = 64
};

/*
 * The IPv6 blocks that stand for an IPv4 block: i from 0, NAT64 and 6to4, until
 * false (IPv4-mapped ones are reserved anyway). False for an IPv6 block too.
 */
bool reserved_embedding(
	const char *block, size_t i, char out[RESERVED_PREFIX_SIZE]);

#endif
