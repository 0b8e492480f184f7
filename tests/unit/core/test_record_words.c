/*
 * Tests of scanner/core/record_words.c: the words that rows hold are those of
 * the vocabulary, and a few lists beside it; none is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/record_words.h"
#include "scanner/core/vocabulary.h"

static bool
has(const struct row_words *words, const char *kind, const char *label)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->list[i].kind, kind) == 0 &&
			strcmp(words->list[i].label, label) == 0)
			return true;
	return false;
}

static size_t
count_of(const struct row_words *words, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < words->count; i++)
		count += strcmp(words->list[i].kind, kind) == 0;
	return count;
}

static void
vocabulary_is_there(void **state)
{
	struct arena *arena = arena_new();
	const struct row_words words = record_words(arena);

	(void)state;
	for (size_t i = 0; vocabulary_at(i) != NULL; i++)
		assert_true(has(&words, vocabulary_at(i)->kind,
			vocabulary_at(i)->label));
	assert_int_equal(count_of(&words, "class"), CLASS_COUNT);
	assert_int_equal(count_of(&words, "reason"), REASON_COUNT - 1);
	assert_int_equal(count_of(&words, "lint"), LINT_COUNT);
	assert_int_equal(count_of(&words, "flag"), FLAG_COUNT);
	arena_free(arena);
}

/* INTERFACE section 3 */
static void
other_lists(void **state)
{
	static const struct row_word expected[] = {
		{"severity", "outage"},
		{"severity", "degraded"},
		{"half-dane", "none"},
		{"half-dane", "some"},
		{"half-dane", "all"},
		{"half-dane", "broken"},
		{"status", "data"},
		{"status", "nodata"},
		{"status", "nxdomain"},
		{"status", "servfail"},
		{"status", "timeout"},
		{"status", "refused"},
		{"status", "notimp"},
		{"status", "formerr"},
		{"status", "skipped"},
		{"trust", "secure"},
		{"trust", "insecure"},
		{"trust", "bogus"},
		{"trust", "none"},
		{"phase", "none"},
		{"phase", "connect"},
		{"phase", "banner"},
		{"phase", "ehlo"},
		{"phase", "starttls"},
		{"phase", "handshake"},
		{"phase", "ehlo-tls"},
		{"phase", "quit"},
		{"phase", "done"},
	};
	struct arena *arena = arena_new();
	const struct row_words words = record_words(arena);

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		assert_true(has(&words, expected[i].kind, expected[i].label));
	assert_int_equal(count_of(&words, "severity"), 2);
	assert_int_equal(count_of(&words, "half-dane"), 4);
	assert_int_equal(count_of(&words, "status"), 9);
	assert_int_equal(count_of(&words, "trust"), 4);
	assert_int_equal(count_of(&words, "phase"), 9);
	assert_true(has(&words, "fact", "null-mx"));
	assert_true(has(&words, "fact", "a-unsupported"));
	assert_true(has(&words, "fact", "selective"));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vocabulary_is_there),
		cmocka_unit_test(other_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
