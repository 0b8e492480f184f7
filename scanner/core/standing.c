/*
 * What DNS says of an MX host before anybody talks to it. Pure.
 */
#include "scanner/core/standing.h"

#include <string.h>

static bool
is_bogus(const struct fact_lookup *lookup)
{
	return lookup->trust == ANSWER_BOGUS;
}

static bool
has_data(const struct fact_lookup *lookup)
{
	return lookup->status == ANSWER_DATA && !is_bogus(lookup);
}

static bool
has_secure_data(const struct fact_lookup *lookup)
{
	return lookup->status == ANSWER_DATA && lookup->trust == ANSWER_SECURE;
}

enum reason
standing_failure(
	enum standing_question question, const struct fact_lookup *lookup)
{
	static const enum reason bogus[] = {
		REASON_MX_BOGUS, REASON_ADDR_BOGUS, REASON_TLSA_BOGUS};
	static const enum reason failed[][ANSWER_FORMERR + 1] = {
		[STANDING_MX] =
			{
				[ANSWER_SERVFAIL] = REASON_MX_SERVFAIL,
				[ANSWER_TIMEOUT] = REASON_MX_TIMEOUT,
				[ANSWER_REFUSED] = REASON_MX_REFUSED,
				[ANSWER_NOTIMP] = REASON_MX_NOTIMP,
				[ANSWER_FORMERR] = REASON_MX_FORMERR,
			},
		[STANDING_ADDRESS] =
			{
				[ANSWER_SERVFAIL] = REASON_ADDR_SERVFAIL,
				[ANSWER_TIMEOUT] = REASON_ADDR_TIMEOUT,
				[ANSWER_REFUSED] = REASON_ADDR_REFUSED,
				[ANSWER_NOTIMP] = REASON_ADDR_NOTIMP,
				[ANSWER_FORMERR] = REASON_ADDR_FORMERR,
			},
		[STANDING_TLSA] =
			{
				[ANSWER_SERVFAIL] = REASON_TLSA_SERVFAIL,
				[ANSWER_TIMEOUT] = REASON_TLSA_TIMEOUT,
				[ANSWER_REFUSED] = REASON_TLSA_REFUSED,
				[ANSWER_NOTIMP] = REASON_TLSA_NOTIMP,
				[ANSWER_FORMERR] = REASON_TLSA_FORMERR,
			},
	};

	/* Bogus comes first: its status and data are not to be believed. */
	if (is_bogus(lookup))
		return bogus[question];
	return failed[question][lookup->status];
}

static void
decide(struct standing *standing, enum host_class class, enum reason reason,
	enum tlsa_state tlsa)
{
	standing->class = class;
	standing->reason = reason;
	standing->tlsa = tlsa;
}

/*
 * RFC 7672 section 2.1.2: a host whose look-up failed must not be used. Bogus
 * is a definite statement about the zone; the rest may be our network.
 */
static void
decide_address_failure(struct standing *standing, enum reason reason)
{
	decide(standing,
		reason == REASON_ADDR_BOGUS ? HOST_BROKEN : HOST_INDETERMINATE,
		reason, TLSA_ERROR);
}

/* No family has an address that may be used. */
static void
judge_no_address(const struct fact_host *host, struct standing *standing)
{
	enum reason a = standing_failure(STANDING_ADDRESS, &host->a);
	enum reason aaaa = standing_failure(STANDING_ADDRESS, &host->aaaa);
	bool nxdomain = host->a.status == ANSWER_NXDOMAIN ||
			host->aaaa.status == ANSWER_NXDOMAIN;

	if (a == REASON_ADDR_BOGUS || aaaa == REASON_ADDR_BOGUS)
		decide_address_failure(standing, REASON_ADDR_BOGUS);
	else if (a != REASON_NONE || aaaa != REASON_NONE)
		decide_address_failure(standing, a != REASON_NONE ? a : aaaa);
	else if (host->a.status == ANSWER_SKIPPED &&
		 host->aaaa.status == ANSWER_SKIPPED)
		decide(standing, HOST_INDETERMINATE, REASON_INTERNAL,
			TLSA_SKIPPED);
	else
		decide(standing, HOST_NOADDR,
			nxdomain ? REASON_MX_TARGET_NXDOMAIN
				 : REASON_MX_TARGET_NOADDR,
			TLSA_NOADDR);
}

/* RFC 6698 section 4.1: not authenticated, not usable. */
static enum reason
reason_of_insecure(const struct fact_host *host)
{
	if (host->tlsa.alias != NULL)
		return REASON_TLSA_CNAME_INSECURE;
	/* Signed, and yet no proof that the wildcard applies (RFC 5155 section
	   8.8): opt-out, or too many iterations. */
	if (host->tlsa_wildcard)
		return REASON_TLSA_WILDCARD_OPTOUT;
	return REASON_TLSA_INSECURE;
}

