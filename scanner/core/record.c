/*
 * Facts and verdicts to rows.
 */
#include "scanner/core/record.h"

#include <string.h>

#include "resolver/answer.h"
#include "resolver/name.h"
#include "scanner/core/certificate.h"
#include "scanner/core/dane.h"
#include "scanner/core/mark.h"
#include "scanner/core/record_extras.h"
#include "scanner/core/vocabulary.h"

struct row_lookup
record_lookup(const struct fact_lookup *fact)
{
	bool data = fact->status == ANSWER_DATA && fact->trust != ANSWER_BOGUS;

	return (struct row_lookup){
		.status = answer_status_label(fact->status),
		.trust = answer_trust_label(fact->trust),
		.why = fact->why,
		.alias = fact->alias,
		/* Of a bogus answer not even the TTL is to be believed. */
		.ttl_s = data ? (int64_t)fact->ttl_s : -1,
		.sig_expires = fact->sig_expiration,
		.sig_begins = fact->sig_inception,
	};
}

static struct row_lookup
signed_row(const struct fact_lookup *fact, uint8_t algorithm)
{
	struct row_lookup row = record_lookup(fact);

	row.algorithm = algorithm;
	return row;
}

/* The labels of the bits set, by a function that gives that of one code. */
static const char *const *
labels(uint64_t bits, const char *(*label)(unsigned), size_t *count,
	struct arena *arena)
{
	const char **list;

	*count = 0;
	for (uint64_t rest = bits; rest != 0; rest &= rest - 1)
		(*count)++;
	list = arena_alloc(arena, *count * sizeof(*list));
	*count = 0;
	for (unsigned code = 0; code < 8 * sizeof(bits); code++)
		if (bits & (uint64_t)1 << code)
			list[(*count)++] = label(code);
	return list;
}

static const char *
flag_label(unsigned code)
{
	return vocabulary_flag((enum flag)code);
}

static const char *
lint_label(unsigned code)
{
	return vocabulary_lint((enum lint)code);
}

static const char *
record_cause(const struct verdict_host *host, size_t i)
{
	const struct verdict_record *verdict = &host->records[i];

	if (verdict->usability != USABILITY_OK)
		return vocabulary_usability(verdict->usability);
	/* RFC 6698 section 4.1: well formed, but not authenticated. */
	return host->tlsa == TLSA_INSECURE ? vocabulary_reason(host->reason)
					   : NULL;
}

static const struct row_tlsa *
tlsa_rows(const struct verdict_host *host, struct arena *arena)
{
	const struct fact_host *fact = host->fact;
	struct row_tlsa *rows = arena_alloc(
		arena, fact->record_count * sizeof(*rows));

	for (size_t i = 0; i < fact->record_count; i++) {
		const struct fact_tlsa *record = &fact->records[i];
		const struct verdict_record *verdict = &host->records[i];

		rows[i] = (struct row_tlsa){
			.usage = record->usage,
			.selector = record->selector,
			.mtype = record->mtype,
			.data = record->data,
			.len = record->len,
			.usable = record_cause(host, i) == NULL,
			.why = record_cause(host, i),
			.match = verdict->judged ? verdict->matched : -1,
			.depth = verdict->depth,
			.hint = vocabulary_hint(verdict->hint),
			.short_rdata = record->short_rdata,
		};
	}
	return rows;
}

static const struct row_tls *
tls_row(const struct fact_tls *tls, struct arena *arena)
{
	struct row_tls *row;
	uint8_t(*chain)[32];

	if (tls == NULL)
		return NULL;
	chain = arena_alloc(arena, tls->chain_len * sizeof(*chain));
	for (size_t i = 0; i < tls->chain_len; i++)
		memcpy(chain[i], tls->chain[i].sha256, sizeof(chain[i]));
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_tls){
		.version = tls->version,
		.cipher = tls->cipher,
		.group = tls->group,
		.key = tls->key,
		.chain = (const uint8_t(*)[32])chain,
		.chain_len = tls->chain_len,
	};
	return row;
}

