/* list: every line of every list is accounted for, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/list.h"

enum {
	MANY = 20000
};

struct fixture {
	char dir[64];
	char one[80];
	char two[80];
	char rejects[80];
	const char *paths[2];
	char err[256];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/danescan-list-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->one, sizeof(f->one), "%s/one", f->dir);
	snprintf(f->two, sizeof(f->two), "%s/two", f->dir);
	snprintf(f->rejects, sizeof(f->rejects), "%s/rejects", f->dir);
	f->paths[0] = f->one;
	f->paths[1] = f->two;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->one);
	unlink(f->two);
	unlink(f->rejects);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
write_text(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

static struct list_config
whole(const struct fixture *f, size_t paths)
{
	return (struct list_config){
		.paths = f->paths,
		.path_count = paths,
		.rejects = f->rejects,
		.sample = 1,
		.shard = 1,
		.shards = 1,
	};
}

static struct list *
open_list(struct fixture *f, const struct list_config *config)
{
	struct list *list = list_open(config, f->err, sizeof(f->err));

	assert_string_equal(f->err, "");
	assert_non_null(list);
	return list;
}

/* Passes over LIST_AGAIN, of which a file has only so many. */
static enum list_status
next(struct list *list, struct list_entry *entry)
{
	enum list_status status = LIST_AGAIN;

	for (int i = 0; i < 100 && status == LIST_AGAIN; i++)
		status = list_next(list, entry);
	return status;
}

static void
expect_name(struct list *list, uint64_t line, const char *name)
{
	struct list_entry entry;

	assert_int_equal(next(list, &entry), LIST_NAME);
	assert_string_equal(entry.name, name);
	assert_int_equal(entry.line, line);
}

static void
expect_end(struct list *list)
{
	struct list_entry entry;
	struct list_counts c;

	assert_int_equal(next(list, &entry), LIST_END);
	assert_int_equal(next(list, &entry), LIST_END);
	list_counts(list, &c);
	assert_int_equal(c.lines, c.names + c.rejected + c.duplicates +
					  c.skipped + c.sampled_out);
	assert_int_equal(list_estimate(list), c.names);
}

static void
expect_rejects(const struct fixture *f, const char *expected)
{
	FILE *file = fopen(f->rejects, "r");
	char text[4096];
	size_t n = fread(text, 1, sizeof(text) - 1, file);

	text[n] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

/* Two lists: numbers go on, formats do not, names are seen once. */
static void
test_two_lists(void **state)
{
	static const char one[] = "# list\r\n\r\nA.example\r\nb.example\r\n"
				  "a.example\r\nbad name\r\nlast.example";
	static const char two[] = "rank,domain,kind\n1,b.example,x\n"
				  "2,c.example,\"y,z\"\n3,..,x\n";
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	struct list_entry entry;
	struct list_counts c;
	char expected[1024];
	struct list *list;

	write_text(f->one, one, strlen(one));
	write_text(f->two, two, strlen(two));
	list = open_list(f, &config);
	expect_name(list, 3, "a.example");
	expect_name(list, 4, "b.example");
	expect_name(list, 7, "last.example");
	assert_int_equal(next(list, &entry), LIST_NAME);
	assert_string_equal(entry.name, "c.example");
	assert_int_equal(entry.line, 10);
	assert_int_equal(entry.tag_count, 2);
	assert_string_equal(entry.tags[0].name, "rank");
	assert_string_equal(entry.tags[0].value, "2");
	assert_string_equal(entry.tags[1].name, "kind");
	assert_string_equal(entry.tags[1].value, "y,z");
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.lines, 11);
	assert_int_equal(c.names, 4);
	assert_int_equal(c.rejected, 2);
	assert_int_equal(c.duplicates, 2);
	assert_int_equal(c.skipped, 3);
	list_close(list);
	snprintf(expected, sizeof(expected),
		"6\t%s\tbad name\t%s:6\n11\t%s\t3,..,x\t%s:4\n",
		name_error_text(NAME_BAD_CHAR), f->one,
		name_error_text(NAME_LABEL_EMPTY), f->two);
	expect_rejects(f, expected);
}

