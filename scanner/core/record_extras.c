/*
 * What further look-ups found, to rows.
 */
#include "scanner/core/record_extras.h"

#include "scanner/core/record.h"

static const struct row_txt *
txt_row(const struct fact_lookup *lookup, enum fact_txt state,
	const char *value, struct arena *arena)
{
	struct row_txt *row = arena_alloc(arena, sizeof(*row));

	row->lookup = record_lookup(lookup);
	row->state = fact_txt_label(state);
	row->value = value;
	return row;
}

static const struct row_policy *
policy_row(const struct fact_policy *policy, struct arena *arena)
{
	bool fetched;
	struct row_policy *row;

	if (policy == NULL)
		return NULL;
	fetched = policy->state == POLICY_FETCHED;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_policy){
		.state = vocabulary_policy(policy->state),
		.why = policy->why,
		.http_code = policy->http_code,
		.mode = fetched ? mtasts_mode_label(policy->mode) : NULL,
		.max_age_s = policy->max_age_s,
		.mx = policy->mx,
		.mx_count = policy->mx_count,
		.truncated = policy->truncated,
	};
	return row;
}

static const struct row_zone *
zone_row(const struct fact_zone *zone, struct arena *arena)
{
	struct row_zone *row = arena_alloc(arena, sizeof(*row));

	*row = (struct row_zone){
		.lookup = record_lookup(&zone->lookup),
		.name = zone->name,
		.servers = zone->servers,
		.server_count = zone->server_count,
		.provider = zone->provider,
	};
	return row;
}

static const struct row_ds *
ds_rows(const struct fact_signing *signing, struct arena *arena)
{
	struct row_ds *rows = arena_alloc(
		arena, signing->delegation_count * sizeof(*rows));

	for (size_t i = 0; i < signing->delegation_count; i++)
		rows[i] = (struct row_ds){
			.tag = signing->delegations[i].tag,
			.algorithm = signing->delegations[i].algorithm,
			.digest_type = signing->delegations[i].digest_type,
		};
	return rows;
}

static const struct row_dnskey *
key_rows(const struct fact_signing *signing, struct arena *arena)
{
	struct row_dnskey *rows = arena_alloc(
		arena, signing->key_count * sizeof(*rows));

	for (size_t i = 0; i < signing->key_count; i++)
		rows[i] = (struct row_dnskey){
			.tag = signing->keys[i].tag,
			.flags = signing->keys[i].flags,
			.algorithm = signing->keys[i].algorithm,
		};
	return rows;
}

static const struct row_nsec3 *
nsec3_row(const struct fact_nsec3 *nsec3, struct arena *arena)
{
	struct row_nsec3 *row;

	if (nsec3 == NULL)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_nsec3){
		.iterations = nsec3->iterations,
		.salt_len = nsec3->salt_len,
		.opt_out = nsec3->opt_out,
	};
	return row;
}

static const struct row_signing *
signing_row(const struct fact_signing *signing, struct arena *arena)
{
	struct row_signing *row = arena_alloc(arena, sizeof(*row));

	*row = (struct row_signing){
		.zone = signing->zone,
		.ds = record_lookup(&signing->ds),
		.delegations = ds_rows(signing, arena),
		.delegation_count = signing->delegation_count,
		.dnskey = record_lookup(&signing->dnskey),
		.keys = key_rows(signing, arena),
		.key_count = signing->key_count,
		.nsec3 = nsec3_row(signing->nsec3, arena),
		.registry = signing->registry,
	};
	return row;
}

const struct row_extras *
record_extras(const struct fact_extras *extras, struct arena *arena)
{
	struct row_extras *row;

	if (extras == NULL)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	if (extras->mtasts != NULL)
		row->policy = policy_row(extras->mtasts->policy, arena);
	if (extras->mtasts != NULL)
		row->mta_sts = txt_row(&extras->mtasts->lookup,
			extras->mtasts->state, extras->mtasts->id, arena);
	if (extras->tlsrpt != NULL)
		row->tlsrpt = txt_row(&extras->tlsrpt->lookup,
			extras->tlsrpt->state, extras->tlsrpt->rua, arena);
	if (extras->zone != NULL)
		row->ns = zone_row(extras->zone, arena);
	if (extras->signing != NULL)
		row->ds = signing_row(extras->signing, arena);
	return row;
}

static const struct row_denial *
denial_row(const struct fact_denial *denial, struct arena *arena)
{
	struct row_denial *row;

	if (denial == NULL)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_denial){
		.parent = record_lookup(&denial->parent),
		.owner = record_lookup(&denial->owner),
		.servers = record_servers(
			denial->servers, denial->server_count, arena),
		.server_count = denial->server_count,
	};
	return row;
}

static const struct row_port *
port_rows(const struct fact_port *ports, struct arena *arena)
{
	struct row_port *rows;

	if (ports == NULL)
		return NULL;
	rows = arena_alloc(arena, FACT_PORTS * sizeof(*rows));
	for (size_t i = 0; i < FACT_PORTS; i++)
		rows[i] = (struct row_port){
			.port = ports[i].port,
			.tlsa = record_lookup(&ports[i].tlsa),
			.count = ports[i].count,
		};
	return rows;
}

const struct row_host_extras *
record_host_extras(const struct fact_host_extras *extras, struct arena *arena)
{
	struct row_host_extras *row;

	if (extras == NULL)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	row->denial = denial_row(extras->denial, arena);
	row->ports = port_rows(extras->ports, arena);
	row->port_count = extras->ports != NULL ? FACT_PORTS : 0;
	return row;
}
