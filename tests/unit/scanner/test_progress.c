/* progress: the status line, its fit into any width, and what is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scanner/progress.h"

static const struct progress_numbers busy = {
	.done = 420123,
	.total = 1000000,
	.rejected = 7,
	.rate = 812.4,
	.dns = 3912,
	.smtp = 41,
	.hosts_done = 1203,
	.hosts_waiting = 12,
	.classes[CLASS_VALID] = 1203,
	.classes[CLASS_BROKEN] = 12,
	.classes[CLASS_NO_TLSA] = 40112,
	.classes[CLASS_NO_DNSSEC] = 310222,
	.rows_waiting = 1000,
	.elapsed_ms = 517000,
};

static void
expect(const struct progress_numbers *numbers, unsigned columns,
	const char *expected)
{
	char line[512];

	progress_format(numbers, columns, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void
test_format(void **state)
{
	struct progress_numbers n = busy;

	(void)state;
	expect(&n, 0,
		" 42% 420,123/1,000,000  812/s  eta 11m53s | dns 3,912 smtp 41 "
		"hosts 1,203+12 | broken 12 valid 1,203 no-tlsa 40,112 "
		"no-dnssec 310,222 rejected 7 | db 1,000 waiting");
	/* The usual widths. */
	expect(&n, 120,
		" 42% 420k/1.0M  812/s  eta 11m53s | dns 3,912 smtp 41 | "
		"broken 12 valid 1,203 no-tlsa 40k | db 1,000 waiting");
	expect(&n, 80,
		" 42% 420k/1.0M  812/s  eta 11m53s | broken 12 valid 1,203 | "
		"db 1,000 waiting");
	n.rows_waiting = 0;
	expect(&n, 120,
		" 42% 420k/1.0M  812/s  eta 11m53s | dns 3,912 smtp 41 | "
		"broken 12 valid 1,203 no-tlsa 40k no-dnssec 310k rejected 7");
	expect(&n, 80,
		" 42% 420k/1.0M  812/s  eta 11m53s | dns 3,912 smtp 41 | "
		"broken 12 valid 1,203");
	n.hosts_waiting = 0;
	n.classes[CLASS_NO_TLSA] = n.classes[CLASS_NO_DNSSEC] = 0;
	expect(&n, 120,
		" 42% 420,123/1,000,000  812/s  eta 11m53s | dns 3,912 smtp 41 "
		"hosts 1,203 | broken 12 valid 1,203 rejected 7");
	n = busy;
	n.problem = "connection\nrefused \xff";
	/* Too narrow: what holds the scan up is said first. */
	expect(&n, 115,
		" 42% 420k/1.0M  812/s  eta 11m53s | broken 12 valid 1,203 "
		"no-tlsa 40k | db 1,000 waiting: connection refused  ");
	expect(&n, 71,
		" 42% 420k/1.0M  812/s  eta 11m53s | db 1,000 waiting: "
		"connection refus");
	n = (struct progress_numbers){.elapsed_ms = 59999};
	expect(&n, 0,
		"0 done  0/s  59s | dns 0 smtp 0 hosts 0 | broken 0 valid 0");
	n = (struct progress_numbers){.done = 5, .total = 3, .rate = 0.25};
	expect(&n, 0,
		"100% 5/5  0.2/s  eta 0s | dns 0 smtp 0 hosts 0 | broken 0 "
		"valid 0");
}

/* Further passes, and fewer in flight than were asked for. */
static void
test_passes(void **state)
{
	struct progress_numbers n = {.pass = 1, .deferred = 1200};

	(void)state;
	expect(&n, 0,
		"0 done  0/s  0s | dns 0 smtp 0 hosts 0 | 1,200 deferred "
		"| broken 0 valid 0");
	n.pause_ms = 299000;
	expect(&n, 0,
		"0 done  0/s  0s | dns 0 smtp 0 hosts 0 | 1,200 deferred, "
		"again in 4m59s | broken 0 valid 0");
	n = (struct progress_numbers){.lowered = 1250, .failing = true};
	expect(&n, 0,
		"0 done  0/s  0s | dns 0 smtp 0 hosts 0 | own DNS fails, "
		"window 1,250 | broken 0 valid 0");
	n.failing = false;
	expect(&n, 0,
		"0 done  0/s  0s | dns 0 smtp 0 hosts 0 | window 1,250 "
		"| broken 0 valid 0");
	n = (struct progress_numbers){.pass = 2, .deferred = 3};
	expect(&n, 0,
		"0 done  0/s  0s | dns 0 smtp 0 hosts 0 | pass 2 | 3 deferred "
		"| broken 0 valid 0");
}