/* Each reason once, with the number of its lines. */
static void
expect_reasons(const struct list *list)
{
	const struct list_rejected *r = list_rejected(list);
	const char *reasons[] = {name_error_text(NAME_LABEL_LONG),
		"a NUL octet in the line", name_error_text(NAME_BAD_CHAR),
		"line longer than 65535 octets",
		name_error_text(NAME_IS_ADDRESS)};
	size_t n = sizeof(reasons) / sizeof(*reasons);

	for (size_t i = 0; i < n; i++) {
		assert_string_equal(r[i].reason, reasons[i]);
		assert_int_equal(r[i].lines, 1);
	}
	assert_null(r[n].reason);
}

/* Nothing that a file may hold ends a scan. */
static void
test_junk(void **state)
{
	static const char junk[] = "a\0b.example\n\xff\xfe\t\x1b[2J\n";
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);
	static char text[200000];
	struct list_counts c;
	struct list *list;
	char expected[2048];
	char label[301];
	size_t len = 0;

	memset(label, 'x', 300);
	label[300] = '\0';
	len += (size_t)sprintf(text + len, "%s.example\n", label);
	memcpy(text + len, junk, sizeof(junk) - 1);
	len += sizeof(junk) - 1;
	memset(text + len, 'y', 70000);
	len += 70000;
	len += (size_t)sprintf(text + len, "\n192.0.2.1\nok.example");
	write_text(f->one, text, len);
	list = open_list(f, &config);
	expect_name(list, 6, "ok.example");
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.rejected, 5);
	expect_reasons(list);
	list_close(list);
	label[249] = '\0';
	len = (size_t)snprintf(expected, sizeof(expected),
		"1\t%s\t%s...\t%s:1\n2\ta NUL octet in the line\t"
		"a\\x00b.example\t%s:2\n"
		"3\t%s\t\\xFF\\xFE\\x09\\x1B[2J\t%s:3\n",
		name_error_text(NAME_LABEL_LONG), label, f->one, f->one,
		name_error_text(NAME_BAD_CHAR), f->one);
	memset(label, 'y', 249);
	snprintf(expected + len, sizeof(expected) - len,
		"4\tline longer than 65535 octets\t%s...\t%s:4\n"
		"5\t%s\t192.0.2.1\t%s:5\n",
		label, f->one, name_error_text(NAME_IS_ADDRESS), f->one);
	expect_rejects(f, expected);
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	struct list_counts c;
	struct list *list;

	write_text(f->one, "", 0);
	write_text(f->two, "\n", 1);
	list = open_list(f, &config);
	assert_int_equal(list_estimate(list), 0);
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.lines, 1);
	list_close(list);
	config.path_count = 0;
	list = open_list(f, &config);
	expect_end(list);
	list_close(list);
}

static void
test_missing(void **state)
{
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	const char *twice[] = {"-", "-"};
	char expected[256];

	write_text(f->one, "a.example\n", 10);
	assert_null(list_open(&config, f->err, sizeof(f->err)));
	snprintf(expected, sizeof(expected), "%s: No such file or directory",
		f->two);
	assert_string_equal(f->err, expected);
	config.path_count = 1;
	config.rejects = "/nonexistent/rejects";
	assert_null(list_open(&config, f->err, sizeof(f->err)));
	assert_string_equal(
		f->err, "/nonexistent/rejects: No such file or directory");
	config.rejects = NULL;
	config.paths = twice;
	config.path_count = 2;
	assert_null(list_open(&config, f->err, sizeof(f->err)));
	assert_string_equal(f->err, "standard input is given twice");
	list_close(NULL);
}

