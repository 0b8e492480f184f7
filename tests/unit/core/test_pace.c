/*
 * Tests of scanner/core/pace.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
who_was_not_contacted_needs_no_interval(void **state)
{
	struct pace *pace = pace_new(&limits);
	struct pace_ticket t[] = {ticket("192.0.2.1"), ticket("192.0.2.1"),
		ticket("192.0.2.2"), ticket("192.0.2.3")};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		pace_enter(pace, &t[i]);
	assert_ptr_equal(pace_next(pace, 0), &t[0]);
	assert_ptr_equal(pace_next(pace, 0), &t[2]);
	/* The network is full until then; who waits for it comes first. */
	assert_null(pace_next(pace, 0));
	pace_leave_unused(pace, &t[0]);
	assert_ptr_equal(pace_next(pace, 0), &t[3]);
	assert_null(pace_next(pace, 0));
	pace_leave_unused(pace, &t[3]);
	assert_ptr_equal(pace_next(pace, 0), &t[1]);
	pace_leave(pace, &t[1], 0);
	pace_leave(pace, &t[2], 0);
	assert_int_equal(pace_open(pace), 0);
	assert_int_equal(pace_waiting(pace), 0);
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

static struct pace_ticket
ticket_of(const char *text, const char *provider)
{
	struct pace_ticket made = ticket(text);

	made.provider = provider;
	return made;
}

static void
a_provider_has_its_own_limit(void **state)
{
	const struct pace_limits of_two = {.total = 9, .per_provider = 2};
	struct pace *pace = pace_new(&of_two);
	struct pace_ticket t[] = {ticket_of("192.0.2.1", "a.test"),
		ticket_of("198.51.100.1", "a.test"),
		ticket_of("203.0.113.1", "a.test"),
		ticket_of("2001:db8::1", "b.test"), ticket("192.0.2.9")};
	struct pace_stats stats;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		pace_enter(pace, &t[i]);
	assert_ptr_equal(pace_next(pace, 0), &t[0]);
	assert_ptr_equal(pace_next(pace, 0), &t[1]);
	assert_ptr_equal(pace_next(pace, 0), &t[3]);
	assert_ptr_equal(pace_next(pace, 0), &t[4]);
	assert_null(pace_next(pace, 0));
	pace_stats(pace, &stats);
	assert_int_equal(stats.waited_provider, 1);
	pace_leave(pace, &t[3], 0);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &t[1], 0);
	assert_ptr_equal(pace_next(pace, 0), &t[2]);
	pace_leave(pace, &t[0], 0);
	pace_leave(pace, &t[2], 0);
	pace_leave(pace, &t[4], 0);
	assert_int_equal(pace_open(pace), 0);
	pace_free(pace);
}

/* Whoever is woken for room in one group and finds the other full gives way to
   the next that waits for that room. */
static void
room_is_not_lost_between_two_limits(void **state)
{
	const struct pace_limits ones = {
		.total = 9, .per_network = 1, .per_provider = 1};
	struct pace *pace = pace_new(&ones);
	struct pace_ticket first = ticket_of("192.0.2.1", "a.test"),
			   elsewhere = ticket_of("198.51.100.1", "b.test"),
			   woken = ticket_of("192.0.2.2", "b.test"),
			   next = ticket_of("192.0.2.3", "c.test");

	(void)state;
	pace_enter(pace, &first);
	pace_enter(pace, &elsewhere);
	pace_enter(pace, &woken);
	pace_enter(pace, &next);
	assert_ptr_equal(pace_next(pace, 0), &first);
	assert_ptr_equal(pace_next(pace, 0), &elsewhere);
	assert_null(pace_next(pace, 0));
	/* Room in the network: of b.test, whose turn it is, one is open. */
	pace_leave(pace, &first, 0);
	assert_ptr_equal(pace_next(pace, 0), &next);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &elsewhere, 0);
	assert_null(pace_next(pace, 0));
	pace_leave(pace, &next, 0);
	assert_ptr_equal(pace_next(pace, 0), &woken);
	pace_leave(pace, &woken, 0);
	assert_int_equal(pace_waiting(pace), 0);
	pace_free(pace);
}

/* One conversation of each of a few hundred tickets, begun in some order, over
   in some other: no limit is broken and nobody is forgotten. */
static void
nobody_is_forgotten(void **state)
{
	enum {
		TICKETS = 600
	};
	const struct pace_limits tight = {.total = 7,
		.per_network = 2,
		.interval_ms = 3,
		.per_provider = 3};
	static const char *const providers[] = {
		"a.test", "b.test", "c.test", "d.test", NULL};
	static struct pace_ticket t[TICKETS];
	struct pace *pace = pace_new(&tight);
	struct pace_ticket *open[7];
	size_t count = 0, had = 0;
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < TICKETS; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.%u.%u", i * 7 % 11,
			i * 13 % 17);
		t[i] = ticket_of(text, providers[i * i % 5]);
		pace_enter(pace, &t[i]);
	}
	for (uint64_t now = 0; had < TICKETS; now++) {
		struct pace_ticket *ticket_now;

		assert_true(now < 100000);
		while ((ticket_now = pace_next(pace, now)) != NULL) {
			unsigned same = 0, near = 0;

			for (size_t i = 0; i < count; i++) {
				same += ticket_now->provider != NULL &&
					open[i]->provider ==
						ticket_now->provider;
				near += open[i]->address.bytes[2] ==
					ticket_now->address.bytes[2];
			}
			assert_true(same < 3 && near < 2 && count < 7);
			open[count++] = ticket_now;
		}
		random = random * 1664525 + 1013904223;
		if (count == 0)
			continue;
		pace_leave(pace, open[(random >> 8) % count], now);
		open[(random >> 8) % count] = open[count - 1];
		count--;
		had++;
	}
	assert_int_equal(pace_waiting(pace), 0);
	assert_int_equal(pace_open(pace), 0);
	pace_free(pace);
}

