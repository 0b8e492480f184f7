/*
 * TLS by OpenSSL over a pair of memory BIOs: settings, handshake, the meaning
 * of its errors, and the facts.
 */
#include "scanner/probe/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

enum {
	INPUT_SIZE = SSL3_RT_MAX_PACKET_SIZE, /* one record */
	OUTPUT_SIZE = 4096, /* ClientHello, Finished and EHLO are smaller */
	CERT_LIST_MAX = SSL_MAX_CERT_LIST_DEFAULT, /* what senders take */
	PARSED_MAX = 8,	 /* of a chain; each takes several times its octets */
	REMARK_MAX = 60, /* octets kept of what is not TLS */
};

/* SHA-1 last: servers that know nothing better are to be seen too. */
#define RSA_SIGNATURES                                                 \
	"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:" \
	"rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"    \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA224:RSA+SHA1"
#define ECDSA_SIGNATURES                                        \
	"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:" \
	"ECDSA+SHA224:ECDSA+SHA1:"                              \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1"

enum {
	KEYS = FACT_KEY_ECDSA + 1
};

struct tls_context {
	SSL_CTX *ssl_ctx[KEYS]; /* by enum fact_key */
	EVP_MD *sha256;
};

/* Owns ssl, which owns its side of the pair; and network. */
struct tls {
	SSL *ssl;
	BIO *network;
	const EVP_MD *sha256; /* of the context */
	struct tls_error error;
	char remark[REMARK_MAX]; /* first octets from the server */
	size_t remark_len;
};

/* The chain is judged later, from the facts: no store, no path, no time. */
static int
accept_chain(X509_STORE_CTX *store_ctx, void *arg)
{
	(void)store_ctx;
	(void)arg;
	return 1;
}

/*
 * Let the server use this kind of key only: by the signature algorithms, and
 * before TLS 1.3, where those may be ignored or do not exist, by the ciphers.
 * With an ECDSA key PKCS #1 stays: in TLS 1.3 it speaks of signatures in
 * certificates alone (RFC 8446 section 4.2.3), and most issuers use RSA.
 */
static bool
choose_key(SSL_CTX *ssl_ctx, enum fact_key key)
{
	/* OpenSSL wants them writable. */
	char rsa[] = RSA_SIGNATURES, ecdsa[] = ECDSA_SIGNATURES;

	switch (key) {
	case FACT_KEY_ANY:
		return SSL_CTX_set_cipher_list(ssl_ctx, "ALL:!aNULL:!eNULL") ==
		       1;
	case FACT_KEY_RSA:
		return SSL_CTX_set_cipher_list(ssl_ctx, "aRSA:!eNULL") == 1 &&
		       SSL_CTX_set1_sigalgs_list(ssl_ctx, rsa) == 1;
	case FACT_KEY_ECDSA:
		return SSL_CTX_set_cipher_list(ssl_ctx, "aECDSA:!eNULL") == 1 &&
		       SSL_CTX_set1_sigalgs_list(ssl_ctx, ecdsa) == 1;
	}
	return false;
}

/*
 * A scanner has to see what a server can do, not to insist: TLS 1.0 (RFC 7671
 * section 3), any key size, any authenticated cipher (RFC 7672 section 8.2).
 */
static bool
configure(SSL_CTX *ssl_ctx, enum fact_key key)
{
	SSL_CTX_set_security_level(ssl_ctx, 0);
	SSL_CTX_set_options(ssl_ctx, SSL_OP_LEGACY_SERVER_CONNECT |
					     SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION);
	/* A resumed session would show no chain. */
	SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_cert_list(ssl_ctx, CERT_LIST_MAX);
	SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(ssl_ctx, accept_chain, NULL);
	return SSL_CTX_set_min_proto_version(ssl_ctx, TLS1_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl_ctx, 0) == 1 &&
	       choose_key(ssl_ctx, key);
}

/* One for each kind of key: making a list of ciphers costs more than the rest
   of a connection's state. */
static bool
make_contexts(struct tls_context *context)
{
	for (int key = 0; key < KEYS; key++) {
		context->ssl_ctx[key] = SSL_CTX_new(TLS_client_method());
		if (!context->ssl_ctx[key] ||
			!configure(context->ssl_ctx[key], (enum fact_key)key))
			return false;
	}
	return true;
}

struct tls_context *
tls_context_new(char *err, size_t errsize)
{
	struct tls_context *context = calloc(1, sizeof(*context));
	const char *why;

	if (!context) {
		snprintf(err, errsize, "TLS: out of memory");
		return NULL;
	}
	ERR_clear_error();
	context->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (context->sha256 && make_contexts(context))
		return context;
	why = ERR_reason_error_string(ERR_peek_error());
	snprintf(err, errsize, "TLS: %s", why ? why : "cannot be set up");
	tls_context_free(context);
	return NULL;
}

