/*
 * The database of a run: the scan is registered, taken up again or joined, and
 * the run is a member of its fleet.
 */
#ifndef SCANNER_DATABASE_H
#define SCANNER_DATABASE_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/config.h"
#include "store/fleet.h"
#include "store/store.h"

struct database_wish {
	const struct config *config; /* with db */
	const char *label;
	int64_t join; /* the scan, to be a worker of it; or 0 */
};

/* Blocks. NULL with one line in err; the fleet is the store's. */
struct store *database_open(const struct database_wish *wish,
	struct fleet **fleet, char *err, size_t errsize);

#endif
