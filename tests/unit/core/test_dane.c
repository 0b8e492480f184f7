/*
 * Tests of scanner/core/dane.c: which records count, and what a chain proves.
 * The id of a row is that of the conformance matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/x509_vfy.h>

#include "scanner/core/dane.h"
#include "tests/unit/core/fixture.h"
#include "tests/unit/core/pki.h"

#define ZEROES_20 "0000000000000000000000000000000000000000"
#define ZEROES_32 ZEROES_20 "000000000000000000000000"

struct usability_row {
	const char *id;
	int usage, selector, mtype;
	const char *hex;
	enum usability expected;
};

static const struct usability_row usability_rows[] = {
	{"C01", 3, 1, 1, ZEROES_32, USABILITY_OK},
	{"C01", 2, 0, 1, ZEROES_32, USABILITY_OK},
	{"C01", 3, 0, 2, ZEROES_32 ZEROES_32, USABILITY_OK},
	{"C02", 0, 0, 1, ZEROES_32, USABILITY_PKIX_USAGE},
	{"C03", 1, 1, 1, ZEROES_32, USABILITY_PKIX_USAGE},
	{"C05", 4, 1, 1, ZEROES_32, USABILITY_UNKNOWN_USAGE},
	{"C05", 254, 1, 1, ZEROES_32, USABILITY_UNKNOWN_USAGE},
	{"C06", 255, 1, 1, ZEROES_32, USABILITY_PRIVATE_USAGE},
	{"C07", 3, 2, 1, ZEROES_32, USABILITY_UNKNOWN_SELECTOR},
	{"C08", 3, 255, 1, ZEROES_32, USABILITY_PRIVATE_SELECTOR},
	{"C09", 3, 1, 3, ZEROES_32, USABILITY_UNKNOWN_MTYPE},
	{"C10", 3, 1, 255, ZEROES_32, USABILITY_PRIVATE_MTYPE},
	{"C11 31", 3, 1, 1, ZEROES_20 "0000000000000000000000",
		USABILITY_BAD_DIGEST_LENGTH},
	{"C11 33", 3, 1, 1, ZEROES_32 "00", USABILITY_BAD_DIGEST_LENGTH},
	{"C13", 3, 1, 1, ZEROES_20, USABILITY_BAD_DIGEST_LENGTH},
	{"C14", 3, 1, 1, ZEROES_32 ZEROES_32, USABILITY_BAD_DIGEST_LENGTH},
	{"C11 sha512", 3, 1, 2, ZEROES_32, USABILITY_BAD_DIGEST_LENGTH},
	{"C15", 3, 1, 1, "", USABILITY_SHORT_RDATA},
	{"C16", 3, 1, 0, "", USABILITY_EMPTY_DATA},
	{"C17", 3, 0, 0, "3082", USABILITY_BAD_DER_CERT},
	{"C19", 3, 1, 0, ZEROES_32, USABILITY_BAD_DER_SPKI},
};

static void
test_usability(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(usability_rows) / sizeof(*usability_rows);
		i++) {
		const struct usability_row *row = &usability_rows[i];
		struct fact_tlsa record = pki_record(row->usage, row->selector,
			row->mtype, row->hex, f->arena);
		enum usability got = dane_usability(f->dane, &record);

		if (got != row->expected)
			fail_msg("%s: %d, not %d", row->id, got, row->expected);
	}
}

/* C15: no fields at all. */
static void
test_short_rdata(void **state)
{
	struct fixture *f = *state;
	const struct fact_tlsa record = {
		.short_rdata = true, .data = (const uint8_t *)"\3", .len = 1};

	assert_int_equal(
		dane_usability(f->dane, &record), USABILITY_SHORT_RDATA);
}