void
tls_context_free(struct tls_context *context)
{
	if (!context)
		return;
	for (int key = 0; key < KEYS; key++)
		SSL_CTX_free(context->ssl_ctx[key]);
	EVP_MD_free(context->sha256);
	free(context);
}

/* RFC 7672 section 8.1: the server name is the TLSA base domain. */
static bool
name_server(SSL *ssl, const char *sni)
{
	/* OpenSSL wants it writable. One octet too many tells it of names
	   that are too long. */
	char name[TLSEXT_MAXLEN_host_name + 2];

	snprintf(name, sizeof(name), "%s", sni);
	return SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct tls *
tls_new(const struct tls_context *context, const char *sni, enum fact_key key)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *inner = NULL;

	if (!tls)
		return NULL;
	tls->sha256 = context->sha256;
	tls->ssl = SSL_new(context->ssl_ctx[key]);
	if (!tls->ssl || BIO_new_bio_pair(&inner, OUTPUT_SIZE, &tls->network,
				 INPUT_SIZE) != 1)
		goto fail;
	SSL_set_bio(tls->ssl, inner, inner);
	SSL_set_connect_state(tls->ssl);
	if (sni && !name_server(tls->ssl, sni))
		goto fail;
	return tls;
fail:
	tls_free(tls);
	return NULL;
}

void
tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	BIO_free(tls->network);
	free(tls);
}

size_t
tls_input(struct tls *tls, const void *data, size_t len)
{
	size_t part = sizeof(tls->remark) - tls->remark_len;
	size_t taken = 0;

	if (BIO_write_ex(tls->network, data, len, &taken) != 1)
		return 0;
	if (part > taken)
		part = taken;
	memcpy(tls->remark + tls->remark_len, data, part);
	tls->remark_len += part;
	return taken;
}

size_t
tls_output(struct tls *tls, char **data)
{
	int len = BIO_nread(tls->network, data, OUTPUT_SIZE);

	return len > 0 ? (size_t)len : 0;
}

/* RFC 8446 section 5.1: a record starts with a type of 20 to 24. */
static bool
is_text(const struct tls *tls)
{
	char first = tls->remark[0];

	if (tls->remark_len == 0)
		return false;
	return (first >= ' ' && first <= '~') || first == '\r' ||
	       first == '\n' || first == '\t';
}

static enum reason
error_reason(int code)
{
	switch (code) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_UNSUPPORTED_SSL_VERSION:
	case SSL_R_UNKNOWN_SSL_VERSION:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_VERSION_TOO_HIGH:
	case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
		return REASON_TLS_PROTOCOL;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return REASON_TLS_EOF;
	default:
		return REASON_TLS_HANDSHAKE;
	}
}

/* Explain what is in OpenSSL's error queue, and empty it. */
static enum tls_result
failed(struct tls *tls)
{
	unsigned long code = 0, next;
	const char *words;
	int number;

	/* The words of TLS itself say more than those of what it called. */
	while ((next = ERR_get_error()) != 0)
		if (code == 0 || (ERR_GET_LIB(code) != ERR_LIB_SSL &&
					 ERR_GET_LIB(next) == ERR_LIB_SSL))
			code = next;
	number = ERR_GET_REASON(code);
	/* OpenSSL adds 1000 to the number of an alert that it received. */
	tls->error.alert = ERR_GET_LIB(code) == ERR_LIB_SSL &&
			   number >= SSL_AD_REASON_OFFSET &&
			   number <= SSL_AD_REASON_OFFSET + UINT8_MAX;
	tls->error.reason = tls->error.alert
				    ? vocabulary_tls_alert(
					      number - SSL_AD_REASON_OFFSET)
				    : error_reason(number);
	words = ERR_reason_error_string(code);
	snprintf(tls->error.text, sizeof(tls->error.text), "%s (%d)",
		words ? words : "no reason given", number);
	return TLS_FAILED;
}

