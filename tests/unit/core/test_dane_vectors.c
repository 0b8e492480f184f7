/*
 * OpenSSL's own DANE vectors (danetest.in, dane-cross.in: E26), read from where
 * they lie: DANESCAN_VECTORS, or ../shared/vectors/openssl. Twice: by OpenSSL
 * alone with all usages, which proves the reader, and by scanner/core/dane.c,
 * which drops usages 0 and 1 and never checks names under DANE-EE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "scanner/core/dane.h"
#include "tests/unit/core/pki.h"

enum {
	RECORDS = 4,
	CERTIFICATES = 8,
	LINE_SIZE = 16384
};

struct block {
	int number;
	int tlsa_count; /* as its first line says */
	int certificate_count;
	int no_name_checks;
	int want; /* X509_V_ERR_* */
	int depth;
	struct fact_tlsa records[RECORDS];
	size_t record_count; /* as there are: some blocks have one more */
	struct fact_certificate chain[CERTIFICATES];
};

static char *
path_of(const char *file, struct arena *arena)
{
	const char *folder = getenv("DANESCAN_VECTORS");

	return arena_printf(arena, "%s/%s",
		folder != NULL ? folder : "../shared/vectors/openssl", file);
}

static BIO *
open_vectors(const char *file, struct arena *arena)
{
	BIO *in = BIO_new_file(path_of(file, arena), "r");

	if (in == NULL) {
		print_message("no %s: skipped\n", file);
		skip();
	}
	return in;
}

static bool
read_record(const char *line, struct arena *arena, struct fact_tlsa *record)
{
	int usage, selector, mtype, at;
	char hex[LINE_SIZE];
	size_t len = 0;

	if (sscanf(line, "%d %d %d %n", &usage, &selector, &mtype, &at) != 3)
		return false;
	for (const char *p = line + at; *p != '\0'; p++)
		if (*p != ' ' && *p != '\n')
			hex[len++] = *p;
	hex[len] = '\0';
	*record = pki_record(usage, selector, mtype, hex, arena);
	return true;
}

static void
read_certificate(
	const char *text, struct arena *arena, struct fact_certificate *fact)
{
	BIO *in = BIO_new_mem_buf(text, -1);
	X509 *x509 = PEM_read_bio_X509(in, NULL, NULL, NULL);
	uint8_t *der = NULL;
	int len = i2d_X509(x509, &der);

	assert_true(len > 0);
	fact->der = arena_copy(arena, der, (size_t)len);
	fact->len = (size_t)len;
	OPENSSL_free(der);
	X509_free(x509);
	BIO_free(in);
}

/* Everything after the first line of a block. */
static void
read_body(BIO *in, struct arena *arena, struct block *block)
{
	char line[LINE_SIZE], text[LINE_SIZE] = "";
	int certificates = 0;

	while (certificates < block->certificate_count &&
		BIO_gets(in, line, sizeof(line)) > 0) {
		if (*text == '\0' && certificates == 0 &&
			read_record(line, arena,
				&block->records[block->record_count]))
			block->record_count++;
		if (strncmp(line, "-----BEGIN", 10) == 0 || *text != '\0')
			strcat(text, line);
		if (strncmp(line, "-----END", 8) == 0) {
			read_certificate(
				text, arena, &block->chain[certificates++]);
			*text = '\0';
		}
	}
	assert_int_equal(certificates, block->certificate_count);
}

static bool
read_block(BIO *in, struct arena *arena, struct block *block)
{
	char line[LINE_SIZE];
	int number = block->number;

	memset(block, 0, sizeof(*block));
	block->number = number + 1;
	while (BIO_gets(in, line, sizeof(line)) > 0) {
		if (*line == '#' || *line == '\n')
			continue;
		assert_int_equal(
			sscanf(line, "%d %d %d %d %d", &block->tlsa_count,
				&block->certificate_count,
				&block->no_name_checks, &block->want,
				&block->depth),
			5);
		read_body(in, arena, block);
		return true;
	}
	return false;
}

static void
check(const struct block *block, const char *what, int got, int expected)
{
	if (got != expected)
		fail_msg("block %d: %s is %d, not %d", block->number, what, got,
			expected);
}

