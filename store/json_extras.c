/* The "extras" of a record as JSON values. */
#include "store/json_extras.h"

#include <stdlib.h>
#include <string.h>

#include "store/text.h"

/* Take ownership of value; names are the interface's own, so not checked. */
static void
set(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new_nocheck(object, name, value) != 0)
		abort();
}

static void
append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		abort();
}

/* Words of a validator or of a server may be anything but UTF-8. */
static json_t *
text(const char *value)
{
	struct buffer clean = {0};
	json_t *string;

	if (value == NULL)
		return json_null();
	text_clean(&clean, value, strlen(value));
	string = json_string(buffer_string(&clean));
	buffer_free(&clean);
	return string;
}

static json_t *
lookup(const struct row_lookup *row)
{
	json_t *object = json_object();

	set(object, "status", text(row->status));
	set(object, "trust", text(row->trust));
	set(object, "why", text(row->why));
	return object;
}

static json_t *
txt(const struct row_txt *row, const char *name)
{
	json_t *object;

	if (row == NULL)
		return json_null();
	object = lookup(&row->lookup);
	set(object, "state", text(row->state));
	set(object, name, text(row->value));
	return object;
}

static json_t *
policy(const struct row_policy *row)
{
	json_t *object, *mx;

	if (row == NULL)
		return json_null();
	object = json_object();
	set(object, "state", text(row->state));
	set(object, "why", text(row->why));
	set(object, "http",
		row->http_code == 0 ? json_null()
				    : json_integer(row->http_code));
	set(object, "mode", text(row->mode));
	set(object, "max_age",
		row->mode == NULL ? json_null() : json_integer(row->max_age_s));
	mx = json_array();
	for (size_t i = 0; i < row->mx_count; i++)
		append(mx, text(row->mx[i]));
	set(object, "mx", mx);
	set(object, "truncated", json_boolean(row->truncated));
	return object;
}

/* With its policy. */
static json_t *
mta_sts(const struct row_extras *extras)
{
	json_t *object = txt(extras->mta_sts, "id");

	if (json_is_object(object))
		set(object, "policy", policy(extras->policy));
	return object;
}

static json_t *
ns(const struct row_zone *row)
{
	json_t *object, *servers;

	if (row == NULL)
		return json_null();
	object = lookup(&row->lookup);
	servers = json_array();
	for (size_t i = 0; i < row->server_count; i++)
		append(servers, text(row->servers[i]));
	set(object, "zone", text(row->name));
	set(object, "servers", servers);
	set(object, "operator", text(row->provider));
	return object;
}

static json_t *
delegations(const struct row_signing *row)
{
	json_t *object = lookup(&row->ds), *records = json_array();

	for (size_t i = 0; i < row->delegation_count; i++) {
		const struct row_ds *ds = &row->delegations[i];
		json_t *record = json_object();

		set(record, "tag", json_integer(ds->tag));
		set(record, "algorithm", json_integer(ds->algorithm));
		set(record, "digest_type", json_integer(ds->digest_type));
		append(records, record);
	}
	set(object, "records", records);
	return object;
}

static json_t *
keys(const struct row_signing *row)
{
	json_t *object = lookup(&row->dnskey), *records = json_array();

	for (size_t i = 0; i < row->key_count; i++) {
		const struct row_dnskey *key = &row->keys[i];
		json_t *record = json_object();

		set(record, "tag", json_integer(key->tag));
		set(record, "flags", json_integer(key->flags));
		set(record, "algorithm", json_integer(key->algorithm));
		append(records, record);
	}
	set(object, "records", records);
	return object;
}

static json_t *
nsec3(const struct row_nsec3 *row)
{
	json_t *object;

	if (row == NULL)
		return json_null();
	object = json_object();
	set(object, "iterations", json_integer(row->iterations));
	set(object, "salt_length", json_integer(row->salt_len));
	set(object, "opt_out", json_boolean(row->opt_out));
	return object;
}

static json_t *
signing(const struct row_signing *row)
{
	json_t *object;

	if (row == NULL)
		return json_null();
	object = json_object();
	set(object, "zone", text(row->zone));
	set(object, "ds", delegations(row));
	set(object, "dnskey", keys(row));
	set(object, "nsec3", nsec3(row->nsec3));
	set(object, "registry", json_boolean(row->registry));
	return object;
}

json_t *
json_extras_domain(const struct row_extras *extras)
{
	json_t *object;

	if (extras == NULL)
		return json_null();
	object = json_object();
	set(object, "mta_sts", mta_sts(extras));
	set(object, "tlsrpt", txt(extras->tlsrpt, "rua"));
	set(object, "ns", ns(extras->ns));
	set(object, "ds", signing(extras->ds));
	return object;
}

/* An answer about another name. */
static json_t *
aliased(const struct row_lookup *row)
{
	json_t *object = lookup(row);

	set(object, "alias", text(row->alias));
	return object;
}

static json_t *
denial(const struct row_denial *row)
{
	json_t *object, *servers;

	if (row == NULL)
		return json_null();
	object = json_object();
	servers = json_array();
	for (size_t i = 0; i < row->server_count; i++) {
		json_t *server = json_object();

		set(server, "name", text(row->servers[i].name));
		set(server, "address", text(row->servers[i].address));
		set(server, "type", text(row->servers[i].type));
		set(server, "outcome", text(row->servers[i].outcome));
		append(servers, server);
	}
	set(object, "parent", aliased(&row->parent));
	set(object, "owner", aliased(&row->owner));
	set(object, "servers", servers);
	return object;
}

static json_t *
ports(const struct row_host_extras *row)
{
	json_t *array;

	if (row->ports == NULL)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < row->port_count; i++) {
		json_t *object = json_object();

		set(object, "port", json_integer(row->ports[i].port));
		set(object, "status", text(row->ports[i].tlsa.status));
		set(object, "trust", text(row->ports[i].tlsa.trust));
		set(object, "why", text(row->ports[i].tlsa.why));
		set(object, "records",
			json_integer((json_int_t)row->ports[i].count));
		append(array, object);
	}
	return array;
}

json_t *
json_extras_host(const struct row_host_extras *extras)
{
	json_t *object;

	if (extras == NULL)
		return json_null();
	object = json_object();
	set(object, "denial", denial(extras->denial));
	set(object, "ports", ports(extras));
	return object;
}