/* A list that breaks off says where, and stays so. */
static void
test_failed(void **state)
{
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	struct list_entry entry;
	struct list *list;
	char expected[256];

	write_text(f->one, "a.example\n", 10);
	write_text(f->two, "\x1f\x8b\x08\0\0\0\0\0\0\x03junk", 14);
	list = open_list(f, &config);
	expect_name(list, 1, "a.example");
	assert_int_equal(next(list, &entry), LIST_FAILED);
	assert_int_equal(next(list, &entry), LIST_FAILED);
	snprintf(expected, sizeof(expected), "%s: after line 0: ", f->two);
	assert_memory_equal(list_error(list), expected, strlen(expected));
	list_close(list);
	config.path_count = 1;
	config.rejects = "/dev/full";
	write_text(f->one, "a b\n", 4);
	list = open_list(f, &config);
	assert_int_equal(next(list, &entry), LIST_FAILED);
	assert_string_equal(list_error(list),
		"/dev/full: cannot be written: No space left on device");
	list_close(list);
}

static void
write_many(const char *path, int copies)
{
	FILE *file = fopen(path, "w");

	for (int k = 0; k < copies; k++) {
		for (int i = 0; i < MANY; i++)
			fprintf(file, "n%d.example\n", i);
	}
	fclose(file);
}

/* Marks the names of a sample or shard; how many there are. */
static unsigned
mark(struct fixture *f, const struct list_config *config, bool marks[MANY])
{
	struct list *list = open_list(f, config);
	struct list_entry entry;
	struct list_counts c;
	unsigned count = 0;

	memset(marks, 0, MANY);
	while (next(list, &entry) == LIST_NAME) {
		marks[entry.line - 1] = true;
		count++;
	}
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.names + c.sampled_out, MANY);
	list_close(list);
	return count;
}

static void
test_sample(void **state)
{
	static bool large[MANY], small[MANY], other[MANY];
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);
	unsigned n, common = 0;

	write_many(f->one, 1);
	config.sample = 0.5;
	config.seed = 7;
	n = mark(f, &config, large);
	assert_in_range(n, MANY * 0.47, MANY * 0.53);
	config.sample = 0.1;
	n = mark(f, &config, small);
	assert_in_range(n, MANY * 0.08, MANY * 0.12);
	config.seed = 8;
	mark(f, &config, other);
	for (int i = 0; i < MANY; i++) {
		assert_true(!small[i] || large[i]);
		common += small[i] && other[i];
	}
	/* Another seed is another sample: a tenth of a tenth is in both. */
	assert_in_range(common, 1, MANY * 0.02);
}

static void
test_shards(void **state)
{
	enum {
		SHARDS = 3
	};
	static bool marks[SHARDS][MANY];
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);

	write_many(f->one, 1);
	config.shards = SHARDS;
	for (unsigned i = 0; i < SHARDS; i++) {
		config.shard = i + 1;
		config.seed = i;
		assert_in_range(
			mark(f, &config, marks[i]), MANY * 0.31, MANY * 0.36);
	}
	for (int i = 0; i < MANY; i++)
		assert_int_equal(marks[0][i] + marks[1][i] + marks[2][i], 1);
	/* A sample of a shard is the sample's part of it. */
	config.sample = 0.5;
	assert_in_range(mark(f, &config, marks[0]), MANY * 0.14, MANY * 0.20);
}

/* The loop gets its turn though there is no name. */
static void
test_turns(void **state)
{
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);
	struct list_entry entry;
	struct list_counts c;
	struct list *list;
	unsigned turns = 0;

	write_many(f->one, 8);
	list = open_list(f, &config);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(list_next(list, &entry), LIST_NAME);
	while (list_next(list, &entry) == LIST_AGAIN)
		turns++;
	assert_int_equal(turns, 2);
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.duplicates, 7 * MANY);
	list_close(list);
}

static void
test_estimate(void **state)
{
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	struct list_entry entry;
	struct list *list;

	write_many(f->one, 1);
	write_text(f->two, "x.example\n", 10);
	list = open_list(f, &config);
	for (int i = 0; i < MANY / 10; i++)
		assert_int_equal(next(list, &entry), LIST_NAME);
	assert_in_range(list_estimate(list), MANY * 0.9, MANY * 1.2);
	while (next(list, &entry) == LIST_NAME)
		assert_true(list_estimate(list) > 0);
	assert_int_equal(list_estimate(list), MANY + 1);
	list_close(list);
}

