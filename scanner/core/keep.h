/*
 * What is kept of a host that is judged and stored, for the domains that name
 * it later: the facts and the verdict in as little memory as they need. A scan
 * may meet millions of hosts. Pure.
 */
#ifndef SCANNER_CORE_KEEP_H
#define SCANNER_CORE_KEEP_H

#include <stdbool.h>

#include "scanner/core/arena.h"
#include "scanner/core/verdict.h"

/*
 * A copy of verdict and of all that it points to, in an arena of its own, which
 * is returned. chains: with the certificates; without them their digests are
 * left, and der is NULL.
 */
struct arena *keep_host(const struct verdict_host *verdict, bool chains,
	struct verdict_host *kept);

#endif
