/*
 * words: against a real server. The table of codes is the program's vocabulary;
 * codes stay when words come and go.
 */
#include "store/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanner/core/record_words.h"
#include "store/schema.h"
#include "tests/unit/store/cluster.h"

struct fixture {
	struct cluster cluster;
	struct arena *arena;
	PGconn *pg;
};

static struct words *
learn(struct fixture *f, const struct row_words *list)
{
	char err[256] = "";
	struct words *words = words_learn(f->pg, list, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(words);
	return words;
}

static int
compare(const void *a, const void *b)
{
	const struct row_word *left = a;
	const struct row_word *right = b;
	int kind = strcmp(left->kind, right->kind);

	return kind != 0 ? kind : strcmp(left->label, right->label);
}

/* What danescan db init leaves: each word of the program, and no other. */
static void
table_is_the_vocabulary(void **state)
{
	struct fixture *f = *state;
	struct row_words list = record_words(f->arena);
	struct row_word *sorted = arena_copy(
		f->arena, list.list, list.count * sizeof(*sorted));
	PGresult *rows = PQexec(f->pg,
		"SELECT kind, label, code FROM dane.code "
		"ORDER BY kind COLLATE \"C\", "
		"label COLLATE \"C\"");
	struct words *words = learn(f, &list);

	qsort(sorted, list.count, sizeof(*sorted), compare);
	size_t count = 0;
	for (size_t i = 0; i < list.count; i++)
		if (i == 0 || compare(&sorted[i - 1], &sorted[i]) != 0)
			sorted[count++] = sorted[i];
	assert_int_equal(PQntuples(rows), count);
	for (int i = 0; i < PQntuples(rows); i++) {
		assert_string_equal(PQgetvalue(rows, i, 0), sorted[i].kind);
		assert_string_equal(PQgetvalue(rows, i, 1), sorted[i].label);
		assert_int_equal(words_code(words, sorted[i].label),
			atoi(PQgetvalue(rows, i, 2)));
	}
	PQclear(rows);
	words_free(words);
}

static void
codes_stay(void **state)
{
	static const struct row_word later[] = {
		{"class", "valid"}, {"class", "quite-new"}};
	struct fixture *f = *state;
	struct row_words list = record_words(f->arena);
	struct words *before = learn(f, &list);
	struct words *with_new = learn(f, &(struct row_words){later, 2});
	struct words *after = learn(f, &list);
	struct words *none = learn(f, &(struct row_words){NULL, 0});

	for (size_t i = 0; i < list.count; i++) {
		int16_t code = words_code(before, list.list[i].label);

		assert_int_not_equal(code, 0);
		assert_int_equal(words_code(after, list.list[i].label), code);
		assert_int_not_equal(words_code(with_new, "quite-new"), code);
	}
	assert_int_equal(
		words_code(with_new, "valid"), words_code(before, "valid"));
	assert_int_not_equal(words_code(with_new, "quite-new"), 0);
	assert_int_equal(words_code(before, "quite-new"), 0);
	assert_int_equal(words_code(none, "valid"), 0);
	assert_int_equal(words_code(NULL, "valid"), 0);
	words_free(before);
	words_free(with_new);
	words_free(after);
	words_free(none);
	words_free(NULL);
}

static void
failure_is_told(void **state)
{
	struct fixture *f = *state;
	struct row_words list = record_words(f->arena);
	char err[256] = "";

	PQclear(PQexec(f->pg, "BEGIN; DROP FUNCTION dane.learn"));
	assert_null(words_learn(f->pg, &list, err, sizeof(err)));
	assert_non_null(strstr(err, "dane.learn"));
	PQclear(PQexec(f->pg, "ROLLBACK"));
}

static int
setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;
	struct schema_change change;
	char err[256] = "";

	f->arena = arena_new();
	const struct row_words list = record_words(f->arena);
	if (cluster_start(&f->cluster) != 0 ||
		schema_init(f->cluster.dsn, &list, &change, err, sizeof(err)) !=
			0) {
		print_error("%s\n", err);
		return -1;
	}
	f->pg = PQconnectdb(f->cluster.dsn);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	PQfinish(f->pg);
	arena_free(f->arena);
	return cluster_stop(&f->cluster);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_the_vocabulary),
		cmocka_unit_test(codes_stay),
		cmocka_unit_test(failure_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
