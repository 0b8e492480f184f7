/*
 * The end-of-run summary: counts and provenance of a scan as one JSON object.
 */
#ifndef SCANNER_SUMMARY_H
#define SCANNER_SUMMARY_H

#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/config.h"
#include "scanner/list.h"
#include "scanner/scan.h"

struct summary {
	const struct config *config;
	const char *label;
	int64_t scan_id;    /* 0 without a database */
	int64_t started_us; /* Unix time, microseconds */
	int64_t finished_us;
	const struct scan *scan;
	const struct list *list;
	const struct resolver *resolver;
	unsigned window; /* as the machine allowed */
	unsigned probes;
};

/* 0, or -1 when path cannot be written. */
int summary_write(const struct summary *summary, const char *path);

#endif