static void
a_rate_is_kept(void **state)
{
	const struct pace_limits ten = {.total = 10000, .rate = 10};
	struct pace *pace = pace_new(&ten);
	static struct pace_ticket t[300];
	struct pace_stats stats;
	unsigned begun = 0;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.%u.%u", i / 250, i % 250);
		t[i] = ticket(text);
		pace_enter(pace, &t[i]);
	}
	/* The caller comes every 50 ms. */
	for (uint64_t now = 7000; now < 17000; now += 50)
		while (pace_next(pace, now) != NULL)
			begun++;
	assert_in_range(begun, 100, 102);
	/* A pause is not made up for. */
	for (uint64_t now = 27000; now < 28000; now += 50)
		while (pace_next(pace, now) != NULL)
			begun++;
	assert_in_range(begun, 110, 114);
	pace_stats(pace, &stats);
	assert_int_equal(stats.waited_rate, begun - 2);
	pace_free(pace);
}

/* Of one address, by a caller that comes every 50 ms. */
static unsigned
begun_in_a_second(unsigned credit_ms, uint64_t from_ms)
{
	const struct pace_limits ten = {
		.total = 1, .interval_ms = 10, .credit_ms = credit_ms};
	struct pace *pace = pace_new(&ten);
	static struct pace_ticket t[300];
	struct pace_ticket *next;
	unsigned begun = 0;

	for (unsigned i = 0; i < 300; i++) {
		t[i] = ticket("192.0.2.1");
		pace_enter(pace, &t[i]);
	}
	for (uint64_t now = 7000; now < from_ms + 1000; now += 50) {
		if (now > 7000 && now < from_ms)
			continue;
		while ((next = pace_next(pace, now)) != NULL) {
			pace_leave(pace, next, now);
			begun++;
		}
	}
	pace_free(pace);
	return begun;
}

static void
an_interval_is_caught_up_with(void **state)
{
	(void)state;
	assert_int_equal(begun_in_a_second(0, 7000), 20);
	assert_in_range(begun_in_a_second(100, 7000), 96, 101);
	/* A pause is not made up for but by the credit. */
	assert_in_range(begun_in_a_second(100, 17000), 105, 112);
}

static void
waits_are_counted(void **state)
{
	const struct pace_limits few = {.total = 3,
		.per_network = 2,
		.interval_ms = 10,
		.per_provider = 1};
	struct pace *pace = pace_new(&few);
	struct pace_ticket same = ticket("192.0.2.1"),
			   again = ticket("192.0.2.1"),
			   network = ticket("192.0.2.2"),
			   third = ticket("192.0.2.3"),
			   one = ticket_of("198.51.100.1", "a.test"),
			   provider = ticket_of("203.0.113.1", "a.test"),
			   total = ticket("203.0.113.9");
	struct pace_stats stats;

	(void)state;
	pace_enter(pace, &same);
	pace_enter(pace, &again);
	pace_enter(pace, &network);
	pace_enter(pace, &third);
	pace_enter(pace, &one);
	pace_enter(pace, &provider);
	assert_ptr_equal(pace_next(pace, 0), &same);
	assert_ptr_equal(pace_next(pace, 0), &network);
	assert_ptr_equal(pace_next(pace, 0), &one);
	pace_enter(pace, &total);
	assert_null(pace_next(pace, 0));
	assert_null(pace_next(pace, 1));
	pace_leave(pace, &one, 1);
	assert_ptr_equal(pace_next(pace, 1), &provider);
	pace_leave(pace, &provider, 1);
	assert_ptr_equal(pace_next(pace, 1), &total);
	pace_leave(pace, &total, 1);
	pace_leave(pace, &same, 1);
	assert_ptr_equal(pace_next(pace, 1), &third);
	pace_leave(pace, &network, 1);
	assert_ptr_equal(pace_next(pace, 11), &again);
	pace_stats(pace, &stats);
	assert_int_equal(stats.tickets, 7);
	assert_int_equal(stats.waited_address, 1);
	assert_int_equal(stats.waited_network, 1);
	assert_int_equal(stats.waited_provider, 0);
	assert_int_equal(stats.waited_total, 2);
	assert_int_equal(stats.waited_rate, 0);
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
		cmocka_unit_test(who_was_not_contacted_needs_no_interval),
		cmocka_unit_test(a_network_has_its_own_limit),
		cmocka_unit_test(ipv6_networks_are_48_bits),
		cmocka_unit_test(a_provider_has_its_own_limit),
		cmocka_unit_test(room_is_not_lost_between_two_limits),
		cmocka_unit_test(nobody_is_forgotten),
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(an_interval_is_caught_up_with),
		cmocka_unit_test(waits_are_counted),
		cmocka_unit_test(all_together_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