static void
judge_tlsa(const struct fact_host *host, struct standing *standing)
{
	const struct fact_lookup *tlsa = &host->tlsa;
	enum reason failure = standing_failure(STANDING_TLSA, tlsa);
	bool secure = tlsa->trust == ANSWER_SECURE;

	if (failure != REASON_NONE) {
		/* The addresses came from the same servers: they mishandle
		   TLSA, and senders defer (RFC 7672 section 2.1.2). */
		decide(standing, HOST_BROKEN, failure, TLSA_ERROR);
	} else if (tlsa->status == ANSWER_DATA && secure) {
		standing->dane = true;
		standing->tlsa = TLSA_USABLE;
	} else if (tlsa->status == ANSWER_DATA) {
		decide(standing, HOST_NO_TLSA, reason_of_insecure(host),
			TLSA_INSECURE);
	} else {
		/* RFC 7672 section 2.1.1: an insecure denial is no error. */
		decide(standing, HOST_NO_TLSA,
			secure ? REASON_TLSA_NONE : REASON_TLSA_DENIAL_INSECURE,
			secure ? TLSA_NONE_SECURE : TLSA_NONE_INSECURE);
	}
}

/* At least one family has addresses. */
static void
judge_with_address(const struct fact_host *host, struct standing *standing)
{
	enum reason alias = standing_failure(STANDING_ADDRESS, &host->cname);

	if (host->tlsa.status != ANSWER_SKIPPED)
		judge_tlsa(host, standing);
	else if (!standing->family_secure && alias != REASON_NONE)
		/* RFC 7672 section 2.1.3: the first hop of an insecure alias
		   decides, and could not be looked up. */
		decide_address_failure(standing, alias);
	else if (standing->family_secure)
		decide(standing, HOST_INDETERMINATE, REASON_INTERNAL,
			TLSA_SKIPPED);
	else
		decide(standing, HOST_NO_DNSSEC, REASON_ADDR_INSECURE,
			TLSA_SKIPPED);
}

static void
judge_refused(enum reason refused, struct standing *standing)
{
	if (refused == REASON_MX_IP_LITERAL || refused == REASON_NAME_TOO_LONG)
		decide(standing, HOST_NO_TLSA, refused, TLSA_SKIPPED);
	else if (refused == REASON_MX_BAD_NAME)
		decide(standing, HOST_NOADDR, refused, TLSA_NOADDR);
	else
		decide(standing, HOST_UNREACHABLE, refused, TLSA_SKIPPED);
}

/* Has this family something that differs from the other, secure one? An
   insecure denial is no difference (CONFORMANCE A28). */
static bool
is_odd(const struct fact_lookup *lookup)
{
	return standing_failure(STANDING_ADDRESS, lookup) != REASON_NONE ||
	       (lookup->status == ANSWER_DATA &&
		       lookup->trust != ANSWER_SECURE);
}

static uint64_t
flags_of(const struct fact_host *host, bool family_secure)
{
	uint64_t flags = 0;

	if (family_secure && (is_odd(&host->a) || is_odd(&host->aaaa)))
		flags |= FLAG_BIT(FLAG_ADDR_MIXED);
	if (host->a.alias != NULL || host->aaaa.alias != NULL)
		flags |= FLAG_BIT(FLAG_MX_ALIAS);
	if (strchr(host->name, '.') == NULL)
		flags |= FLAG_BIT(FLAG_MX_TLD);
	if (host->a.unsupported || host->aaaa.unsupported ||
		host->tlsa.unsupported)
		flags |= FLAG_BIT(FLAG_UNSUPPORTED_ALG);
	if (host->cname_loop)
		flags |= FLAG_BIT(FLAG_CNAME_LOOP);
	if (host->truncated)
		flags |= FLAG_BIT(FLAG_TRUNCATED);
	return flags;
}

bool
standing_is_signed(const struct fact_host *host)
{
	return has_secure_data(&host->a) || has_secure_data(&host->aaaa);
}

/*
 * Each family is judged for itself (CONFORMANCE A28): RFC 7672 section 2.2.2
 * speaks of "the address RRset", and a sender uses the addresses that it has.
 * So a family that is bogus or fails loses its own addresses only; it is the
 * host's fate where the other family has none.
 */
void
standing_of(const struct fact_host *host, struct standing *standing)
{
	memset(standing, 0, sizeof(*standing));
	standing->family_secure = standing_is_signed(host);
	standing->flags = flags_of(host, standing->family_secure);
	if (host->refused != REASON_NONE)
		judge_refused(host->refused, standing);
	else if (has_data(&host->a) || has_data(&host->aaaa))
		judge_with_address(host, standing);
	else
		judge_no_address(host, standing);
}

bool
standing_covers(
	const struct standing *standing, const struct fact_endpoint *endpoint)
{
	/* Where no family is secure the promise rests on the alias, whose
	   first hop is, and holds for all addresses (RFC 7672 section 2.2.2,
	   "Insecure CNAME"). */
	return standing->dane &&
	       !(endpoint->insecure && standing->family_secure);
}