static void
test_times(void **state)
{
	static const struct {
		uint64_t left;
		const char *eta;
	} cases[] = {
		{0, "eta 0s "},
		{59, "eta 59s "},
		{60, "eta 1m00s "},
		{3599, "eta 59m59s "},
		{3720, "eta 1h02m "},
		{86399, "eta 23h59m "},
		{86400, "eta 1d00h "},
		{UINT32_MAX, "eta 11574d01h "},
	};
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct progress_numbers n = {
			.done = 1, .total = 1 + cases[i].left, .rate = 1};

		progress_format(&n, 0, line, sizeof(line));
		assert_non_null(strstr(line, cases[i].eta));
	}
}

/* Where there is little room. */
static void
test_shortened(void **state)
{
	static const struct {
		uint64_t n;
		const char *shown;
	} cases[] = {{0, "0"}, {9999, "9,999"}, {10000, "10k"},
		{999999, "999k"}, {1000000, "1.0M"}, {12345678, "12.3M"}};
	char expected[64], line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct progress_numbers n = {.done = cases[i].n};

		snprintf(expected, sizeof(expected), "%s done  0/s",
			cases[i].shown);
		progress_format(&n, 20, line, sizeof(line));
		assert_memory_equal(line, expected, strlen(expected));
	}
}

/* At any width: shorter than it, printable, and classes go first. */
static void
test_widths(void **state)
{
	struct progress_numbers n = busy;
	size_t last = 0;
	char line[512];

	(void)state;
	n.problem = "refused";
	for (unsigned columns = 1; columns < 250; columns++) {
		progress_format(&n, columns, line, sizeof(line));
		assert_true(strlen(line) < columns);
		for (const char *p = line; *p != '\0'; p++)
			assert_true(isprint((unsigned char)*p));
		if (columns > 64)
			assert_non_null(strstr(line, "waiting: refused"));
		last = strlen(line);
	}
	/* All of it fits in the end. */
	assert_true(last < 248);
	assert_non_null(strstr(line, "rejected 7"));
	progress_format(&n, 0, line, 20);
	assert_int_equal(strlen(line), 19);
}

static void
test_rate(void **state)
{
	struct progress_rate rate = {0};
	uint64_t done = 0;

	(void)state;
	assert_true(progress_rate(&rate, 0, 0) == 0);
	assert_true(progress_rate(&rate, 500, 50) == 100);
	for (uint64_t ms = 1000; ms <= 60000; ms += 100) {
		done = ms / 10;
		assert_true(progress_rate(&rate, ms, done) == 100);
	}
	/* Ten seconds later the past is forgotten. */
	for (uint64_t ms = 60100; ms <= 71000; ms += 100)
		progress_rate(&rate, ms, done);
	assert_true(progress_rate(&rate, 71100, done) == 0);
	/* Called seldom, it is still right. */
	assert_true(progress_rate(&rate, 171100, done + 100000) > 800);
}

static void
expect_file(FILE *file, const char *expected)
{
	char text[2048];
	size_t n;

	fflush(file);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void
test_plain_shell(void **state)
{
	FILE *file = tmpfile();
	struct progress *progress = progress_open(file);
	struct progress_numbers n = {0};

	(void)state;
	for (n.elapsed_ms = 0; n.elapsed_ms <= 25000; n.elapsed_ms += 100)
		progress_show(progress, &n);
	progress_print(progress, "a %s", "message");
	progress_close(progress);
	expect_file(file,
		"0 done  0/s  10s | dns 0 smtp 0 hosts 0 | broken 0 valid 0\n"
		"0 done  0/s  20s | dns 0 smtp 0 hosts 0 | broken 0 valid 0\n"
		"a message\n");
	fclose(file);
	progress_show(NULL, &n);
	progress_close(NULL);
}

/* What a terminal of 31 columns gets. */
static void
test_terminal_shell(void **state)
{
	static const char expected[] = "\r0 done  0/s  0s | broken 0\033[K"
				       "\r\033[Knote\n"
				       "\r0 done  0/s  0s | broken 0\033[K"
				       "\r\033[K";
	struct winsize size = {.ws_row = 24, .ws_col = 31};
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct progress_numbers n = {0};
	struct progress *progress;
	char got[2048] = "";
	size_t used = 0;
	FILE *terminal;
	ssize_t len;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = fopen(ptsname(master), "w");
	assert_non_null(terminal);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	setenv("TERM", "xterm", 1);
	progress = progress_open(terminal);
	for (; n.elapsed_ms < 1000; n.elapsed_ms += 100)
		progress_show(progress, &n);
	progress_print(progress, "note");
	progress_close(progress);
	fclose(terminal);
	/* Read until the other side, which is closed, has nothing more. */
	while ((len = read(master, got + used, sizeof(got) - 1 - used)) > 0)
		used += (size_t)len;
	close(master);
	/* The terminal itself makes CR LF of a line end. */
	for (char *cr; (cr = strstr(got, "\r\n")) != NULL;)
		memmove(cr, cr + 1, strlen(cr));
	assert_string_equal(got, expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_shortened),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_plain_shell),
		cmocka_unit_test(test_terminal_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
