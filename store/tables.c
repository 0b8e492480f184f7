/* Which row goes into which table of the database, as COPY text. */
#include "store/tables.h"

#include <string.h>

#include "store/copy.h"
#include "store/json.h"

/* The columns in the order in which the encoders below write them. */
static const struct {
	const char *name;
	const char *columns;
} TABLES[TABLE_COUNT] = {
	[TABLE_DOMAIN] = {"domain_obs",
		"scan_id, line, time, domain, tld, class, reason, reasons, "
		"severity, half_dane, mx_status, mx_trust, mx_why, mx_ttl, "
		"mx_alias, implicit, lint, flags, tags, servers, passes, "
		"input, mx_algorithm, mx_sig_expires, extras, refused, "
		"mx_sig_begins, facts"},
	[TABLE_MX] = {"mx_obs",
		"scan_id, domain, position, preference, host, run, class, "
		"reason, flags, view"},
	[TABLE_HOST] = {"host_obs",
		"scan_id, run, host, provider, base, alias, class, reason, "
		"a_status, a_trust, a_why, a_ttl, "
		"aaaa_status, aaaa_trust, aaaa_why, aaaa_ttl, tlsa_state, "
		"tlsa_status, tlsa_trust, tlsa_why, tlsa_ttl, tlsa_alias, "
		"flags, servers, tlsa_algorithm, tlsa_sig_expires, extras, "
		"time, refused, cname_status, cname_trust, cname_why, "
		"tlsa_sig_begins, facts"},
	[TABLE_ENDPOINT] = {"endpoint_obs",
		"scan_id, run, host, position, address, port, class, reason, "
		"detail, smtp_code, tls_version, cipher, tls_group, tls_key, "
		"chain, match_usage, match_selector, match_mtype, match_depth, "
		"match_name, dane_error, flags, other_version, other_cipher, "
		"other_group, other_key, other_chain, min_seclevel, "
		"pkix_error, pkix_reason, pkix_name, said, phase, failure, "
		"attempts, elapsed_ms, facts"},
	[TABLE_TLSA] = {"tlsa_obs",
		"scan_id, run, host, position, usage, selector, mtype, data, "
		"usable, why, match, depth, hint, short_rdata"},
	[TABLE_CERTIFICATE] = {"stage_certificate",
		"sha256, spki_sha256, der, subject, issuer, not_before, "
		"not_after, key, spki_sha512"},
};

void
tables_copy_sql(
	struct buffer *sql, enum table table, const struct tables_scope *scope)
{
	if (table == TABLE_CERTIFICATE)
		buffer_format(sql, "COPY pg_temp.%s (%s) FROM STDIN;",
			TABLES[table].name, TABLES[table].columns);
	else
		buffer_format(sql, "COPY dane.%s_%lld (%s) FROM STDIN;",
			TABLES[table].name, (long long)scope->scan_id,
			TABLES[table].columns);
}

void
tables_again_sql(struct buffer *sql, enum table table)
{
	buffer_format(sql, "COPY pg_temp.%s (%s) FROM STDIN",
		TABLES[table].name, TABLES[table].columns);
}

const char *
tables_stage_sql(void)
{
	return "CREATE TEMP TABLE stage_certificate "
	       "(LIKE dane.certificate INCLUDING DEFAULTS) "
	       "ON COMMIT DELETE ROWS;";
}

/* In one order for all scanners, so that two never wait for each other. */
const char *
tables_unstage_sql(void)
{
	return "INSERT INTO dane.certificate AS c "
	       "SELECT DISTINCT ON (sha256) * FROM pg_temp.stage_certificate "
	       "ORDER BY sha256 ON CONFLICT (sha256) DO UPDATE "
	       "SET last_seen = greatest(c.last_seen, excluded.last_seen);";
}

void
tables_certificate(
	struct buffer *tables, const struct row_certificate *certificate)
{
	struct buffer *row = &tables[TABLE_CERTIFICATE];

	copy_bytes(row, certificate->sha256, 32);
	copy_bytes(row, certificate->spki_sha256, 32);
	copy_bytes(row, certificate->der, certificate->len);
	copy_text(row, certificate->subject);
	copy_text(row, certificate->issuer);
	copy_seconds(row, certificate->not_before);
	copy_seconds(row, certificate->not_after);
	copy_text(row, certificate->key);
	copy_bytes(row, certificate->spki_sha512, 64);
	copy_end(row);
}

static void
int_or_null(struct buffer *row, int64_t value, int64_t none)
{
	if (value == none)
		copy_null(row);
	else
		copy_int(row, value);
}

/* Most lists are empty, and NULL takes no room. */
static void
texts_or_null(struct buffer *row, const char *const *texts, size_t count)
{
	if (count == 0)
		copy_null(row);
	else
		copy_texts(row, texts, count);
}

