/*
 * The last lines of a run for a person: what was read and scanned, what the
 * further passes changed, and when canaries failed.
 */
#ifndef SCANNER_CLOSING_H
#define SCANNER_CLOSING_H

#include <stdint.h>
#include <stdio.h>

#include "scanner/list.h"
#include "scanner/scan.h"

/* now_us: Unix time, the end of what has none yet. */
void closing_print(FILE *out, const struct list_counts *counts,
	const struct scan_stats *stats, int64_t now_us);

#endif
