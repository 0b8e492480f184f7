/*
 * Advice on the policy of MTA-STS. Pure.
 */
#include "scanner/core/lint_mtasts.h"

#include <string.h>

#include "scanner/core/mtasts.h"

/* What an enforced policy makes of a host (RFC 8461 section 4). */
struct view {
	bool allowed;  /* by a pattern */
	bool verified; /* all its certificates are, and there is one */
	bool refused;  /* a certificate is not */
};

static uint64_t
bit(enum lint lint, bool set)
{
	return set ? (uint64_t)1 << lint : 0;
}

static bool
allows(const struct fact_policy *policy, const char *host)
{
	for (size_t i = 0; i < policy->mx_count; i++) {
		const struct mtasts_pattern pattern = {
			policy->mx[i], strlen(policy->mx[i])};

		if (mtasts_matches(&pattern, host))
			return true;
	}
	/* Of the patterns that were not looked at nothing is known. */
	return policy->truncated;
}

static struct view
view_of(const struct fact_policy *policy, const struct verdict_host *host)
{
	struct view view = {.allowed = allows(policy, host->fact->name)};

	for (size_t i = 0; i < host->fact->endpoint_count; i++) {
		const struct pkix_result *pkix = &host->endpoints[i].pkix;

		view.verified |= pkix->judged && pkix->error == 0;
		view.refused |= pkix->judged && pkix->error != 0;
	}
	view.verified &= !view.refused;
	return view;
}

/* RFC 8461 section 2: MTA-STS does not overrule DANE. */
static bool
contradicts(const struct view *view, enum host_class class)
{
	return class == HOST_VALID    ? !view->allowed || view->refused
	       : class == HOST_BROKEN ? view->allowed && view->verified
				      : false;
}

static uint64_t
lint_enforced(const struct fact_domain *domain,
	const struct fact_policy *policy,
	const struct verdict_host *const *hosts)
{
	uint64_t lints = 0;

	for (size_t i = 0; i < domain->host_count; i++) {
		struct view view = view_of(policy, hosts[i]);

		/* A name without address is no server that mail could go to. */
		if (hosts[i]->class == HOST_NOADDR)
			continue;
		lints |= bit(LINT_MTA_STS_MX, !view.allowed) |
			 bit(LINT_MTA_STS_CERTIFICATE,
				 view.allowed && view.refused) |
			 bit(LINT_MTA_STS_DANE,
				 contradicts(&view, hosts[i]->class));
	}
	return lints;
}

uint64_t
lint_mtasts(const struct fact_domain *domain,
	const struct verdict_host *const *hosts)
{
	const struct fact_policy *policy;

	if (domain->extras == NULL || domain->extras->mtasts == NULL ||
		domain->extras->mtasts->policy == NULL)
		return 0;
	policy = domain->extras->mtasts->policy;
	/* What we do not fetch, or fail to, is nobody's fault but ours. */
	if (policy->state == POLICY_BLOCKLISTED ||
		policy->state == POLICY_FAILED)
		return 0;
	if (policy->state != POLICY_FETCHED)
		return bit(LINT_MTA_STS_NO_POLICY, true);
	return policy->mode == MTASTS_ENFORCE
		       ? lint_enforced(domain, policy, hosts)
		       : 0;
}