static void
test_pipe(void **state)
{
	static const char *const input[] = {"-"};
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);
	int saved = dup(STDIN_FILENO);
	struct list_entry entry;
	struct list *list;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	config.paths = input;
	list = open_list(f, &config);
	assert_int_equal(list_next(list, &entry), LIST_AGAIN);
	assert_int_equal(write(fds[1], "a.example\nb", 11), 11);
	expect_name(list, 1, "a.example");
	assert_int_equal(list_next(list, &entry), LIST_AGAIN);
	assert_int_equal(list_estimate(list), 0);
	close(fds[1]);
	expect_name(list, 2, "b");
	expect_end(list);
	list_close(list);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void
test_zone(void **state)
{
	static const char text[] =
		"$ORIGIN nu.\n$TTL 300\n@ IN SOA a b 1 2 3 4 5\n@ NS a\n"
		"x NS a\n  NS b\ny NS a\nx NS c\nx A 192.0.2.1\n*.z NS a\n";
	struct fixture *f = *state;
	struct list_config config = whole(f, 1);
	struct list_counts c;
	struct list *list;

	write_text(f->one, text, strlen(text));
	list = open_list(f, &config);
	expect_name(list, 5, "x.nu");
	expect_name(list, 7, "y.nu");
	expect_end(list);
	list_counts(list, &c);
	assert_int_equal(c.lines, 10);
	assert_int_equal(c.duplicates, 1);
	assert_int_equal(c.rejected, 1);
	assert_int_equal(c.skipped, 6);
	list_close(list);
}

/* --only-signed is a question to zone files; others cannot answer it. */
static void
test_only_signed(void **state)
{
	static const char text[] =
		"$ORIGIN nu.\n@ SOA a b 1 2 3 4 5\nx NS a\ny NS a\n"
		"y DS 1 8 2 00ff\ny DS 1 8 4 00ff\nz NS a\nx DS 1 8 2 00ff\n";
	struct fixture *f = *state;
	struct list_config config = whole(f, 2);
	struct list_entry entry;
	struct list_counts c;
	struct list *list;

	config.only_signed = true;
	write_text(f->one, text, strlen(text));
	write_text(f->two, "# comment\na.example\n", 20);
	list = open_list(f, &config);
	expect_name(list, 5, "y.nu");
	expect_name(list, 8, "x.nu");
	assert_int_equal(next(list, &entry), LIST_FAILED);
	assert_non_null(strstr(list_error(list), "not a zone file"));
	list_counts(list, &c);
	assert_int_equal(c.names, 2);
	list_close(list);
}

static void
test_names(void **state)
{
	static const char *const good[] = {
		"A.example", "b.example", "a.example."};
	static const char *const bad[] = {"a.example", "b\x1b..example"};
	struct fixture *f = *state;
	char expected[256];
	struct list *list;

	list = list_open_names(good, 3, f->err, sizeof(f->err));
	assert_non_null(list);
	assert_int_equal(list_estimate(list), 3);
	expect_name(list, 1, "a.example");
	expect_name(list, 2, "b.example");
	expect_end(list);
	list_close(list);
	assert_null(list_open_names(bad, 2, f->err, sizeof(f->err)));
	snprintf(expected, sizeof(expected), "b\\x1B..example: %s",
		name_error_text(NAME_BAD_CHAR));
	assert_string_equal(f->err, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_two_lists),
		TEST(test_junk),
		TEST(test_empty),
		TEST(test_missing),
		TEST(test_failed),
		TEST(test_sample),
		TEST(test_shards),
		TEST(test_turns),
		TEST(test_estimate),
		TEST(test_pipe),
		TEST(test_zone),
		TEST(test_only_signed),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
