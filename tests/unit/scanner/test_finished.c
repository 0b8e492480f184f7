/*
 * Tests of scanner/finished.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/finished.h"

static void
kept_until_forgotten(void **state)
{
	struct finished *finished = finished_new();
	size_t len = 99;

	(void)state;
	assert_null(finished_find(finished, "mx.example", &len));
	assert_int_equal(finished_memory(finished), 0);
	finished_keep(finished, "mx.example", (const uint8_t *)"abc", 3, false);
	finished_keep(finished, "busy.example", (const uint8_t *)"", 0, true);
	assert_memory_equal(
		finished_find(finished, "mx.example", &len), "abc", 3);
	assert_int_equal(len, 3);
	assert_non_null(finished_find(finished, "busy.example", &len));
	assert_int_equal(len, 0);
	uint64_t both = finished_memory(finished);
	assert_int_equal(finished_forget(finished), 1);
	assert_int_equal(finished_forget(finished), 0);
	assert_null(finished_find(finished, "busy.example", &len));
	assert_non_null(finished_find(finished, "mx.example", &len));
	assert_true(finished_memory(finished) < both);
	finished_free(finished);
	finished_free(NULL);
}

static void
note(void *arg, const char *name)
{
	strcat(arg, name);
}

static void
the_transient_are_told(void **state)
{
	struct finished *finished = finished_new();
	char told[64] = "";

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "mx%u;", i);
		finished_keep(finished, name, (const uint8_t *)name, 4, i % 2);
	}
	finished_transient(finished, note, told);
	assert_string_equal(told, "mx1;mx3;");
	finished_free(finished);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_until_forgotten),
		cmocka_unit_test(the_transient_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