static const struct row_match *
match_row(const struct dane_match *match, const struct fact_host *host,
	struct arena *arena)
{
	struct row_match *row;

	if (!match->found)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_match){
		.usage = host->records[match->record].usage,
		.selector = host->records[match->record].selector,
		.mtype = host->records[match->record].mtype,
		.depth = match->depth,
		.name = match->name,
	};
	return row;
}

static const struct row_pkix *
pkix_row(const struct pkix_result *pkix, struct arena *arena)
{
	struct row_pkix *row;

	if (!pkix->judged)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_pkix){
		.error = pkix->error,
		.reason = vocabulary_pkix(pkix->reason),
		.name = pkix->name,
	};
	return row;
}

/* Is the error's own number and place worth more than the reason? */
static bool
is_detailed(const struct dane_result *dane)
{
	bool issuer = dane->error_depth > 0;

	return dane->error > 0 &&
	       (dane->reason == REASON_CHAIN_INVALID ||
		       dane->reason == REASON_KEY_TOO_WEAK ||
		       dane->reason == REASON_MD_TOO_WEAK ||
		       (dane->reason == REASON_CERT_EXPIRED && issuer) ||
		       (dane->reason == REASON_CERT_NOT_YET_VALID && issuer));
}

/* What OpenSSL says of this chain; NULL where the reason says it all. */
static const char *
chain_detail(const struct dane_result *dane, bool agility, struct arena *arena)
{
	bool anchor = dane->match.found &&
		      dane->error_depth == dane->match.depth;

	if (dane->reason == REASON_DANE_NO_MATCH && agility)
		return "agility";
	if (!is_detailed(dane))
		return NULL;
	return arena_printf(arena, "error %d at depth %d%s: %s", dane->error,
		dane->error_depth, anchor ? " (ta)" : "",
		dane_error_text(dane->error));
}

static const char *
endpoint_detail(const struct fact_endpoint *fact,
	const struct verdict_endpoint *verdict, struct arena *arena)
{
	bool other = verdict->other.reason == verdict->reason &&
		     verdict->dane.reason != verdict->reason;
	const struct dane_result *dane = other ? &verdict->other
					       : &verdict->dane;
	const char *detail;

	if (verdict->reason == REASON_NONE || dane->reason != verdict->reason)
		return fact->detail;
	detail = chain_detail(
		dane, verdict->flags & FLAG_BIT(FLAG_AGILITY), arena);
	if (verdict->failed_key == FACT_KEY_ANY)
		return detail != NULL ? detail : fact->detail;
	/* Of two keys, which one it is (CONFORMANCE D34). */
	return arena_printf(arena, "%s%s%s",
		fact_key_label(verdict->failed_key), detail != NULL ? ": " : "",
		detail != NULL ? detail : "");
}

static const char *
said(const struct fact_endpoint *fact, const char *detail)
{
	const char *words = fact->detail != NULL ? fact->detail : "";

	return strcmp(words, detail != NULL ? detail : "") == 0 ? NULL : words;
}

/* CONFORMANCE E10: a client of a higher level refuses the address, or one of
   its two keys. */
static int
min_seclevel(const struct fact_endpoint *fact,
	const struct verdict_endpoint *verdict)
{
	bool two = fact_has_other_key(fact);

	if (verdict->dane.usable == 0 || verdict->dane.error != 0 ||
		(two && verdict->other.error != 0))
		return -1;
	return two && verdict->other.level < verdict->dane.level
		       ? verdict->other.level
		       : verdict->dane.level;
}

static struct row_endpoint
endpoint_row(const struct fact_endpoint *fact,
	const struct verdict_endpoint *verdict, const struct fact_host *host,
	struct arena *arena)
{
	struct row_endpoint row = {
		.port = fact->port,
		.class = vocabulary_endpoint_class(verdict->class),
		.reason = vocabulary_reason(verdict->reason),
		.detail = endpoint_detail(fact, verdict, arena),
		.smtp_code = fact->smtp_code,
		.tls = tls_row(fact->tls, arena),
		.tls_other = tls_row(fact->other, arena),
		.match = match_row(&verdict->dane.match, host, arena),
		.dane_error = verdict->dane.usable > 0 ? verdict->dane.error
						       : -1,
		.min_seclevel = min_seclevel(fact, verdict),
		.pkix = pkix_row(&verdict->pkix, arena),
		.phase = fact->phase == FACT_PHASE_DONE
				 ? NULL
				 : fact_phase_label(fact->phase),
		.failure = vocabulary_reason(fact->failure),
		.attempts = fact->attempts,
		.elapsed_ms = fact->elapsed_ms,
	};
	char address[46];