/* C17, C18, C19, C20: Full(0) data that is nearly right. */
static void
test_full_data(void **state)
{
	struct fixture *f = *state;
	const struct pki *leaf = world_pki(f->world, "L");
	struct fact_tlsa cert = pki_tlsa(leaf, 3, 0, 0, f->arena);
	struct fact_tlsa spki = pki_tlsa(leaf, 3, 1, 0, f->arena);
	struct fact_tlsa record;
	uint8_t *longer = arena_alloc(f->arena, cert.len + 1);

	assert_int_equal(dane_usability(f->dane, &cert), USABILITY_OK);
	assert_int_equal(dane_usability(f->dane, &spki), USABILITY_OK);
	record = cert;
	record.len--;
	assert_int_equal(
		dane_usability(f->dane, &record), USABILITY_BAD_DER_CERT);
	record.len = cert.len + 1;
	record.data = memcpy(longer, cert.data, cert.len);
	assert_int_equal(
		dane_usability(f->dane, &record), USABILITY_BAD_DER_CERT);
	record = spki;
	record.len = spki.len + 1;
	record.data = memcpy(longer, spki.data, spki.len);
	assert_int_equal(
		dane_usability(f->dane, &record), USABILITY_BAD_DER_SPKI);
	record = spki;
	record.selector = 0;
	assert_int_equal(
		dane_usability(f->dane, &record), USABILITY_BAD_DER_CERT);
}

#define MX "mx.example.com"

struct match_row {
	const char *id;
	const char *chain;
	const char *records;
	int error; /* X509_V_ERR_*, -1: nothing usable */
	int error_depth;
	enum reason reason;
	int depth;	  /* of the match, -1: none */
	const char *base; /* NULL: MX */
	const char *name[2];
	const char *matched_name;
};

