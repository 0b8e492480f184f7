/*
 * Keys and certificates made in memory, and servers' contexts that use them,
 * for the tests of this folder.
 */
#ifndef TESTS_UNIT_PROBE_IDENTITY_H
#define TESTS_UNIT_PROBE_IDENTITY_H

#include <assert.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct identity {
	EVP_PKEY *key;
	X509 *cert;
};

/* kind: "EC" with P-256, "RSA" with 1024 bits (weak, on purpose), "ED25519". */
static inline EVP_PKEY *
identity_key(const char *kind)
{
	if (strcmp(kind, "RSA") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, kind, (size_t)1024);
	if (strcmp(kind, "EC") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, kind, "P-256");
	return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

/* Signed by issuer, or by itself when that is NULL; long expired. */
static inline struct identity
identity_new(const char *kind, const char *name, const struct identity *issuer)
{
	struct identity id = {identity_key(kind), X509_new()};
	X509_NAME *subject = X509_get_subject_name(id.cert);
	EVP_PKEY *signer = issuer ? issuer->key : id.key;
	int ok;

	X509_set_version(id.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), 1);
	X509_time_adj_ex(X509_getm_notBefore(id.cert), 0, 0, &(time_t){0});
	X509_time_adj_ex(X509_getm_notAfter(id.cert), 1, 0, &(time_t){0});
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(id.cert,
		issuer ? X509_get_subject_name(issuer->cert) : subject);
	X509_set_pubkey(id.cert, id.key);
	ok = X509_sign(id.cert, signer,
		EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256());
	assert(ok > 0);
	(void)ok;
	return id;
}

static inline void
identity_free(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
}

/* A server that shows leaf and, unless NULL, issuer. Versions: 0 = any. */
static inline SSL_CTX *
identity_server(const struct identity *leaf, const struct identity *issuer,
	int min_version, int max_version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, min_version);
	SSL_CTX_set_max_proto_version(ctx, max_version);
	SSL_CTX_use_certificate(ctx, leaf->cert);
	SSL_CTX_use_PrivateKey(ctx, leaf->key);
	SSL_CTX_set_dh_auto(ctx, 1);
	if (issuer) {
		X509_up_ref(issuer->cert);
		SSL_CTX_add_extra_chain_cert(ctx, issuer->cert);
	}
	return ctx;
}

#endif
