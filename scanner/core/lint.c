/*
 * Advice on what works today and may not tomorrow. Pure.
 */
#include "scanner/core/lint.h"

#include <stdbool.h>
#include <string.h>

#include "scanner/core/default_key.h"
#include "scanner/core/lint_extra.h"
#include "scanner/core/lint_mtasts.h"
#include "scanner/core/opinion.h"

/* A set of lints must fit its 64 bits. */
_Static_assert(LINT_COUNT <= 64, "too many lints");

/* G01: what the field recommends for the TTL of TLSA, in seconds. */
enum {
	TTL_MIN_S = 1800,
	TTL_MAX_S = 3600,
	TTL_DAY_S = 86400
};

/* G21: of a signature, in seconds. */
enum {
	SIGNED_LONG_S = 31 * 86400, /* a month, and what clocks may be off */
	SIGNED_LEFT_S = 2 * 86400
};

/* G24: what fits the DNS message that most resolvers ask for, in octets; and,
   without compression of names in RDATA, the parts of an answer. */
enum {
	MESSAGE_MAX = 1232,
	MESSAGE_HEAD = 12 + 4 + 11, /* header, question, OPT */
	RECORD_HEAD = 12 + 3,	    /* with usage, selector, matching type */
	SIGNATURE = 12 + 18 + 64    /* ECDSA, the smallest in common use */
};

static uint64_t
bit(enum lint lint, bool set)
{
	return set ? (uint64_t)1 << lint : 0;
}

static bool
is_usable(const struct verdict_host *host, size_t i)
{
	return host->records[i].usability == USABILITY_OK;
}

/* The records of a host that count, tallied. */
struct tally {
	size_t usable, ee, ta, ta_key, full, sha512, pkix;
	size_t octets;
};

static struct tally
count_records(const struct verdict_host *host)
{
	struct tally tally = {0};

	for (size_t i = 0; i < host->fact->record_count; i++) {
		const struct fact_tlsa *record = &host->fact->records[i];

		tally.pkix += host->records[i].usability ==
			      USABILITY_PKIX_USAGE;
		tally.octets += RECORD_HEAD + record->len;
		if (!is_usable(host, i))
			continue;
		tally.usable++;
		tally.ee += record->usage == 3;
		tally.ta += record->usage == 2;
		tally.ta_key += record->usage == 2 && record->selector == 1;
		tally.full += record->mtype == 0;
		tally.sha512 += record->mtype == 2;
	}
	return tally;
}

/* Somewhere: each address may have a key, and a record, of its own. */
static bool
matches(const struct verdict_record *record)
{
	return record->depth >= 0;
}

/* Does another record with the parameters of record i match? */
static bool
combination_matches(const struct verdict_host *host, size_t i)
{
	const struct fact_tlsa *records = host->fact->records;

	for (size_t j = 0; j < host->fact->record_count; j++)
		if (matches(&host->records[j]) &&
			records[j].usage == records[i].usage &&
			records[j].selector == records[i].selector &&
			records[j].mtype == records[i].mtype)
			return true;
	return false;
}

/* G08, G27 (RFC 7671 section 8). A host that matches nothing has worse
   trouble, and its class says so. */
static bool
has_stale_record(const struct verdict_host *host)
{
	bool some = false, stale = false;

	for (size_t i = 0; i < host->fact->record_count; i++) {
		some |= matches(&host->records[i]);
		stale |= host->records[i].judged &&
			 !combination_matches(host, i);
	}
	return some && stale;
}

static bool
has_odd_ttl(const struct fact_lookup *tlsa)
{
	return tlsa->ttl_s < TTL_MIN_S || tlsa->ttl_s > TTL_MAX_S;
}

static bool
is_large(const struct verdict_host *host, size_t octets)
{
	const char *base = host->fact->base;
	size_t name = sizeof("_25._tcp.") + (base != NULL ? strlen(base) : 0);

	return MESSAGE_HEAD + name + octets + SIGNATURE + name > MESSAGE_MAX;
}

/* G33: can be reached by one family of addresses only. */
static bool
has_one_family(const struct fact_host *fact)
{
	return (fact->a.status == ANSWER_DATA &&
		       fact->aaaa.status == ANSWER_NODATA) ||
	       (fact->a.status == ANSWER_NODATA &&
		       fact->aaaa.status == ANSWER_DATA);
}

/* G21: RFC 7671 section 11. Who keeps an old RRset and its signature can show
   it to clients for as long as that holds. */
static uint64_t
lint_signature(const struct fact_lookup *lookup, time_t now)
{
	int64_t from = lookup->sig_inception, until = lookup->sig_expiration;

	if (until == 0)
		return 0;
	return bit(LINT_RRSIG_LONG, until - from > SIGNED_LONG_S) |
	       bit(LINT_RRSIG_EXPIRING, until - now < SIGNED_LEFT_S);
}

static uint64_t
lint_records(const struct verdict_host *host, time_t now)
{
	struct tally tally = count_records(host);

	/* G03: one usage-3 record, and no anchor that survives the next key. */
	return bit(LINT_TLSA_NO_ROLLOVER, tally.ee == 1 && tally.ta == 0) |
	       bit(LINT_TLSA_FULL_DATA, tally.full > 0) |
	       bit(LINT_TLSA_TA_KEY, tally.ta_key > 0) |
	       bit(LINT_TLSA_LARGE, is_large(host, tally.octets)) |
	       bit(LINT_TLSA_TTL_LONG, host->fact->tlsa.ttl_s > TTL_DAY_S) |
	       bit(LINT_MX_ONE_FAMILY, has_one_family(host->fact)) |
	       bit(LINT_TLSA_SHA512_ONLY,
		       tally.usable > 0 && tally.sha512 == tally.usable) |
	       bit(LINT_TLSA_STALE_RECORD, has_stale_record(host)) |
	       bit(LINT_TLSA_PKIX_USAGE, tally.pkix > 0) |
	       bit(LINT_TLSA_TTL, has_odd_ttl(&host->fact->tlsa)) |
	       lint_signature(&host->fact->tlsa, now) |
	       bit(LINT_DNSSEC_SHA1,
		       answer_algorithm_is_sha1(host->fact->tlsa_algorithm));
}

