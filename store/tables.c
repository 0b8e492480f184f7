/* Which row goes into which table of the database, as COPY text. */
#include "store/tables.h"

#include <assert.h>
#include <string.h>

#include "store/copy.h"
#include "store/json.h"

/* The columns in the order in which the encoders below write them. */
static const struct {
	const char *name;
	const char *columns;
} TABLES[TABLE_COUNT] = {
	[TABLE_DOMAIN] = {"domain_row",
		"scan_id, line, time, domain, tld, class, reason, reasons, "
		"severity, half_dane, mx_status, mx_trust, mx_why, mx_ttl, "
		"mx_alias, implicit, lint, flags, tags, servers, passes, "
		"input, mx_algorithm, mx_sig_expires, extras, refused, "
		"mx_sig_begins, facts"},
	[TABLE_MX] = {"mx_row",
		"scan_id, domain, position, preference, host, run, class, "
		"reason, flags, view"},
	[TABLE_HOST] = {"host_row",
		"scan_id, run, host, provider, base, alias, class, reason, "
		"a_status, a_trust, a_why, a_ttl, "
		"aaaa_status, aaaa_trust, aaaa_why, aaaa_ttl, tlsa_state, "
		"tlsa_status, tlsa_trust, tlsa_why, tlsa_ttl, tlsa_alias, "
		"flags, servers, tlsa_algorithm, tlsa_sig_expires, extras, "
		"time, refused, cname_status, cname_trust, cname_why, "
		"tlsa_sig_begins, facts"},
	[TABLE_ENDPOINT] = {"endpoint_row",
		"scan_id, run, host, position, address, port, class, reason, "
		"detail, smtp_code, tls_version, cipher, tls_group, tls_key, "
		"chain, match_usage, match_selector, match_mtype, match_depth, "
		"match_name, dane_error, flags, other_version, other_cipher, "
		"other_group, other_key, other_chain, min_seclevel, "
		"pkix_error, pkix_reason, pkix_name, said, phase, failure, "
		"attempts, elapsed_ms, facts"},
	[TABLE_TLSA] = {"tlsa_row",
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

/* A word that the database was not told of is refused there, by name. */
static void
word(struct buffer *row, const struct tables_scope *scope, const char *label)
{
	int16_t code = label != NULL ? words_code(scope->words, label) : 0;

	if (code != 0)
		copy_int(row, code);
	else
		copy_text(row, label);
}

static void
words(struct buffer *row, const struct tables_scope *scope,
	const char *const *labels, size_t count)
{
	int16_t codes[ROW_LABELS_MAX];

	assert(count <= ROW_LABELS_MAX);
	for (size_t i = 0; i < count; i++) {
		codes[i] = words_code(scope->words, labels[i]);
		if (codes[i] == 0) {
			copy_texts(row, &labels[i], 1);
			return;
		}
	}
	copy_ints(row, codes, count);
}

/* Most lists are empty, and NULL takes no room. */
static void
words_or_null(struct buffer *row, const struct tables_scope *scope,
	const char *const *labels, size_t count)
{
	if (count == 0)
		copy_null(row);
	else
		words(row, scope, labels, count);
}

static void
int_or_null(struct buffer *row, int64_t value, int64_t none)
{
	if (value == none)
		copy_null(row);
	else
		copy_int(row, value);
}

static void
lookup(struct buffer *row, const struct tables_scope *scope,
	const struct row_lookup *answer)
{
	word(row, scope, answer->status);
	word(row, scope, answer->trust);
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
lookup_or_null(struct buffer *row, const struct tables_scope *scope,
	const struct row_lookup *answer)
{
	if (answer->status == NULL || strcmp(answer->status, "skipped") == 0) {
		for (int i = 0; i < 3; i++)
			copy_null(row);
		return;
	}
	word(row, scope, answer->status);
	word(row, scope, answer->trust);
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
pkix(struct buffer *row, const struct tables_scope *scope,
	const struct row_pkix *judged)
{
	if (judged == NULL) {
		for (int i = 0; i < 3; i++)
			copy_null(row);
		return;
	}
	copy_int(row, judged->error);
	word(row, scope, judged->reason);
	copy_text(row, judged->name);
}

static void
endpoint(struct buffer *row, const struct tables_scope *scope,
	const struct row_endpoint *end)
{
	copy_text(row, end->address);
	copy_int(row, end->port);
	word(row, scope, end->class);
	word(row, scope, end->reason);
	copy_text(row, end->detail);
	int_or_null(row, end->smtp_code, 0);
	tls(row, end->tls);
	match(row, end->match);
	int_or_null(row, end->dane_error, -1);
	words_or_null(row, scope, end->flags, end->flag_count);
	tls(row, end->tls_other);
	int_or_null(row, end->min_seclevel, -1);
	pkix(row, scope, end->pkix);
	copy_text(row, end->said);
	word(row, scope, end->phase);
	word(row, scope, end->failure);
	int_or_null(row, end->attempts, 0);
	int_or_null(row, end->elapsed_ms, 0);
	words_or_null(row, scope, end->facts, end->fact_count);
	copy_end(row);
}

static void
tlsa(struct buffer *row, const struct tables_scope *scope,
	const struct row_tlsa *record)
{
	copy_int(row, record->usage);
	copy_int(row, record->selector);
	copy_int(row, record->mtype);
	copy_bytes(row, record->data, record->len);
	copy_bool(row, record->usable);
	word(row, scope, record->why);
	if (record->match < 0)
		copy_null(row);
	else
		copy_bool(row, record->match != 0);
	int_or_null(row, record->depth, -1);
	word(row, scope, record->hint);
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
	word(row, scope, host->class);
	word(row, scope, host->reason);
	lookup(row, scope, &host->a);
	lookup(row, scope, &host->aaaa);
	word(row, scope, host->tlsa_state);
	lookup(row, scope, &host->tlsa);
	copy_text(row, host->tlsa.alias);
	words_or_null(row, scope, host->flags, host->flag_count);
	servers_or_null(row, host->servers, host->server_count);
	signature(row, &host->tlsa);
	host_extras_or_null(row, host->extras);
	copy_seconds(row, host->time_s);
	word(row, scope, host->refused);
	lookup_or_null(row, scope, &host->cname);
	signed_from(row, &host->tlsa);
	words_or_null(row, scope, host->facts, host->fact_count);
	copy_end(row);
	for (size_t i = 0; i < host->endpoint_count; i++) {
		host_key(&tables[TABLE_ENDPOINT], scope, host);
		copy_int(&tables[TABLE_ENDPOINT], (int64_t)i);
		endpoint(&tables[TABLE_ENDPOINT], scope, &host->endpoints[i]);
	}
	for (size_t i = 0; i < host->record_count; i++) {
		host_key(&tables[TABLE_TLSA], scope, host);
		copy_int(&tables[TABLE_TLSA], (int64_t)i);
		tlsa(&tables[TABLE_TLSA], scope, &host->records[i]);
	}
}

/* NULL stands for the one reason, or for none. */
static void
reasons(struct buffer *row, const struct tables_scope *scope,
	const struct row_domain *domain)
{
	bool same = domain->reason == NULL
			    ? domain->reason_count == 0
			    : domain->reason_count == 1 &&
				      strcmp(domain->reasons[0],
					      domain->reason) == 0;

	if (same)
		copy_null(row);
	else
		words(row, scope, domain->reasons, domain->reason_count);
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
	word(row, scope, domain->class);
	word(row, scope, domain->reason);
	reasons(row, scope, domain);
	word(row, scope, domain->severity);
	word(row, scope, domain->half_dane);
	lookup(row, scope, &domain->mx);
	copy_text(row, domain->mx.alias);
	copy_bool(row, domain->implicit);
	words_or_null(row, scope, domain->lint, domain->lint_count);
	words_or_null(row, scope, domain->flags, domain->flag_count);
	tags(row, domain);
	servers_or_null(row, domain->servers, domain->server_count);
	copy_int(row, domain->passes);
	copy_text(row, domain->input);
	signature(row, &domain->mx);
	extras_or_null(row, domain->extras);
	word(row, scope, domain->refused);
	signed_from(row, &domain->mx);
	words_or_null(row, scope, domain->facts, domain->fact_count);
	copy_end(row);
}

static void
view(struct buffer *row, const struct tables_scope *scope,
	const struct row_mx *mx, bool whole)
{
	struct buffer json = {0};

	if (!whole) {
		copy_null(row);
		copy_null(row);
		return;
	}
	words_or_null(row, scope, mx->host->flags, mx->host->flag_count);
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
	word(row, scope, mx->host->class);
	word(row, scope, mx->host->reason);
	view(row, scope, mx, whole);
	copy_end(row);
}
