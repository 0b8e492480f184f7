/*
 * PKIX verification by OpenSSL, on a stored chain.
 */
#include "scanner/core/pkix.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "scanner/core/chain.h"

/* RFC 8461 section 4.1: a wildcard is a whole label, and the name stands in
   the subjectAltName. */
enum {
	HOST_FLAGS = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
};

/* OpenSSL's own default: 80 bits. */
enum {
	SECURITY_LEVEL = 1
};

struct pkix {
	X509_STORE *store;
};

/* What OpenSSL refuses below for want of memory only. */
static void
require(bool done)
{
	if (!done)
		arena_out_of_memory();
}

/* Is there nothing more to read? */
static bool
at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static size_t
add_all(X509_STORE *store, BIO *in)
{
	size_t count = 0;
	bool end = false;

	while (!end && BIO_pending(in) > 0) {
		X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);

		if (certificate == NULL)
			end = at_end();
		else
			count += X509_STORE_add_cert(store, certificate) > 0;
		X509_free(certificate);
	}
	ERR_clear_error();
	return count;
}

struct pkix *
pkix_new(const void *pem, size_t len)
{
	struct pkix *pkix = OPENSSL_zalloc(sizeof(*pkix));
	BIO *in;
	size_t count;

	require(pkix != NULL);
	pkix->store = X509_STORE_new();
	in = BIO_new_mem_buf(pem, len < INT_MAX ? (int)len : INT_MAX);
	require(pkix->store != NULL && in != NULL);
	count = add_all(pkix->store, in);
	BIO_free(in);
	if (count > 0)
		return pkix;
	pkix_free(pkix);
	return NULL;
}

void
pkix_free(struct pkix *pkix)
{
	if (pkix == NULL)
		return;
	X509_STORE_free(pkix->store);
	OPENSSL_free(pkix);
}

static enum pkix_reason
reason_of_error(int error)
{
	switch (error) {
	case X509_V_OK:
		return PKIX_OK;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return PKIX_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return PKIX_UNKNOWN_ISSUER;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return PKIX_NAME_MISMATCH;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return PKIX_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return PKIX_NOT_YET_VALID;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return PKIX_WEAK;
	default:
		return PKIX_INVALID;
	}
}

static X509_STORE_CTX *
make_verifier(const struct pkix *pkix, STACK_OF(X509) * chain, const char *host,
	time_t now)
{
	X509_STORE_CTX *verifier = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	require(verifier != NULL &&
		X509_STORE_CTX_init(verifier, pkix->store,
			sk_X509_value(chain, 0), chain) > 0 &&
		X509_STORE_CTX_set_default(verifier, "ssl_server") > 0);
	param = X509_STORE_CTX_get0_param(verifier);
	X509_VERIFY_PARAM_set_hostflags(param, HOST_FLAGS);
	require(X509_VERIFY_PARAM_set1_host(param, host, strlen(host)) > 0);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, now);
	return verifier;
}

static const char *
fitting_name(X509 *leaf, const char *host, struct arena *arena)
{
	char *name = NULL;
	const char *kept;

	if (X509_check_host(leaf, host, strlen(host), HOST_FLAGS, &name) != 1)
		return NULL;
	kept = arena_strdup(arena, name);
	OPENSSL_free(name);
	return kept;
}

void
pkix_evaluate(const struct pkix *pkix, struct chain *parsed,
	const struct fact_tls *tls, const char *host, time_t now,
	struct arena *arena, struct pkix_result *result)
{
	STACK_OF(X509) *chain = chain_parse(parsed, tls->chain, tls->chain_len);
	X509_STORE_CTX *verifier;

	*result = (struct pkix_result){
		.judged = true,
		.error = X509_V_ERR_UNSPECIFIED,
		.reason = PKIX_INVALID,
	};
	if (chain == NULL)
		return;
	verifier = make_verifier(pkix, chain, host, now);
	/* Without a callback it stops at the first error: the path, then the
	   rules, the strength, the name, the dates. */
	X509_verify_cert(verifier);
	result->error = X509_STORE_CTX_get_error(verifier);
	result->depth = X509_STORE_CTX_get_error_depth(verifier);
	result->reason = reason_of_error(result->error);
	result->name = fitting_name(sk_X509_value(chain, 0), host, arena);
	X509_STORE_CTX_free(verifier);
	ERR_clear_error();
}
