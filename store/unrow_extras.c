/* The JSON of servers and of further look-ups (json_extras.h) back to rows. */
#include <stdlib.h>

#include "store/unrow.h"

static struct row_lookup
lookup(const json_t *object)
{
	struct row_lookup row = {
		.status = unjson_text(object, "status"),
		.trust = unjson_text(object, "trust"),
		.why = unjson_text(object, "why"),
		.alias = unjson_text(object, "alias"),
		.ttl_s = -1,
	};

	if (row.status == NULL)
		row.status = "skipped";
	return row;
}

size_t
unrow_servers(struct unjson_pool *pool, const json_t *array,
	const struct row_server **out)
{
	size_t count = json_array_size(array);
	struct row_server *servers = unjson_take(
		pool, count * sizeof(*servers));

	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(array, i);
		const char *digest = unjson_text(object, "digest");

		servers[i] = (struct row_server){
			.name = unjson_text(object, "name"),
			.address = unjson_text(object, "address"),
			.type = unjson_text(object, "type"),
			.outcome = unjson_text(object, "outcome"),
			.serial = unjson_int(object, "serial", -1),
			.digest = digest != NULL ? strtoull(digest, NULL, 16)
						 : 0,
		};
	}
	*out = servers;
	return count;
}

static const struct row_txt *
txt(struct unjson_pool *pool, const json_t *object, const char *value)
{
	struct row_txt *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->lookup = lookup(object);
	row->state = unjson_text(object, "state");
	row->value = unjson_text(object, value);
	return row;
}

static const struct row_policy *
policy(struct unjson_pool *pool, const json_t *object)
{
	struct row_policy *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	*row = (struct row_policy){
		.state = unjson_text(object, "state"),
		.why = unjson_text(object, "why"),
		.http_code = (int)unjson_int(object, "http", 0),
		.mode = unjson_text(object, "mode"),
		.max_age_s = unjson_int(object, "max_age", 0),
		.truncated = unjson_bool(object, "truncated"),
	};
	row->mx_count = unjson_texts(pool, object, "mx", &row->mx);
	return row;
}

static const struct row_zone *
zone(struct unjson_pool *pool, const json_t *object)
{
	struct row_zone *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->lookup = lookup(object);
	row->name = unjson_text(object, "zone");
	row->provider = unjson_text(object, "operator");
	row->server_count = unjson_texts(
		pool, object, "servers", &row->servers);
	return row;
}

static void
delegations(
	struct unjson_pool *pool, const json_t *object, struct row_signing *row)
{
	const json_t *records = json_object_get(object, "records");
	size_t count = json_array_size(records);
	struct row_ds *ds = unjson_take(pool, count * sizeof(*ds));

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(records, i);

		ds[i].tag = (uint16_t)unjson_int(one, "tag", 0);
		ds[i].algorithm = (uint8_t)unjson_int(one, "algorithm", 0);
		ds[i].digest_type = (uint8_t)unjson_int(one, "digest_type", 0);
	}
	row->ds = lookup(object);
	row->delegations = ds;
	row->delegation_count = count;
}

static void
keys(struct unjson_pool *pool, const json_t *object, struct row_signing *row)
{
	const json_t *records = json_object_get(object, "records");
	size_t count = json_array_size(records);
	struct row_dnskey *list = unjson_take(pool, count * sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(records, i);

		list[i].tag = (uint16_t)unjson_int(one, "tag", 0);
		list[i].flags = (uint16_t)unjson_int(one, "flags", 0);
		list[i].algorithm = (uint8_t)unjson_int(one, "algorithm", 0);
	}
	row->dnskey = lookup(object);
	row->keys = list;
	row->key_count = count;
}

static const struct row_nsec3 *
nsec3(struct unjson_pool *pool, const json_t *object)
{
	struct row_nsec3 *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->iterations = (uint16_t)unjson_int(object, "iterations", 0);
	row->salt_len = (uint8_t)unjson_int(object, "salt_length", 0);
	row->opt_out = unjson_bool(object, "opt_out");
	return row;
}

static const struct row_signing *
signing(struct unjson_pool *pool, const json_t *object)
{
	struct row_signing *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->zone = unjson_text(object, "zone");
	delegations(pool, json_object_get(object, "ds"), row);
	keys(pool, json_object_get(object, "dnskey"), row);
	row->nsec3 = nsec3(pool, json_object_get(object, "nsec3"));
	row->registry = unjson_bool(object, "registry");
	return row;
}

const struct row_extras *
unrow_extras(struct unjson_pool *pool, const json_t *extras)
{
	const json_t *mta_sts = json_object_get(extras, "mta_sts");
	struct row_extras *row;

	if (!json_is_object(extras))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->mta_sts = txt(pool, mta_sts, "id");
	row->policy = policy(pool, json_object_get(mta_sts, "policy"));
	row->tlsrpt = txt(pool, json_object_get(extras, "tlsrpt"), "rua");
	row->ns = zone(pool, json_object_get(extras, "ns"));
	row->ds = signing(pool, json_object_get(extras, "ds"));
	return row;
}

static const struct row_denial *
denial(struct unjson_pool *pool, const json_t *object)
{
	struct row_denial *row;

	if (!json_is_object(object))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->parent = lookup(json_object_get(object, "parent"));
	row->owner = lookup(json_object_get(object, "owner"));
	row->server_count = unrow_servers(
		pool, json_object_get(object, "servers"), &row->servers);
	return row;
}

static const struct row_port *
ports(struct unjson_pool *pool, const json_t *array, size_t *count)
{
	struct row_port *rows;

	*count = json_array_size(array);
	if (!json_is_array(array))
		return NULL;
	rows = unjson_take(pool, *count * sizeof(*rows));
	for (size_t i = 0; i < *count; i++) {
		const json_t *object = json_array_get(array, i);

		rows[i].port = (uint16_t)unjson_int(object, "port", 0);
		rows[i].tlsa = lookup(object);
		rows[i].count = (size_t)unjson_int(object, "records", 0);
	}
	return rows;
}

const struct row_host_extras *
unrow_host_extras(struct unjson_pool *pool, const json_t *extras)
{
	struct row_host_extras *row;

	if (!json_is_object(extras))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->denial = denial(pool, json_object_get(extras, "denial"));
	row->ports = ports(
		pool, json_object_get(extras, "ports"), &row->port_count);
	return row;
}
