/* The record of a domain as JSON (INTERFACE section 3). */
#include "store/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/json_extras.h"
#include "store/text.h"

enum {
	SCHEMA_VERSION = 1
};

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

static json_t *
text(const char *value)
{
	if (value == NULL)
		return json_null();
	json_t *string = json_string(value);
	if (string == NULL) {
		struct buffer clean = {0};
		text_clean(&clean, value, strlen(value));
		string = json_string(buffer_string(&clean));
		buffer_free(&clean);
	}
	return string;
}

static json_t *
number_or_null(int64_t value, int64_t none)
{
	return value == none ? json_null() : json_integer(value);
}

static json_t *
texts(const char *const *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(array, text(values[i]));
	return array;
}

static json_t *
hex(const void *data, size_t len)
{
	struct buffer scratch = {0};

	buffer_hex(&scratch, data, len);
	json_t *string = json_stringn_nocheck(scratch.data, scratch.len);
	buffer_free(&scratch);
	return string;
}

static void
set_lookup(json_t *object, const struct row_lookup *lookup)
{
	set(object, "status", text(lookup->status));
	set(object, "trust", text(lookup->trust));
	set(object, "why", text(lookup->why));
}

static json_t *
address_lookup(const struct row_lookup *lookup)
{
	json_t *object = json_object();

	set_lookup(object, lookup);
	return object;
}

void
json_time(char out[21], int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000 - (time_us % 1000000 < 0));
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

/* TTL and signature of an RRset that a verdict rests on. */
static void
set_rrset(json_t *object, const struct row_lookup *lookup)
{
	char time[21];

	set(object, "ttl", number_or_null(lookup->ttl_s, -1));
	set(object, "algorithm", number_or_null(lookup->algorithm, 0));
	json_time(time, lookup->sig_expires * 1000000);
	set(object, "sig_expires",
		lookup->algorithm != 0 ? text(time) : json_null());
}

/* Of an RRset: too large for a number of JSON. */
static json_t *
digest(uint64_t value)
{
	char digits[17];

	if (value == 0)
		return json_null();
	(void)snprintf(digits, sizeof(digits), "%016" PRIx64, value);
	return json_string(digits);
}

static json_t *
server_array(const struct row_server *servers, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();

		set(object, "name", text(servers[i].name));
		set(object, "address", text(servers[i].address));
		set(object, "type", text(servers[i].type));
		set(object, "outcome", text(servers[i].outcome));
		set(object, "serial", number_or_null(servers[i].serial, -1));
		set(object, "digest", digest(servers[i].digest));
		append(array, object);
	}
	return array;
}

static json_t *
mx_lookup(const struct row_domain *row)
{
	const struct row_lookup *lookup = &row->mx;
	json_t *object = json_object();

	set_lookup(object, lookup);
	set_rrset(object, lookup);
	set(object, "alias", text(lookup->alias));
	set(object, "implicit", json_boolean(row->implicit));
	set(object, "servers", server_array(row->servers, row->server_count));
	return object;
}

static json_t *
tlsa_record(const struct row_tlsa *record)
{
	json_t *object = json_object();

	set(object, "usage", json_integer(record->usage));
	set(object, "selector", json_integer(record->selector));
	set(object, "mtype", json_integer(record->mtype));
	set(object, "data", hex(record->data, record->len));
	set(object, "usable", json_boolean(record->usable));
	set(object, "why", text(record->why));
	set(object, "match",
		record->match < 0 ? json_null() : json_boolean(record->match));
	set(object, "depth", number_or_null(record->depth, -1));
	set(object, "hint", text(record->hint));
	return object;
}

static json_t *
tlsa(const struct row_host *host)
{
	json_t *object = json_object();
	json_t *records = json_array();

	set(object, "state", text(host->tlsa_state));
	set_lookup(object, &host->tlsa);
	set_rrset(object, &host->tlsa);
	for (size_t i = 0; i < host->record_count; i++)
		append(records, tlsa_record(&host->records[i]));
	set(object, "records", records);
	return object;
}

static json_t *
tls(const struct row_tls *session)
{
	if (session == NULL)
		return json_null();
	json_t *object = json_object();
	json_t *chain = json_array();
	set(object, "version", text(session->version));
	set(object, "cipher", text(session->cipher));
	set(object, "group", text(session->group));
	set(object, "key", text(session->key));
	for (size_t i = 0; i < session->chain_len; i++)
		append(chain, hex(session->chain[i], 32));
	set(object, "chain", chain);
	return object;
}

static json_t *
match(const struct row_match *matched)
{
	if (matched == NULL)
		return json_null();
	json_t *object = json_object();
	set(object, "usage", json_integer(matched->usage));
	set(object, "selector", json_integer(matched->selector));
	set(object, "mtype", json_integer(matched->mtype));
	set(object, "depth", json_integer(matched->depth));
	set(object, "name", text(matched->name));
	return object;
}

