/*
 * What is kept of a host that is judged and stored, for the domains that name
 * it later: the facts and the verdict as a few octets. A scan may meet millions
 * of hosts, and most domains have one that no other names. Pure.
 */
#ifndef SCANNER_CORE_PACK_H
#define SCANNER_CORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/core/arena.h"
#include "scanner/core/verdict.h"

/*
 * verdict and all that it points to, but for the host's name, as *len octets in
 * arena; they mean something to this process only. chains: with the
 * certificates; without them their digests are left.
 */
const uint8_t *pack_host(const struct verdict_host *verdict, bool chains,
	struct arena *arena, size_t *len);

/*
 * The verdict that was packed into octets, of the host called name. What it
 * points to is in arena; a certificate that was left out has der NULL,
 * and none is parsed.
 */
void unpack_host(const char *name, const uint8_t *octets, size_t len,
	struct arena *arena, struct verdict_host *verdict);

#endif
