/*
 * Tests of scanner/spool.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <cmocka.h>

#include "scanner/spool.h"

enum {
	MANY = 20000
};

/* Tags of all lengths, some longer than a buffer of the spool. */
static void
entry_at(uint64_t i, struct list_entry *entry, struct row_tag tags[2],
	char *value)
{
	size_t len = i % 1000 == 999 ? 70000 : i % 50;

	memset(entry, 0, sizeof(*entry));
	memset(value, 'v', len);
	value[len] = '\0';
	tags[0] = (struct row_tag){"rank", value};
	tags[1] = (struct row_tag){"", ""};
	entry->line = i * 3;
	snprintf(entry->name, sizeof(entry->name), "name%zu.test", (size_t)i);
	entry->input = i % 2 == 0 ? "NAME" : NULL; /* A40 */
	entry->tags = tags;
	entry->tag_count = i % 3;
}

static void
put_one(struct spool *spool, uint64_t i)
{
	static char value[70001];
	struct list_entry entry;
	struct row_tag tags[2];

	entry_at(i, &entry, tags, value);
	assert_int_equal(spool_put(spool, &entry), 0);
}

static void
take_one(struct spool *spool, uint64_t i)
{
	static char value[70001];
	struct list_entry expected, entry;
	struct row_tag tags[2];

	entry_at(i, &expected, tags, value);
	assert_int_equal(spool_next(spool, &entry), 1);
	assert_int_equal(entry.line, expected.line);
	assert_string_equal(entry.name, expected.name);
	if (expected.input == NULL)
		assert_null(entry.input);
	else
		assert_string_equal(entry.input, expected.input);
	assert_int_equal(entry.tag_count, expected.tag_count);
	for (size_t k = 0; k < entry.tag_count; k++) {
		assert_string_equal(entry.tags[k].name, tags[k].name);
		assert_string_equal(entry.tags[k].value, tags[k].value);
	}
}

static void
gives_back_what_it_took(void **state)
{
	struct spool *spool = spool_new();
	struct list_entry entry;

	(void)state;
	assert_int_equal(spool_next(spool, &entry), 0);
	for (uint64_t i = 0; i < MANY; i++)
		put_one(spool, i);
	assert_int_equal(spool_count(spool), MANY);
	for (uint64_t i = 0; i < MANY; i++)
		take_one(spool, i);
	assert_int_equal(spool_next(spool, &entry), 0);
	assert_null(spool_error(spool));
	spool_free(spool);
}

/* A pass may put off again while it takes. */
static void
puts_and_takes_by_turns(void **state)
{
	struct spool *spool = spool_new();
	uint64_t put = 0, taken = 0;

	(void)state;
	while (put < MANY) {
		for (unsigned i = 0; i <= put % 7; i++)
			put_one(spool, put++);
		for (unsigned i = 0; i < 3 && taken < put; i++)
			take_one(spool, taken++);
	}
	while (taken < put)
		take_one(spool, taken++);
	assert_int_equal(spool_count(spool), 0);
	spool_free(spool);
}

static int
put_until_it_fails(struct spool *spool)
{
	struct list_entry entry = {.name = "name.test"};

	for (unsigned i = 0; i < MANY; i++)
		if (spool_put(spool, &entry) < 0)
			return -1;
	return 0;
}

static void
a_full_disk_is_told(void **state)
{
	struct rlimit before, limit;
	struct spool *spool = spool_new();
	struct list_entry entry = {.name = "name.test"};

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 50000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(put_until_it_fails(spool), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(spool_error(spool), "File too large"));
	/* It stays so: what is missing cannot come back. */
	assert_int_equal(spool_put(spool, &entry), -1);
	spool_free(spool);
}

static void
a_folder_that_is_not_there_is_told(void **state)
{
	struct spool *spool = spool_new();

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(put_until_it_fails(spool), -1);
	assert_non_null(strstr(spool_error(spool), "/nonexistent/"));
	unsetenv("TMPDIR");
	spool_free(spool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(puts_and_takes_by_turns),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
