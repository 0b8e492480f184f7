/*
 * The metrics of a running scan, as Prometheus reads them from a file
 * (INTERFACE: --metrics). Pure: numbers in, text out.
 */
#ifndef SCANNER_METRICS_H
#define SCANNER_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/list.h"
#include "scanner/machine.h"
#include "scanner/scan.h"
#include "scanner/tally.h"
#include "store/buffer.h"
#include "store/store.h"

struct metrics_sink {
	const char *name; /* "database", "output" */
	struct store_stats stats;
};

struct metrics {
	const char *label;
	int64_t scan_id; /* 0 without a database */
	enum scan_state state;
	int64_t started_us;
	int64_t now_us;
	uint64_t expected; /* domains; 0: unknown */
	unsigned window;   /* as the machine allows */
	unsigned window_wanted;
	unsigned probes;
	unsigned descriptors; /* limit of open files, of each process */
	const struct tally *tally;
	const struct list_rejected *rejected; /* as list_rejected() */
	struct list_counts list;
	struct scan_stats scan;
	struct resolver_stats resolver;
	struct metrics_sink sinks[SCAN_STORES];
	size_t sink_count;
	struct machine_usage scanner;
	struct machine_usage resolvers;
};

/* Appends the whole text. Families: docs/metrics.md. */
void metrics_text(const struct metrics *metrics, struct buffer *out);

#endif
