/* input: any octets, packed in any way, come out as the same lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/input.h"

enum packing {
	PLAIN,
	GZIP,
	XZ,
	ZSTD,
	ZIP,
	PACKINGS
};

struct fixture {
	char dir[64];
	char path[96];
	int saved_stdin;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/danescan-input-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/list", f->dir);
	f->saved_stdin = dup(STDIN_FILENO);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	dup2(f->saved_stdin, STDIN_FILENO);
	close(f->saved_stdin);
	unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
write_plain(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

/* Each of the parts is a file of its own in a zip. */
static void
write_packed(const char *path, enum packing packing, const char *const *parts,
	const size_t *lens, size_t count)
{
	struct archive *a = archive_write_new();

	if (packing == GZIP)
		archive_write_add_filter_gzip(a);
	else if (packing == XZ)
		archive_write_add_filter_xz(a);
	else if (packing == ZSTD)
		archive_write_add_filter_zstd(a);
	if (packing == ZIP)
		archive_write_set_format_zip(a);
	else
		archive_write_set_format_raw(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		struct archive_entry *entry = archive_entry_new();

		archive_entry_set_pathname(entry, "list.txt");
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (la_int64_t)lens[i]);
		assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
		assert_int_equal(
			archive_write_data(a, parts[i], lens[i]), lens[i]);
		archive_entry_free(entry);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void
write_list(const char *path, enum packing packing, const char *text, size_t len)
{
	if (packing == PLAIN)
		write_plain(path, text, len);
	else
		write_packed(path, packing, &text, &len, 1);
}

static struct input *
open_input(const char *path)
{
	char err[256] = "";
	struct input *input = input_open(path, err, sizeof(err));

	assert_string_equal(err, "");
	return input;
}

static void
expect_line(struct input *input, const char *expected)
{
	const uint8_t *line;
	size_t len;

	assert_int_equal(input_line(input, &line, &len), INPUT_LINE);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(line, expected, len);
}

static void
expect(struct input *input, enum input_status status)
{
	const uint8_t *line;
	size_t len;

	assert_int_equal(input_line(input, &line, &len), status);
}

/* What is told of the file is true of its octets, packed as they are. */
static void
expect_digest(const struct fixture *f, struct input *input)
{
	uint8_t found[INPUT_DIGEST_SIZE], expected[INPUT_DIGEST_SIZE];
	static char octets[65536];
	FILE *file = fopen(f->path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(octets, 1, sizeof(octets), file);
	fclose(file);
	SHA256((const unsigned char *)octets, len, expected);
	assert_true(input_digest(input, found));
	assert_memory_equal(found, expected, sizeof(expected));
	assert_int_equal(input_octets(input), len);
}

static void
test_lines(void **state)
{
	static const char text[] = "one\r\n\ntwo\rx\n\r\nlast";
	struct fixture *f = *state;

	for (unsigned packing = PLAIN; packing < PACKINGS; packing++) {
		struct input *input;

		write_list(f->path, packing, text, strlen(text));
		input = open_input(f->path);
		expect_line(input, "one");
		expect_line(input, "");
		expect_line(input, "two\rx");
		expect_line(input, "");
		expect_line(input, "last");
		expect(input, INPUT_END);
		expect(input, INPUT_END);
		expect_digest(f, input);
		input_close(input);
	}
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;

	for (unsigned packing = PLAIN; packing < PACKINGS; packing++) {
		struct input *input;

		write_list(f->path, packing, "", 0);
		input = open_input(f->path);
		expect(input, INPUT_END);
		input_close(input);
	}
	write_packed(f->path, ZIP, NULL, NULL, 0);
	{
		struct input *input = open_input(f->path);

		expect(input, INPUT_END);
		input_close(input);
	}
}

/* Lines that look like the beginning of an archive are lines. */
static void
test_near_signatures(void **state)
{
	static const char *const texts[] = {
		"P", "PK", "PK\x03", "PKX.example", "\x1f", "\3757z", "(\xb5"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct input *input;

		write_plain(f->path, texts[i], strlen(texts[i]));
		input = open_input(f->path);
		expect_line(input, texts[i]);
		expect(input, INPUT_END);
		input_close(input);
	}
}

/* The longest line is returned, one octet more is not; the rest goes on. */
static void
test_long_lines(void **state)
{
	struct fixture *f = *state;
	static const size_t sizes[] = {INPUT_LINE_MAX, INPUT_LINE_MAX + 1,
		5 * INPUT_LINE_MAX, 1000000};
	char *text = malloc(1000000 + 8);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bool fits = sizes[i] <= INPUT_LINE_MAX;
		const uint8_t *line;
		struct input *input;
		size_t len;

		memset(text, 'a', sizes[i]);
		memcpy(text + sizes[i], "\nnext\n", 6);
		write_plain(f->path, text, sizes[i] + 6);
		input = open_input(f->path);
		assert_int_equal(input_line(input, &line, &len),
			fits ? INPUT_LINE : INPUT_LONG);
		assert_int_equal(len, INPUT_LINE_MAX);
		assert_int_equal(line[len - 1], 'a');
		expect_line(input, "next");
		expect(input, INPUT_END);
		input_close(input);
		/* And at the end of the file. */
		write_plain(f->path, text, sizes[i]);
		input = open_input(f->path);
		expect(input, fits ? INPUT_LINE : INPUT_LONG);
		expect(input, INPUT_END);
		input_close(input);
	}
	free(text);
}

/* Lines of all lengths over many buffers, none damaged or lost. */
static void
test_many_lines(void **state)
{
	enum {
		LINES = 3000
	};
	struct fixture *f = *state;
	size_t len = 0;
	char *text = malloc(LINES * 300);
	char expected[320];

	for (int i = 0; i < LINES; i++)
		len += (size_t)sprintf(
			text + len, "%d%*s\n", i, i * 7 % 290, "x");
	for (unsigned packing = PLAIN; packing < PACKINGS; packing++) {
		struct input *input;

		write_list(f->path, packing, text, len);
		input = open_input(f->path);
		for (int i = 0; i < LINES; i++) {
			sprintf(expected, "%d%*s", i, i * 7 % 290, "x");
			expect_line(input, expected);
			assert_true(input_position(input) <=
				    (uint64_t)input_size(input));
		}
		expect(input, INPUT_END);
		assert_int_equal(input_position(input), input_size(input));
		input_close(input);
	}
	free(text);
}

static void
test_zip_files(void **state)
{
	static const char *const parts[] = {"a\nb", "", "c\n", "d"};
	static const size_t lens[] = {3, 0, 2, 1};
	struct fixture *f = *state;
	struct input *input;

	write_packed(f->path, ZIP, parts, lens, 4);
	input = open_input(f->path);
	expect_line(input, "a");
	expect_line(input, "b");
	expect_line(input, "c");
	expect_line(input, "d");
	expect(input, INPUT_END);
	expect_digest(f, input);
	input_close(input);
}

/* What is whole is returned; then it is said that the rest is missing. */
static void
test_truncated(void **state)
{
	struct fixture *f = *state;

	for (unsigned packing = GZIP; packing <= ZSTD; packing++) {
		const uint8_t *line;
		struct input *input;
		struct stat status;
		enum input_status got;
		size_t len;
		char text[40000];

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)('a' + rand() % 26);
		for (size_t i = 63; i < sizeof(text); i += 64)
			text[i] = '\n';
		write_list(f->path, packing, text, sizeof(text));
		assert_int_equal(stat(f->path, &status), 0);
		assert_int_equal(truncate(f->path, status.st_size / 2), 0);
		input = open_input(f->path);
		while ((got = input_line(input, &line, &len)) == INPUT_LINE)
			assert_true(len <= 63);
		assert_int_equal(got, INPUT_FAILED);
		assert_true(strlen(input_error(input)) > 0);
		input_close(input);
	}
	write_plain(f->path, "\x1f\x8b\x08\0\0\0\0\0\0\x03junk", 14);
	{
		struct input *input = open_input(f->path);

		expect(input, INPUT_FAILED);
		input_close(input);
	}
}