static const struct match_row match_rows[] = {
	/* DANE-EE */
	{"E01", "L I", "3 1 1 L", 0, 0, REASON_NONE, .depth = 0},
	{"E02", "OtherExpired I", "3 1 1 OtherExpired", 0, 0, REASON_NONE,
		.depth = 0},
	{"E04", "L", "3 0 1 L", 0, 0, REASON_NONE, .depth = 0},
	{"E05", "SExpired", "3 1 1 SExpired", 0, 0, REASON_NONE, .depth = 0},
	{"E06", "LR I", "3 0 1 L", 65, 0, REASON_DANE_NO_MATCH, .depth = -1},
	{"E06 key", "LR I", "3 1 1 L", 0, 0, REASON_NONE, .depth = 0},
	{"E07", "L I", "3 1 1 LN", 65, 0, REASON_DANE_NO_MATCH, .depth = -1},
	{"E09", "Client I", "3 1 1 Client", 0, 0, REASON_NONE, .depth = 0},
	{"E09", "Critical I", "3 1 1 Critical", 0, 0, REASON_NONE, .depth = 0},
	{"E10", "Rsa I", "3 1 1 Rsa", 0, 0, REASON_NONE, .depth = 0},
	{"E11", "Tiny I", "3 1 1 Tiny", 0, 0, REASON_NONE, .depth = 0},
	{"E09", "ShaOne I", "3 1 1 ShaOne", 0, 0, REASON_NONE, .depth = 0},
	{"E12 C37", "L I", "3 1 1 I", 65, 0, REASON_DANE_NO_MATCH, .depth = -1},
	{"E13", "L I", "3 0 0 L", 0, 0, REASON_NONE, .depth = 0},
	{"E13", "L I", "3 1 0 L", 0, 0, REASON_NONE, .depth = 0},
	/* DANE-TA: presence of the anchor */
	{"E14 E56 E57: no CRL, no SCT", "L I", "2 0 1 I", 0, 0, REASON_NONE,
		.depth = 1, .matched_name = MX},
	{"E14", "L I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E16", "L I", "2 0 1 R", 65, 1, REASON_TA_NOT_IN_CHAIN, .depth = -1},
	{"E16", "L I", "2 1 1 R", 65, 1, REASON_TA_NOT_IN_CHAIN, .depth = -1},
	{"E16 with usage 3", "L I", "2 1 1 R, 3 1 1 LN", 65, 1,
		REASON_DANE_NO_MATCH, .depth = -1},
	{"E17", "L I", "2 0 0 R", 0, 0, REASON_NONE, .depth = 2,
		.matched_name = MX},
	{"E18", "L I", "2 1 0 R", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E19", "L", "2 0 0 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E19", "L", "2 1 0 I", 0, 0, REASON_NONE, .depth = 0,
		.matched_name = MX},
	{"E20", "L R", "2 1 1 R", 65, 0, REASON_CHAIN_INCOMPLETE, .depth = -1},
	{"E21", "L R I", "2 1 1 R", 0, 0, REASON_NONE, .depth = 2,
		.matched_name = MX},
	{"E22", "L I T", "2 1 1 T", 65, 1, REASON_DANE_NO_MATCH, .depth = -1},
	{"E22 no root", "L I J", "2 0 1 J", 65, 1, REASON_DANE_NO_MATCH,
		.depth = -1},
	{"E23", "L J", "2 0 1 I", 65, 1, REASON_TA_NOT_IN_CHAIN, .depth = -1},
	{"E25", "L I R", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	/* DANE-TA: names */
	{"E27", "L I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E28", "Domain I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.name = {"example.com"}, .matched_name = "example.com"},
	{"E28 expanded", "Domain I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.name = {"alias.example", "example.com"},
		.matched_name = "example.com"},
	{"E29", "Domain I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E30", "L I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1, .base = MX ".",
		.matched_name = MX "."},
	{"E30", "Domain I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.name = {"example.com."}, .matched_name = "example.com."},
	{"E31", "Other I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E33", "Cn I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E34", "CnMail I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E35", "Wild I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E37", "WildPart I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E38", "WildMiddle I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E38", "WildTop I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E39b", "Idn I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.base = "mx.xn--bcher-kva.example",
		.matched_name = "mx.xn--bcher-kva.example"},
	{"E39c", "Nul I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E39d", "L I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.name = {"192.0.2.1", "2001:db8::1"}, .matched_name = MX},
	{"no base", "L I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1, .base = "."},
	{"base is an address", "CnMail I", "2 1 1 I", 62, 0,
		REASON_CERT_NAME_MISMATCH, .depth = 1, .base = "192.0.2.1"},
	/* Degenerate leaves */
	{"E40 C38", "S", "2 1 1 S", 65, 0, REASON_DANE_NO_MATCH, .depth = -1},
	{"E41", "S", "2 0 0 S", 65, 0, REASON_DANE_NO_MATCH, .depth = -1},
	{"E42", "S", "2 1 0 S", 0, 0, REASON_NONE, .depth = 0,
		.matched_name = MX},
	{"E43", "L I R", "2 1 1 L", 65, 2, REASON_DANE_NO_MATCH, .depth = -1},
	{"E43 C38", "L I", "2 1 1 L", 65, 1, REASON_DANE_NO_MATCH, .depth = -1},
	{"E44", "SCa SCa", "2 1 1 SCa", 65, 0, REASON_DANE_NO_MATCH,
		.depth = -1},
	/* PKIX validity below the anchor */
	{"E45", "Expired I", "2 1 1 I", 10, 0, REASON_CERT_EXPIRED, .depth = 1,
		.matched_name = MX},
	{"E45", "Early I", "2 1 1 I", 9, 0, REASON_CERT_NOT_YET_VALID,
		.depth = 1, .matched_name = MX},
	{"E47", "LIExpired IExpired", "2 1 1 IExpired", 0, 0, REASON_NONE,
		.depth = 1, .matched_name = MX},
	{"E48", "LRExpired IRExpired RExpired", "2 1 1 RExpired", 10, 2,
		REASON_CERT_EXPIRED, .depth = 2, .matched_name = MX},
	{"E48", "LRExpired IRExpired", "2 0 0 RExpired", 10, 2,
		REASON_CERT_EXPIRED, .depth = 2, .matched_name = MX},
	{"E49", "LIExpired IExpired", "2 1 0 R", 10, 1, REASON_CERT_EXPIRED,
		.depth = 1, .matched_name = MX},
	{"E50", "OtherExpired I", "2 1 1 I", 62, 0, REASON_CERT_NAME_MISMATCH,
		.depth = 1},
	{"E51", "LNoCa NoCa", "2 1 1 NoCa", 79, 1, REASON_CHAIN_INVALID,
		.depth = 1, .matched_name = MX},
	{"E51", "LNoSign NoSign", "2 1 1 NoSign", 79, 1, REASON_CHAIN_INVALID,
		.depth = 1, .matched_name = MX},
	{"E52", "LBelow Below Short", "2 0 1 Short", 25, 2,
		REASON_CHAIN_INVALID, .depth = 2, .matched_name = MX},
	{"E52", "LBelow Below Short", "2 1 1 Short", 25, 2,
		REASON_CHAIN_INVALID, .depth = 2, .matched_name = MX},
	{"E53", "LNarrow Narrow", "2 1 1 Narrow", 47, 0, REASON_CHAIN_INVALID,
		.depth = 1, .matched_name = MX},
	{"E54", "Client I", "2 1 1 I", 26, 0, REASON_CHAIN_INVALID, .depth = 1,
		.matched_name = MX},
	{"E54", "LCode Code", "2 1 1 Code", 26, 1, REASON_CHAIN_INVALID,
		.depth = 1, .matched_name = MX},
	{"E54", "Critical I", "2 1 1 I", 34, 0, REASON_CHAIN_INVALID,
		.depth = 1, .matched_name = MX},
	{"E54", "ShaOne I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E54", "LeafCa I", "2 1 1 I", 0, 0, REASON_NONE, .depth = 1,
		.matched_name = MX},
	{"E59 empty", "", "3 1 1 L", 1, 0, REASON_TLS_HANDSHAKE, .depth = -1},
	/* Usability and agility */
	{"C02", "L I", "0 1 1 R", -1, 0, REASON_TLSA_ALL_UNUSABLE, .depth = -1},
	{"C03", "L I", "1 1 1 L", -1, 0, REASON_TLSA_ALL_UNUSABLE, .depth = -1},
	{"C04", "L I", "1 1 1 LN, 3 1 1 L", 0, 0, REASON_NONE, .depth = 0},
	{"C25", "L I", "3 1 1 L, 3 1 2 LN", 65, 0, REASON_DANE_NO_MATCH,
		.depth = -1},
	{"C26", "L I", "3 1 2 L, 3 1 1 LN", 0, 0, REASON_NONE, .depth = 0},
	{"C27", "L I", "3 1 0 L, 3 1 2 LN", 0, 0, REASON_NONE, .depth = 0},
	{"C31", "L I", "3 1 1 L, 2 1 2 R", 0, 0, REASON_NONE, .depth = 0},
	{"C32", "L I", "3 1 1 L, 3 1 1 L", 0, 0, REASON_NONE, .depth = 0},
	{"C33", "L I", "3 1 2 L", 0, 0, REASON_NONE, .depth = 0},
};

static void
check(const char *id, const char *what, long got, long expected)
{
	if (got != expected)
		fail_msg("%s: %s is %ld, not %ld", id, what, got, expected);
}

static void
check_name(const char *id, const char *got, const char *expected)
{
	if (got == NULL || expected == NULL)
		check(id, "name", got != NULL, expected != NULL);
	else if (strcmp(got, expected) != 0)
		fail_msg("%s: name is %s, not %s", id, got, expected);
}

static void
evaluate(const struct fixture *f, const struct match_row *row,
	struct dane_result *result)
{
	struct dane_names names = {.base = row->base != NULL ? row->base : MX};
	const struct fact_certificate *chain;
	const struct fact_tlsa *records;
	size_t chain_len = world_chain(f->world, row->chain, f->arena, &chain);
	size_t count = world_records(
		f->world, row->records, f->arena, &records);

	while (names.count < 2 && row->name[names.count] != NULL) {
		names.name[names.count] = row->name[names.count];
		names.count++;
	}
	dane_evaluate(f->dane, records, count, chain, chain_len, &names,
		PKI_NOW, result);
}

static void
test_match(void **state)
{
	for (size_t i = 0; i < sizeof(match_rows) / sizeof(*match_rows); i++) {
		const struct match_row *row = &match_rows[i];
		struct dane_result result;

		evaluate(*state, row, &result);
		check(row->id, "error", result.error, row->error);
		check(row->id, "error depth", result.error_depth,
			row->error_depth);
		check(row->id, "reason", result.reason, row->reason);
		check(row->id, "match", result.match.found, row->depth >= 0);
		if (row->depth >= 0)
			check(row->id, "depth", result.match.depth, row->depth);
		check_name(row->id, result.match.name, row->matched_name);
	}
}

/* E10, E11: the security levels at which senders still accept the chain. */
static void
test_level(void **state)
{
	static const struct {
		const char *id, *chain, *records;
		int level;
	} rows[] = {
		{"E01", "L I", "3 1 1 L", 2},
		{"E10", "Rsa I", "3 1 1 Rsa", 1},
		{"E11", "Tiny I", "3 1 1 Tiny", 0},
		{"E09", "ShaOne I", "3 1 1 ShaOne", 2},
		{"E54", "ShaOne I", "2 1 1 I", 0},
		{"E06", "LR I", "3 0 1 L", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct match_row row = {.id = rows[i].id,
			.chain = rows[i].chain,
			.records = rows[i].records};
		struct dane_result result;

		evaluate(*state, &row, &result);
		check(row.id, "level", result.level, rows[i].level);
	}
}

enum {
	LONG_CHAIN = 110,
	MANY = 40
};

/* A root, links issuers below it, and a leaf: judged by the root's record. */
static int
judge_long_chain(const struct fixture *f, size_t links)
{
	struct fact_certificate chain[LONG_CHAIN + 2];
	struct pki *made[LONG_CHAIN + 2] = {NULL};
	const struct dane_names names = {.base = MX};
	struct dane_result result;
	struct fact_tlsa record;
	size_t count = links + 2;

	for (size_t i = 0; i < count; i++) {
		char cn[20];
		const struct pki_spec spec = {.cn = cn,
			.san = i + 1 < count ? NULL : "DNS:" MX,
			.ca = i + 1 < count,
			.issuer = i > 0 ? made[i - 1] : NULL};

		snprintf(cn, sizeof(cn), "%zu", i);
		made[i] = pki_new(&spec);
		chain[count - 1 - i] = pki_fact(made[i]);
	}
	record = pki_tlsa(made[0], 2, 1, 1, f->arena);
	dane_evaluate(
		f->dane, &record, 1, chain, count, &names, PKI_NOW, &result);
	for (size_t i = 0; i < count; i++)
		pki_free(made[i]);
	return result.error;
}

/* E58: a client follows a hundred issuers. */
static void
test_long_chain(void **state)
{
	assert_int_equal(judge_long_chain(*state, 20), 0);
	assert_int_equal(judge_long_chain(*state, LONG_CHAIN), 22);
}

/* C35: debris of many changes does no harm. */
static void
test_many_records(void **state)
{
	const struct fixture *f = *state;
	const struct dane_names names = {.base = MX};
	const struct fact_certificate *chain;
	struct fact_tlsa records[MANY];
	struct dane_result result;
	size_t len = world_chain(f->world, "L I", f->arena, &chain);

	for (size_t i = 0; i < MANY; i++) {
		uint8_t *data;

		records[i] = pki_tlsa(
			world_pki(f->world, "LN"), 3, 1, 1, f->arena);
		data = arena_copy(f->arena, records[i].data, records[i].len);
		data[0] = (uint8_t)i;
		records[i].data = data;
	}
	dane_evaluate(
		f->dane, records, MANY, chain, len, &names, PKI_NOW, &result);
	assert_int_equal(result.usable, MANY);
	assert_int_equal(result.reason, REASON_DANE_NO_MATCH);
	records[MANY / 2] = pki_tlsa(
		world_pki(f->world, "L"), 3, 1, 1, f->arena);
	dane_evaluate(
		f->dane, records, MANY, chain, len, &names, PKI_NOW, &result);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.match.record, MANY / 2);
}

/* Which of the records: the index counts the unusable ones too. */
static void
test_matched_record(void **state)
{
	static const struct match_row row = {"C04", "L I",
		"1 1 1 L, 3 1 1 LN, 3 1 1 L", 0, 0, REASON_NONE, .depth = 0};
	struct dane_result result;

	evaluate(*state, &row, &result);
	assert_int_equal(result.usable, 2);
	assert_int_equal(result.match.record, 2);
}

/* E59: what is no certificate ends a handshake. */
static void
test_malformed_chain(void **state)
{
	struct fixture *f = *state;
	const struct dane_names names = {.base = MX};
	const struct fact_tlsa *records;
	const struct fact_certificate *chain;
	struct fact_certificate bad[2];
	struct dane_result result;

	world_records(f->world, "3 1 1 L", f->arena, &records);
	world_chain(f->world, "L I", f->arena, &chain);
	for (int broken = 0; broken < 2; broken++) {
		memcpy(bad, chain, sizeof(bad));
		bad[broken].len--;
		dane_evaluate(
			f->dane, records, 1, bad, 2, &names, PKI_NOW, &result);
		assert_int_equal(result.reason, REASON_TLS_HANDSHAKE);
		assert_int_equal(result.error, X509_V_ERR_UNSPECIFIED);
		assert_false(result.match.found);
	}
	/* The failure leaves nothing behind. */
	dane_evaluate(f->dane, records, 1, chain, 2, &names, PKI_NOW, &result);
	assert_int_equal(result.error, X509_V_OK);
}

/* The time of judgement is the caller's, not the machine's. */
static void
test_time(void **state)
{
	struct fixture *f = *state;
	const struct dane_names names = {.base = MX};
	const struct fact_tlsa *records;
	const struct fact_certificate *chain;
	struct dane_result result;

	world_records(f->world, "2 1 1 I", f->arena, &records);
	world_chain(f->world, "L I", f->arena, &chain);
	dane_evaluate(f->dane, records, 1, chain, 2, &names,
		(time_t)PKI_NOW + 400 * (time_t)PKI_DAY, &result);
	assert_int_equal(result.reason, REASON_CERT_EXPIRED);
	dane_evaluate(f->dane, records, 1, chain, 2, &names,
		(time_t)PKI_NOW - 400 * (time_t)PKI_DAY, &result);
	assert_int_equal(result.reason, REASON_CERT_NOT_YET_VALID);
}

static void
test_record_depth(void **state)
{
	static const struct {
		const char *id, *chain, *record;
		int depth;
	} rows[] = {
		{"C26", "L I", "3 1 1 LN", -1},
		{"C25", "L I", "3 1 1 L", 0},
		{"E14", "L I", "2 1 1 I", 1},
		{"E22", "L I T", "2 1 1 T", -1},
		{"E31: names do not count", "Other I", "2 1 1 I", 1},
		{"E45: dates do not count", "Expired I", "2 1 1 I", 1},
		{"E40", "S", "2 1 1 S", -1},
		{"C03", "L I", "1 1 1 L", -1},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct fact_certificate *chain;
		const struct fact_tlsa *record;
		size_t len = world_chain(
			f->world, rows[i].chain, f->arena, &chain);

		world_records(f->world, rows[i].record, f->arena, &record);
		check(rows[i].id, "depth",
			dane_record_depth(f->dane, record, chain, len, PKI_NOW),
			rows[i].depth);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usability),
		cmocka_unit_test(test_short_rdata),
		cmocka_unit_test(test_full_data),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_matched_record),
		cmocka_unit_test(test_malformed_chain),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_record_depth),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
