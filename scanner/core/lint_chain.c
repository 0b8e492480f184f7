/*
 * Advice on the chains that a host shows.
 */
#include "scanner/core/lint_chain.h"

#include <string.h>

#include "scanner/core/certificate.h"

enum {
	DAY_S = 86400,
	SOON_S = 14 * DAY_S,	   /* G12: left before the last day */
	SHORT_LIFE_S = 90 * DAY_S, /* G04 */
	CHAIN_MAX = 16		   /* certificates looked at */
};

/* A chain with how it was judged. */
struct chain {
	const struct fact_tls *tls;
	const struct fact_tlsa *record; /* that matched, or NULL */
	const struct dane_result *dane;
	struct certificate certificates[CHAIN_MAX];
	size_t count;
	time_t now;
};

static uint64_t
bit(enum lint lint, bool set)
{
	return set ? (uint64_t)1 << lint : 0;
}

static bool
matched_by(const struct chain *chain, uint8_t usage)
{
	return chain->record != NULL && chain->record->usage == usage;
}

/* G12: dates count under DANE-TA only (RFC 7671 section 5.1). */
static uint64_t
lint_dates(const struct chain *chain)
{
	const struct certificate *leaf = &chain->certificates[0];
	bool soon = leaf->not_after < (int64_t)chain->now + SOON_S;
	bool past = leaf->not_after < (int64_t)chain->now;

	return bit(LINT_CERT_EXPIRING, soon && !past && matched_by(chain, 2)) |
	       bit(LINT_EE_CERT_EXPIRED, soon && matched_by(chain, 3));
}

/* G04: a record that the next renewal makes stale, and that comes soon. */
static bool
pins_short_lived(const struct chain *chain)
{
	const struct certificate *leaf = &chain->certificates[0];

	return matched_by(chain, 3) && chain->record->selector == 0 &&
	       strcmp(leaf->subject, leaf->issuer) != 0 &&
	       leaf->not_after - leaf->not_before <= SHORT_LIFE_S;
}

/* The certificate sent for the issuer of another, or NULL. */
static const struct certificate *
issuer_of(const struct chain *chain, const struct certificate *certificate)
{
	for (size_t i = 1; i < chain->count; i++)
		if (strcmp(chain->certificates[i].subject,
			    certificate->issuer) == 0)
			return &chain->certificates[i];
	return NULL;
}

/* The trust anchor as it was sent, in whatever order; or NULL. */
static const struct certificate *
sent_anchor(const struct chain *chain)
{
	const struct certificate *at = &chain->certificates[0];

	if (chain->dane->match.depth == 0)
		return NULL;
	for (int i = 0; at != NULL && i < chain->dane->match.depth; i++)
		at = issuer_of(chain, at);
	return at;
}

/* G09: RFC 7671 sections 5.2.2 and 5.2.3. Full data may stand in for an anchor
   that the server does not send, for clients that can do that. */
static bool
anchor_is_only_in_dns(const struct chain *chain)
{
	const struct fact_tlsa *record = chain->record;
	uint8_t digest[32];

	if (record->mtype != 0)
		return false;
	certificate_digest(record->data, record->len, digest);
	for (size_t i = 1; i < chain->count; i++)
		if (memcmp(digest,
			    record->selector == 0
				    ? chain->tls->chain[i].sha256
				    : chain->certificates[i].spki_sha256,
			    sizeof(digest)) == 0)
			return false;
	return true;
}

static bool
is_out_of_order(const struct chain *chain)
{
	for (size_t i = 1; i < chain->count; i++)
		if (strcmp(chain->certificates[i - 1].issuer,
			    chain->certificates[i].subject) != 0)
			return true;
	return false;
}

static uint64_t
lint_anchor(const struct chain *chain)
{
	const struct certificate *anchor = sent_anchor(chain);

	return bit(LINT_TLSA_TA_FROM_DNS, anchor_is_only_in_dns(chain)) |
	       bit(LINT_TLSA_TA_ROOT,
		       anchor != NULL &&
			       strcmp(anchor->subject, anchor->issuer) == 0) |
	       bit(LINT_TA_EXPIRED,
		       anchor != NULL && chain->dane->error == 0 &&
			       anchor->not_after < (int64_t)chain->now) |
	       bit(LINT_CERT_CN_ONLY,
		       chain->dane->match.name != NULL &&
			       !chain->certificates[0].dns_names) |
	       bit(LINT_CHAIN_ORDER, is_out_of_order(chain));
}

