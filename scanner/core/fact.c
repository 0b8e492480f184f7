/*
 * Single values among the facts: addresses, keys, chains.
 */
#include "scanner/core/fact.h"

#include <arpa/inet.h>
#include <string.h>

void
fact_address_text(const struct fact_address *address, char out[46])
{
	inet_ntop(address->ipv6 ? AF_INET6 : AF_INET, address->bytes, out,
		INET6_ADDRSTRLEN);
}

bool
fact_address_equal(const struct fact_address *a, const struct fact_address *b)
{
	return a->ipv6 == b->ipv6 &&
	       memcmp(a->bytes, b->bytes, a->ipv6 ? 16 : 4) == 0;
}

int
fact_address_parse(const char *text, struct fact_address *address)
{
	memset(address, 0, sizeof(*address));
	address->ipv6 = strchr(text, ':') != NULL;
	if (inet_pton(address->ipv6 ? AF_INET6 : AF_INET, text,
		    address->bytes) == 1)
		return 0;
	return -1;
}

enum fact_key
fact_tls_key(const struct fact_tls *tls)
{
	const char *key = tls->key != NULL ? tls->key : "";

	if (strncmp(key, "RSA", 3) == 0)
		return FACT_KEY_RSA;
	if (strncmp(key, "EC", 2) == 0 || strncmp(key, "Ed", 2) == 0)
		return FACT_KEY_ECDSA;
	return FACT_KEY_ANY;
}

const char *
fact_key_label(enum fact_key key)
{
	switch (key) {
	case FACT_KEY_ANY:
		break;
	case FACT_KEY_RSA:
		return "rsa";
	case FACT_KEY_ECDSA:
		return "ecdsa";
	}
	return "other";
}

const char *
fact_phase_label(enum fact_phase phase)
{
	static const char *const labels[] = {
		[FACT_PHASE_NONE] = "none",
		[FACT_PHASE_CONNECT] = "connect",
		[FACT_PHASE_BANNER] = "banner",
		[FACT_PHASE_EHLO] = "ehlo",
		[FACT_PHASE_STARTTLS] = "starttls",
		[FACT_PHASE_HANDSHAKE] = "handshake",
		[FACT_PHASE_EHLO_TLS] = "ehlo-tls",
		[FACT_PHASE_QUIT] = "quit",
		[FACT_PHASE_DONE] = "done",
	};

	return labels[phase];
}

const char *
fact_txt_label(enum fact_txt state)
{
	switch (state) {
	case FACT_TXT_ABSENT:
		break;
	case FACT_TXT_PRESENT:
		return "present";
	case FACT_TXT_MULTIPLE:
		return "multiple";
	case FACT_TXT_MALFORMED:
		return "malformed";
	}
	return "absent";
}

bool
fact_same_chain(const struct fact_tls *a, const struct fact_tls *b)
{
	if (a->chain_len != b->chain_len)
		return false;
	for (size_t i = 0; i < a->chain_len; i++)
		if (a->chain[i].len != b->chain[i].len ||
			memcmp(a->chain[i].der, b->chain[i].der,
				a->chain[i].len) != 0)
			return false;
	return true;
}

static bool
is_without_sni(const struct fact_endpoint *endpoint)
{
	return endpoint->flags &
	       (FLAG_BIT(FLAG_SNI_FATAL) | FLAG_BIT(FLAG_SNI_OTHER));
}

bool
fact_offers_starttls(const struct fact_endpoint *endpoint)
{
	return endpoint->tls != NULL || endpoint->phase >= FACT_PHASE_STARTTLS;
}

bool
fact_has_other_key(const struct fact_endpoint *endpoint)
{
	return endpoint->other != NULL && !is_without_sni(endpoint);
}

bool
fact_has_without_sni(const struct fact_endpoint *endpoint)
{
	return endpoint->other != NULL && is_without_sni(endpoint);
}
