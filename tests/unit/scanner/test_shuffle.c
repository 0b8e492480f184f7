/* shuffle: each name once, in an order of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/shuffle.h"

enum {
	NAMES = 2000
};

static void
add(struct shuffle *shuffle, uint64_t line)
{
	struct list_entry entry = {.line = line};

	snprintf(entry.name, sizeof(entry.name), "name%d.example", (int)line);
	shuffle_add(shuffle, &entry);
}

/* The lines of one block of NAMES in the order in which they come out. */
static void
order_of(uint64_t seed, uint64_t lines[NAMES])
{
	struct shuffle *shuffle = shuffle_new(NAMES, seed);
	struct list_entry entry;
	bool seen[NAMES] = {false};

	for (uint64_t i = 0; i < NAMES; i++) {
		assert_false(shuffle_full(shuffle));
		add(shuffle, i);
	}
	assert_true(shuffle_full(shuffle));
	for (size_t i = 0; i < NAMES; i++) {
		char name[NAME_SIZE];

		assert_true(shuffle_take(shuffle, &entry));
		snprintf(name, sizeof(name), "name%d.example", (int)entry.line);
		assert_string_equal(entry.name, name);
		assert_false(seen[entry.line]);
		seen[entry.line] = true;
		lines[i] = entry.line;
	}
	assert_false(shuffle_take(shuffle, &entry));
	shuffle_free(shuffle);
}

static void
a_seed_decides_the_order(void **state)
{
	static uint64_t one[NAMES], same[NAMES], other[NAMES];
	size_t neighbours = 0;

	(void)state;
	order_of(1, one);
	order_of(1, same);
	order_of(2, other);
	assert_memory_equal(one, same, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	for (size_t i = 1; i < NAMES; i++)
		neighbours += one[i] == one[i - 1] + 1;
	assert_in_range(neighbours, 0, 20);
}

static void
a_block_of_one_keeps_the_order(void **state)
{
	struct shuffle *shuffle = shuffle_new(1, 1);
	struct list_entry entry;

	(void)state;
	for (uint64_t i = 1; i < 100; i++) {
		assert_false(shuffle_take(shuffle, &entry));
		add(shuffle, i);
		assert_true(shuffle_full(shuffle));
		assert_true(shuffle_take(shuffle, &entry));
		assert_int_equal(entry.line, i);
	}
	shuffle_free(shuffle);
}

/* Tags are kept, and large ones end a block before its number of names. */
static void
a_block_has_a_bound(void **state)
{
	struct shuffle *shuffle = shuffle_new(SHUFFLE_NAMES, 1);
	char *value = calloc(1, 60001);
	struct row_tag tag = {.name = "note", .value = value};
	struct list_entry entry = {.line = 1,
		.name = "a.example",
		.input = "A.example",
		.tags = &tag,
		.tag_count = 1};
	size_t added = 0;

	(void)state;
	memset(value, 'x', 60000);
	while (!shuffle_full(shuffle)) {
		shuffle_add(shuffle, &entry);
		added++;
	}
	assert_in_range(
		added, SHUFFLE_OCTETS / 60100, SHUFFLE_OCTETS / 60000 + 1);
	value[0] = '\0';
	assert_true(shuffle_take(shuffle, &entry));
	assert_string_equal(entry.input, "A.example");
	assert_int_equal(entry.tag_count, 1);
	assert_string_equal(entry.tags[0].name, "note");
	assert_int_equal(strlen(entry.tags[0].value), 60000);
	free(value);
	shuffle_free(shuffle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_decides_the_order),
		cmocka_unit_test(a_block_of_one_keeps_the_order),
		cmocka_unit_test(a_block_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
