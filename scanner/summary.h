/*
 * The end-of-run summary: counts and provenance of a scan as one JSON object
 * (docs/summary.md).
 */
#ifndef SCANNER_SUMMARY_H
#define SCANNER_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/config.h"
#include "scanner/list.h"
#include "scanner/scan.h"
#include "scanner/tally.h"
#include "store/store.h"

struct summary {
	const struct config *config;
	const char *label;
	int64_t started_us; /* Unix time, microseconds */
	int64_t finished_us;
	const struct scan *scan;
	const struct list *list;
	const struct resolver *resolver;
	const struct tally *tally;
	const struct store *database; /* or NULL */
	const struct store *output;   /* or NULL */
	unsigned window;	      /* as the machine allowed */
	unsigned probes;
	unsigned descriptors; /* limit of open files, of each process */
};

/* Can path be written? What is there stays. 0, or -1 with one line in err. */
int summary_try(const char *path, char *err, size_t errsize);

/* 0, or -1 with one line in err when path cannot be written. */
int summary_write(const struct summary *summary, const char *path, char *err,
	size_t errsize);

#endif
