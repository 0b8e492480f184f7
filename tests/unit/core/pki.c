/*
 * Certificates, chains and TLSA records made in memory, for tests.
 */
#include "tests/unit/core/pki.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct pki {
	X509 *x509;
	EVP_PKEY *key;
	uint8_t *der[2];
	size_t len[2];
};

static void
require(bool done)
{
	if (!done)
		abort();
}

static EVP_PKEY *
make_key(enum pki_key type)
{
	switch (type) {
	case PKI_EC:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case PKI_RSA_512:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)512);
	case PKI_RSA_1024:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	case PKI_RSA_2048:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	case PKI_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

static void
extend(struct pki *pki, const struct pki_spec *spec, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx,
		spec->issuer != NULL ? spec->issuer->x509 : pki->x509,
		pki->x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	require(extension != NULL &&
		X509_add_ext(pki->x509, extension, -1) > 0);
	X509_EXTENSION_free(extension);
}

/* 1.3.6.1.4.1.32473 is the arc for documentation (RFC 5612). */
static void
extend_unknown(struct pki *pki, const char *text)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
	X509_EXTENSION *extension;

	if (text != NULL) {
		require(ASN1_OCTET_STRING_set(value, (const uint8_t *)text,
				(int)strlen(text)) > 0);
		extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
		require(extension != NULL &&
			X509_add_ext(pki->x509, extension, -1) > 0);
		X509_EXTENSION_free(extension);
	}
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
}

static const char *
basic_constraints(const struct pki_spec *spec)
{
	static const char *const with_pathlen[] = {"critical,CA:TRUE",
		"critical,CA:TRUE,pathlen:0", "critical,CA:TRUE,pathlen:1"};

	return spec->ca ? with_pathlen[spec->pathlen] : NULL;
}

static void
describe(struct pki *pki, const struct pki_spec *spec)
{
	X509_NAME *subject = X509_get_subject_name(pki->x509);
	const struct pki *issuer = spec->issuer != NULL ? spec->issuer : pki;

	X509_set_version(pki->x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(pki->x509), 1);
	if (spec->cn != NULL)
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
			(const uint8_t *)spec->cn, -1, -1, 0);
	X509_set_issuer_name(pki->x509, X509_get_subject_name(issuer->x509));
	X509_set_pubkey(pki->x509, pki->key);
	ASN1_TIME_set(X509_getm_notBefore(pki->x509),
		spec->not_before != 0 ? spec->not_before
				      : PKI_NOW - 365 * PKI_DAY);
	ASN1_TIME_set(X509_getm_notAfter(pki->x509),
		spec->not_after != 0 ? spec->not_after
				     : PKI_NOW + 365 * PKI_DAY);
	extend(pki, spec, NID_basic_constraints, basic_constraints(spec));
	extend(pki, spec, NID_subject_alt_name, spec->san);
	extend(pki, spec, NID_ext_key_usage, spec->eku);
	extend(pki, spec, NID_key_usage, spec->usage);
	extend(pki, spec, NID_name_constraints, spec->name_constraints);
	extend_unknown(pki, spec->critical);
}

struct pki *
pki_new(const struct pki_spec *spec)
{
	struct pki *pki = calloc(1, sizeof(*pki));
	EVP_PKEY *signer;
	int len[2];

	require(pki != NULL);
	pki->x509 = X509_new();
	if (spec->key != NULL) {
		pki->key = spec->key->key;
		EVP_PKEY_up_ref(pki->key);
	} else {
		pki->key = make_key(spec->type);
	}
	require(pki->x509 != NULL && pki->key != NULL);
	describe(pki, spec);
	signer = spec->issuer != NULL ? spec->issuer->key : pki->key;
	require(X509_sign(pki->x509, signer,
			EVP_PKEY_is_a(signer, "ED25519") ? NULL
			: spec->sha1			 ? EVP_sha1()
							 : EVP_sha256()) > 0);
	len[0] = i2d_X509(pki->x509, &pki->der[0]);
	len[1] = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pki->x509), &pki->der[1]);
	require(len[0] > 0 && len[1] > 0);
	pki->len[0] = (size_t)len[0];
	pki->len[1] = (size_t)len[1];
	return pki;
}

void
pki_free(struct pki *pki)
{
	if (pki == NULL)
		return;
	X509_free(pki->x509);
	EVP_PKEY_free(pki->key);
	OPENSSL_free(pki->der[0]);
	OPENSSL_free(pki->der[1]);
	free(pki);
}

struct fact_certificate
pki_fact(const struct pki *pki)
{
	struct fact_certificate fact = {.der = pki->der[0], .len = pki->len[0]};

	EVP_Digest(fact.der, fact.len, fact.sha256, NULL, EVP_sha256(), NULL);
	return fact;
}

void
pki_use(const struct pki *pki, struct ssl_ctx_st *server)
{
	require(SSL_CTX_use_certificate(server, pki->x509) > 0 &&
		SSL_CTX_use_PrivateKey(server, pki->key) > 0);
}

const uint8_t *
pki_der(const struct pki *pki, int selector, size_t *len)
{
	*len = pki->len[selector];
	return pki->der[selector];
}

struct fact_tlsa
pki_tlsa(const struct pki *pki, int usage, int selector, int mtype,
	struct arena *arena)
{
	const uint8_t *data = pki->der[selector != 0];
	unsigned len = (unsigned)pki->len[selector != 0];
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (mtype != 0) {
		EVP_Digest(data, len, digest, &len,
			mtype == 1 ? EVP_sha256() : EVP_sha512(), NULL);
		data = digest;
	}
	return (struct fact_tlsa){
		.usage = (uint8_t)usage,
		.selector = (uint8_t)selector,
		.mtype = (uint8_t)mtype,
		.data = arena_copy(arena, data, len),
		.len = len,
	};
}

struct fact_tlsa
pki_record(int usage, int selector, int mtype, const char *hex,
	struct arena *arena)
{
	long len = 0;
	uint8_t *data = OPENSSL_hexstr2buf(hex, &len);
	struct fact_tlsa record = {
		.usage = (uint8_t)usage,
		.selector = (uint8_t)selector,
		.mtype = (uint8_t)mtype,
		.data = arena_copy(arena, data, (size_t)len),
		.len = (size_t)len,
	};

	OPENSSL_free(data);
	return record;
}