static enum tls_result
outcome(struct tls *tls, int returned)
{
	switch (SSL_get_error(tls->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WAIT;
	case SSL_ERROR_WANT_WRITE:
		return TLS_FULL;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		return failed(tls);
	}
}

enum tls_result
tls_handshake(struct tls *tls)
{
	enum tls_result result;
	int returned;

	if (is_text(tls)) {
		tls->error.reason = REASON_TLS_NOT_TLS;
		snprintf(tls->error.text, sizeof(tls->error.text), "%.*s",
			(int)tls->remark_len, tls->remark);
		return TLS_FAILED;
	}
	ERR_clear_error();
	returned = SSL_do_handshake(tls->ssl);
	if (returned == 1)
		return TLS_OK;
	result = outcome(tls, returned);
	if (result != TLS_CLOSED)
		return result;
	tls->error.reason = vocabulary_tls_alert(SSL_AD_CLOSE_NOTIFY);
	tls->error.alert = true;
	snprintf(tls->error.text, sizeof(tls->error.text), "close notify (%d)",
		SSL_AD_REASON_OFFSET + SSL_AD_CLOSE_NOTIFY);
	return TLS_FAILED;
}

enum tls_result
tls_read(struct tls *tls, void *data, size_t size, size_t *len)
{
	int returned;

	ERR_clear_error();
	returned = SSL_read_ex(tls->ssl, data, size, len);
	return returned == 1 ? TLS_OK : outcome(tls, returned);
}

void
tls_write(struct tls *tls, const void *data, size_t len)
{
	size_t written;

	ERR_clear_error();
	/* A connection that broke shows when it is read. */
	SSL_write_ex(tls->ssl, data, len, &written);
}

void
tls_shutdown(struct tls *tls)
{
	ERR_clear_error();
	if (tls->error.reason == REASON_NONE)
		SSL_shutdown(tls->ssl);
}

const struct tls_error *
tls_error(const struct tls *tls)
{
	return &tls->error;
}

bool
tls_is_legacy(const struct tls *tls)
{
	return SSL_version(tls->ssl) < TLS1_2_VERSION;
}

bool
tls_is_13(const struct tls *tls)
{
	return SSL_version(tls->ssl) == TLS1_3_VERSION;
}

bool
tls_lacks_secure_renegotiation(const struct tls *tls)
{
	return !tls_is_13(tls) &&
	       !SSL_get_secure_renegotiation_support(tls->ssl);
}

static const char *
key_label(EVP_PKEY *key, struct arena *arena)
{
	if (!key)
		return NULL;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return "Ed25519";
	if (EVP_PKEY_is_a(key, "ED448"))
		return "Ed448";
	return arena_printf(arena, "%s-%d", EVP_PKEY_get0_type_name(key),
		EVP_PKEY_get_bits(key));
}

/* Of the server's share: "X25519", "P-256", "DH-2048"; NULL with RSA. */
static const char *
group_label(SSL *ssl, struct arena *arena)
{
	const char *label = NULL, *nist;
	EVP_PKEY *share = NULL;
	char name[64];
	size_t len;

	if (SSL_get_peer_tmp_key(ssl, &share) != 1)
		return NULL;
	if (EVP_PKEY_is_a(share, "EC") &&
		EVP_PKEY_get_group_name(share, name, sizeof(name), &len) == 1) {
		nist = EC_curve_nid2nist(OBJ_sn2nid(name));
		label = arena_strdup(arena, nist ? nist : name);
	} else if (EVP_PKEY_is_a(share, "DH")) {
		label = key_label(share, arena);
	} else {
		label = arena_strdup(arena, EVP_PKEY_get0_type_name(share));
	}
	EVP_PKEY_free(share);
	return label;
}

static void
release(void *x509)
{
	X509_free(x509);
}

/* Whoever judges the chain needs not parse it again. */
static bool
keep_parsed(
	X509 *x509, struct fact_certificate *certificate, struct arena *arena)
{
	if (X509_up_ref(x509) != 1)
		return false;
	arena_defer(arena, release, x509);
	certificate->parsed = x509;
	return true;
}

static bool
keep_certificate(const struct tls *tls, X509 *x509,
	struct fact_certificate *certificate, struct arena *arena)
{
	int len = i2d_X509(x509, NULL);
	unsigned char *der, *end;

	if (len <= 0)
		return false;
	der = end = arena_alloc(arena, (size_t)len);
	i2d_X509(x509, &end);
	certificate->der = der;
	certificate->len = (size_t)len;
	return EVP_Digest(der, certificate->len, certificate->sha256, NULL,
		       tls->sha256, NULL) == 1;
}

const struct fact_tls *
tls_facts(const struct tls *tls, struct arena *arena)
{
	STACK_OF(X509) *sent = SSL_get_peer_cert_chain(tls->ssl);
	struct fact_tls *facts = arena_alloc(arena, sizeof(*facts));
	struct fact_certificate *chain;
	int i, count = sent ? sk_X509_num(sent) : 0;

	facts->version = SSL_get_version(tls->ssl);
	facts->cipher = SSL_get_cipher_name(tls->ssl);
	facts->group = group_label(tls->ssl, arena);
	chain = arena_alloc(arena, (size_t)count * sizeof(*chain));
	facts->chain = chain;
	facts->chain_len = (size_t)count;
	if (count > 0)
		facts->key = key_label(
			X509_get0_pubkey(sk_X509_value(sent, 0)), arena);
	for (i = 0; i < count; i++)
		if (!keep_certificate(
			    tls, sk_X509_value(sent, i), &chain[i], arena) ||
			(i < PARSED_MAX && !keep_parsed(sk_X509_value(sent, i),
						   &chain[i], arena)))
			return NULL;
	return facts;
}
