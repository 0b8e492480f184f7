/*
 * Facts to verdict: from the hosts to the domain (CONFORMANCE section 8.2).
 */
#include <string.h>

#include "scanner/core/severity.h"
#include "scanner/core/standing.h"
#include "scanner/core/verdict.h"

/* The hosts that take part: those with an address, or that might have one. */
struct hosts {
	const struct fact_domain *domain;
	const struct verdict_host *const *list;
	size_t taking_part;
	size_t count[HOST_COUNT];
	size_t unprotected; /* no TLSA, or no DNSSEC */
	size_t promising;   /* with usable TLSA records */
};

enum {
	REASONS_MAX = sizeof(((struct verdict_domain *)0)->reasons) /
		      sizeof(enum reason)
};

/* Keep reasons most severe first, each once, the worst that there is room
   for. */
static void
add_reason(struct verdict_domain *verdict, enum reason reason)
{
	size_t at = 0;

	if (reason == REASON_NONE)
		return;
	for (size_t i = 0; i < verdict->reason_count; i++) {
		if (verdict->reasons[i] == reason)
			return;
		if (severity_worse(verdict->reasons[i], reason))
			at = i + 1;
	}
	if (at == REASONS_MAX)
		return;
	if (verdict->reason_count < REASONS_MAX)
		verdict->reason_count++;
	memmove(&verdict->reasons[at + 1], &verdict->reasons[at],
		(verdict->reason_count - at - 1) * sizeof(*verdict->reasons));
	verdict->reasons[at] = reason;
}

/* A reason that group F names comes before those of the hosts. */
static void
lead_with(struct verdict_domain *verdict, enum reason reason)
{
	size_t kept = 0;

	verdict->reason = reason;
	for (size_t i = 0; i < verdict->reason_count; i++)
		if (verdict->reasons[i] != reason)
			verdict->reasons[kept++] = verdict->reasons[i];
	if (kept == REASONS_MAX)
		kept--;
	memmove(&verdict->reasons[1], &verdict->reasons[0],
		kept * sizeof(*verdict->reasons));
	verdict->reasons[0] = reason;
	verdict->reason_count = kept + 1;
}

static void
conclude(struct verdict_domain *verdict, enum domain_class class,
	enum reason reason)
{
	verdict->class = class;
	lead_with(verdict, reason);
}

static bool
takes_part(const struct verdict_host *host)
{
	return host->class != HOST_NOADDR;
}

static bool
is_unprotected(const struct verdict_host *host)
{
	return host->class == HOST_NO_TLSA || host->class == HOST_NO_DNSSEC;
}

static void
count_hosts(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->domain->host_count; i++) {
		const struct verdict_host *host = hosts->list[i];

		hosts->count[host->class]++;
		hosts->taking_part += takes_part(host);
		hosts->unprotected += is_unprotected(host);
		hosts->promising += host->tlsa == TLSA_USABLE;
	}
}

/* Some, but not all. */
static bool
are_some(const struct hosts *hosts, enum host_class class)
{
	return hosts->count[class] > 0 &&
	       hosts->count[class] < hosts->taking_part;
}

static void
add_host_reasons(
	const struct verdict_host *host, struct verdict_domain *verdict)
{
	add_reason(verdict, host->reason);
	if (host->class != HOST_BROKEN)
		return;
	for (size_t i = 0; i < host->fact->endpoint_count; i++)
		if (host->endpoints[i].class == ENDPOINT_FAIL)
			add_reason(verdict, host->endpoints[i].reason);
}

static void
take_from_hosts(const struct hosts *hosts, struct verdict_domain *verdict)
{
	for (size_t i = 0; i < hosts->domain->host_count; i++) {
		const struct verdict_host *host = hosts->list[i];

		if (hosts->taking_part > 0 && !takes_part(host))
			continue;
		add_host_reasons(host, verdict);
		verdict->flags |= host->flags;
	}
	if (are_some(hosts, HOST_INDETERMINATE))
		verdict->flags |= FLAG_BIT(FLAG_DNS_ERROR_HOSTS);
	if (are_some(hosts, HOST_UNREACHABLE))
		verdict->flags |= FLAG_BIT(FLAG_REACH_PARTIAL);
}

/* What the MX hosts publish, behind an insecure MX RRset (F17). */
static enum verdict_half_dane
half_dane(const struct hosts *hosts)
{
	if (hosts->count[HOST_BROKEN] > 0)
		return VERDICT_HALF_BROKEN;
	if (hosts->promising == 0)
		return VERDICT_HALF_NONE;
	return hosts->promising == hosts->taking_part ? VERDICT_HALF_ALL
						      : VERDICT_HALF_SOME;
}

