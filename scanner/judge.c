/*
 * Facts that are complete become a verdict and rows.
 */
#include "scanner/judge.h"

#include <stdlib.h>

#include "scanner/core/dane.h"
#include "scanner/core/lint.h"
#include "scanner/core/pack.h"
#include "scanner/provider.h"

struct judge {
	struct dane *dane;
	const struct pkix *pkix; /* or NULL */
	struct provider *provider;
};

struct judge *
judge_new(const struct pkix *pkix)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (judge == NULL)
		arena_out_of_memory();
	judge->pkix = pkix;
	judge->dane = dane_new();
	judge->provider = provider_new();
	if (judge->dane != NULL)
		return judge;
	judge_free(judge);
	return NULL;
}

void
judge_free(struct judge *judge)
{
	if (judge == NULL)
		return;
	dane_free(judge->dane);
	provider_free(judge->provider);
	free(judge);
}

bool
judge_matches(struct judge *judge, const struct fact_host *fact,
	const struct fact_endpoint *endpoint, time_t now)
{
	const struct fact_tls *tls = endpoint->tls;

	for (size_t i = 0; tls != NULL && i < fact->record_count; i++)
		if (dane_record_depth(judge->dane, &fact->records[i],
			    tls->chain, tls->chain_len, now) >= 0)
			return true;
	return false;
}

const char *
judge_provider(const struct judge *judge, const char *host)
{
	return provider_of(judge->provider, host);
}

static bool
has_usable_record(struct judge *judge, const struct fact_host *fact)
{
	for (size_t i = 0; i < fact->record_count; i++)
		if (dane_usability(judge->dane, &fact->records[i]) ==
			USABILITY_OK)
			return true;
	return false;
}

bool
judge_mismatches(struct judge *judge, const struct fact_host *fact, time_t now)
{
	if (fact->tlsa.status != ANSWER_DATA ||
		fact->tlsa.trust != ANSWER_SECURE ||
		!has_usable_record(judge, fact))
		return false;
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		const struct fact_endpoint *endpoint = &fact->endpoints[i];

		if (!endpoint->insecure && endpoint->tls != NULL &&
			!judge_matches(judge, fact, endpoint, now))
			return true;
	}
	return false;
}

/* The first address that sent the chain of address i. */
static size_t
first_with_chain(const struct fact_host *fact, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (fact->endpoints[j].tls != NULL &&
			fact_same_chain(
				fact->endpoints[j].tls, fact->endpoints[i].tls))
			return j;
	return i;
}

/* Of every chain, whatever DANE says of it. */
static void
judge_pkix(struct judge *judge, const struct verdict_host *verdict, time_t now,
	struct arena *arena)
{
	const struct fact_host *fact = verdict->fact;

	for (size_t i = 0; i < fact->endpoint_count && judge->pkix != NULL;
		i++) {
		struct verdict_endpoint *endpoint = &verdict->endpoints[i];
		const struct fact_tls *tls = fact->endpoints[i].tls;
		size_t first = tls != NULL ? first_with_chain(fact, i) : i;

		if (first < i)
			endpoint->pkix = verdict->endpoints[first].pkix;
		else if (tls != NULL)
			pkix_evaluate(judge->pkix, dane_chain(judge->dane), tls,
				fact->name, now, arena, &endpoint->pkix);
	}
}

void
judge_host(struct judge *judge, const struct fact_host *fact, time_t now,
	struct arena *arena, struct judge_host *judged)
{
	/* What holds for every domain: the base domain alone. */
	static const struct dane_names no_further_names;

	verdict_host(judge->dane, fact, &no_further_names, now, arena,
		&judged->verdict);
	judge_pkix(judge, &judged->verdict, now, arena);
	judged->provider = provider_of(judge->provider, fact->name);
}

void
judge_stored(struct judge *judge, const struct row_host *row,
	rebuild_certificate_cb certificate, void *arg, struct arena *arena,
	struct judge_host *judged)
{
	const struct fact_host *fact = rebuild_host(
		row, certificate, arg, arena);

	judge_host(judge, fact, (time_t)row->time_s, arena, judged);
	for (size_t i = 0; i < row->endpoint_count; i++)
		judged->verdict.endpoints[i].pkix = rebuild_pkix(
			row->endpoints[i].pkix);
}

const struct row_host *
judge_row(const struct judge_host *judged, struct arena *arena)
{
	return record_host(&judged->verdict, judged->provider, arena);
}

const uint8_t *
judge_pack(const struct judge_host *judged, bool evidence, struct arena *arena,
	size_t *len)
{
	const struct verdict_host *verdict = &judged->verdict;

	return pack_host(verdict, evidence || verdict_depends_on_names(verdict),
		arena, len);
}

const struct judge_host *
judge_unpack(struct judge *judge, const char *name, const uint8_t *octets,
	size_t len, struct arena *arena)
{
	struct judge_host *judged = arena_alloc(arena, sizeof(*judged));

	unpack_host(name, octets, len, arena, &judged->verdict);
	judged->provider = provider_of(
		judge->provider, judged->verdict.fact->name);
	return judged;
}

/* A host as one domain sees it. */
struct view {
	const struct verdict_host *verdict;
	const struct row_host *row;
};

/* The shared view, unless the domain's own names make a difference. */
static struct view
view_host(struct judge *judge, const struct judge_host *shared,
	const struct dane_names *names, time_t now, struct arena *arena)
{
	struct view view = {&shared->verdict, NULL};
	struct verdict_host *own;

	if ((names->count == 0 && names->unvouched == NULL) ||
		!verdict_depends_on_names(&shared->verdict)) {
		view.row = judge_row(shared, arena);
		return view;
	}
	own = arena_alloc(arena, sizeof(*own));
	verdict_host(judge->dane, shared->verdict.fact, names, now, arena, own);
	/* The one name that counts there is the host's. */
	for (size_t i = 0; i < own->fact->endpoint_count; i++)
		own->endpoints[i].pkix = shared->verdict.endpoints[i].pkix;
	own->time = shared->verdict.time;
	view.verdict = own;
	view.row = record_host(own, shared->provider, arena);
	return view;
}

void
judge_domain(struct judge *judge, const struct judge_domain *domain,
	struct arena *arena, struct judge_result *result)
{
	struct fact_domain *fact = domain->fact;
	size_t count = domain->exchanges->count;
	struct fact_mx *mx = arena_alloc(arena, count * sizeof(*mx));
	const struct verdict_host **hosts = arena_alloc(
		arena, count * sizeof(*hosts));
	const struct row_host **rows = arena_alloc(
		arena, count * sizeof(*rows));
	time_t now = (time_t)(domain->line.time_us / 1000000);
	struct dane_names names;

	verdict_names(fact, &names);
	for (size_t i = 0; i < count; i++) {
		struct view view = view_host(
			judge, domain->hosts[i], &names, now, arena);

		mx[i].preference = domain->exchanges->list[i].preference;
		mx[i].host = view.verdict->fact;
		hosts[i] = view.verdict;
		rows[i] = view.row;
	}
	fact->hosts = mx;
	fact->host_count = count;
	result->fact = fact;
	result->hosts = hosts;
	verdict_domain(fact, hosts, &result->verdict);
	result->lints = lint_domain(fact, hosts, now);
	result->row = record_domain(fact, &result->verdict, result->lints, rows,
		&domain->line, arena);
}
