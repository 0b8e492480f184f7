/*
 * unjson, unrow: what the database makes of a row is that row again; a member
 * of another type, or none, is nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "store/buffer.h"
#include "store/json.h"
#include "store/unrow.h"
#include "tests/unit/store/rows.h"

static void
values(void **state)
{
	json_t *object = json_loads(
		"{\"t\":\"x\",\"n\":7,\"b\":true,\"o\":{},\"z\":null,"
		"\"l\":[\"a\",1,null,\"b\"]}",
		0, NULL);
	static const char *const others[] = {"none", "o", "z"};
	struct unjson_pool pool = {0};
	const char *const *texts;

	(void)state;
	assert_string_equal(unjson_text(object, "t"), "x");
	assert_int_equal(unjson_int(object, "n", -1), 7);
	assert_true(unjson_bool(object, "b"));
	for (size_t i = 0; i < SIZE(others); i++) {
		assert_null(unjson_text(object, others[i]));
		assert_int_equal(unjson_int(object, others[i], -1), -1);
		assert_false(unjson_bool(object, others[i]));
		assert_int_equal(
			unjson_texts(&pool, object, others[i], &texts), 0);
	}
	assert_int_equal(unjson_texts(&pool, object, "l", &texts), 2);
	assert_string_equal(texts[1], "b");
	unjson_free(&pool);
	json_decref(object);
}

static void
octets(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint8_t bytes[3];
	} rows[] = {
		{"\\x9f86D0", 3, {0x9f, 0x86, 0xd0}},
		{"\\x00", 1, {0}},
		{"\\x", 0, {0}},
		{"\\x9", 0, {0}},
		{"9f", 0, {0}},
		{"", 0, {0}},
	};
	struct unjson_pool pool = {0};
	const uint8_t *bytes;

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		json_t *text = json_string(rows[i].text);

		assert_int_equal(
			unjson_bytes(&pool, text, &bytes), rows[i].len);
		assert_memory_equal(bytes, rows[i].bytes, rows[i].len);
		json_decref(text);
	}
	assert_int_equal(unjson_bytes(&pool, NULL, &bytes), 0);
	unjson_free(&pool);
}

/* What the encoders wrote is read, and written once more. */
static void
extras(void **state)
{
	struct buffer written = {0}, again = {0};
	struct unjson_pool pool = {0};
	const struct row_server *servers;
	json_t *json;

	(void)state;
	json_extras(&written, &ROWS_EXTRAS);
	json = json_loads(buffer_string(&written), 0, NULL);
	json_extras(&again, unrow_extras(&pool, json));
	assert_string_equal(buffer_string(&again), buffer_string(&written));
	json_decref(json);

	written.len = again.len = 0;
	json_host_extras(&written, &ROWS_HOST_EXTRAS);
	json = json_loads(buffer_string(&written), 0, NULL);
	json_host_extras(&again, unrow_host_extras(&pool, json));
	assert_string_equal(buffer_string(&again), buffer_string(&written));
	json_decref(json);

	written.len = again.len = 0;
	json_servers(&written, ROWS_SERVER, SIZE(ROWS_SERVER));
	json = json_loads(buffer_string(&written), 0, NULL);
	assert_int_equal(
		unrow_servers(&pool, json, &servers), SIZE(ROWS_SERVER));
	json_servers(&again, servers, SIZE(ROWS_SERVER));
	assert_string_equal(buffer_string(&again), buffer_string(&written));
	json_decref(json);

	assert_null(unrow_extras(&pool, NULL));
	assert_null(unrow_host_extras(&pool, NULL));
	unjson_free(&pool);
	buffer_free(&written);
	buffer_free(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(octets),
		cmocka_unit_test(extras),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