	row.said = said(fact, row.detail);
	row.facts = mark_labels(MARK_ENDPOINT, fact, &row.fact_count, arena);

	fact_address_text(&fact->address, address);
	row.address = arena_strdup(arena, address);
	row.flags = labels(verdict->flags, flag_label, &row.flag_count, arena);
	return row;
}

static const struct row_endpoint *
endpoint_rows(const struct verdict_host *host, struct arena *arena)
{
	const struct fact_host *fact = host->fact;
	struct row_endpoint *rows = arena_alloc(
		arena, fact->endpoint_count * sizeof(*rows));

	for (size_t i = 0; i < fact->endpoint_count; i++)
		rows[i] = endpoint_row(
			&fact->endpoints[i], &host->endpoints[i], fact, arena);
	return rows;
}

static const char *
type_label(enum answer_type type)
{
	switch (type) {
	case ANSWER_TYPE_A:
		return "A";
	case ANSWER_TYPE_MX:
		return "MX";
	case ANSWER_TYPE_AAAA:
		return "AAAA";
	case ANSWER_TYPE_TLSA:
		return "TLSA";
	case ANSWER_TYPE_NS:
	case ANSWER_TYPE_CNAME:
	case ANSWER_TYPE_SOA:
	case ANSWER_TYPE_PTR:
	case ANSWER_TYPE_TXT:
	case ANSWER_TYPE_DS:
	case ANSWER_TYPE_DNSKEY:
	case ANSWER_TYPE_NSEC3PARAM:
		break;
	}
	return NULL; /* nobody is asked for these */
}

const struct row_server *
record_servers(
	const struct fact_server *servers, size_t count, struct arena *arena)
{
	struct row_server *rows = arena_alloc(arena, count * sizeof(*rows));
	char address[46];

	for (size_t i = 0; i < count; i++) {
		fact_address_text(&servers[i].address, address);
		rows[i] = (struct row_server){
			.name = servers[i].name,
			.address = arena_strdup(arena, address),
			.type = type_label(servers[i].type),
			.outcome = outcome_label(servers[i].outcome),
			.serial = servers[i].has_serial
					  ? (int64_t)servers[i].serial
					  : -1,
			.digest = servers[i].digest,
		};
	}
	return rows;
}

const struct row_host *
record_host(const struct verdict_host *host, const char *provider,
	struct arena *arena)
{
	const struct fact_host *fact = host->fact;
	struct row_host *row = arena_alloc(arena, sizeof(*row));

	*row = (struct row_host){
		.host = fact->name,
		.provider = provider,
		.base = fact->base,
		.alias = fact->a.alias != NULL ? fact->a.alias
					       : fact->aaaa.alias,
		.class = vocabulary_host_class(host->class),
		.reason = vocabulary_reason(host->reason),
		.time_s = host->time,
		.refused = vocabulary_reason(fact->refused),
		.a = record_lookup(&fact->a),
		.aaaa = record_lookup(&fact->aaaa),
		.cname = record_lookup(&fact->cname),
		.tlsa = signed_row(&fact->tlsa, fact->tlsa_algorithm),
		.tlsa_state = vocabulary_tlsa_state(host->tlsa),
		.records = tlsa_rows(host, arena),
		.record_count = fact->record_count,
		.endpoints = endpoint_rows(host, arena),
		.endpoint_count = fact->endpoint_count,
		.servers = record_servers(
			fact->servers, fact->server_count, arena),
		.server_count = fact->server_count,
		.extras = record_host_extras(fact->extras, arena),
	};
	row->flags = labels(host->flags, flag_label, &row->flag_count, arena);
	row->facts = mark_labels(MARK_HOST, fact, &row->fact_count, arena);
	return row;
}

