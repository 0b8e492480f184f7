/* Rows of the database back to the rows that they were encoded from. */
#include "store/unrow.h"

#include <stdio.h>
#include <string.h>

/* The columns of one look-up have a common beginning: "mx_status". */
static const json_t *
column(const json_t *object, const char *prefix, const char *name)
{
	char column[32];

	(void)snprintf(column, sizeof(column), "%s_%s", prefix, name);
	return json_object_get(object, column);
}

static int64_t
number(const json_t *value, int64_t none)
{
	return json_is_integer(value) ? json_integer_value(value) : none;
}

static struct row_lookup
lookup(const json_t *object, const char *prefix)
{
	struct row_lookup row = {
		.status = json_string_value(column(object, prefix, "status")),
		.trust = json_string_value(column(object, prefix, "trust")),
		.why = json_string_value(column(object, prefix, "why")),
		.alias = json_string_value(column(object, prefix, "alias")),
		.ttl_s = number(column(object, prefix, "ttl"), -1),
		.algorithm = (uint8_t)number(
			column(object, prefix, "algorithm"), 0),
		.sig_expires = number(
			column(object, prefix, "sig_expires_s"), 0),
		.sig_begins = number(column(object, prefix, "sig_begins_s"), 0),
	};

	if (row.status == NULL)
		row.status = "skipped";
	return row;
}

static const struct row_tls *
tls(struct unjson_pool *pool, const json_t *object, const char *prefix,
	const char *cipher, const json_t *chain)
{
	struct row_tls *row;
	uint8_t(*digests)[32];
	size_t count = json_array_size(chain);

	if (!json_is_string(column(object, prefix, "version")))
		return NULL;
	digests = unjson_take(pool, count * sizeof(*digests));
	for (size_t i = 0; i < count; i++) {
		const uint8_t *bytes;

		if (unjson_bytes(pool, json_array_get(chain, i), &bytes) ==
			sizeof(*digests))
			memcpy(digests[i], bytes, sizeof(*digests));
	}
	row = unjson_take(pool, sizeof(*row));
	*row = (struct row_tls){
		.version = json_string_value(column(object, prefix, "version")),
		.cipher = cipher,
		.group = json_string_value(column(object, prefix, "group")),
		.key = json_string_value(column(object, prefix, "key")),
		.chain = (const uint8_t(*)[32])digests,
		.chain_len = count,
	};
	return row;
}

static const struct row_pkix *
pkix(struct unjson_pool *pool, const json_t *object)
{
	struct row_pkix *row;

	if (!json_is_integer(json_object_get(object, "pkix_error")))
		return NULL;
	row = unjson_take(pool, sizeof(*row));
	row->error = (int)unjson_int(object, "pkix_error", 0);
	row->reason = unjson_text(object, "pkix_reason");
	row->name = unjson_text(object, "pkix_name");
	return row;
}

static void
endpoint(struct unjson_pool *pool, const json_t *object,
	struct row_endpoint *row)
{
	*row = (struct row_endpoint){
		.address = unjson_text(object, "address"),
		.port = (uint16_t)unjson_int(object, "port", 0),
		.class = unjson_text(object, "class"),
		.reason = unjson_text(object, "reason"),
		.detail = unjson_text(object, "detail"),
		.said = unjson_text(object, "said"),
		.phase = unjson_text(object, "phase"),
		.failure = unjson_text(object, "failure"),
		.attempts = (uint8_t)unjson_int(object, "attempts", 0),
		.elapsed_ms = (uint32_t)unjson_int(object, "elapsed_ms", 0),
		.smtp_code = (int)unjson_int(object, "smtp_code", 0),
		.tls = tls(pool, object, "tls", unjson_text(object, "cipher"),
			json_object_get(object, "chain")),
		.tls_other = tls(pool, object, "other",
			unjson_text(object, "other_cipher"),
			json_object_get(object, "other_chain")),
		.pkix = pkix(pool, object),
	};
	row->flag_count = unjson_texts(pool, object, "flags", &row->flags);
	row->fact_count = unjson_texts(pool, object, "facts", &row->facts);
}

