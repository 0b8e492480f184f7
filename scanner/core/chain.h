/*
 * Certificate chains, parsed. The one parsed last is kept: the addresses of
 * one host mostly have the same, and are judged in more ways than one.
 */
#ifndef SCANNER_CORE_CHAIN_H
#define SCANNER_CORE_CHAIN_H

#include <stddef.h>

#include <openssl/x509.h>

#include "scanner/core/fact.h"

struct chain;

/*
 * A certificate, parsed at most once: a reference, the caller's to free. NULL
 * when its octets do not begin with one.
 */
X509 *chain_certificate(const struct fact_certificate *certificate);

struct chain *chain_new(void);
void chain_free(struct chain *chain);

/*
 * The certificates of list, leaf first; chain's until the next call. NULL when
 * there are none, or unless every element is a certificate and nothing else,
 * as a TLS client demands of the message that carries them.
 */
STACK_OF(X509) * chain_parse(struct chain *chain,
			 const struct fact_certificate *list, size_t count);

#endif
