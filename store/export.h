/* A stored scan as the scanner would have written it to a file. */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include <stdint.h>
#include <stdio.h>

enum export_format {
	EXPORT_NDJSON,
	EXPORT_CSV,
};

/*
 * Write scan to out, in the order of the input lines. Blocks, and holds one
 * row at a time. 0, or -1 with one line in err; what came before the failure
 * is written then.
 */
int export_scan(const char *dsn, int64_t scan, enum export_format format,
	FILE *out, char *err, size_t errsize);

#endif
