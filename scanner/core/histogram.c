/* Durations sorted into buckets. */
#include "scanner/core/histogram.h"

/* From a cached answer to the longest time limit that is usual. */
static const uint64_t bounds_ms[HISTOGRAM_BUCKETS - 1] = {1, 2, 5, 10, 20, 50,
	100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000, 180000};

static size_t
bucket_of(uint64_t ms)
{
	size_t i = 0;

	while (i < HISTOGRAM_BUCKETS - 1 && ms > bounds_ms[i])
		i++;
	return i;
}

void
histogram_add(struct histogram *histogram, uint64_t ms)
{
	histogram->counts[bucket_of(ms)]++;
	histogram->count++;
	histogram->sum_ms += ms;
}

uint64_t
histogram_bound_ms(size_t i)
{
	return i < HISTOGRAM_BUCKETS - 1 ? bounds_ms[i] : UINT64_MAX;
}

uint64_t
histogram_quantile_ms(const struct histogram *histogram, double q)
{
	double wanted = q * (double)histogram->count;
	uint64_t sum = 0;

	if (histogram->count == 0)
		return 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		sum += histogram->counts[i];
		if (sum > 0 && (double)sum >= wanted)
			return bounds_ms[i];
	}
	return bounds_ms[HISTOGRAM_BUCKETS - 2];
}
