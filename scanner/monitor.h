/*
 * What a running scan shows of itself: gathers the numbers of all parts, for
 * the status line, and for the metrics file, which is written anew every ten
 * seconds (INTERFACE: --metrics).
 */
#ifndef SCANNER_MONITOR_H
#define SCANNER_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/list.h"
#include "scanner/progress.h"
#include "scanner/scan.h"
#include "scanner/tally.h"
#include "store/store.h"

struct monitor;

/* All stay the caller's, and live as long as they are monitored. */
struct monitor_parts {
	const char *path; /* of the metrics, or NULL */
	const char *label;
	const struct tally *tally;
	const struct list *list;
	const struct scan *scan;
	const struct resolver *resolver;
	const struct store *database; /* or NULL */
	const struct store *output;   /* or NULL */
	int64_t started_us;
	unsigned window;
	unsigned window_wanted;
	unsigned probes;
	unsigned descriptors;
};

/* The numbers of the status line, but for the rate. */
void monitor_numbers(const struct monitor_parts *parts, uint64_t elapsed_ms,
	uint64_t now_ms, struct progress_numbers *numbers);

/* Can the file be written? It is left empty. 0, or -1 with one line in err. */
int monitor_try(const char *path, char *err, size_t errsize);

/* Of a scan with a path. */
struct monitor *monitor_new(const struct monitor_parts *parts);
void monitor_free(struct monitor *monitor);

/*
 * To be called once a second, and with ended true when all is over: writes when
 * it is time. NULL, or one line for a person, told once, when the file cannot
 * be written any more; later calls go on trying.
 */
const char *monitor_second(struct monitor *monitor, uint64_t elapsed_ms,
	int64_t now_us, bool ended);

#endif