static void
test_missing(void **state)
{
	struct fixture *f = *state;
	char expected[256];
	char err[256];

	assert_null(input_open(f->path, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "%s: No such file or directory",
		f->path);
	assert_string_equal(err, expected);
	assert_null(input_open(f->dir, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "%s: is a directory", f->dir);
	assert_string_equal(err, expected);
	input_close(NULL);
}

/* Standard input becomes the read end of a pipe; the write end is returned. */
static int
pipe_to_stdin(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	return fds[1];
}

static void
send_text(int fd, const char *text, size_t len)
{
	assert_int_equal(write(fd, text, len), len);
}

/* A pipe is never waited for. */
static void
test_pipe(void **state)
{
	int fd = pipe_to_stdin();
	struct input *input = open_input("-");

	(void)state;
	assert_string_equal(input_name(input), "standard input");
	assert_int_equal(input_size(input), -1);
	expect(input, INPUT_AGAIN);
	send_text(fd, "a", 1);
	expect(input, INPUT_AGAIN);
	send_text(fd, "\nb\nc", 4);
	expect_line(input, "a");
	expect_line(input, "b");
	expect(input, INPUT_AGAIN);
	close(fd);
	expect_line(input, "c");
	expect(input, INPUT_END);
	input_close(input);
}

/* Compressed, from a pipe that stops in the middle. */
static void
test_packed_pipe(void **state)
{
	struct fixture *f = *state;
	char packed[4096];
	struct input *input;
	FILE *file;
	size_t len;
	int fd;

	for (unsigned packing = GZIP; packing < PACKINGS; packing++) {
		write_list(f->path, packing, "one\ntwo\n", 8);
		file = fopen(f->path, "r");
		len = fread(packed, 1, sizeof(packed), file);
		fclose(file);
		fd = pipe_to_stdin();
		input = open_input("-");
		for (size_t i = 0; i < len; i++) {
			send_text(fd, packed + i, 1);
			expect(input, INPUT_AGAIN);
		}
		close(fd);
		expect_line(input, "one");
		expect_line(input, "two");
		expect(input, INPUT_END);
		input_close(input);
	}
}

/* A file as standard input is a file. */
static void
test_redirected(void **state)
{
	struct fixture *f = *state;
	struct input *input;
	int fd;

	write_plain(f->path, "a\n", 2);
	fd = open(f->path, O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	input = open_input("-");
	assert_int_equal(input_size(input), 2);
	expect_line(input, "a");
	expect(input, INPUT_END);
	input_close(input);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_empty),
		TEST(test_near_signatures),
		TEST(test_long_lines),
		TEST(test_many_lines),
		TEST(test_zip_files),
		TEST(test_truncated),
		TEST(test_missing),
		TEST(test_pipe),
		TEST(test_packed_pipe),
		TEST(test_redirected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
