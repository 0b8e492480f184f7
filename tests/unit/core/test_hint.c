/*
 * Tests of scanner/core/hint.c: what a record that does not match is instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "scanner/core/hint.h"
#include "tests/unit/core/pki.h"
#include "tests/unit/core/world.h"

struct fixture {
	struct world *world;
	struct arena *arena;
};

static void
check(const char *id, enum hint got, enum hint expected)
{
	const char *label = vocabulary_hint(got);

	if (got != expected)
		fail_msg("%s: %s", id, label != NULL ? label : "no hint");
}

static enum hint
find(struct fixture *f, const struct fact_tlsa *record, const char *chain_text)
{
	const struct fact_certificate *chain;
	size_t len = world_chain(f->world, chain_text, f->arena, &chain);

	return hint_find(record, chain, len);
}

static void
test_chain(void **state)
{
	static const struct {
		const char *id, *chain, *record;
		enum hint expected;
	} rows[] = {
		{"C37 E12", "L I R", "3 1 1 I", HINT_USAGE3_ON_CA},
		{"C37", "L I R", "3 0 1 R", HINT_USAGE3_ON_CA},
		{"C38 E43", "L I R", "2 1 1 L", HINT_USAGE2_ON_LEAF},
		{"E40", "S", "2 0 1 S", HINT_USAGE2_ON_LEAF},
		{"E22", "L I T", "2 1 1 T", HINT_TA_PRESENT_NOT_IN_PATH},
		{"E23", "L J", "2 0 0 I", HINT_CA_CERT_RENEWED_SAME_KEY},
		{"E06", "LR I", "3 0 0 L", HINT_RENEWED_SAME_KEY},
		{"E07", "L I", "3 1 1 LN", HINT_NONE},
		{"near miss", "L I", "3 1 1 L!", HINT_NONE},
		{"no chain", "", "3 1 1 L", HINT_NONE},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct fact_tlsa *record;

		assert_int_equal(world_records(f->world, rows[i].record,
					 f->arena, &record),
			1);
		check(rows[i].id, find(f, record, rows[i].chain),
			rows[i].expected);
	}
}

/* C21: the right octets under the wrong parameters. */
static void
test_parameters(void **state)
{
	static const struct {
		const char *record;
		uint8_t usage, selector, mtype;
		enum hint expected;
	} rows[] = {
		{"3 0 1 L", 3, 1, 1, HINT_DIGEST_OF_OTHER_SELECTOR},
		{"3 1 2 L", 3, 0, 2, HINT_DIGEST_OF_OTHER_SELECTOR},
		{"3 1 0 L", 3, 0, 0, HINT_DIGEST_OF_OTHER_SELECTOR},
		{"2 1 1 I", 2, 0, 1, HINT_DIGEST_OF_OTHER_SELECTOR},
		{"3 1 1 L", 3, 1, 2, HINT_DIGEST_OF_OTHER_MTYPE},
		{"3 1 1 L", 3, 1, 0, HINT_DIGEST_OF_OTHER_MTYPE},
		{"3 0 1 I", 3, 1, 1, HINT_DIGEST_OF_ISSUER},
		{"2 0 1 L", 2, 1, 1, HINT_DIGEST_OF_LEAF},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct fact_tlsa *record;
		struct fact_tlsa wrong;

		world_records(f->world, rows[i].record, f->arena, &record);
		wrong = *record;
		wrong.usage = rows[i].usage;
		wrong.selector = rows[i].selector;
		wrong.mtype = rows[i].mtype;
		check(rows[i].record, find(f, &wrong, "L I R"),
			rows[i].expected);
	}
}

static struct fact_tlsa
digest_of(const char *text, size_t len, struct arena *arena)
{
	struct fact_tlsa record = {
		.usage = 3, .selector = 1, .mtype = 1, .len = 32};
	uint8_t digest[32];

	EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL);
	record.data = arena_copy(arena, digest, sizeof(digest));
	return record;
}