static void
lookup(struct buffer *row, const struct row_lookup *answer)
{
	copy_text(row, answer->status);
	copy_text(row, answer->trust);
	copy_text(row, answer->why);
	int_or_null(row, answer->ttl_s, -1);
}

static void
signature(struct buffer *row, const struct row_lookup *answer)
{
	int_or_null(row, answer->algorithm, 0);
	if (answer->algorithm == 0)
		copy_null(row);
	else
		copy_seconds(row, answer->sig_expires);
}

/* When it begins to hold. */
static void
signed_from(struct buffer *row, const struct row_lookup *answer)
{
	if (answer->algorithm == 0)
		copy_null(row);
	else
		copy_seconds(row, answer->sig_begins);
}

/* A look-up that is seldom made. */
static void
lookup_or_null(struct buffer *row, const struct row_lookup *answer)
{
	if (answer->status == NULL || strcmp(answer->status, "skipped") == 0) {
		for (int i = 0; i < 3; i++)
			copy_null(row);
		return;
	}
	copy_text(row, answer->status);
	copy_text(row, answer->trust);
	copy_text(row, answer->why);
}

static void
servers_or_null(
	struct buffer *row, const struct row_server *servers, size_t count)
{
	struct buffer json = {0};

	if (count == 0) {
		copy_null(row);
		return;
	}
	json_servers(&json, servers, count);
	copy_octets(row, json.data, json.len);
	buffer_free(&json);
}

static void
extras_or_null(struct buffer *row, const struct row_extras *extras)
{
	struct buffer json = {0};

	if (extras == NULL) {
		copy_null(row);
		return;
	}
	json_extras(&json, extras);
	copy_octets(row, json.data, json.len);
	buffer_free(&json);
}

static void
host_extras_or_null(struct buffer *row, const struct row_host_extras *extras)
{
	struct buffer json = {0};

	if (extras == NULL) {
		copy_null(row);
		return;
	}
	json_host_extras(&json, extras);
	copy_octets(row, json.data, json.len);
	buffer_free(&json);
}

static void
host_key(struct buffer *row, const struct tables_scope *scope,
	const struct row_host *host)
{
	copy_int(row, scope->scan_id);
	copy_int(row, scope->run);
	copy_text(row, host->host);
}

static void
tls(struct buffer *row, const struct row_tls *session)
{
	if (session == NULL) {
		for (int i = 0; i < 5; i++)
			copy_null(row);
		return;
	}
	copy_text(row, session->version);
	copy_text(row, session->cipher);
	copy_text(row, session->group);
	copy_text(row, session->key);
	copy_digests(row, session->chain, session->chain_len);
}

static void
match(struct buffer *row, const struct row_match *matched)
{
	if (matched == NULL) {
		for (int i = 0; i < 5; i++)
			copy_null(row);
		return;
	}
	copy_int(row, matched->usage);
	copy_int(row, matched->selector);
	copy_int(row, matched->mtype);
	copy_int(row, matched->depth);
	copy_text(row, matched->name);
}

static void
pkix(struct buffer *row, const struct row_pkix *judged)
{
	if (judged == NULL) {
		for (int i = 0; i < 3; i++)
			copy_null(row);
		return;
	}
	copy_int(row, judged->error);
	copy_text(row, judged->reason);
	copy_text(row, judged->name);
}

static void
endpoint(struct buffer *row, const struct row_endpoint *end)
{
	copy_text(row, end->address);
	copy_int(row, end->port);
	copy_text(row, end->class);
	copy_text(row, end->reason);
	copy_text(row, end->detail);
	int_or_null(row, end->smtp_code, 0);
	tls(row, end->tls);
	match(row, end->match);
	int_or_null(row, end->dane_error, -1);
	texts_or_null(row, end->flags, end->flag_count);
	tls(row, end->tls_other);
	int_or_null(row, end->min_seclevel, -1);
	pkix(row, end->pkix);
	copy_text(row, end->said);
	copy_text(row, end->phase);
	copy_text(row, end->failure);
	int_or_null(row, end->attempts, 0);
	int_or_null(row, end->elapsed_ms, 0);
	texts_or_null(row, end->facts, end->fact_count);
	copy_end(row);
}

static void
tlsa(struct buffer *row, const struct row_tlsa *record)
{
	copy_int(row, record->usage);
	copy_int(row, record->selector);
	copy_int(row, record->mtype);
	copy_bytes(row, record->data, record->len);
	copy_bool(row, record->usable);
	copy_text(row, record->why);
	if (record->match < 0)
		copy_null(row);
	else
		copy_bool(row, record->match != 0);
	int_or_null(row, record->depth, -1);
	copy_text(row, record->hint);
	if (record->short_rdata)
		copy_bool(row, true);
	else
		copy_null(row);
	copy_end(row);
}

