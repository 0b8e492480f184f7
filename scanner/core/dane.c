/*
 * TLSA usability and matching by OpenSSL, on a stored chain. An SSL without a
 * connection carries the records; X509_verify_cert() then does what the
 * handshake of an SMTP client would.
 */
#include "scanner/core/dane.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "scanner/core/arena.h"
#include "scanner/core/chain.h"

enum {
	HIGHEST_LEVEL = 2 /* of OpenSSL's, that is told of a chain */
};

struct dane {
	SSL_CTX *ctx;
	X509_STORE *store; /* empty: RFC 7672 section 3.1.3, no PKIX */
	struct chain *chain;
};

/* Who is asking: which records, which names, and when. */
struct query {
	const struct fact_tlsa *records;
	size_t record_count;
	const struct dane_names *names; /* NULL: any name will do, and the
					   match is all that is asked for */
	time_t now;
};

/* What OpenSSL refuses below for want of memory only. */
static void
require(bool done)
{
	if (!done)
		arena_out_of_memory();
}

static SSL_CTX *
make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	/* Level 0: the library's taste in keys and digests would hide what
	   DANE says of them. RFC 7672 section 3.2.1: no name checks under
	   DANE-EE. */
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_dane_set_flags(ctx, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	if (SSL_CTX_dane_enable(ctx) <= 0) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

struct dane *
dane_new(void)
{
	struct dane *dane = OPENSSL_zalloc(sizeof(*dane));

	if (dane == NULL)
		return NULL;
	dane->chain = chain_new();
	dane->ctx = make_context();
	dane->store = X509_STORE_new();
	if (dane->ctx == NULL || dane->store == NULL) {
		dane_free(dane);
		return NULL;
	}
	return dane;
}

void
dane_free(struct dane *dane)
{
	if (dane == NULL)
		return;
	chain_free(dane->chain);
	X509_STORE_free(dane->store);
	SSL_CTX_free(dane->ctx);
	OPENSSL_free(dane);
}

/* Usability by what can be told without OpenSSL; USABILITY_OK: ask it. */
static enum usability
usability_of_form(const struct fact_tlsa *tlsa)
{
	/* An RDATA of three octets holds no data either; only for Full(0) is
	   that a value of the field, of length 0. OpenSSL would take it for
	   running out of memory. */
	if (tlsa->short_rdata || (tlsa->len == 0 && tlsa->mtype != 0))
		return USABILITY_SHORT_RDATA;
	if (tlsa->len == 0)
		return USABILITY_EMPTY_DATA;
	/* RFC 7672 section 3.1.3; OpenSSL takes them. */
	if (tlsa->usage <= 1)
		return USABILITY_PKIX_USAGE;
	return USABILITY_OK;
}

static enum usability
usability_of_error(const struct fact_tlsa *tlsa, unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_DANE_TLSA_BAD_CERTIFICATE_USAGE:
		return tlsa->usage == 255 ? USABILITY_PRIVATE_USAGE
					  : USABILITY_UNKNOWN_USAGE;
	case SSL_R_DANE_TLSA_BAD_SELECTOR:
		return tlsa->selector == 255 ? USABILITY_PRIVATE_SELECTOR
					     : USABILITY_UNKNOWN_SELECTOR;
	case SSL_R_DANE_TLSA_BAD_MATCHING_TYPE:
		return tlsa->mtype == 255 ? USABILITY_PRIVATE_MTYPE
					  : USABILITY_UNKNOWN_MTYPE;
	case SSL_R_DANE_TLSA_BAD_CERTIFICATE:
		return USABILITY_BAD_DER_CERT;
	case SSL_R_DANE_TLSA_BAD_PUBLIC_KEY:
		return USABILITY_BAD_DER_SPKI;
	default:
		return USABILITY_BAD_DIGEST_LENGTH;
	}
}

static enum usability
add_record(SSL *ssl, const struct fact_tlsa *tlsa)
{
	enum usability form = usability_of_form(tlsa);

	if (form != USABILITY_OK)
		return form;
	ERR_clear_error();
	if (SSL_dane_tlsa_add(ssl, tlsa->usage, tlsa->selector, tlsa->mtype,
		    tlsa->data, tlsa->len) > 0)
		return USABILITY_OK;
	/* The last error is the verdict; earlier ones are the ASN.1 decoder's
	   details. */
	form = usability_of_error(tlsa, ERR_peek_last_error());
	ERR_clear_error();
	return form;
}

