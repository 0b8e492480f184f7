/*
 * Tests of scanner/core/pkix.c: what a client that trusts one root says of a
 * chain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "scanner/core/chain.h"
#include "scanner/core/pkix.h"
#include "tests/unit/core/world.h"

#define MX "mx.example.com"

struct fixture {
	struct world *world;
	struct chain *parsed;
	struct pkix *pkix; /* trusts R */
	struct arena *arena;
};

/* As PEM, before and after it what else may stand in such a file. */
static struct pkix *
trusting(const struct fixture *f, const char *names, const char *before,
	const char *after)
{
	const struct fact_certificate *list;
	size_t count = world_chain(f->world, names, f->arena, &list);
	BIO *out = BIO_new(BIO_s_mem());
	struct pkix *pkix;
	char *pem;
	long len;

	BIO_puts(out, before);
	for (size_t i = 0; i < count; i++)
		PEM_write_bio(out, PEM_STRING_X509, "", list[i].der,
			(long)list[i].len);
	BIO_puts(out, after);
	len = BIO_get_mem_data(out, &pem);
	pkix = pkix_new(pem, (size_t)len);
	BIO_free(out);
	return pkix;
}

static void
judge(const struct fixture *f, const struct pkix *pkix, const char *chain,
	const char *host, time_t now, struct pkix_result *result)
{
	struct fact_tls tls = {0};

	tls.chain_len = world_chain(f->world, chain, f->arena, &tls.chain);
	pkix_evaluate(pkix, f->parsed, &tls, host, now, f->arena, result);
	assert_true(result->judged);
}

struct row {
	const char *chain;
	enum pkix_reason reason;
	int error, depth;
	const char *name; /* that fits */
	const char *host; /* NULL: MX */
};