static void
record(struct unjson_pool *pool, const json_t *object, struct row_tlsa *row)
{
	*row = (struct row_tlsa){
		.usage = (uint8_t)unjson_int(object, "usage", 0),
		.selector = (uint8_t)unjson_int(object, "selector", 0),
		.mtype = (uint8_t)unjson_int(object, "mtype", 0),
		.short_rdata = unjson_bool(object, "short_rdata"),
	};
	row->len = unjson_bytes(
		pool, json_object_get(object, "data"), &row->data);
}

static void
host_parts(struct unjson_pool *pool, const json_t *object, struct row_host *row)
{
	const json_t *ends = json_object_get(object, "endpoints");
	const json_t *records = json_object_get(object, "records");
	struct row_endpoint *endpoints = unjson_take(
		pool, json_array_size(ends) * sizeof(*endpoints));
	struct row_tlsa *tlsa = unjson_take(
		pool, json_array_size(records) * sizeof(*tlsa));

	row->endpoint_count = json_array_size(ends);
	for (size_t i = 0; i < row->endpoint_count; i++)
		endpoint(pool, json_array_get(ends, i), &endpoints[i]);
	row->endpoints = endpoints;
	row->record_count = json_array_size(records);
	for (size_t i = 0; i < row->record_count; i++)
		record(pool, json_array_get(records, i), &tlsa[i]);
	row->records = tlsa;
}

void
unrow_host(struct unjson_pool *pool, const json_t *object, struct row_host *row)
{
	*row = (struct row_host){
		.host = unjson_text(object, "host"),
		.provider = unjson_text(object, "provider"),
		.base = unjson_text(object, "base"),
		.alias = unjson_text(object, "alias"),
		.time_s = unjson_int(object, "time_s", 0),
		.refused = unjson_text(object, "refused"),
		.a = lookup(object, "a"),
		.aaaa = lookup(object, "aaaa"),
		.cname = lookup(object, "cname"),
		.tlsa = lookup(object, "tlsa"),
		.extras = unrow_host_extras(
			pool, json_object_get(object, "extras")),
	};
	row->server_count = unrow_servers(
		pool, json_object_get(object, "servers"), &row->servers);
	row->flag_count = unjson_texts(pool, object, "flags", &row->flags);
	row->fact_count = unjson_texts(pool, object, "facts", &row->facts);
	host_parts(pool, object, row);
}

static void
exchanges(struct unjson_pool *pool, const json_t *object,
	struct row_domain *row, const int64_t **runs)
{
	const json_t *list = json_object_get(object, "mx");
	size_t count = json_array_size(list);
	struct row_mx *mx = unjson_take(pool, count * sizeof(*mx));
	struct row_host *hosts = unjson_take(pool, count * sizeof(*hosts));
	int64_t *all = unjson_take(pool, count * sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);

		hosts[i].host = json_string_value(json_array_get(one, 1));
		mx[i].host = &hosts[i];
		mx[i].preference = (uint16_t)number(json_array_get(one, 0), 0);
		all[i] = number(json_array_get(one, 2), 0);
	}
	row->hosts = mx;
	row->host_count = count;
	*runs = all;
}

void
unrow_domain(struct unjson_pool *pool, const json_t *object,
	struct row_domain *row, const int64_t **runs)
{
	*row = (struct row_domain){
		.line = (uint64_t)unjson_int(object, "line", 0),
		.time_us = unjson_int(object, "time_us", 0),
		.domain = unjson_text(object, "domain"),
		.tld = unjson_text(object, "tld"),
		.passes = (unsigned)unjson_int(object, "passes", 1),
		.refused = unjson_text(object, "refused"),
		.mx = lookup(object, "mx"),
		.implicit = unjson_bool(object, "implicit"),
		.extras = unrow_extras(pool, json_object_get(object, "extras")),
	};
	row->server_count = unrow_servers(
		pool, json_object_get(object, "servers"), &row->servers);
	row->flag_count = unjson_texts(pool, object, "flags", &row->flags);
	row->fact_count = unjson_texts(pool, object, "facts", &row->facts);
	exchanges(pool, object, row, runs);
}
