/*
 * Advice on what works today and may not tomorrow. Pure.
 */
#include "scanner/core/lint.h"

#include <stdbool.h>

/* A set of lints must fit its 32 bits. */
_Static_assert(LINT_COUNT <= 32, "too many lints");

/* G01: what the field recommends for the TTL of TLSA, in seconds. */
enum {
	TTL_MIN_S = 1800,
	TTL_MAX_S = 3600
};

static uint32_t
bit(enum lint lint, bool set)
{
	return set ? 1u << lint : 0;
}

static bool
is_usable(const struct verdict_host *host, size_t i)
{
	return host->records[i].usability == USABILITY_OK;
}

/* The records of a host that count, tallied. */
struct tally {
	size_t usable, ee, ta, full, sha512, pkix;
};

static struct tally
count_records(const struct verdict_host *host)
{
	struct tally tally = {0};

	for (size_t i = 0; i < host->fact->record_count; i++) {
		const struct fact_tlsa *record = &host->fact->records[i];

		tally.pkix += host->records[i].usability ==
			      USABILITY_PKIX_USAGE;
		if (!is_usable(host, i))
			continue;
		tally.usable++;
		tally.ee += record->usage == 3;
		tally.ta += record->usage == 2;
		tally.full += record->mtype == 0;
		tally.sha512 += record->mtype == 2;
	}
	return tally;
}

/* Does another record with the parameters of record i match? */
static bool
combination_matches(const struct verdict_host *host, size_t i)
{
	const struct fact_tlsa *records = host->fact->records;

	for (size_t j = 0; j < host->fact->record_count; j++)
		if (host->records[j].matched &&
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
	bool matches = false, stale = false;

	for (size_t i = 0; i < host->fact->record_count; i++) {
		matches |= host->records[i].matched;
		stale |= host->records[i].judged &&
			 !combination_matches(host, i);
	}
	return matches && stale;
}

/* A TTL of 0 comes with answers made up from DNAME: it is not the zone's
   (CONFORMANCE A21). */
static bool
has_odd_ttl(const struct fact_lookup *tlsa)
{
	return tlsa->ttl_s != 0 &&
	       (tlsa->ttl_s < TTL_MIN_S || tlsa->ttl_s > TTL_MAX_S);
}

static uint32_t
lint_records(const struct verdict_host *host)
{
	struct tally tally = count_records(host);

	/* G03: one usage-3 record, and no anchor that survives the next key. */
	return bit(LINT_TLSA_NO_ROLLOVER, tally.ee == 1 && tally.ta == 0) |
	       bit(LINT_TLSA_FULL_DATA, tally.full > 0) |
	       bit(LINT_TLSA_SHA512_ONLY,
		       tally.usable > 0 && tally.sha512 == tally.usable) |
	       bit(LINT_TLSA_STALE_RECORD, has_stale_record(host)) |
	       bit(LINT_TLSA_PKIX_USAGE, tally.pkix > 0) |
	       bit(LINT_TLSA_TTL, has_odd_ttl(&host->fact->tlsa));
}

static bool
has_flag(const struct verdict_host *host, enum flag flag)
{
	return host->flags & 1u << flag;
}

static uint32_t
lint_host(const struct verdict_host *host)
{
	bool dane = host->tlsa == TLSA_USABLE || host->tlsa == TLSA_UNUSABLE;

	return (dane ? lint_records(host) : 0) |
	       bit(LINT_TLSA_UNSIGNED, host->tlsa == TLSA_INSECURE) |
	       bit(LINT_MX_IP_LITERAL, host->reason == REASON_MX_IP_LITERAL) |
	       bit(LINT_NAME_ONLY_NEXTHOP,
		       has_flag(host, FLAG_NAME_ONLY_NEXTHOP)) |
	       bit(LINT_TLS_LEGACY, has_flag(host, FLAG_TLS_LEGACY)) |
	       bit(LINT_STARTTLS_INJECTION,
		       has_flag(host, FLAG_STARTTLS_INJECTION));
}

/* G25: a way around the hosts that are protected. */
static bool
has_unprotected_host(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	bool promised = false, unprotected = false;

	for (size_t i = 0; i < domain->host_count; i++) {
		promised |= hosts[i]->tlsa == TLSA_USABLE;
		unprotected |= hosts[i]->class == HOST_NO_TLSA ||
			       hosts[i]->class == HOST_NO_DNSSEC;
	}
	return promised && unprotected;
}

uint32_t
lint_domain(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	uint32_t lints = bit(LINT_NULL_MX_PREF, domain->null_mx_pref) |
			 bit(LINT_NULL_MX_MIXED, domain->null_mx_mixed) |
			 bit(LINT_MX_WITHOUT_TLSA,
				 domain->mx.trust == ANSWER_SECURE &&
					 has_unprotected_host(domain, hosts));

	for (size_t i = 0; i < domain->host_count; i++) {
		lints |= lint_host(hosts[i]);
		/* Without MX the name is the domain's own, and may be an
		   alias. */
		lints |= bit(LINT_MX_ALIAS,
			!domain->implicit && has_flag(hosts[i], FLAG_MX_ALIAS));
	}
	return lints;
}