static const struct row rows[] = {
	{"L I", PKIX_OK, X509_V_OK, 0, MX, NULL},
	{"L I R", PKIX_OK, X509_V_OK, 0, MX, NULL},
	{"L R I", PKIX_OK, X509_V_OK, 0, MX, NULL},
	/* The case of letters is none of the name's. */
	{"L I", PKIX_OK, X509_V_OK, 0, MX, "MX.Example.COM"},
	{"Wild I", PKIX_OK, X509_V_OK, 0, "*.example.com", NULL},
	{"Idn I", PKIX_OK, X509_V_OK, 0, "mx.xn--bcher-kva.example",
		"mx.xn--bcher-kva.example"},
	{"S", PKIX_SELF_SIGNED, 18, 0, MX, NULL},
	/* The path comes first, then the name, then the dates. */
	{"SExpired", PKIX_SELF_SIGNED, 18, 0, MX, NULL},
	{"SCa", PKIX_SELF_SIGNED, 18, 0, MX, NULL},
	{"L", PKIX_UNKNOWN_ISSUER, 20, 0, MX, NULL},
	{"L T", PKIX_UNKNOWN_ISSUER, 20, 0, MX, NULL},
	{"LRExpired IRExpired RExpired", PKIX_UNKNOWN_ISSUER, 19, 2, MX, NULL},
	{"LRExpired IRExpired", PKIX_UNKNOWN_ISSUER, 20, 1, MX, NULL},
	{"Other I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"OtherExpired I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"WildPart I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"WildMiddle I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"Wild I", PKIX_NAME_MISMATCH, 62, 0, NULL, "a.mx.example.com"},
	{"Nul I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	/* RFC 8461 section 4.1: a common name is no name. */
	{"Cn I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"CnMail I", PKIX_NAME_MISMATCH, 62, 0, NULL, NULL},
	{"Expired I", PKIX_EXPIRED, 10, 0, MX, NULL},
	{"LIExpired IExpired", PKIX_EXPIRED, 10, 1, MX, NULL},
	{"Early I", PKIX_NOT_YET_VALID, 9, 0, MX, NULL},
	{"Tiny I", PKIX_WEAK, 66, 0, MX, NULL},
	{"Rsa I", PKIX_OK, 0, 0, MX, NULL},
	{"ShaOne I", PKIX_WEAK, 68, 0, MX, NULL},
	{"Client I", PKIX_INVALID, 26, 0, MX, NULL},
	{"Critical I", PKIX_INVALID, 34, 0, MX, NULL},
	{"LNoCa NoCa", PKIX_INVALID, 79, 1, MX, NULL},
	{"LBelow Below Short", PKIX_INVALID, 25, 2, MX, NULL},
	{"LNarrow Narrow", PKIX_INVALID, 47, 0, MX, NULL},
};

static void
test_chains(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct pkix_result got;

		judge(f, f->pkix, row->chain,
			row->host != NULL ? row->host : MX, PKI_NOW, &got);
		if (got.reason != row->reason || got.error != row->error ||
			got.depth != row->depth)
			fail_msg("%s: %d, %d at %d, not %d, %d at %d",
				row->chain, got.reason, got.error, got.depth,
				row->reason, row->error, row->depth);
		if ((got.name == NULL) != (row->name == NULL) ||
			(got.name != NULL && strcmp(got.name, row->name) != 0))
			fail_msg("%s: name %s", row->chain,
				got.name != NULL ? got.name : "none");
	}
}

/* The same chain at other times; time is a parameter. */
static void
test_time(void **state)
{
	const struct fixture *f = *state;
	struct pkix_result got;

	judge(f, f->pkix, "L I", MX, PKI_NOW + 366 * PKI_DAY, &got);
	assert_int_equal(got.reason, PKIX_EXPIRED);
	judge(f, f->pkix, "L I", MX, PKI_NOW - 366 * PKI_DAY, &got);
	assert_int_equal(got.reason, PKIX_NOT_YET_VALID);
	judge(f, f->pkix, "Brief I", MX, PKI_NOW, &got);
	assert_int_equal(got.reason, PKIX_OK);
}

/* A chain that no client could read. */
static void
test_malformed(void **state)
{
	const struct fixture *f = *state;
	const struct fact_certificate junk = {
		.der = (const uint8_t *)"junk", .len = 4};
	const struct fact_tls cases[] = {
		{.chain = &junk, .chain_len = 1}, {.chain_len = 0}};

	for (size_t i = 0; i < 2; i++) {
		struct pkix_result got;

		pkix_evaluate(f->pkix, f->parsed, &cases[i], MX, PKI_NOW,
			f->arena, &got);
		assert_true(got.judged);
		assert_int_equal(got.reason, PKIX_INVALID);
		assert_int_equal(got.error, X509_V_ERR_UNSPECIFIED);
		assert_null(got.name);
	}
}

/* A self-signed certificate that is trusted is an issuer like any other. */
static void
test_trusted_leaf(void **state)
{
	const struct fixture *f = *state;
	struct pkix *pkix = trusting(f, "R SCa", "", "");
	struct pkix_result got;

	judge(f, pkix, "SCa", MX, PKI_NOW, &got);
	assert_int_equal(got.reason, PKIX_OK);
	judge(f, pkix, "L I", MX, PKI_NOW, &got);
	assert_int_equal(got.reason, PKIX_OK);
	pkix_free(pkix);
}

/* What else stands in the file is passed over. */
static void
test_file(void **state)
{
	static const char broken[] = "-----BEGIN CERTIFICATE-----\n"
				     "AAAA\n"
				     "-----END CERTIFICATE-----\n";
	const struct fixture *f = *state;
	struct pkix *pkix = trusting(f, "T R R", broken, "# end\n");
	struct pkix_result got;

	assert_non_null(pkix);
	judge(f, pkix, "L I", MX, PKI_NOW, &got);
	assert_int_equal(got.reason, PKIX_OK);
	pkix_free(pkix);
	assert_null(pkix_new("", 0));
	assert_null(pkix_new("nothing here\n", 13));
	assert_null(pkix_new(broken, sizeof(broken) - 1));
	pkix_free(NULL);
}

int
main(void)
{
	static struct fixture fixture;
	void *state = &fixture;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_chains, state),
		cmocka_unit_test_prestate(test_time, state),
		cmocka_unit_test_prestate(test_malformed, state),
		cmocka_unit_test_prestate(test_trusted_leaf, state),
		cmocka_unit_test_prestate(test_file, state),
	};
	int failed;

	fixture.world = world_new();
	fixture.arena = arena_new();
	fixture.parsed = chain_new();
	fixture.pkix = trusting(&fixture, "R", "", "");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pkix_free(fixture.pkix);
	chain_free(fixture.parsed);
	arena_free(fixture.arena);
	world_free(fixture.world);
	return failed;
}
