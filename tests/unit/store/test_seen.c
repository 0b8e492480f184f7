/* seen: new, the same, another; names do not collide. */
#include "store/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void
first_one_counts(void **state)
{
	struct seen seen = {0};
	int64_t run = 1;

	(void)state;
	assert_int_equal(seen_put(&seen, "a.example", 1, &run), SEEN_NEW);
	assert_int_equal(seen_put(&seen, "a.example", 1, &run), SEEN_SAME);
	assert_int_equal(seen_put(&seen, "a.example", 2, &run), SEEN_OTHER);
	assert_int_equal(seen_put(&seen, "a.example", 1, &run), SEEN_SAME);
	run = 5;
	assert_int_equal(seen_put(&seen, "b.example", 1, &run), SEEN_NEW);
	assert_int_equal(run, 5);
	assert_int_equal(seen_put(&seen, "a.example", 1, &run), SEEN_SAME);
	assert_int_equal(run, 1);
	assert_int_equal(seen_put(&seen, "b.example", 2, &run), SEEN_OTHER);
	assert_int_equal(run, 5);
	seen_free(&seen);
}

static void
many(void **state)
{
	struct seen seen = {0};
	int64_t run = 1;
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 5000; i++) {
			(void)snprintf(name, sizeof(name), "h%u.example", i);
			assert_int_equal(seen_put(&seen, name, i, &run),
				round == 0 ? SEEN_NEW : SEEN_SAME);
		}
	seen_free(&seen);
}

static void
digest_of_several(void **state)
{
	struct buffer a = {0};
	struct buffer b = {0};

	(void)state;
	buffer_text(&a, "one");
	buffer_text(&b, "two");
	uint64_t one = seen_digest(0, &a);
	assert_int_equal(one, seen_digest(0, &a));
	assert_true(one != seen_digest(0, &b));
	assert_true(
		seen_digest(one, &b) != seen_digest(seen_digest(0, &b), &a));
	buffer_free(&a);
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_one_counts),
		cmocka_unit_test(many),
		cmocka_unit_test(digest_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
