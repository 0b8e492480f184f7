/*
 * What a run of a scan has to say about itself: part of the summary, and kept
 * with the scan in the database.
 */
#ifndef SCANNER_REPORT_H
#define SCANNER_REPORT_H

#include <jansson.h>

#include "scanner/scan.h"

/* Domains by class: an object with a member for each. */
json_t *report_classes(const uint64_t counts[CLASS_COUNT]);

/* Unix time in microseconds as a string; null for 0. */
json_t *report_moment(int64_t wall_us);

/* An object; the caller's. */
json_t *report_json(const struct scan_stats *stats);

/* The same as text; the caller frees it. */
char *report_text(const struct scan_stats *stats);

#endif
