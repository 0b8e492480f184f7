/*
 * Certificate chains, parsed.
 */
#include "scanner/core/chain.h"

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "scanner/core/arena.h"

struct chain {
	/* What it was parsed from, NULL when there is none. */
	uint8_t *key;
	size_t key_len;
	STACK_OF(X509) * parsed; /* NULL: it cannot be parsed */
};

/* What OpenSSL refuses below for want of memory only. */
static void
require(bool done)
{
	if (!done)
		arena_out_of_memory();
}

struct chain *
chain_new(void)
{
	struct chain *chain = OPENSSL_zalloc(sizeof(*chain));

	require(chain != NULL);
	return chain;
}

static void
forget(struct chain *chain)
{
	sk_X509_pop_free(chain->parsed, X509_free);
	chain->parsed = NULL;
	OPENSSL_free(chain->key);
	chain->key = NULL;
}

void
chain_free(struct chain *chain)
{
	if (chain == NULL)
		return;
	forget(chain);
	OPENSSL_free(chain);
}

/* *end: where in the octets it ends. */
static X509 *
take(const struct fact_certificate *certificate, const uint8_t **end)
{
	*end = certificate->der;
	if (certificate->parsed == NULL)
		return d2i_X509(NULL, end, (long)certificate->len);
	require(X509_up_ref(certificate->parsed) > 0);
	*end += certificate->len;
	return certificate->parsed;
}

X509 *
chain_certificate(const struct fact_certificate *certificate)
{
	const uint8_t *end;

	return take(certificate, &end);
}

static STACK_OF(X509) * parse(const struct fact_certificate *list, size_t count)
{
	STACK_OF(X509) *parsed = sk_X509_new_null();

	require(parsed != NULL);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *end;
		X509 *certificate = take(&list[i], &end);

		if (certificate == NULL || end != list[i].der + list[i].len) {
			X509_free(certificate);
			sk_X509_pop_free(parsed, X509_free);
			return NULL;
		}
		require(sk_X509_push(parsed, certificate) > 0);
	}
	return parsed;
}

/* Lengths and octets of a chain in one piece of memory, to compare by. */
static uint8_t *
key_of(const struct fact_certificate *list, size_t count, size_t *len)
{
	uint8_t *key, *p;

	*len = 0;
	for (size_t i = 0; i < count; i++)
		*len += sizeof(size_t) + list[i].len;
	p = key = OPENSSL_malloc(*len);
	require(key != NULL);
	for (size_t i = 0; i < count; i++) {
		memcpy(p, &list[i].len, sizeof(size_t));
		memcpy(p + sizeof(size_t), list[i].der, list[i].len);
		p += sizeof(size_t) + list[i].len;
	}
	return key;
}

STACK_OF(X509) * chain_parse(struct chain *chain,
			 const struct fact_certificate *list, size_t count)
{
	size_t key_len;
	uint8_t *key;

	if (count == 0)
		return NULL;
	key = key_of(list, count, &key_len);
	if (chain->key != NULL && key_len == chain->key_len &&
		memcmp(key, chain->key, key_len) == 0) {
		OPENSSL_free(key);
		return chain->parsed;
	}
	forget(chain);
	chain->parsed = parse(list, count);
	chain->key = key;
	chain->key_len = key_len;
	return chain->parsed;
}
