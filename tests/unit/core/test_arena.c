/*
 * arena: alignment, zeroing, growth, and that pieces do not overlap.
 */
#include "scanner/core/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum {
	PIECES = 2000
};

struct note {
	int *sum;
	int digit;
};

static size_t
piece_size(size_t i)
{
	/* Mostly small, now and then larger than any chunk. */
	return i % 97 == 0 ? 40000 + i : i * 7 % 131;
}

static void
test_pieces(void **state)
{
	struct arena *arena = arena_new();
	unsigned char *pieces[PIECES];
	size_t i, k;

	(void)state;
	for (i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(arena, piece_size(i));
		assert_non_null(pieces[i]);
		assert_int_equal(
			(uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (k = 0; k < piece_size(i); k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 255) + 1, piece_size(i));
	}
	for (i = 0; i < PIECES; i++)
		for (k = 0; k < piece_size(i); k++)
			assert_int_equal(pieces[i][k], i % 255 + 1);
	arena_free(arena);
}

static void
test_empty_pieces_differ(void **state)
{
	struct arena *arena = arena_new();
	void *a = arena_alloc(arena, 0), *b = arena_alloc(arena, 0);

	(void)state;
	assert_non_null(a);
	assert_ptr_not_equal(a, b);
	arena_free(arena);
}

static void
test_text(void **state)
{
	struct arena *arena = arena_new();
	char long_text[3000];
	char *text;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(arena_strdup(arena, NULL));
	assert_string_equal(arena_strdup(arena, ""), "");
	assert_string_equal(arena_strdup(arena, long_text), long_text);
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	text = arena_printf(arena, "%s!", long_text);
	assert_int_equal(strlen(text), sizeof(long_text));
	assert_memory_equal(arena_copy(arena, "ab\0c", 4), "ab\0c", 4);
	assert_non_null(arena_copy(arena, NULL, 0));
	arena_free(arena);
}

static void
test_size(void **state)
{
	struct arena *arena = arena_new();
	size_t before;

	(void)state;
	assert_in_range(arena_size(arena), 1, 64);
	arena_alloc(arena, 16);
	assert_in_range(arena_size(arena), 16, 600);
	/* What fits into the chunk at hand costs nothing more. */
	before = arena_size(arena);
	arena_alloc(arena, 16);
	assert_int_equal(arena_size(arena), before);
	/* A large piece leaves the rest of that chunk in use. */
	arena_alloc(arena, 100000);
	before = arena_size(arena);
	assert_in_range(before, 100000, 101000);
	arena_alloc(arena, 16);
	assert_int_equal(arena_size(arena), before);
	arena_free(arena);
	arena_free(NULL);
}

static void
add_digit(void *what)
{
	struct note *note = what;

	*note->sum = *note->sum * 10 + note->digit;
}

/* Last come, first released; with the memory of the arena still there. */
static void
test_deferred(void **state)
{
	struct arena *arena = arena_new();
	int sum = 0;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		struct note *note = arena_alloc(arena, sizeof(*note));

		*note = (struct note){&sum, i};
		arena_defer(arena, add_digit, note);
	}
	assert_int_equal(sum, 0);
	arena_free(arena);
	assert_int_equal(sum, 321);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_empty_pieces_differ),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_deferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
