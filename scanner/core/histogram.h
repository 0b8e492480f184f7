/*
 * Durations sorted into buckets, as Prometheus has them: enough to tell the
 * shape of a distribution and its quantiles, in constant memory. Pure.
 */
#ifndef SCANNER_CORE_HISTOGRAM_H
#define SCANNER_CORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	HISTOGRAM_BUCKETS = 17
};

/* All zero at the start. */
struct histogram {
	/* Not cumulative; the last one is for all that is longer. */
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t count;
	uint64_t sum_ms;
};

void histogram_add(struct histogram *histogram, uint64_t ms);

/* Upper bound of bucket i, inclusive; UINT64_MAX for the last. */
uint64_t histogram_bound_ms(size_t i);

/*
 * Upper bound of the bucket that holds the q-th part (0 … 1) of all durations;
 * of the last bucket its lower one. 0 for an empty histogram.
 */
uint64_t histogram_quantile_ms(const struct histogram *histogram, double q);

#endif
