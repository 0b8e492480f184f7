/*
 * What is kept of a host that is judged and stored.
 */
#include "scanner/core/keep.h"

#include <string.h>

struct keeper {
	struct arena *arena;
	bool chains;
};

static const struct fact_tls *
keep_tls(const struct keeper *keeper, const struct fact_tls *tls)
{
	struct fact_certificate *chain;
	struct fact_tls *kept;

	if (tls == NULL)
		return NULL;
	chain = arena_copy(
		keeper->arena, tls->chain, tls->chain_len * sizeof(*chain));
	for (size_t i = 0; i < tls->chain_len; i++) {
		chain[i].parsed = NULL;
		chain[i].der = keeper->chains
				       ? arena_copy(keeper->arena, chain[i].der,
						 chain[i].len)
				       : NULL;
	}
	kept = arena_copy(keeper->arena, tls, sizeof(*tls));
	kept->version = arena_strdup(keeper->arena, tls->version);
	kept->cipher = arena_strdup(keeper->arena, tls->cipher);
	kept->group = arena_strdup(keeper->arena, tls->group);
	kept->key = arena_strdup(keeper->arena, tls->key);
	kept->chain = chain;
	return kept;
}

/* What an address before it showed as well is kept once. */
static const struct fact_tls *
keep_tls_once(const struct keeper *keeper, const struct fact_host *from,
	const struct fact_endpoint *kept, size_t i)
{
	const struct fact_tls *tls = from->endpoints[i].tls;

	for (size_t j = 0; j < i && tls != NULL; j++) {
		const struct fact_tls *other = from->endpoints[j].tls;

		if (other != NULL &&
			strcmp(tls->version, other->version) == 0 &&
			strcmp(tls->cipher, other->cipher) == 0 &&
			(tls->group == NULL) == (other->group == NULL) &&
			(tls->group == NULL ||
				strcmp(tls->group, other->group) == 0) &&
			fact_same_chain(tls, other))
			return kept[j].tls;
	}
	return keep_tls(keeper, tls);
}

static struct fact_endpoint *
keep_endpoints(const struct keeper *keeper, const struct fact_host *from)
{
	struct fact_endpoint *kept = arena_copy(keeper->arena, from->endpoints,
		from->endpoint_count * sizeof(*kept));

	for (size_t i = 0; i < from->endpoint_count; i++) {
		kept[i].detail = arena_strdup(keeper->arena, kept[i].detail);
		kept[i].tls = keep_tls_once(keeper, from, kept, i);
		kept[i].other = keep_tls(keeper, kept[i].other);
	}
	return kept;
}

static const struct fact_tlsa *
keep_records(const struct keeper *keeper, const struct fact_host *from)
{
	struct fact_tlsa *kept = arena_copy(keeper->arena, from->records,
		from->record_count * sizeof(*kept));

	for (size_t i = 0; i < from->record_count; i++)
		kept[i].data = arena_copy(
			keeper->arena, kept[i].data, kept[i].len);
	return kept;
}

static const struct fact_server *
keep_servers(const struct keeper *keeper, const struct fact_server *from,
	size_t count)
{
	struct fact_server *kept = arena_copy(
		keeper->arena, from, count * sizeof(*kept));

	for (size_t i = 0; i < count; i++)
		kept[i].name = arena_strdup(keeper->arena, kept[i].name);
	return kept;
}

static void
keep_lookup(const struct keeper *keeper, struct fact_lookup *lookup)
{
	lookup->why = arena_strdup(keeper->arena, lookup->why);
	lookup->alias = arena_strdup(keeper->arena, lookup->alias);
}

static const struct fact_denial *
keep_denial(const struct keeper *keeper, const struct fact_denial *from)
{
	struct fact_denial *kept;

	if (from == NULL)
		return NULL;
	kept = arena_copy(keeper->arena, from, sizeof(*from));
	keep_lookup(keeper, &kept->parent);
	keep_lookup(keeper, &kept->owner);
	kept->servers = keep_servers(keeper, from->servers, from->server_count);
	return kept;
}

static const struct fact_port *
keep_ports(const struct keeper *keeper, const struct fact_port *from)
{
	struct fact_port *kept;

	if (from == NULL)
		return NULL;
	kept = arena_copy(keeper->arena, from, FACT_PORTS * sizeof(*from));
	for (size_t i = 0; i < FACT_PORTS; i++)
		keep_lookup(keeper, &kept[i].tlsa);
	return kept;
}

static const struct fact_host_extras *
keep_extras(const struct keeper *keeper, const struct fact_host_extras *from)
{
	struct fact_host_extras *kept;

	if (from == NULL)
		return NULL;
	kept = arena_copy(keeper->arena, from, sizeof(*from));
	kept->denial = keep_denial(keeper, from->denial);
	kept->ports = keep_ports(keeper, from->ports);
	return kept;
}

static const struct fact_host *
keep_fact(const struct keeper *keeper, const struct fact_host *from)
{
	struct fact_host *kept = arena_copy(keeper->arena, from, sizeof(*from));

	kept->name = arena_strdup(keeper->arena, from->name);
	kept->base = from->base != NULL && strcmp(from->base, from->name) == 0
			     ? kept->name
			     : arena_strdup(keeper->arena, from->base);
	keep_lookup(keeper, &kept->a);
	keep_lookup(keeper, &kept->aaaa);
	keep_lookup(keeper, &kept->cname);
	keep_lookup(keeper, &kept->tlsa);
	kept->records = keep_records(keeper, from);
	kept->endpoints = keep_endpoints(keeper, from);
	kept->servers = keep_servers(keeper, from->servers, from->server_count);
	kept->extras = keep_extras(keeper, from->extras);
	return kept;
}

static void
keep_verdict(const struct keeper *keeper, const struct verdict_host *from,
	struct verdict_host *kept)
{
	const struct fact_host *fact = from->fact;

	*kept = *from;
	kept->fact = keep_fact(keeper, fact);
	kept->records = arena_copy(keeper->arena, from->records,
		fact->record_count * sizeof(*kept->records));
	kept->endpoints = arena_copy(keeper->arena, from->endpoints,
		fact->endpoint_count * sizeof(*kept->endpoints));
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		struct verdict_endpoint *endpoint = &kept->endpoints[i];

		endpoint->dane.match.name = arena_strdup(
			keeper->arena, endpoint->dane.match.name);
		endpoint->other.match.name = arena_strdup(
			keeper->arena, endpoint->other.match.name);
		endpoint->pkix.name = arena_strdup(
			keeper->arena, endpoint->pkix.name);
	}
}

struct arena *
keep_host(const struct verdict_host *verdict, bool chains,
	struct verdict_host *kept)
{
	struct keeper keeper = {arena_new(), chains};
	size_t used;

	/* Once to learn how much it is. */
	keep_verdict(&keeper, verdict, kept);
	used = arena_used(keeper.arena);
	arena_free(keeper.arena);
	keeper.arena = arena_new_for(used);
	keep_verdict(&keeper, verdict, kept);
	return keeper.arena;
}
