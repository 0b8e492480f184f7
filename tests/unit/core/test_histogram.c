/* histogram: which bucket takes a duration, and what quantiles say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include "scanner/core/histogram.h"

static void
test_bounds(void **state)
{
	(void)state;
	for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
		assert_true(histogram_bound_ms(i - 1) < histogram_bound_ms(i));
	assert_true(histogram_bound_ms(HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
}

/* A bound belongs to its bucket ("le"). */
static void
test_buckets(void **state)
{
	(void)state;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		struct histogram h = {0};
		uint64_t bound = histogram_bound_ms(i);

		histogram_add(&h, bound);
		assert_true(h.counts[i] == 1);
		if (i + 1 == HISTOGRAM_BUCKETS)
			break;
		histogram_add(&h, bound + 1);
		assert_true(h.counts[i + 1] == 1);
		assert_true(h.count == 2 && h.sum_ms == 2 * bound + 1);
	}
}

static void
test_quantiles(void **state)
{
	struct histogram h = {0};

	(void)state;
	assert_true(histogram_quantile_ms(&h, 0.5) == 0);
	for (unsigned i = 0; i < 90; i++)
		histogram_add(&h, 3);
	for (unsigned i = 0; i < 9; i++)
		histogram_add(&h, 40);
	histogram_add(&h, 1000000);
	assert_true(histogram_quantile_ms(&h, 0) == 5);
	assert_true(histogram_quantile_ms(&h, 0.5) == 5);
	assert_true(histogram_quantile_ms(&h, 0.9) == 5);
	assert_true(histogram_quantile_ms(&h, 0.91) == 50);
	assert_true(histogram_quantile_ms(&h, 0.99) == 50);
	/* All that is known of the last bucket is where it begins. */
	assert_true(histogram_quantile_ms(&h, 1) == 180000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
