/*
 * Tests of scanner/core/default_key.c: every entry of the table is well formed
 * and found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/default_key.h"

static const struct {
	const char *digest, *source;
} table[] = {
#define DEFAULT(digest, source) {digest, source},
#include "scanner/core/default_keys.def"
#undef DEFAULT
};

static void
from_hex(const char *hex, uint8_t out[32])
{
	unsigned octet;

	assert_int_equal(strlen(hex), 64);
	assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
	for (size_t i = 0; i < 32; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		out[i] = (uint8_t)octet;
	}
}

/* G34: each is found by itself, and none twice. */
static void
test_table(void **state)
{
	uint8_t digest[32];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		from_hex(table[i].digest, digest);
		assert_string_equal(
			default_key_source(digest), table[i].source);
		digest[31] ^= 1;
		assert_null(default_key_source(digest));
	}
	memset(digest, 0, sizeof(digest));
	assert_null(default_key_source(digest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
