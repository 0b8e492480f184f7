/*
 * Tests of scanner/core/pace.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/pace.h"

static const struct pace_limits limits = {
	.total = 3, .per_network = 2, .interval_ms = 1000};

static struct pace_ticket
ticket(const char *text)
{
	struct pace_ticket made = {.owner = NULL};

	assert_int_equal(fact_address_parse(text, &made.address), 0);
	return made;
}

static void
one_at_a_time_and_an_interval(void **state)
{
	struct pace *pace = pace_new(&limits);
	struct pace_ticket a = ticket("192.0.2.1"), b = ticket("192.0.2.1");

	(void)state;
	pace_enter(pace, &a);
	pace_enter(pace, &b);
	assert_int_equal(pace_waiting(pace), 2);
	assert_ptr_equal(pace_next(pace, 0), &a);
	assert_null(pace_next(pace, 5000));
	assert_int_equal(pace_open(pace), 1);
	pace_leave(pace, &a, 5000);
	assert_null(pace_next(pace, 5999));
	assert_ptr_equal(pace_next(pace, 6000), &b);
	pace_leave(pace, &b, 6000);
	assert_int_equal(pace_open(pace), 0);
	assert_int_equal(pace_waiting(pace), 0);
	pace_free(pace);
}

static void
a_rested_address_keeps_its_interval(void **state)
{
	struct pace *pace = pace_new(&limits);
	struct pace_ticket a = ticket("192.0.2.1"), b = ticket("192.0.2.1");

	(void)state;
	pace_enter(pace, &a);
	assert_ptr_equal(pace_next(pace, 0), &a);
	pace_leave(pace, &a, 10);
	/* Entered while the address rests, and again after it was forgotten. */
	pace_enter(pace, &b);
	assert_null(pace_next(pace, 1009));
	assert_ptr_equal(pace_next(pace, 1010), &b);
	pace_leave(pace, &b, 1010);
	assert_null(pace_next(pace, 3000));
	pace_enter(pace, &a);
	assert_ptr_equal(pace_next(pace, 3000), &a);
	pace_leave(pace, &a, 3000);
	pace_free(pace);
}

static void
a_network_has_its_own_limit(void **state)
{
	struct pace *pace = pace_new(&limits);
	struct pace_ticket t[] = {ticket("192.0.2.1"), ticket("192.0.2.2"),
		ticket("192.0.2.3"), ticket("192.0.3.1")};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		pace_enter(pace, &t[i]);
	assert_ptr_equal(pace_next(pace, 0), &t[0]);
	assert_ptr_equal(pace_next(pace, 0), &t[1]);
	/* The third of the network waits, one of another goes. */
	assert_ptr_equal(pace_next(pace, 0), &t[3]);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &t[0], 20);
	assert_ptr_equal(pace_next(pace, 20), &t[2]);
	pace_leave(pace, &t[1], 20);
	pace_leave(pace, &t[2], 20);
	pace_leave(pace, &t[3], 20);
	pace_free(pace);
}

static void
ipv6_networks_are_48_bits(void **state)
{
	const struct pace_limits one = {.total = 9, .per_network = 1};
	struct pace *pace = pace_new(&one);
	struct pace_ticket a = ticket("2001:db8:1:1::1"),
			   b = ticket("2001:db8:1:2::1"),
			   c = ticket("2001:db8:2:1::1");

	(void)state;
	pace_enter(pace, &a);
	pace_enter(pace, &b);
	pace_enter(pace, &c);
	assert_ptr_equal(pace_next(pace, 0), &a);
	assert_ptr_equal(pace_next(pace, 0), &c);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &a, 0);
	assert_ptr_equal(pace_next(pace, 0), &b);
	pace_leave(pace, &b, 0);
	pace_leave(pace, &c, 0);
	pace_free(pace);
}

static void
all_together_have_a_limit(void **state)
{
	const struct pace_limits two = {.total = 2};
	struct pace *pace = pace_new(&two);
	struct pace_ticket t[] = {ticket("192.0.2.1"), ticket("198.51.100.1"),
		ticket("203.0.113.1")};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		pace_enter(pace, &t[i]);
	assert_ptr_equal(pace_next(pace, 0), &t[0]);
	assert_ptr_equal(pace_next(pace, 0), &t[1]);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &t[1], 0);
	assert_ptr_equal(pace_next(pace, 0), &t[2]);
	/* Freed in mid-flight: nothing is left behind. */
	pace_free(pace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time_and_an_interval),
		cmocka_unit_test(a_rested_address_keeps_its_interval),
		cmocka_unit_test(a_network_has_its_own_limit),
		cmocka_unit_test(ipv6_networks_are_48_bits),
		cmocka_unit_test(all_together_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
