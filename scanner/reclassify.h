/*
 * The verdicts of a stored scan, derived again from its stored facts alone,
 * under the rules of this program. Each is judged as of the time at which it
 * was, so that no certificate expires by being looked at later.
 *
 * What public issuers say of a chain stays as it is stored: it rests on the
 * issuers that the scanner had. So do the hints that the database finds in
 * earlier scans, as long as their record matches nothing.
 */
#ifndef SCANNER_RECLASSIFY_H
#define SCANNER_RECLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/rewrite.h"

struct reclassify_wish {
	const char *dsn;
	int64_t scan;
	bool dry_run; /* nothing is changed */
	rewrite_change_cb changed;
	rewrite_total_cb total;
	void *arg;
};

struct reclassify_result {
	uint64_t domains; /* that were judged */
	int before;	  /* version of the rules that its verdicts were by */
	struct rewrite_counts changed;
};

/* 0, or -1 with one line in err: then nothing was changed. Blocks. */
int reclassify_scan(const struct reclassify_wish *wish,
	struct reclassify_result *result, char *err, size_t errsize);

#endif