static bool
has_flag(const struct verdict_host *host, enum flag flag)
{
	return host->flags & FLAG_BIT(flag);
}

/* Flags that are advice as well. */
static uint64_t
lint_flags(const struct verdict_host *host)
{
	static const struct {
		enum flag flag;
		enum lint lint;
	} pairs[] = {
		{FLAG_NAME_ONLY_NEXTHOP, LINT_NAME_ONLY_NEXTHOP},
		{FLAG_TLS_LEGACY, LINT_TLS_LEGACY},
		{FLAG_STARTTLS_INJECTION, LINT_STARTTLS_INJECTION},
		{FLAG_STARTTLS_PARAMETER, LINT_STARTTLS_PARAMETER},
		{FLAG_STARTTLS_TWICE, LINT_STARTTLS_TWICE},
		{FLAG_REQUIRETLS, LINT_REQUIRETLS},
	};
	uint64_t lints = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		lints |= bit(pairs[i].lint, has_flag(host, pairs[i].flag));
	return lints;
}

/* G15 (RFC 7672 section 9.2): STARTTLS on some addresses, or visits, alone. */
static bool
is_selective(const struct fact_host *fact)
{
	bool offered = false, absent = false, selective = false;

	for (size_t i = 0; i < fact->endpoint_count; i++) {
		const struct fact_endpoint *endpoint = &fact->endpoints[i];

		offered |= fact_offers_starttls(endpoint);
		absent |= endpoint->failure == REASON_STARTTLS_ABSENT;
		selective |= endpoint->selective;
	}
	return selective || (offered && absent);
}

static uint64_t
lint_host(const struct verdict_host *host, time_t now)
{
	bool dane = host->tlsa == TLSA_USABLE || host->tlsa == TLSA_UNUSABLE;

	return (dane ? lint_records(host, now) : 0) | lint_flags(host) |
	       host->lints | lint_extra_host(host->fact) |
	       bit(LINT_TLSA_UNSIGNED, host->tlsa == TLSA_INSECURE) |
	       bit(LINT_NS_INCONSISTENT, opinion_differs(host->fact->servers,
						 host->fact->server_count)) |
	       bit(LINT_STARTTLS_SELECTIVE, is_selective(host->fact)) |
	       bit(LINT_TLSA_MISPLACED, host->fact->tlsa_misplaced) |
	       bit(LINT_DEFAULT_KEY,
		       default_key_source(host->leaf_key) != NULL) |
	       bit(LINT_MX_IP_LITERAL, host->reason == REASON_MX_IP_LITERAL);
}

/* G17: one key that opens all hosts. */
static bool
share_a_key(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	static const uint8_t none[32];

	if (domain->host_count < 2 ||
		memcmp(hosts[0]->leaf_key, none, sizeof(none)) == 0)
		return false;
	for (size_t i = 1; i < domain->host_count; i++)
		if (memcmp(hosts[i]->leaf_key, hosts[0]->leaf_key,
			    sizeof(none)) != 0)
			return false;
	return true;
}

static bool
promises_dane(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	for (size_t i = 0; i < domain->host_count; i++)
		if (hosts[i]->tlsa == TLSA_USABLE)
			return true;
	return false;
}

/* G25: a way around the hosts that are protected. */
static bool
has_unprotected_host(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	bool unprotected = false;

	for (size_t i = 0; i < domain->host_count; i++)
		unprotected |= hosts[i]->class == HOST_NO_TLSA ||
			       hosts[i]->class == HOST_NO_DNSSEC;
	return unprotected && promises_dane(domain, hosts);
}

uint64_t
lint_domain(const struct fact_domain *domain,
	const struct verdict_host *const *hosts, time_t now)
{
	uint64_t lints =
		bit(LINT_NULL_MX_PREF, domain->null_mx_pref) |
		bit(LINT_NULL_MX_MIXED, domain->null_mx_mixed) |
		bit(LINT_TLSA_MISPLACED, domain->tlsa_misplaced) |
		bit(LINT_MX_SHARED_KEY, share_a_key(domain, hosts)) |
		bit(LINT_DNSSEC_SHA1,
			answer_algorithm_is_sha1(domain->mx_algorithm)) |
		lint_extra_domain(domain, promises_dane(domain, hosts)) |
		lint_mtasts(domain, hosts) |
		(domain->mx.trust == ANSWER_SECURE
				? lint_signature(&domain->mx, now)
				: 0) |
		bit(LINT_NS_INCONSISTENT, opinion_differs(domain->servers,
						  domain->server_count)) |
		bit(LINT_MX_WITHOUT_TLSA,
			domain->mx.trust == ANSWER_SECURE &&
				has_unprotected_host(domain, hosts));

	for (size_t i = 0; i < domain->host_count; i++) {
		lints |= lint_host(hosts[i], now);
		/* Without MX the name is the domain's own, and may be an
		   alias. */
		lints |= bit(LINT_MX_ALIAS,
			!domain->implicit && has_flag(hosts[i], FLAG_MX_ALIAS));
	}
	return lints;
}