static json_t *
pkix(const struct row_pkix *row)
{
	if (row == NULL)
		return json_null();
	json_t *object = json_object();
	set(object, "ok", json_boolean(row->error == 0));
	set(object, "error", json_integer(row->error));
	set(object, "reason", text(row->reason));
	set(object, "name", text(row->name));
	return object;
}

static json_t *
endpoint(const struct row_endpoint *row)
{
	json_t *object = json_object();

	set(object, "address", text(row->address));
	set(object, "port", json_integer(row->port));
	set(object, "class", text(row->class));
	set(object, "reason", text(row->reason));
	set(object, "detail", text(row->detail));
	set(object, "smtp_code", number_or_null(row->smtp_code, 0));
	set(object, "tls", tls(row->tls));
	set(object, "tls_other", tls(row->tls_other));
	set(object, "match", match(row->match));
	set(object, "dane_error", number_or_null(row->dane_error, -1));
	set(object, "min_seclevel", number_or_null(row->min_seclevel, -1));
	set(object, "flags", texts(row->flags, row->flag_count));
	set(object, "pkix", pkix(row->pkix));
	return object;
}

static json_t *
exchange(const struct row_mx *mx)
{
	const struct row_host *host = mx->host;
	json_t *object = json_object();
	json_t *endpoints = json_array();

	set(object, "host", text(host->host));
	set(object, "preference", json_integer(mx->preference));
	set(object, "class", text(host->class));
	set(object, "reason", text(host->reason));
	set(object, "base", text(host->base));
	set(object, "alias", text(host->alias));
	set(object, "a", address_lookup(&host->a));
	set(object, "aaaa", address_lookup(&host->aaaa));
	set(object, "tlsa", tlsa(host));
	for (size_t i = 0; i < host->endpoint_count; i++)
		append(endpoints, endpoint(&host->endpoints[i]));
	set(object, "endpoints", endpoints);
	set(object, "servers", server_array(host->servers, host->server_count));
	set(object, "extras", json_extras_host(host->extras));
	return object;
}

static json_t *
tag_object(const struct row_tag *tags, size_t count)
{
	json_t *object = json_object();
	struct buffer name = {0};

	for (size_t i = 0; i < count; i++) {
		name.len = 0;
		text_clean(&name, tags[i].name, strlen(tags[i].name));
		set(object, buffer_string(&name), text(tags[i].value));
	}
	buffer_free(&name);
	return object;
}

static json_t *
record_object(const char *scan, const struct row_domain *row)
{
	json_t *object = json_object();
	json_t *hosts = json_array();
	char time[21];

	json_time(time, row->time_us);
	set(object, "schema", json_integer(SCHEMA_VERSION));
	set(object, "scan", text(scan));
	set(object, "time", text(time));
	set(object, "line", json_integer((json_int_t)row->line));
	set(object, "domain", text(row->domain));
	set(object, "input", text(row->input));
	set(object, "class", text(row->class));
	set(object, "reason", text(row->reason));
	set(object, "reasons", texts(row->reasons, row->reason_count));
	set(object, "severity", text(row->severity));
	set(object, "half_dane", text(row->half_dane));
	set(object, "passes", json_integer(row->passes));
	set(object, "mx", mx_lookup(row));
	for (size_t i = 0; i < row->host_count; i++)
		append(hosts, exchange(&row->hosts[i]));
	set(object, "hosts", hosts);
	set(object, "extras", json_extras_domain(row->extras));
	set(object, "lint", texts(row->lint, row->lint_count));
	set(object, "flags", texts(row->flags, row->flag_count));
	set(object, "tags", tag_object(row->tags, row->tag_count));
	return object;
}

static int
dump_part(const char *data, size_t len, void *arg)
{
	buffer_add(arg, data, len);
	return 0;
}

/* Takes ownership of value. */
static void
dump(struct buffer *buffer, json_t *value)
{
	if (json_dump_callback(value, dump_part, buffer, JSON_COMPACT) != 0)
		abort();
	json_decref(value);
}

void
json_record(struct buffer *buffer, const char *scan,
	const struct row_domain *domain)
{
	dump(buffer, record_object(scan, domain));
}

void
json_mx(struct buffer *buffer, const struct row_mx *mx)
{
	dump(buffer, exchange(mx));
}

void
json_servers(
	struct buffer *buffer, const struct row_server *servers, size_t count)
{
	dump(buffer, server_array(servers, count));
}

void
json_extras(struct buffer *buffer, const struct row_extras *extras)
{
	dump(buffer, json_extras_domain(extras));
}

void
json_host_extras(struct buffer *buffer, const struct row_host_extras *extras)
{
	dump(buffer, json_extras_host(extras));
}

void
json_tags(struct buffer *buffer, const struct row_tag *tags, size_t count)
{
	dump(buffer, tag_object(tags, count));
}
