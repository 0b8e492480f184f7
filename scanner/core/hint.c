/*
 * Why a TLSA record does not match: its data against everything that it is
 * known to be taken for.
 */
#include "scanner/core/hint.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "scanner/core/chain.h"

enum {
	SHA256_LEN = 32,
	SHA512_LEN = 64,
	SHA1_LEN = 20
};
enum {
	SELECTORS = 2
};

/* Wrong hexadecimal digits that still count as a typing error; chance does not
   bring two digests this close. */
enum {
	NEAR_DIGITS = 4
};

/* An element of the chain in DER: the certificate, and its public key. */
struct element {
	const uint8_t *der[SELECTORS];
	size_t len[SELECTORS];
	unsigned char *spki; /* owned */
};

/* SHA-256 of the public keys of issuers that no longer issue. */
static const char *const retired_keys[] = {
#define RETIRED(name, digest, since) digest,
#include "scanner/core/retired_keys.def"
#undef RETIRED
};

static bool
read_element(const struct fact_certificate *fact, struct element *element)
{
	X509 *x509 = chain_certificate(fact);
	int len = -1;

	memset(element, 0, sizeof(*element));
	if (x509 != NULL)
		len = i2d_X509_PUBKEY(
			X509_get_X509_PUBKEY(x509), &element->spki);
	X509_free(x509);
	if (len <= 0)
		return false;
	element->der[0] = fact->der;
	element->len[0] = fact->len;
	element->der[1] = element->spki;
	element->len[1] = (size_t)len;
	return true;
}

static bool
equals(const struct fact_tlsa *record, const uint8_t *data, size_t len)
{
	return record->len == len && memcmp(record->data, data, len) == 0;
}

/* The matching type under which the record's data is data, or -1. */
static int
derived_by(const struct fact_tlsa *record, const uint8_t *data, size_t len)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (equals(record, data, len))
		return 0;
	if (record->len == SHA256_LEN &&
		EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) > 0 &&
		equals(record, digest, SHA256_LEN))
		return 1;
	if (record->len == SHA512_LEN &&
		EVP_Digest(data, len, digest, NULL, EVP_sha512(), NULL) > 0 &&
		equals(record, digest, SHA512_LEN))
		return 2;
	return -1;
}

/* May the record's usage speak of the chain's element at this depth? */
static bool
fits_usage(const struct fact_tlsa *record, size_t depth)
{
	bool leaf = record->usage == 3 || record->usage == 1;

	return leaf == (depth == 0);
}

static enum hint
hint_of_derivation(
	const struct fact_tlsa *record, size_t depth, int selector, int mtype)
{
	bool exact = selector == record->selector && mtype == record->mtype;

	if (exact && !fits_usage(record, depth))
		return depth == 0 ? HINT_USAGE2_ON_LEAF : HINT_USAGE3_ON_CA;
	if (exact)
		/* It would have matched, were it on the way to the anchor. */
		return depth == 0 ? HINT_NONE : HINT_TA_PRESENT_NOT_IN_PATH;
	if (!fits_usage(record, depth))
		return depth == 0 ? HINT_DIGEST_OF_LEAF : HINT_DIGEST_OF_ISSUER;
	return mtype == record->mtype ? HINT_DIGEST_OF_OTHER_SELECTOR
				      : HINT_DIGEST_OF_OTHER_MTYPE;
}

static enum hint
from_derivations(const struct fact_tlsa *record, size_t depth,
	const struct element *element)
{
	for (int selector = 0; selector < SELECTORS; selector++) {
		int mtype = derived_by(
			record, element->der[selector], element->len[selector]);

		if (mtype >= 0)
			return hint_of_derivation(
				record, depth, selector, mtype);
	}
	return HINT_NONE;
}

/* Is the data a digest of this text, with or without its last newline? */
static bool
derived_by_text(const struct fact_tlsa *record, const char *text, size_t len)
{
	return derived_by(record, (const uint8_t *)text, len) > 0 ||
	       (len > 0 &&
		       derived_by(record, (const uint8_t *)text, len - 1) > 0);
}

static bool
from_pem(const struct fact_tlsa *record, const struct element *element)
{
	static const char *const names[SELECTORS] = {
		PEM_STRING_X509, PEM_STRING_PUBLIC};
	bool found = false;

	for (int selector = 0; selector < SELECTORS && !found; selector++) {
		BIO *out = BIO_new(BIO_s_mem());
		char *text;
		long len;

		if (out != NULL &&
			PEM_write_bio(out, names[selector], "",
				element->der[selector],
				(long)element->len[selector]) > 0 &&
			(len = BIO_get_mem_data(out, &text)) > 0)
			found = derived_by_text(record, text, (size_t)len);
		BIO_free(out);
	}
	return found;
}

