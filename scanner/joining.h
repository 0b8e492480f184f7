/*
 * What the members of a fleet have in common: whatever a verdict may depend on,
 * and the pace at which an address is contacted, is as the scan was begun.
 */
#ifndef SCANNER_JOINING_H
#define SCANNER_JOINING_H

#include <stddef.h>

#include "scanner/config.h"

/* Take these options from recorded, the configuration of a scan as
   config_json() has it. 0, or -1 with one line in err. */
int joining_take(
	struct config *config, const char *recorded, char *err, size_t errsize);

#endif
