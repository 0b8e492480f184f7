/* dsn: no password goes unseen, none comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "store/dsn.h"

static void
test_check(void **state)
{
	static const struct {
		const char *dsn;
		enum dsn_status status;
	} cases[] = {
		{"", DSN_OK},
		{"dbname=x", DSN_OK},
		{"host=/run/postgresql user='a b'", DSN_OK},
		{"postgresql://u@h:5433/x?sslmode=require", DSN_OK},
		{"passfile=/root/.pgpass", DSN_OK},
		{"password=", DSN_OK},
		{"password=s3", DSN_SECRET},
		{"host=h password = 's 3'", DSN_SECRET},
		{"sslpassword=s3", DSN_SECRET},
		{"postgres://u:s3@h/x", DSN_SECRET},
		{"postgresql:///x?password=s3", DSN_SECRET},
		{"postgresql:///x?pass%77ord=s3", DSN_SECRET},
		{"host=h,password=s3", DSN_SECRET},
		{"x", DSN_BAD},
		{"nonsense=1", DSN_BAD},
		{"host='h", DSN_BAD},
		{"postgresql://[::1/x", DSN_BAD},
	};
	char words[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		words[0] = '\0';
		assert_int_equal(dsn_check(cases[i].dsn, words, sizeof(words)),
			cases[i].status);
		assert_int_equal(words[0] != '\0', cases[i].status == DSN_BAD);
		assert_null(strchr(words, '\n'));
	}
}

static void
expect_json(const char *dsn, const char *expected)
{
	json_t *json = dsn_json(dsn);
	char *text = json_dumps(
		json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
	free(text);
	json_decref(json);
}

static void
test_json(void **state)
{
	(void)state;
	expect_json(NULL, "null");
	expect_json("x", "null");
	expect_json("postgresql://u:s3@h:5433/x?sslpassword=s3&sslkey=k",
		"{\"dbname\":\"x\",\"host\":\"h\",\"port\":\"5433\","
		"\"user\":\"u\"}");
	expect_json("service=s host=h,password=s3", "{\"service\":\"s\"}");
	expect_json("user=\xff dbname=x", "{\"dbname\":\"x\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