/* A12: the addresses show that the domain is signed, and only its denial cannot
   be proved. */
static bool
is_signed_without_mx(const struct hosts *hosts)
{
	return hosts->domain->implicit &&
	       standing_is_signed(hosts->list[0]->fact);
}

static void
conclude_insecure(const struct hosts *hosts, struct verdict_domain *verdict)
{
	conclude(verdict, CLASS_NO_DNSSEC,
		is_signed_without_mx(hosts) ? REASON_MX_DENIAL_INSECURE
					    : REASON_MX_INSECURE);
	verdict->half_dane = half_dane(hosts);
}

static uint16_t
best_preference(
	const struct hosts *hosts, bool (*which)(const struct verdict_host *))
{
	for (size_t i = 0; i < hosts->domain->host_count; i++)
		if (which(hosts->list[i]))
			return hosts->domain->hosts[i].preference;
	return UINT16_MAX;
}

/*
 * F15: does mail get past a broken host to one without TLSA records? It does
 * where every host that senders try before it, or with the same preference, is
 * of no use to them, and one of these is broken.
 */
static bool
falls_to_unprotected(const struct hosts *hosts)
{
	uint16_t limit = best_preference(hosts, is_unprotected);
	bool broken = false;

	if (hosts->unprotected == 0)
		return false;
	for (size_t i = 0; i < hosts->domain->host_count; i++) {
		const struct verdict_host *host = hosts->list[i];

		if (hosts->domain->hosts[i].preference > limit)
			break;
		if (host->class == HOST_VALID || host->class == HOST_UNUSABLE)
			return false;
		broken |= host->class == HOST_BROKEN;
	}
	return broken;
}

/* F13 to F15. Hosts that could not be reached or looked up save nobody. */
static void
conclude_broken(const struct hosts *hosts, struct verdict_domain *verdict)
{
	bool delivers = hosts->count[HOST_VALID] > 0 ||
			hosts->count[HOST_UNUSABLE] > 0 ||
			hosts->unprotected > 0;

	verdict->class = CLASS_BROKEN;
	for (size_t i = 0; i < hosts->domain->host_count; i++)
		if (hosts->list[i]->class == HOST_BROKEN &&
			!hosts->list[i]->outage)
			delivers = true;
	verdict->severity = delivers ? VERDICT_SEVERITY_DEGRADED
				     : VERDICT_SEVERITY_OUTAGE;
	if (falls_to_unprotected(hosts))
		verdict->flags |= FLAG_BIT(FLAG_FALLS_TO_UNPROTECTED);
}

/* F12, F19: some hosts valid, others not protected as well. */
static void
conclude_partial(const struct hosts *hosts, struct verdict_domain *verdict)
{
	uint16_t best = best_preference(hosts, takes_part);
	size_t valid = 0, others = 0;

	verdict->class = CLASS_PARTIAL;
	for (size_t i = 0; i < hosts->domain->host_count; i++) {
		if (!takes_part(hosts->list[i]) ||
			hosts->domain->hosts[i].preference != best)
			continue;
		if (hosts->list[i]->class == HOST_VALID)
			valid++;
		else
			others++;
	}
	if (others == 0)
		verdict->flags |= FLAG_BIT(FLAG_PRIMARY_ONLY);
	if (valid == 0)
		verdict->flags |= FLAG_BIT(FLAG_BACKUP_ONLY);
	if (hosts->count[HOST_UNUSABLE] > 0)
		verdict->flags |= FLAG_BIT(FLAG_UNUSABLE_MIX);
}

/* Why nobody was talked to: where it was the scanner that did not want to, that
   is told. */
static enum reason
reason_of_unreached(const struct hosts *hosts)
{
	enum reason reason = REASON_NONE;

	for (size_t i = 0; i < hosts->domain->host_count; i++) {
		const struct verdict_host *host = hosts->list[i];

		if (host->class != HOST_UNREACHABLE)
			continue;
		if (host->reason != REASON_NOT_PROBED &&
			host->reason != REASON_BLOCKLISTED)
			return REASON_UNREACHABLE;
		reason = reason == REASON_NONE || reason == host->reason
				 ? host->reason
				 : REASON_NOT_PROBED;
	}
	return reason;
}

