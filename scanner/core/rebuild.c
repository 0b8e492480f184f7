/*
 * Stored rows back to facts.
 */
#include "scanner/core/rebuild.h"

#include <string.h>

#include "resolver/answer.h"
#include "resolver/outcome.h"
#include "scanner/core/mark.h"
#include "scanner/core/rebuild_extras.h"
#include "scanner/core/rebuild_word.h"
#include "scanner/core/sender.h"
#include "scanner/core/vocabulary.h"

/* What judging adds to the flags of an address. */
static const uint64_t verdict_flags = SENDER_FLAGS |
				      FLAG_BIT(FLAG_NAME_ONLY_NEXTHOP);

static const uint8_t no_octets[1];

static uint64_t
flags_of(const char *const *labels, size_t count)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < count; i++)
		flags |= rebuild_flag(labels[i]);
	return flags;
}

struct fact_lookup
rebuild_lookup(const struct row_lookup *row)
{
	bool is_signed = row->algorithm != 0;

	return (struct fact_lookup){
		.status = rebuild_status(row->status),
		.trust = rebuild_trust(row->trust),
		.why = row->why,
		.alias = row->alias,
		.ttl_s = row->ttl_s < 0 ? 0 : (uint32_t)row->ttl_s,
		.sig_inception = is_signed ? (uint32_t)row->sig_begins : 0,
		.sig_expiration = is_signed ? (uint32_t)row->sig_expires : 0,
	};
}

const struct fact_server *
rebuild_servers(
	const struct row_server *rows, size_t count, struct arena *arena)
{
	struct fact_server *servers = arena_alloc(
		arena, count * sizeof(*servers));

	for (size_t i = 0; i < count; i++) {
		servers[i] = (struct fact_server){
			.name = rows[i].name,
			.type = rebuild_type(rows[i].type),
			.outcome = rebuild_outcome(rows[i].outcome),
			.digest = rows[i].digest,
			.has_serial = rows[i].serial >= 0,
			.serial = rows[i].serial < 0 ? 0
						     : (uint32_t)rows[i].serial,
		};
		if (rows[i].address != NULL)
			(void)fact_address_parse(
				rows[i].address, &servers[i].address);
	}
	return servers;
}

/* What the parts of a host are made with. */
struct maker {
	rebuild_certificate_cb certificate;
	void *arg;
	struct arena *arena;
};

static const struct fact_tls *
make_tls(const struct maker *maker, const struct row_tls *row)
{
	struct fact_certificate *chain;
	struct fact_tls *tls;

	if (row == NULL)
		return NULL;
	chain = arena_alloc(maker->arena, row->chain_len * sizeof(*chain));
	for (size_t i = 0; i < row->chain_len; i++) {
		if (!maker->certificate(maker->arg, row->chain[i], &chain[i]))
			chain[i] = (struct fact_certificate){.der = no_octets};
		memcpy(chain[i].sha256, row->chain[i], sizeof(*row->chain));
	}
	tls = arena_alloc(maker->arena, sizeof(*tls));
	*tls = (struct fact_tls){
		.version = row->version,
		.cipher = row->cipher,
		.group = row->group,
		.key = row->key,
		.chain = chain,
		.chain_len = row->chain_len,
	};
	return tls;
}

static const char *
detail_of(const struct row_endpoint *row)
{
	if (row->said == NULL)
		return row->detail;
	return row->said[0] != '\0' ? row->said : NULL;
}

static void
make_endpoint(const struct maker *maker, const struct row_endpoint *row,
	struct fact_endpoint *endpoint)
{
	*endpoint = (struct fact_endpoint){
		.port = row->port,
		.phase = rebuild_phase(row->phase),
		.failure = rebuild_reason(row->failure),
		.smtp_code = row->smtp_code,
		.detail = detail_of(row),
		.tls = make_tls(maker, row->tls),
		.other = make_tls(maker, row->tls_other),
		.flags = flags_of(row->flags, row->flag_count) & ~verdict_flags,
		.attempts = row->attempts,
		.elapsed_ms = row->elapsed_ms,
	};
	(void)fact_address_parse(row->address, &endpoint->address);
	for (size_t i = 0; i < row->fact_count; i++)
		mark_set(MARK_ENDPOINT, endpoint, row->facts[i]);
}

static struct fact_endpoint *
make_endpoints(const struct maker *maker, const struct row_host *row)
{
	struct fact_endpoint *endpoints = arena_alloc(
		maker->arena, row->endpoint_count * sizeof(*endpoints));

	for (size_t i = 0; i < row->endpoint_count; i++)
		make_endpoint(maker, &row->endpoints[i], &endpoints[i]);
	return endpoints;
}

static const struct fact_tlsa *
make_records(const struct maker *maker, const struct row_host *row)
{
	struct fact_tlsa *records = arena_alloc(
		maker->arena, row->record_count * sizeof(*records));

	for (size_t i = 0; i < row->record_count; i++)
		records[i] = (struct fact_tlsa){
			.usage = row->records[i].usage,
			.selector = row->records[i].selector,
			.mtype = row->records[i].mtype,
			.short_rdata = row->records[i].short_rdata,
			.data = row->records[i].data,
			.len = row->records[i].len,
		};
	return records;
}

const struct fact_host *
rebuild_host(const struct row_host *row, rebuild_certificate_cb certificate,
	void *arg, struct arena *arena)
{
	const struct maker maker = {certificate, arg, arena};
	struct fact_host *host = arena_alloc(arena, sizeof(*host));

	*host = (struct fact_host){
		.name = row->host,
		.refused = rebuild_reason(row->refused),
		.a = rebuild_lookup(&row->a),
		.aaaa = rebuild_lookup(&row->aaaa),
		.cname = rebuild_lookup(&row->cname),
		.tlsa = rebuild_lookup(&row->tlsa),
		.base = row->base,
		.records = make_records(&maker, row),
		.record_count = row->record_count,
		.endpoints = make_endpoints(&maker, row),
		.endpoint_count = row->endpoint_count,
		.tlsa_algorithm = row->tlsa.algorithm,
		.servers = rebuild_servers(
			row->servers, row->server_count, arena),
		.server_count = row->server_count,
		.extras = rebuild_host_extras(row->extras, arena),
	};
	/* One of the two; which does not matter to anybody. */
	host->a.alias = row->alias;
	for (size_t i = 0; i < row->fact_count; i++)
		mark_set(MARK_HOST, host, row->facts[i]);
	return host;
}

struct fact_domain *
rebuild_domain(const struct row_domain *row, struct arena *arena)
{
	struct fact_domain *domain = arena_alloc(arena, sizeof(*domain));

	*domain = (struct fact_domain){
		.name = row->domain,
		.refused = rebuild_reason(row->refused),
		.mx = rebuild_lookup(&row->mx),
		.mx_algorithm = row->mx.algorithm,
		.implicit = row->implicit,
		.servers = rebuild_servers(
			row->servers, row->server_count, arena),
		.server_count = row->server_count,
		.extras = rebuild_extras(row->extras, arena),
	};
	for (size_t i = 0; i < row->fact_count; i++)
		mark_set(MARK_DOMAIN, domain, row->facts[i]);
	return domain;
}

uint64_t
rebuild_line_flags(const struct row_domain *row)
{
	return flags_of(row->flags, row->flag_count) & REBUILD_LINE_FLAGS;
}

struct pkix_result
rebuild_pkix(const struct row_pkix *row)
{
	if (row == NULL)
		return (struct pkix_result){0};
	return (struct pkix_result){
		.judged = true,
		.error = row->error,
		.reason = rebuild_pkix_reason(row->reason),
		.name = row->name,
	};
}