static SSL *
new_ssl(struct dane *dane)
{
	SSL *ssl = SSL_new(dane->ctx);

	require(ssl != NULL && SSL_dane_enable(ssl, NULL) > 0);
	return ssl;
}

struct chain *
dane_chain(struct dane *dane)
{
	return dane->chain;
}

enum usability
dane_usability(struct dane *dane, const struct fact_tlsa *tlsa)
{
	SSL *ssl = new_ssl(dane);
	enum usability usability = add_record(ssl, tlsa);

	SSL_free(ssl);
	return usability;
}

/* Length of the name without a trailing dot, which OpenSSL would compare. */
static size_t
bare_length(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static bool
is_address(const char *name)
{
	uint8_t address[16];

	return inet_pton(AF_INET, name, address) == 1 ||
	       inet_pton(AF_INET6, name, address) == 1;
}

/* Is it fit to be a reference identifier? OpenSSL takes an empty one for "no
   name check", and an address as a further condition. */
static bool
is_reference(const char *name)
{
	return name != NULL && bare_length(name) > 0 && !is_address(name);
}

static void
add_name(X509_VERIFY_PARAM *param, const char *name)
{
	if (is_reference(name))
		require(X509_VERIFY_PARAM_add1_host(
				param, name, bare_length(name)) > 0);
}

static void
add_names(X509_VERIFY_PARAM *param, const struct dane_names *names)
{
	/* RFC 7672 section 3.2.3: a wildcard is a whole label. */
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* RFC 2606 section 2: without a base domain nothing may match, but
	   no name at all would turn the check off. */
	add_name(param, is_reference(names->base) ? names->base : "invalid");
	for (size_t i = 0; i < names->count; i++)
		add_name(param, names->name[i]);
}

/* An SSL as a client would have it; counts the usable records. */
static SSL *
prepare(struct dane *dane, const struct query *query, size_t *usable)
{
	SSL *ssl = new_ssl(dane);

	if (query->names != NULL)
		add_names(SSL_get0_param(ssl), query->names);
	*usable = 0;
	for (size_t i = 0; i < query->record_count; i++)
		if (add_record(ssl, &query->records[i]) == USABILITY_OK)
			(*usable)++;
	return ssl;
}

static X509_STORE_CTX *
make_verifier(struct dane *dane, SSL *ssl, STACK_OF(X509) * chain, time_t now,
	int level)
{
	X509_STORE_CTX *verifier = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	require(verifier != NULL &&
		X509_STORE_CTX_init(verifier, dane->store,
			sk_X509_value(chain, 0), chain) > 0 &&
		X509_STORE_CTX_set_default(verifier, "ssl_server") > 0);
	param = X509_STORE_CTX_get0_param(verifier);
	require(X509_VERIFY_PARAM_set1(param, SSL_get0_param(ssl)) > 0);
	X509_VERIFY_PARAM_set_auth_level(param, level);
	X509_VERIFY_PARAM_set_time(param, now);
	X509_STORE_CTX_set0_dane(verifier, SSL_get0_dane(ssl));
	return verifier;
}

/* Which of the records is the one that OpenSSL tells of? */
static size_t
find_record(const struct query *query, const struct fact_tlsa *wanted)
{
	for (size_t i = 0; i < query->record_count; i++) {
		const struct fact_tlsa *record = &query->records[i];

		if (record->usage == wanted->usage &&
			record->selector == wanted->selector &&
			record->mtype == wanted->mtype &&
			record->len == wanted->len && wanted->len > 0 &&
			memcmp(record->data, wanted->data, wanted->len) == 0)
			return i;
	}
	return query->record_count;
}

static bool
bears_name(X509 *leaf, const char *name)
{
	return is_reference(name) &&
	       X509_check_host(leaf, name, bare_length(name),
		       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* The first reference identifier that the leaf bears, or NULL. */
static const char *
matched_name(X509 *leaf, const struct dane_names *names)
{
	if (names == NULL)
		return NULL;
	if (bears_name(leaf, names->base))
		return names->base;
	for (size_t i = 0; i < names->count; i++)
		if (bears_name(leaf, names->name[i]))
			return names->name[i];
	return NULL;
}

/* ssl was never told the result, so it answers although a name or a date may
   have failed. */
static void
read_match(SSL *ssl, const struct query *query, X509 *leaf,
	struct dane_match *match)
{
	struct fact_tlsa record = {0};

	match->depth = SSL_get0_dane_authority(ssl, NULL, NULL);
	if (match->depth < 0)
		return;
	SSL_get0_dane_tlsa(ssl, &record.usage, &record.selector, &record.mtype,
		&record.data, &record.len);
	match->record = find_record(query, &record);
	match->found = match->record < query->record_count;
	/* RFC 7672 section 3.2.1: names do not count under DANE-EE. */
	if (match->found && record.usage == 2)
		match->name = matched_name(leaf, query->names);
}

static enum reason
reason_of_error(int error)
{
	switch (error) {
	case X509_V_OK:
		return REASON_NONE;
	case X509_V_ERR_DANE_NO_MATCH:
		return REASON_DANE_NO_MATCH;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return REASON_KEY_TOO_WEAK;
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return REASON_MD_TOO_WEAK;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_EMAIL_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return REASON_CERT_NAME_MISMATCH;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return REASON_CERT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
		return REASON_CERT_NOT_YET_VALID;
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_INVALID_CALL:
		return REASON_INTERNAL;
	default:
		return REASON_CHAIN_INVALID;
	}
}

/* In place of the check of signatures and dates: which record matches is known
   before it. */
static int
accept_path(X509_STORE_CTX *verifier)
{
	(void)verifier;
	return 1;
}

/* Judge a chain by the records that ssl holds, at this security level. */
static void
verify_at(struct dane *dane, SSL *ssl, const struct query *query,
	STACK_OF(X509) * chain, int level, struct dane_result *result)
{
	X509_STORE_CTX *verifier = make_verifier(
		dane, ssl, chain, query->now, level);

	if (query->names == NULL)
		X509_STORE_CTX_set_verify(verifier, accept_path);
	/* Without a callback it stops at the first error, which is the one
	   that counts (CONFORMANCE E50). */
	X509_verify_cert(verifier);
	result->error = X509_STORE_CTX_get_error(verifier);
	result->error_depth = X509_STORE_CTX_get_error_depth(verifier);
	read_match(ssl, query, sk_X509_value(chain, 0), &result->match);
	/* Success without a record behind it is no success. */
	if (result->error == X509_V_OK && !result->match.found)
		result->error = X509_V_ERR_UNSPECIFIED;
	X509_STORE_CTX_free(verifier);
	ERR_clear_error();
}

/* An error that a lower security level may not know. */
static bool
is_of_level(int error)
{
	return error == X509_V_ERR_EE_KEY_TOO_SMALL ||
	       error == X509_V_ERR_CA_KEY_TOO_SMALL ||
	       error == X509_V_ERR_CA_MD_TOO_WEAK;
}

/*
 * As an SMTP client would. Senders that are pickier about keys and digests than
 * DANE is come first: a chain that does for them does for all, and any other
 * error is the same at every level.
 */
static void
verify(struct dane *dane, SSL *ssl, const struct query *query,
	STACK_OF(X509) * chain, struct dane_result *result)
{
	int level = query->names != NULL ? HIGHEST_LEVEL : 0;

	verify_at(dane, ssl, query, chain, level, result);
	while (level > 0 && is_of_level(result->error))
		verify_at(dane, ssl, query, chain, --level, result);
	if (result->error == X509_V_OK)
		result->level = level;
}

static bool
only_trust_anchors(struct dane *dane, const struct query *query)
{
	for (size_t i = 0; i < query->record_count; i++)
		if (query->records[i].usage != 2 &&
			dane_usability(dane, &query->records[i]) ==
				USABILITY_OK)
			return false;
	return true;
}

static bool
is_self_issued(X509 *certificate)
{
	return X509_NAME_cmp(X509_get_subject_name(certificate),
		       X509_get_issuer_name(certificate)) == 0;
}

/*
 * Does a record describe an issuer that was sent? OpenSSL answers, if the
 * issuer is put in the place of a leaf.
 */
static bool
describes(struct dane *dane, const struct fact_tlsa *record, X509 *issuer,
	time_t now)
{
	struct fact_tlsa as_leaf = *record;
	struct query query = {&as_leaf, 1, NULL, now};
	STACK_OF(X509) *alone = sk_X509_new_null();
	struct dane_result result = {0};
	SSL *ssl;

	as_leaf.usage = 3;
	require(alone != NULL && sk_X509_push(alone, issuer) > 0);
	ssl = prepare(dane, &query, &result.usable);
	if (result.usable > 0)
		verify(dane, ssl, &query, alone, &result);
	SSL_free(ssl);
	sk_X509_free(alone);
	return result.match.found;
}

/* Does a usage-2 record describe a certificate of the chain, from first on? */
static bool
describes_any(struct dane *dane, const struct query *query,
	STACK_OF(X509) * chain, int first)
{
	for (int i = first; i < sk_X509_num(chain); i++)
		for (size_t r = 0; r < query->record_count; r++)
			if (query->records[r].usage == 2 &&
				describes(dane, &query->records[r],
					sk_X509_value(chain, i), query->now))
				return true;
	return false;
}

/* The server sends the anchor, and not what lies between it and the leaf.
   Deeper down a gap cannot be told from an unrelated certificate. */
static bool
has_gap(struct dane *dane, const struct query *query, STACK_OF(X509) * chain,
	int depth)
{
	return depth == 0 && !is_self_issued(sk_X509_value(chain, 0)) &&
	       describes_any(dane, query, chain, 1);
}

/*
 * RFC 7672 section 3.1.2: a server with usage 2 must send the anchor itself.
 * Where it does not, or leaves out what leads to it, is worth telling apart
 * from an anchor that was never there (CONFORMANCE E16, E20).
 */
static enum reason
refine_no_match(struct dane *dane, const struct query *query,
	STACK_OF(X509) * chain, int depth)
{
	X509 *top = sk_X509_value(chain, sk_X509_num(chain) - 1);

	if (!only_trust_anchors(dane, query))
		return REASON_DANE_NO_MATCH;
	if (has_gap(dane, query, chain, depth))
		return REASON_CHAIN_INCOMPLETE;
	/* What the records describe is there, and is the leaf itself or leads
	   nowhere (C38, E22). */
	if (is_self_issued(top) || describes_any(dane, query, chain, 0))
		return REASON_DANE_NO_MATCH;
	return REASON_TA_NOT_IN_CHAIN;
}

static void
evaluate(struct dane *dane, const struct query *query,
	const struct fact_certificate *chain, size_t chain_len,
	struct dane_result *result)
{
	STACK_OF(X509) *parsed = chain_parse(dane->chain, chain, chain_len);
	SSL *ssl = prepare(dane, query, &result->usable);

	result->match.depth = -1;
	if (result->usable == 0) {
		/* OpenSSL would fall back to PKIX. */
		result->error = -1;
		result->reason = REASON_TLSA_ALL_UNUSABLE;
	} else if (parsed == NULL) {
		/* A client ends the handshake over it (CONFORMANCE E59). */
		result->error = X509_V_ERR_UNSPECIFIED;
		result->reason = REASON_TLS_HANDSHAKE;
	} else {
		verify(dane, ssl, query, parsed, result);
		result->reason = reason_of_error(result->error);
	}
	SSL_free(ssl);
	ERR_clear_error();
}

void
dane_evaluate(struct dane *dane, const struct fact_tlsa *records,
	size_t record_count, const struct fact_certificate *chain,
	size_t chain_len, const struct dane_names *names, time_t now,
	struct dane_result *result)
{
	struct query query = {records, record_count, names, now};

	memset(result, 0, sizeof(*result));
	evaluate(dane, &query, chain, chain_len, result);
	if (result->error == X509_V_ERR_DANE_NO_MATCH)
		result->reason = refine_no_match(dane, &query,
			chain_parse(dane->chain, chain, chain_len),
			result->error_depth);
}

int
dane_record_depth(struct dane *dane, const struct fact_tlsa *record,
	const struct fact_certificate *chain, size_t chain_len, time_t now)
{
	struct query query = {record, 1, NULL, now};
	struct dane_result result = {0};

	evaluate(dane, &query, chain, chain_len, &result);
	return result.match.found ? result.match.depth : -1;
}

const char *
dane_error_text(int error)
{
	return X509_verify_cert_error_string(error);
}