/* How OpenSSL's own test runs a block. */
static void
run_library(SSL_CTX *ctx, const struct block *block, const char *base)
{
	SSL *ssl = SSL_new(ctx);
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE_CTX *verifier = X509_STORE_CTX_new();

	SSL_dane_enable(ssl, base);
	if (block->no_name_checks)
		SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (int i = 0; i < block->tlsa_count; i++)
		SSL_dane_tlsa_add(ssl, block->records[i].usage,
			block->records[i].selector, block->records[i].mtype,
			block->records[i].data, block->records[i].len);
	for (int i = 0; i < block->certificate_count; i++) {
		const uint8_t *der = block->chain[i].der;

		sk_X509_push(
			chain, d2i_X509(NULL, &der, (long)block->chain[i].len));
	}
	X509_STORE_CTX_init(verifier, SSL_CTX_get_cert_store(ctx),
		sk_X509_value(chain, 0), chain);
	X509_STORE_CTX_set_default(verifier, "ssl_server");
	X509_VERIFY_PARAM_set1(
		X509_STORE_CTX_get0_param(verifier), SSL_get0_param(ssl));
	X509_VERIFY_PARAM_set_auth_level(
		X509_STORE_CTX_get0_param(verifier), 0);
	X509_VERIFY_PARAM_set_time(
		X509_STORE_CTX_get0_param(verifier), PKI_NOW);
	X509_STORE_CTX_set0_dane(verifier, SSL_get0_dane(ssl));
	X509_verify_cert(verifier);
	check(block, "library's error", X509_STORE_CTX_get_error(verifier),
		block->want);
	check(block, "library's depth",
		SSL_get0_dane_authority(ssl, NULL, NULL), block->depth);
	X509_STORE_CTX_free(verifier);
	sk_X509_pop_free(chain, X509_free);
	SSL_free(ssl);
	ERR_clear_error();
}

static int
library_mode(
	const char *file, const char *ca, const char *base, struct arena *arena)
{
	BIO *in = open_vectors(file, arena);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct block block = {0};
	int count = 0;

	SSL_CTX_dane_enable(ctx);
	assert_int_equal(
		SSL_CTX_load_verify_locations(ctx, path_of(ca, arena), NULL),
		1);
	for (; read_block(in, arena, &block); count++)
		run_library(ctx, &block, base);
	SSL_CTX_free(ctx);
	BIO_free(in);
	return count;
}

static void
run_smtp(struct dane *dane, const struct block *block, const char *base)
{
	const struct dane_names names = {.base = base};
	struct dane_result result;
	bool pkix = true;

	for (size_t i = 0; i < block->record_count; i++)
		pkix &= block->records[i].usage <= 1;
	dane_evaluate(dane, block->records, block->record_count, block->chain,
		(size_t)block->certificate_count, &names, PKI_NOW, &result);
	if (pkix) {
		check(block, "usable", (int)result.usable, 0);
		check(block, "error", result.error, -1);
		check(block, "usability",
			(int)dane_usability(dane, &block->records[0]),
			USABILITY_PKIX_USAGE);
		return;
	}
	/* RFC 7672 section 3.2.1: a name that OpenSSL checked all the same. */
	check(block, "error", result.error,
		block->no_name_checks || block->records[0].usage != 3
			? block->want
			: 0);
	check(block, "match", result.match.found, block->depth >= 0);
	if (block->depth >= 0)
		check(block, "depth", result.match.depth, block->depth);
}

static int
smtp_mode(const char *file, const char *base, struct arena *arena)
{
	BIO *in = open_vectors(file, arena);
	struct dane *dane = dane_new();
	struct block block = {0};
	int count = 0;

	for (; read_block(in, arena, &block); count++)
		run_smtp(dane, &block, base);
	dane_free(dane);
	BIO_free(in);
	return count;
}

static void
test_library_mode(void **state)
{
	struct arena *arena = *state;

	assert_int_equal(library_mode("danetest.in", "danetest.pem",
				 "example.com", arena),
		49);
	assert_int_equal(library_mode("dane-cross.in", "cross-root.pem",
				 "server.example", arena),
		1);
}

static void
test_smtp_mode(void **state)
{
	struct arena *arena = *state;

	assert_int_equal(smtp_mode("danetest.in", "example.com", arena), 49);
	assert_int_equal(
		smtp_mode("dane-cross.in", "server.example", arena), 1);
}

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_library_mode, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_smtp_mode, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