/* C21: digests of text. */
static void
test_text(void **state)
{
	struct fixture *f = *state;
	size_t len;
	const uint8_t *der = pki_der(world_pki(f->world, "L"), 1, &len);
	BIO *out = BIO_new(BIO_s_mem());
	char *hex = arena_alloc(f->arena, 2 * len + 2);
	struct fact_tlsa record;
	long text_len;
	char *text;

	PEM_write_bio(out, "PUBLIC KEY", "", der, (long)len);
	text_len = BIO_get_mem_data(out, &text);
	record = digest_of(text, (size_t)text_len, f->arena);
	check("pem", find(f, &record, "L I"), HINT_DIGEST_OF_PEM);
	record = digest_of(text, (size_t)text_len - 1, f->arena);
	check("pem, no newline", find(f, &record, "L I"), HINT_DIGEST_OF_PEM);
	check("pem, other chain", find(f, &record, "S"), HINT_NONE);
	BIO_free(out);

	for (size_t i = 0; i < len; i++)
		sprintf(&hex[2 * i], "%02x", der[i]);
	record = digest_of(hex, 2 * len, f->arena);
	check("hex", find(f, &record, "L I"), HINT_DIGEST_OF_HEX);
	record = digest_of("", 0, f->arena);
	check("empty", find(f, &record, "L I"), HINT_DIGEST_OF_EMPTY);
}

static void
test_data(void **state)
{
	static const struct {
		const char *id, *hex;
		int mtype;
		enum hint expected;
	} rows[] = {
		{"C13", "000102030405060708090a0b0c0d0e0f10111213", 1,
			HINT_SHA1_SIZED},
		{"C14",
			"3132333435363738393061626364656631323334353637383930"
			"6162636465663132333435363738393061626364656631323334"
			"353637383930616263646566",
			1, HINT_DOUBLE_HEX},
		{"C14: not hexadecimal",
			"3132333435363738393061626364656631323334353637383930"
			"6162636465663132333435363738393061626364656631323334"
			"353637383930616263646578",
			1, HINT_NONE},
		{"empty, SHA-512",
			"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4"
			"a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd"
			"47417a81a538327af927da3e",
			2, HINT_DIGEST_OF_EMPTY},
#define RETIRED(name, digest, since) {name, digest, 1, HINT_RETIRED_CA},
#include "scanner/core/retired_keys.def"
#undef RETIRED
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fact_tlsa record = pki_record(
			2, 1, rows[i].mtype, rows[i].hex, f->arena);

		check(rows[i].id, find(f, &record, ""), rows[i].expected);
	}
}

static void
test_near_miss(void **state)
{
	struct fixture *f = *state;
	struct fact_tlsa record = pki_tlsa(
		world_pki(f->world, "L"), 3, 1, 1, f->arena);
	uint8_t *data = arena_copy(f->arena, record.data, record.len);

	record.data = data;
	data[3] ^= 0x10;
	check("1 digit", find(f, &record, "L I"), HINT_NEAR_MISS);
	data[9] ^= 0xff;
	data[31] ^= 0x01;
	check("4 digits", find(f, &record, "L I"), HINT_NEAR_MISS);
	data[30] ^= 0x01;
	check("5 digits", find(f, &record, "L I"), HINT_NONE);
}

/* Octets that are no certificate give no hint and no crash. */
static void
test_malformed(void **state)
{
	struct fixture *f = *state;
	const struct fact_certificate bad = {
		.der = (const uint8_t *)"\x30\x82", .len = 2};
	const struct fact_tlsa empty = {.short_rdata = true};
	struct fact_tlsa record = pki_tlsa(
		world_pki(f->world, "L"), 3, 1, 1, f->arena);

	assert_int_equal(hint_find(&record, &bad, 1), HINT_NONE);
	assert_int_equal(hint_find(&empty, &bad, 1), HINT_NONE);
}

static int
set_up(void **state)
{
	static struct fixture fixture;

	fixture.world = world_new();
	fixture.arena = arena_new();
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	world_free(f->world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_near_miss),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
