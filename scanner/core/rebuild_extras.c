/*
 * What further look-ups found, from rows back to facts.
 */
#include "scanner/core/rebuild_extras.h"

#include "scanner/core/rebuild_word.h"

static const struct fact_policy *
make_policy(const struct row_policy *row, struct arena *arena)
{
	struct fact_policy *policy;

	if (row == NULL)
		return NULL;
	policy = arena_alloc(arena, sizeof(*policy));
	*policy = (struct fact_policy){
		.state = rebuild_policy_state(row->state),
		.why = row->why,
		.http_code = row->http_code,
		.mode = rebuild_mode(row->mode),
		.max_age_s = (uint32_t)row->max_age_s,
		.mx = row->mx,
		.mx_count = row->mx_count,
		.truncated = row->truncated,
	};
	return policy;
}

static const struct fact_mtasts *
make_mtasts(const struct row_extras *row, struct arena *arena)
{
	struct fact_mtasts *mtasts;

	if (row->mta_sts == NULL)
		return NULL;
	mtasts = arena_alloc(arena, sizeof(*mtasts));
	*mtasts = (struct fact_mtasts){
		.lookup = rebuild_lookup(&row->mta_sts->lookup),
		.state = rebuild_txt(row->mta_sts->state),
		.id = row->mta_sts->value,
		.policy = make_policy(row->policy, arena),
	};
	return mtasts;
}

static const struct fact_tlsrpt *
make_tlsrpt(const struct row_txt *row, struct arena *arena)
{
	struct fact_tlsrpt *tlsrpt;

	if (row == NULL)
		return NULL;
	tlsrpt = arena_alloc(arena, sizeof(*tlsrpt));
	*tlsrpt = (struct fact_tlsrpt){
		.lookup = rebuild_lookup(&row->lookup),
		.state = rebuild_txt(row->state),
		.rua = row->value,
	};
	return tlsrpt;
}

static const struct fact_zone *
make_zone(const struct row_zone *row, struct arena *arena)
{
	struct fact_zone *zone;

	if (row == NULL)
		return NULL;
	zone = arena_alloc(arena, sizeof(*zone));
	*zone = (struct fact_zone){
		.lookup = rebuild_lookup(&row->lookup),
		.name = row->name,
		.servers = row->servers,
		.server_count = row->server_count,
		.provider = row->provider,
	};
	return zone;
}

static const struct fact_ds *
make_delegations(const struct row_signing *row, struct arena *arena)
{
	struct fact_ds *ds = arena_alloc(
		arena, row->delegation_count * sizeof(*ds));

	for (size_t i = 0; i < row->delegation_count; i++)
		ds[i] = (struct fact_ds){
			.tag = row->delegations[i].tag,
			.algorithm = row->delegations[i].algorithm,
			.digest_type = row->delegations[i].digest_type,
		};
	return ds;
}

static const struct fact_dnskey *
make_keys(const struct row_signing *row, struct arena *arena)
{
	struct fact_dnskey *keys = arena_alloc(
		arena, row->key_count * sizeof(*keys));

	for (size_t i = 0; i < row->key_count; i++)
		keys[i] = (struct fact_dnskey){
			.tag = row->keys[i].tag,
			.flags = row->keys[i].flags,
			.algorithm = row->keys[i].algorithm,
		};
	return keys;
}

static const struct fact_nsec3 *
make_nsec3(const struct row_nsec3 *row, struct arena *arena)
{
	struct fact_nsec3 *nsec3;

	if (row == NULL)
		return NULL;
	nsec3 = arena_alloc(arena, sizeof(*nsec3));
	*nsec3 = (struct fact_nsec3){
		.iterations = row->iterations,
		.salt_len = row->salt_len,
		.opt_out = row->opt_out,
	};
	return nsec3;
}

static const struct fact_signing *
make_signing(const struct row_signing *row, struct arena *arena)
{
	struct fact_signing *signing;

	if (row == NULL)
		return NULL;
	signing = arena_alloc(arena, sizeof(*signing));
	*signing = (struct fact_signing){
		.zone = row->zone,
		.ds = rebuild_lookup(&row->ds),
		.delegations = make_delegations(row, arena),
		.delegation_count = row->delegation_count,
		.dnskey = rebuild_lookup(&row->dnskey),
		.keys = make_keys(row, arena),
		.key_count = row->key_count,
		.nsec3 = make_nsec3(row->nsec3, arena),
		.registry = row->registry,
	};
	return signing;
}

const struct fact_extras *
rebuild_extras(const struct row_extras *row, struct arena *arena)
{
	struct fact_extras *extras;

	if (row == NULL)
		return NULL;
	extras = arena_alloc(arena, sizeof(*extras));
	extras->mtasts = make_mtasts(row, arena);
	extras->tlsrpt = make_tlsrpt(row->tlsrpt, arena);
	extras->zone = make_zone(row->ns, arena);
	extras->signing = make_signing(row->ds, arena);
	return extras;
}

static const struct fact_denial *
make_denial(const struct row_denial *row, struct arena *arena)
{
	struct fact_denial *denial;

	if (row == NULL)
		return NULL;
	denial = arena_alloc(arena, sizeof(*denial));
	*denial = (struct fact_denial){
		.parent = rebuild_lookup(&row->parent),
		.owner = rebuild_lookup(&row->owner),
		.servers = rebuild_servers(
			row->servers, row->server_count, arena),
		.server_count = row->server_count,
	};
	return denial;
}

/* Always FACT_PORTS of them, whatever the row has. */
static const struct fact_port *
make_ports(const struct row_host_extras *row, struct arena *arena)
{
	struct fact_port *ports;

	if (row->ports == NULL)
		return NULL;
	ports = arena_alloc(arena, FACT_PORTS * sizeof(*ports));
	for (size_t i = 0; i < FACT_PORTS && i < row->port_count; i++)
		ports[i] = (struct fact_port){
			.port = row->ports[i].port,
			.tlsa = rebuild_lookup(&row->ports[i].tlsa),
			.count = row->ports[i].count,
		};
	return ports;
}

const struct fact_host_extras *
rebuild_host_extras(const struct row_host_extras *row, struct arena *arena)
{
	struct fact_host_extras *extras;

	if (row == NULL)
		return NULL;
	extras = arena_alloc(arena, sizeof(*extras));
	extras->denial = make_denial(row->denial, arena);
	extras->ports = make_ports(row, arena);
	return extras;
}