static char *
to_hex(const uint8_t *data, size_t len, const char *digits)
{
	char *hex = OPENSSL_malloc(2 * len + 1);

	for (size_t i = 0; hex != NULL && i < len; i++) {
		hex[2 * i] = digits[data[i] >> 4];
		hex[2 * i + 1] = digits[data[i] & 15];
	}
	if (hex != NULL)
		hex[2 * len] = '\n';
	return hex;
}

static bool
from_hex(const struct fact_tlsa *record, const struct element *element)
{
	static const char *const digits[] = {
		"0123456789abcdef", "0123456789ABCDEF"};
	bool found = false;

	for (int i = 0; i < 2 * SELECTORS && !found; i++) {
		size_t len = element->len[i / 2];
		char *hex = to_hex(element->der[i / 2], len, digits[i % 2]);

		found = hex != NULL &&
			derived_by_text(record, hex, 2 * len + 1);
		OPENSSL_free(hex);
	}
	return found;
}

/* A whole certificate in the record, of the same key as the one sent. */
static bool
from_renewal(const struct fact_tlsa *record, const struct element *element)
{
	const struct fact_certificate fact = {
		.der = record->data, .len = record->len};
	struct element published;
	bool same = false;

	if (record->selector != 0 || record->mtype != 0)
		return false;
	if (read_element(&fact, &published))
		same = published.len[1] == element->len[1] &&
		       memcmp(published.der[1], element->der[1],
			       element->len[1]) == 0;
	OPENSSL_free(published.spki);
	return same;
}

static size_t
wrong_digits(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t wrong = 0;

	for (size_t i = 0; i < len; i++) {
		wrong += (a[i] ^ b[i]) > 15;
		wrong += ((a[i] ^ b[i]) & 15) != 0;
	}
	return wrong;
}

static bool
from_typing(const struct fact_tlsa *record, const struct element *element)
{
	const EVP_MD *md = record->mtype == 1 ? EVP_sha256() : EVP_sha512();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (record->selector >= SELECTORS || record->mtype < 1 ||
		record->mtype > 2)
		return false;
	return EVP_Digest(element->der[record->selector],
		       element->len[record->selector], digest, &len, md,
		       NULL) > 0 &&
	       record->len == len &&
	       wrong_digits(record->data, digest, len) <= NEAR_DIGITS;
}

static enum hint
from_element(const struct fact_tlsa *record, size_t depth,
	const struct element *element)
{
	enum hint hint = from_derivations(record, depth, element);

	if (hint != HINT_NONE)
		return hint;
	if (from_pem(record, element))
		return HINT_DIGEST_OF_PEM;
	if (from_hex(record, element))
		return HINT_DIGEST_OF_HEX;
	if (!fits_usage(record, depth))
		return HINT_NONE;
	if (from_renewal(record, element))
		return depth == 0 ? HINT_RENEWED_SAME_KEY
				  : HINT_CA_CERT_RENEWED_SAME_KEY;
	return from_typing(record, element) ? HINT_NEAR_MISS : HINT_NONE;
}

static bool
is_hex_text(const struct fact_tlsa *record)
{
	for (size_t i = 0; i < record->len; i++)
		if (!isxdigit(record->data[i]))
			return false;
	return true;
}

static bool
is_retired(const struct fact_tlsa *record)
{
	char hex[2 * SHA256_LEN + 1];

	if (record->selector != 1 || record->mtype != 1 ||
		record->len != SHA256_LEN)
		return false;
	OPENSSL_buf2hexstr_ex(
		hex, sizeof(hex), NULL, record->data, record->len, '\0');
	for (size_t i = 0; i < sizeof(retired_keys) / sizeof(*retired_keys);
		i++)
		if (strcasecmp(hex, retired_keys[i]) == 0)
			return true;
	return false;
}

/* What the data tells without a chain. */
static enum hint
from_data(const struct fact_tlsa *record)
{
	size_t digest_len = record->mtype == 1 ? SHA256_LEN : SHA512_LEN;

	if (derived_by(record, (const uint8_t *)"", 0) > 0)
		return HINT_DIGEST_OF_EMPTY;
	if (is_retired(record))
		return HINT_RETIRED_CA;
	if (record->mtype != 1 && record->mtype != 2)
		return HINT_NONE;
	if (record->len == SHA1_LEN)
		return HINT_SHA1_SIZED;
	return record->len == 2 * digest_len && is_hex_text(record)
		       ? HINT_DOUBLE_HEX
		       : HINT_NONE;
}

enum hint
hint_find(const struct fact_tlsa *record, const struct fact_certificate *chain,
	size_t chain_len)
{
	enum hint hint = HINT_NONE;

	if (record->short_rdata || record->len == 0)
		return HINT_NONE;
	for (size_t i = 0; i < chain_len && hint == HINT_NONE; i++) {
		struct element element;

		if (read_element(&chain[i], &element))
			hint = from_element(record, i, &element);
		OPENSSL_free(element.spki);
	}
	return hint != HINT_NONE ? hint : from_data(record);
}