const char *
record_severity(enum verdict_severity severity)
{
	switch (severity) {
	case VERDICT_SEVERITY_NULL:
		return NULL;
	case VERDICT_SEVERITY_DEGRADED:
		return "degraded";
	case VERDICT_SEVERITY_OUTAGE:
		return "outage";
	}
	return NULL;
}

const char *
record_half_dane(enum verdict_half_dane half_dane)
{
	switch (half_dane) {
	case VERDICT_HALF_NULL:
		return NULL;
	case VERDICT_HALF_NONE:
		return "none";
	case VERDICT_HALF_SOME:
		return "some";
	case VERDICT_HALF_ALL:
		return "all";
	case VERDICT_HALF_BROKEN:
		return "broken";
	}
	return NULL;
}

static const struct row_mx *
mx_rows(const struct fact_domain *domain, const struct row_host *const *hosts,
	struct arena *arena)
{
	struct row_mx *rows = arena_alloc(
		arena, domain->host_count * sizeof(*rows));

	for (size_t i = 0; i < domain->host_count; i++)
		rows[i] = (struct row_mx){
			.preference = domain->hosts[i].preference,
			.host = hosts[i],
		};
	return rows;
}

static const char *const *
reason_labels(const struct verdict_domain *verdict, struct arena *arena)
{
	const char **list = arena_alloc(
		arena, verdict->reason_count * sizeof(*list));

	for (size_t i = 0; i < verdict->reason_count; i++)
		list[i] = vocabulary_reason(verdict->reasons[i]);
	return list;
}

const struct row_domain *
record_domain(const struct fact_domain *domain,
	const struct verdict_domain *verdict, uint64_t lints,
	const struct row_host *const *hosts, const struct record_line *line,
	struct arena *arena)
{
	struct row_domain *row = arena_alloc(arena, sizeof(*row));

	*row = (struct row_domain){
		.line = line->line,
		.time_us = line->time_us,
		.domain = domain->name,
		.input = line->input,
		.tld = name_last_labels(domain->name, 1),
		.class = vocabulary_class(verdict->class),
		.reason = vocabulary_reason(verdict->reason),
		.reasons = reason_labels(verdict, arena),
		.reason_count = verdict->reason_count,
		.severity = record_severity(verdict->severity),
		.half_dane = record_half_dane(verdict->half_dane),
		.passes = line->passes,
		.refused = vocabulary_reason(domain->refused),
		.mx = signed_row(&domain->mx, domain->mx_algorithm),
		.implicit = domain->implicit,
		.servers = record_servers(
			domain->servers, domain->server_count, arena),
		.server_count = domain->server_count,
		.extras = record_extras(domain->extras, arena),
		.hosts = mx_rows(domain, hosts, arena),
		.host_count = domain->host_count,
		.tags = line->tags,
		.tag_count = line->tag_count,
	};
	row->facts = mark_labels(MARK_DOMAIN, domain, &row->fact_count, arena);
	row->lint = labels(lints, lint_label, &row->lint_count, arena);
	row->flags = labels(verdict->flags | line->flags, flag_label,
		&row->flag_count, arena);
	return row;
}

const struct row_certificate *
record_certificate(
	const struct fact_certificate *certificate, struct arena *arena)
{
	struct row_certificate *row;
	struct certificate read;

	if (certificate_read(certificate, arena, &read) < 0)
		return NULL;
	row = arena_alloc(arena, sizeof(*row));
	*row = (struct row_certificate){
		.sha256 = certificate->sha256,
		.spki_sha256 = arena_copy(
			arena, read.spki_sha256, sizeof(read.spki_sha256)),
		.spki_sha512 = arena_copy(
			arena, read.spki_sha512, sizeof(read.spki_sha512)),
		.der = certificate->der,
		.len = certificate->len,
		.subject = read.subject,
		.issuer = read.issuer,
		.not_before = read.not_before,
		.not_after = read.not_after,
		.key = read.key,
	};
	return row;
}