void
tables_host(struct buffer *tables, const struct tables_scope *scope,
	const struct row_host *host)
{
	struct buffer *row = &tables[TABLE_HOST];

	host_key(row, scope, host);
	copy_text(row, host->provider);
	copy_text(row, host->base);
	copy_text(row, host->alias);
	copy_text(row, host->class);
	copy_text(row, host->reason);
	lookup(row, &host->a);
	lookup(row, &host->aaaa);
	copy_text(row, host->tlsa_state);
	lookup(row, &host->tlsa);
	copy_text(row, host->tlsa.alias);
	texts_or_null(row, host->flags, host->flag_count);
	servers_or_null(row, host->servers, host->server_count);
	signature(row, &host->tlsa);
	host_extras_or_null(row, host->extras);
	copy_seconds(row, host->time_s);
	copy_text(row, host->refused);
	lookup_or_null(row, &host->cname);
	signed_from(row, &host->tlsa);
	texts_or_null(row, host->facts, host->fact_count);
	copy_end(row);
	for (size_t i = 0; i < host->endpoint_count; i++) {
		host_key(&tables[TABLE_ENDPOINT], scope, host);
		copy_int(&tables[TABLE_ENDPOINT], (int64_t)i);
		endpoint(&tables[TABLE_ENDPOINT], &host->endpoints[i]);
	}
	for (size_t i = 0; i < host->record_count; i++) {
		host_key(&tables[TABLE_TLSA], scope, host);
		copy_int(&tables[TABLE_TLSA], (int64_t)i);
		tlsa(&tables[TABLE_TLSA], &host->records[i]);
	}
}

/* NULL stands for the one reason, or for none. */
static void
reasons(struct buffer *row, const struct row_domain *domain)
{
	bool same = domain->reason == NULL
			    ? domain->reason_count == 0
			    : domain->reason_count == 1 &&
				      strcmp(domain->reasons[0],
					      domain->reason) == 0;

	if (same)
		copy_null(row);
	else
		copy_texts(row, domain->reasons, domain->reason_count);
}

static void
tags(struct buffer *row, const struct row_domain *domain)
{
	struct buffer json = {0};

	if (domain->tag_count == 0) {
		copy_null(row);
		return;
	}
	json_tags(&json, domain->tags, domain->tag_count);
	copy_octets(row, json.data, json.len);
	buffer_free(&json);
}

void
tables_domain(struct buffer *tables, const struct tables_scope *scope,
	const struct row_domain *domain)
{
	struct buffer *row = &tables[TABLE_DOMAIN];

	copy_int(row, scope->scan_id);
	copy_int(row, (int64_t)domain->line);
	copy_time(row, domain->time_us);
	copy_text(row, domain->domain);
	copy_text(row, domain->tld);
	copy_text(row, domain->class);
	copy_text(row, domain->reason);
	reasons(row, domain);
	copy_text(row, domain->severity);
	copy_text(row, domain->half_dane);
	lookup(row, &domain->mx);
	copy_text(row, domain->mx.alias);
	copy_bool(row, domain->implicit);
	texts_or_null(row, domain->lint, domain->lint_count);
	texts_or_null(row, domain->flags, domain->flag_count);
	tags(row, domain);
	servers_or_null(row, domain->servers, domain->server_count);
	copy_int(row, domain->passes);
	copy_text(row, domain->input);
	signature(row, &domain->mx);
	extras_or_null(row, domain->extras);
	copy_text(row, domain->refused);
	signed_from(row, &domain->mx);
	texts_or_null(row, domain->facts, domain->fact_count);
	copy_end(row);
}

static void
view(struct buffer *row, const struct row_mx *mx, bool whole)
{
	struct buffer json = {0};

	if (!whole) {
		copy_null(row);
		copy_null(row);
		return;
	}
	texts_or_null(row, mx->host->flags, mx->host->flag_count);
	json_mx(&json, mx);
	copy_octets(row, json.data, json.len);
	buffer_free(&json);
}

void
tables_mx(struct buffer *tables, const struct tables_scope *scope,
	const struct row_domain *domain, size_t position, bool whole)
{
	const struct row_mx *mx = &domain->hosts[position];
	struct buffer *row = &tables[TABLE_MX];

	copy_int(row, scope->scan_id);
	copy_text(row, domain->domain);
	copy_int(row, (int64_t)position);
	copy_int(row, mx->preference);
	copy_text(row, mx->host->host);
	copy_int(row, scope->run);
	copy_text(row, mx->host->class);
	copy_text(row, mx->host->reason);
	view(row, mx, whole);
	copy_end(row);
}