/* The certificates that there is something to say on: those above the leaf
   matter to a trust anchor. */
static void
read_chain(struct chain *chain, struct arena *arena)
{
	size_t max = matched_by(chain, 2) ? CHAIN_MAX : 1;

	while (chain->count < max && chain->count < chain->tls->chain_len &&
		certificate_read(&chain->tls->chain[chain->count], arena,
			&chain->certificates[chain->count]) == 0)
		chain->count++;
}

static void
lint_one(struct verdict_host *host, struct chain *chain, struct arena *arena)
{
	static const uint8_t none[32];

	if (chain->dane->match.found)
		chain->record = &host->fact->records[chain->dane->match.record];
	read_chain(chain, arena);
	if (chain->count == 0)
		return;
	if (memcmp(host->leaf_key, none, sizeof(none)) == 0)
		memcpy(host->leaf_key, chain->certificates[0].spki_sha256,
			sizeof(host->leaf_key));
	host->lints |= lint_dates(chain) |
		       bit(LINT_WEAK_KEY, chain->certificates[0].weak) |
		       bit(LINT_TLSA_CERT_DIGEST, pins_short_lived(chain));
	if (matched_by(chain, 2))
		host->lints |= lint_anchor(chain);
}

/* RFC 9325 section 4.2.1 wants 2048 bits. */
static bool
is_weak_group(const char *group)
{
	return group != NULL && strncmp(group, "DH-", 3) == 0 &&
	       (strlen(group) < strlen("DH-2048") ||
		       (strlen(group) == strlen("DH-2048") &&
			       strcmp(group, "DH-2048") < 0));
}

/* G14, D39: no forward secrecy, or a cipher that RFC 9325 section 4.1 bans. */
static bool
is_weak_cipher(const struct fact_tls *tls)
{
	static const char *const banned[] = {
		"RC4", "DES", "MD5", "SEED", "IDEA", "RC2", "NULL", "EXP"};
	const char *cipher = tls->cipher;

	if (cipher == NULL)
		return false;
	for (size_t i = 0; i < sizeof(banned) / sizeof(*banned); i++)
		if (strstr(cipher, banned[i]) != NULL)
			return true;
	/* Names of TLS 1.3 begin with TLS_, others with the key exchange,
	   unless that is RSA. */
	return strncmp(cipher, "TLS_", 4) != 0 &&
	       strstr(cipher, "DHE-") == NULL;
}

static void
lint_endpoint(
	struct verdict_host *host, size_t i, time_t now, struct arena *arena)
{
	const struct fact_endpoint *endpoint = &host->fact->endpoints[i];
	const struct verdict_endpoint *verdict = &host->endpoints[i];
	struct chain first = {
		.tls = endpoint->tls, .dane = &verdict->dane, .now = now};
	struct chain other = {
		.tls = endpoint->other, .dane = &verdict->other, .now = now};

	lint_one(host, &first, arena);
	host->lints |= bit(LINT_WEAK_CIPHER,
			       is_weak_cipher(endpoint->tls) ||
				       is_weak_group(endpoint->tls->group)) |
		       bit(LINT_TLSA_ONE_KEY_TYPE,
			       verdict->failed_key != FACT_KEY_ANY);
	if (fact_has_other_key(endpoint))
		lint_one(host, &other, arena);
}

/* Most addresses of a host show what the first did. */
static bool
is_repetition(const struct fact_host *fact, size_t i)
{
	const struct fact_endpoint *a = &fact->endpoints[0];
	const struct fact_endpoint *b = &fact->endpoints[i];

	return i > 0 && a->tls != NULL && a->other == NULL &&
	       b->other == NULL && fact_same_chain(a->tls, b->tls);
}

void
lint_chain(struct verdict_host *host, time_t now, struct arena *arena)
{
	const struct fact_host *fact = host->fact;

	if (host->tlsa != TLSA_USABLE)
		return;
	for (size_t i = 0; i < fact->endpoint_count; i++)
		if (fact->endpoints[i].tls != NULL && !is_repetition(fact, i))
			lint_endpoint(host, i, now, arena);
}
