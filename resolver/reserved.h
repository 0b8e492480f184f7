/*
 * Special-purpose address blocks: where no public server can be. Pure.
 */
#ifndef RESOLVER_RESERVED_H
#define RESOLVER_RESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * CIDR strings, NULL at the end: the blocks of the IANA special-purpose
 * address registries (RFC 6890) that are not globally reachable, and
 * multicast.
 */
extern const char *const reserved_blocks[];

/* Is this address, len octets (4 or 16) in network order, in one of them? */
bool reserved_contains(const uint8_t *address, size_t len);

#endif