/* No host is broken, valid or unusable. */
static void
conclude_unproved(const struct hosts *hosts, struct verdict_domain *verdict)
{
	bool unsigned_only = hosts->count[HOST_NO_DNSSEC] == hosts->unprotected;

	if (hosts->count[HOST_UNREACHABLE] > 0)
		/* F20; beside hosts without TLSA too: the promise is there,
		   and nobody saw whether it is kept. */
		conclude(verdict, CLASS_INDETERMINATE,
			reason_of_unreached(hosts));
	else if (hosts->unprotected > 0)
		conclude(verdict, CLASS_NO_TLSA,
			unsigned_only ? REASON_MXHOST_UNSIGNED
				      : REASON_TLSA_NONE);
	else
		verdict->class = CLASS_INDETERMINATE;
}

/* F11 to F20, behind a secure MX RRset or a secure denial of one. */
static void
conclude_secure(const struct hosts *hosts, struct verdict_domain *verdict)
{
	bool valid = hosts->count[HOST_VALID] > 0;
	bool unusable = hosts->count[HOST_UNUSABLE] > 0;

	if (verdict->reason_count > 0)
		verdict->reason = verdict->reasons[0];
	if (hosts->count[HOST_BROKEN] > 0)
		conclude_broken(hosts, verdict);
	else if (valid && (unusable || hosts->unprotected > 0))
		conclude_partial(hosts, verdict);
	else if (valid)
		verdict->class = CLASS_VALID;
	else if (unusable)
		verdict->class = CLASS_UNUSABLE;
	else
		conclude_unproved(hosts, verdict);
}

/* F18: what senders skip is no reason of a valid domain. */
static void
clear_reasons(struct verdict_domain *verdict)
{
	verdict->reason = REASON_NONE;
	verdict->reason_count = 0;
}

static void
conclude_without_host(const struct hosts *hosts, struct verdict_domain *verdict)
{
	enum reason reason = hosts->domain->implicit ? REASON_NO_ADDRESS
			     : hosts->domain->host_count > 0
				     ? hosts->list[0]->reason
				     : REASON_MX_BAD_NAME;

	conclude(verdict, CLASS_NO_MAIL, reason);
	if (hosts->domain->implicit)
		verdict->reason_count = 1;
}

static void
conclude_from_hosts(const struct fact_domain *domain,
	const struct verdict_host *const *list, struct verdict_domain *verdict)
{
	struct hosts hosts = {.domain = domain, .list = list};

	count_hosts(&hosts);
	take_from_hosts(&hosts, verdict);
	if (hosts.taking_part == 0)
		conclude_without_host(&hosts, verdict);
	else if (domain->mx.trust != ANSWER_SECURE)
		conclude_insecure(&hosts, verdict);
	else
		conclude_secure(&hosts, verdict);
	if (verdict->class == CLASS_VALID)
		clear_reasons(verdict);
}

void
verdict_domain(const struct fact_domain *domain,
	const struct verdict_host *const *hosts, struct verdict_domain *verdict)
{
	enum reason failure = standing_failure(STANDING_MX, &domain->mx);

	memset(verdict, 0, sizeof(*verdict));
	if (domain->truncated)
		verdict->flags |= FLAG_BIT(FLAG_TRUNCATED);
	if (domain->mx.unsupported)
		verdict->flags |= FLAG_BIT(FLAG_UNSUPPORTED_ALG);
	if (domain->cname_loop)
		verdict->flags |= FLAG_BIT(FLAG_CNAME_LOOP);
	/* Postfix takes the whole set for a null MX. */
	if (domain->null_mx_mixed)
		verdict->flags |= FLAG_BIT(FLAG_NULL_MX_MIXED) |
				  FLAG_BIT(FLAG_PF_NULLMX);
	if (failure == REASON_MX_BOGUS) {
		conclude(verdict, CLASS_BROKEN, failure);
		verdict->severity = VERDICT_SEVERITY_OUTAGE;
	} else if (failure != REASON_NONE) {
		conclude(verdict, CLASS_INDETERMINATE, failure);
	} else if (domain->mx.status == ANSWER_SKIPPED) {
		conclude(verdict, CLASS_INDETERMINATE,
			domain->refused != REASON_NONE ? domain->refused
						       : REASON_NOT_PROBED);
	} else if (domain->mx.status == ANSWER_NXDOMAIN) {
		/* RFC 5321 section 5.1: no implicit MX. */
		conclude(verdict, CLASS_NO_MAIL, REASON_NXDOMAIN);
	} else if (domain->null_mx) {
		conclude(verdict, CLASS_NO_MAIL, REASON_NULL_MX);
	} else {
		conclude_from_hosts(domain, hosts, verdict);
	}
}
