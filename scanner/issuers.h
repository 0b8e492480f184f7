/*
 * What the public issuers of the machine are good for in a run: chains are
 * judged by them, and policies of MTA-STS fetched from hosts that they vouch
 * for. A scan for DANE can do without.
 */
#ifndef SCANNER_ISSUERS_H
#define SCANNER_ISSUERS_H

#include "scanner/config.h"
#include "scanner/core/blocklist.h"
#include "scanner/scan.h"

/* Fill in pkix and policy; the resolver must be there. Says it on stderr where
   there is no --ca-file. blocklist may be NULL, and must live as long. */
void issuers_open(struct scan_parts *parts, const struct config *config,
	const struct blocklist *blocklist);
/* Free them. */
void issuers_close(struct scan_parts *parts);

#endif
