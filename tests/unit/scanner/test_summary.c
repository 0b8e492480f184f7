/* summary: what cannot be written is known before a scan begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "scanner/summary.h"

static void
a_file_is_tried(void **state)
{
	char folder[] = "/tmp/danescan-summary-XXXXXX";
	char path[64], wrong[96], line[8] = "", err[256] = "";
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/summary", folder);
	snprintf(wrong, sizeof(wrong), "%s/missing/summary", folder);
	assert_int_equal(summary_try(path, err, sizeof(err)), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("{}", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(summary_try(path, err, sizeof(err)), 0);
	assert_string_equal(err, "");
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(fclose(file), 0);
	assert_string_equal(line, "{}");
	assert_int_equal(summary_try(wrong, err, sizeof(err)), -1);
	assert_non_null(strstr(err, wrong));
	assert_non_null(strstr(err, "No such file"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(summary_try(path, err, sizeof(err)), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
