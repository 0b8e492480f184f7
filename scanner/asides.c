/*
 * Questions on the side: one asynchronous edge, a question at a time.
 */
#include "scanner/asides.h"

#include "scanner/core/domain.h"

static int ask(struct asides *asides);

static void
on_answer(void *arg, const struct answer *answer)
{
	struct asides *asides = arg;

	if (aside_next(&asides->aside, answer) && ask(asides) == 0)
		return;
	*asides->result = asides->aside.found;
	asides->cb(asides->arg);
}

static int
ask(struct asides *asides)
{
	return resolver_ask(asides->resolver, asides->aside.name,
		aside_type(&asides->aside), *asides->now_ms, on_answer, asides);
}

/* Each kind once. */
static bool
start(struct asides *asides, bool *loop, bool *misplaced)
{
	enum aside_kind kind = asides->aside.kind;

	if (asides->had[kind])
		return false;
	asides->had[kind] = true;
	asides->result = kind == ASIDE_ALIASES ? loop : misplaced;
	return ask(asides) == 0;
}

bool
asides_domain(struct asides *asides, struct fact_domain *domain)
{
	return aside_for_domain(&asides->aside, domain) &&
	       start(asides, &domain->cname_loop, &domain->tlsa_misplaced);
}

bool
asides_host(struct asides *asides, struct fact_host *host)
{
	return aside_for_host(&asides->aside, host, asides->port) &&
	       start(asides, &host->cname_loop, &host->tlsa_misplaced);
}

bool
asides_hosts(struct asides *asides, struct fact_domain *domain,
	const struct judge_host *const *hosts, size_t count)
{
	const struct fact_host *facts[DOMAIN_HOSTS_MAX];

	for (size_t i = 0; i < count; i++)
		facts[i] = hosts[i]->verdict.fact;
	return aside_for_hosts(
		       &asides->aside, domain, facts, count, asides->port) &&
	       start(asides, &domain->cname_loop, &domain->tlsa_misplaced);
}
