/*
 * Servers of the zones above.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scanner/core/parents.h"

static struct fact_server
server_of(const char *name, uint8_t number)
{
	return (struct fact_server){.name = name,
		.address = {.bytes = {192, 0, 2, number}},
		.outcome = OUTCOME_LAME};
}

static void
test_kept(void **state)
{
	char name[] = "a.nic.example";
	struct fact_server servers[] = {
		server_of(name, 1), server_of("b.nic.example", 2)};
	struct parents *parents = parents_new();
	const struct fact_server *found;
	size_t count = 9;

	(void)state;
	assert_null(parents_find(parents, "example", 0, &count));
	assert_int_equal(count, 0);
	parents_keep(parents, "example", servers, 2, 1000);
	/* A copy, names too. */
	name[0] = 'x';
	servers[1].address.bytes[3] = 9;
	found = parents_find(parents, "example", 1000 + PARENTS_MS - 1, &count);
	assert_int_equal(count, 2);
	assert_string_equal(found[0].name, "a.nic.example");
	assert_int_equal(found[1].address.bytes[3], 2);
	assert_null(parents_find(parents, "test", 1000, &count));
	/* Not for ever. */
	assert_null(
		parents_find(parents, "example", 1000 + PARENTS_MS, &count));
	assert_int_equal(count, 0);
	/* The newest counts. */
	parents_keep(parents, "example", servers + 1, 1, 2000);
	found = parents_find(parents, "example", 1000 + PARENTS_MS, &count);
	assert_int_equal(count, 1);
	assert_int_equal(found[0].address.bytes[3], 9);
	parents_free(parents);
}

static void
test_bound(void **state)
{
	const struct fact_server server = server_of("a.example", 1);
	struct parents *parents = parents_new();
	char zone[32];
	size_t count;

	(void)state;
	for (unsigned i = 0; i <= PARENTS_ZONES_MAX; i++) {
		snprintf(zone, sizeof(zone), "zone%u", i);
		parents_keep(parents, zone, &server, 1, 0);
	}
	assert_null(parents_find(parents, "zone0", 0, &count));
	assert_non_null(parents_find(parents, "zone1", 0, &count));
	assert_non_null(parents_find(parents, zone, 0, &count));
	parents_free(parents);
	parents_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
