/*
 * Advice that needs further look-ups. Pure.
 */
#include "scanner/core/lint_extra.h"

enum {
	/* G19: resolvers may give up from here on (RFC 9276 section 3.2). */
	ITERATIONS_HIGH = 100,
	DIGEST_SHA1 = 1,
	RSASHA512 = 10,
};

static uint64_t
bit(enum lint lint, bool set)
{
	return set ? (uint64_t)1 << lint : 0;
}

/* G19 */
static uint64_t
lint_nsec3(const struct fact_signing *signing)
{
	const struct fact_nsec3 *nsec3 = signing->nsec3;
	bool high;

	if (nsec3 == NULL)
		return 0;
	high = nsec3->iterations > ITERATIONS_HIGH;
	return bit(LINT_NSEC3_ITERATIONS, nsec3->iterations > 0 && !high) |
	       bit(LINT_NSEC3_ITERATIONS_HIGH, high) |
	       bit(LINT_NSEC3_SALT, nsec3->salt_len > 0) |
	       bit(LINT_NSEC3_OPT_OUT, nsec3->opt_out && !signing->registry);
}

/* RSAMD5, DSA, DSA-NSEC3-SHA1, ECC-GOST. */
static bool
is_retired(uint8_t algorithm)
{
	return algorithm == 1 || algorithm == 3 || algorithm == 6 ||
	       algorithm == 12;
}

static uint64_t
lint_algorithm(uint8_t algorithm)
{
	return bit(LINT_DNSSEC_ALGORITHM, is_retired(algorithm)) |
	       bit(LINT_DNSSEC_SHA1, answer_algorithm_is_sha1(algorithm)) |
	       bit(LINT_DNSSEC_RSASHA512, algorithm == RSASHA512);
}

/* G20. Keys without a delegation sign nothing that anybody relies on. */
static uint64_t
lint_signing(const struct fact_signing *signing)
{
	uint64_t lints = 0;

	if (signing->delegation_count == 0)
		return 0;
	for (size_t i = 0; i < signing->delegation_count; i++)
		lints |= bit(LINT_DS_SHA1,
				 signing->delegations[i].digest_type ==
					 DIGEST_SHA1) |
			 lint_algorithm(signing->delegations[i].algorithm);
	for (size_t i = 0; i < signing->key_count; i++)
		lints |= lint_algorithm(signing->keys[i].algorithm);
	return lints;
}

static bool
is_spoilt(enum fact_txt state)
{
	return state == FACT_TXT_MULTIPLE || state == FACT_TXT_MALFORMED;
}

/* Only what was answered is known to be missing. */
static bool
is_missing(const struct fact_tlsrpt *tlsrpt)
{
	return tlsrpt->state == FACT_TXT_ABSENT &&
	       tlsrpt->lookup.trust != ANSWER_BOGUS &&
	       tlsrpt->lookup.status != ANSWER_SKIPPED &&
	       !answer_failed(tlsrpt->lookup.status);
}

uint64_t
lint_extra_domain(const struct fact_domain *domain, bool promised)
{
	const struct fact_extras *extras = domain->extras;
	uint64_t lints = 0;

	if (extras == NULL)
		return 0;
	if (extras->mtasts != NULL)
		lints |= bit(
			LINT_MTA_STS_RECORD, is_spoilt(extras->mtasts->state));
	if (extras->tlsrpt != NULL)
		lints |= bit(LINT_TLSRPT_RECORD,
				 is_spoilt(extras->tlsrpt->state)) |
			 bit(LINT_TLSRPT_MISSING,
				 promised && is_missing(extras->tlsrpt));
	if (extras->signing != NULL)
		lints |= lint_nsec3(extras->signing) |
			 lint_signing(extras->signing);
	return lints;
}

static bool
is_defective(const struct fact_lookup *lookup)
{
	return lookup->trust == ANSWER_BOGUS || answer_failed(lookup->status);
}

/* Does an answer say that there is such a name? Through an alias it speaks of
   another one. */
static bool
says_exists(const struct fact_lookup *lookup)
{
	return lookup->alias == NULL &&
	       (lookup->status == ANSWER_DATA ||
		       lookup->status == ANSWER_NODATA);
}

static bool
says_missing(const struct fact_lookup *lookup)
{
	return lookup->alias == NULL && lookup->status == ANSWER_NXDOMAIN;
}

/* G31: a name exists for all types or for none, and what has names below it
   exists (RFC 8020 section 2). */
static bool
is_denied_wrongly(const struct fact_host *host)
{
	const struct fact_denial *denial = host->extras->denial;
	const struct fact_lookup *tlsa = &host->tlsa;
	bool below = says_exists(tlsa) || says_exists(&denial->owner);

	return is_defective(&denial->parent) || is_defective(&denial->owner) ||
	       (says_missing(&denial->parent) && below) ||
	       (says_missing(&denial->owner) && says_exists(tlsa)) ||
	       (says_exists(&denial->owner) && says_missing(tlsa));
}

/* Of a server that has a signed denial for every other name. */
static bool
mishandles_tlsa(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DATA:
	case OUTCOME_DATA_UNSIGNED:
	case OUTCOME_NODATA_UNPROVED:
	case OUTCOME_NXDOMAIN_UNPROVED:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_NOTIMP:
	case OUTCOME_FORMERR:
	case OUTCOME_TIMEOUT:
	case OUTCOME_TRUNCATED:
	case OUTCOME_MALFORMED:
		return true;
	case OUTCOME_NONE:
	case OUTCOME_ALIAS:
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_SILENT:
	case OUTCOME_LAME:
		break;
	}
	return false;
}

/* G31, CONFORMANCE B27 */
static bool
is_masked(const struct fact_denial *denial)
{
	for (size_t i = 0; i < denial->server_count; i++)
		if (mishandles_tlsa(denial->servers[i].outcome))
			return true;
	return false;
}

/* G32 */
static uint64_t
lint_ports(const struct fact_host *host)
{
	bool secure = false;

	for (size_t i = 0; i < FACT_PORTS; i++)
		secure |= host->extras->ports[i].tlsa.status == ANSWER_DATA &&
			  host->extras->ports[i].tlsa.trust == ANSWER_SECURE;
	return bit(LINT_TLSA_SUBMISSION, secure && host->record_count > 0) |
	       bit(LINT_TLSA_SUBMISSION_ONLY,
		       secure && (host->tlsa.status == ANSWER_NODATA ||
					 host->tlsa.status == ANSWER_NXDOMAIN));
}

uint64_t
lint_extra_host(const struct fact_host *host)
{
	const struct fact_host_extras *extras = host->extras;
	uint64_t lints = 0;

	if (extras == NULL)
		return 0;
	if (extras->denial != NULL)
		lints |= bit(LINT_DENIAL_DEFECTIVE, is_denied_wrongly(host)) |
			 bit(LINT_TLSA_MASKED, is_masked(extras->denial));
	if (extras->ports != NULL)
		lints |= lint_ports(host);
	return lints;
}
