/*
 * Tests of scanner/core/rebuild.c and mark.c: what was made a row of gives the
 * same facts, and these the same row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/mark.h"
#include "scanner/core/rebuild.h"
#include "scanner/core/rebuild_word.h"
#include "scanner/core/record.h"
#include "store/tables.h"
#include "tests/unit/core/world.h"

struct fixture {
	struct world *world;
	struct dane *dane;
	struct arena *arena;
	const struct fact_host *host; /* whose certificates are known */
};

static const struct fact_server servers[] = {
	{.name = "ns1.example.com",
		.type = ANSWER_TYPE_TLSA,
		.outcome = OUTCOME_DATA,
		.digest = 0xfedcba9876543210,
		.has_serial = true,
		.serial = 4000000000},
	{.name = "ns2.example.com",
		.address = {.ipv6 = true, .bytes = {0x20, 0x01, 0xd, 0xb8}},
		.type = ANSWER_TYPE_TLSA,
		.outcome = OUTCOME_MALFORMED},
};

static const struct fact_denial denial = {
	.parent = {.status = ANSWER_NODATA, .trust = ANSWER_SECURE},
	.owner = {.status = ANSWER_NXDOMAIN,
		.trust = ANSWER_BOGUS,
		.why = "why",
		.alias = "alias.example"},
	.servers = servers,
	.server_count = 2,
};
static const struct fact_port ports[FACT_PORTS] = {
	{465, {.status = ANSWER_DATA, .trust = ANSWER_SECURE}, 3},
	{587, {.status = ANSWER_TIMEOUT}, 0},
};
static const struct fact_host_extras extras = {&denial, ports};

static bool
find_certificate(
	void *arg, const uint8_t sha256[32], struct fact_certificate *out)
{
	const struct fixture *f = arg;
	const struct fact_endpoint *endpoint = &f->host->endpoints[0];
	const struct fact_tls *sides[] = {endpoint->tls, endpoint->other};

	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; sides[s] != NULL && i < sides[s]->chain_len;
			i++)
			if (memcmp(sides[s]->chain[i].sha256, sha256, 32) ==
				0) {
				*out = sides[s]->chain[i];
				return true;
			}
	return false;
}

static const struct fact_tls *
make_tls(struct fixture *f, const char *chain)
{
	struct fact_tls *tls;

	if (chain == NULL)
		return NULL;
	tls = arena_alloc(f->arena, sizeof(*tls));
	tls->version = "TLSv1.3";
	tls->cipher = "TLS_AES_256_GCM_SHA384";
	tls->key = "EC-256";
	tls->chain_len = world_chain(f->world, chain, f->arena, &tls->chain);
	return tls;
}

/* A host with a value in every member, around the records and chains. */
static struct fact_host *
make_host(struct fixture *f, const char *records, const char *chain,
	const char *other)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));
	struct fact_endpoint *endpoint = arena_alloc(
		f->arena, sizeof(*endpoint));

	*endpoint = (struct fact_endpoint){.port = 25,
		.phase = FACT_PHASE_EHLO_TLS,
		.smtp_code = 220,
		.detail = "words",
		.tls = make_tls(f, chain),
		.other = make_tls(f, other),
		.flags = FLAG_BIT(FLAG_TLS_LEGACY) | FLAG_BIT(FLAG_RETRIED),
		.selective = true,
		.attempts = 5,
		.elapsed_ms = 1234};
	assert_int_equal(
		fact_address_parse("2001:db8::25", &endpoint->address), 0);
	*host = (struct fact_host){.name = "mx.example.com",
		.base = "mx.example.net",
		.a = {.status = ANSWER_NODATA,
			.trust = ANSWER_INSECURE,
			.alias = "mx.example.net",
			.unsupported = true},
		.aaaa = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 60},
		.cname = {.status = ANSWER_SERVFAIL, .why = "words"},
		.tlsa = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 3600,
			.alias = "tlsa.example.net",
			.sig_inception = 1700000000,
			.sig_expiration = 4100000000},
		.endpoints = endpoint,
		.endpoint_count = 1,
		.truncated = true,
		.tlsa_misplaced = true,
		.tlsa_algorithm = 13,
		.servers = servers,
		.server_count = 2,
		.extras = &extras};
	host->record_count = world_records(
		f->world, records, f->arena, &host->records);
	f->host = host;
	return host;
}

static const struct row_host *
record(struct fixture *f, const struct fact_host *host)
{
	struct verdict_host *verdict = arena_alloc(f->arena, sizeof(*verdict));

	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, verdict);
	return record_host(verdict, "example.com", f->arena);
}

static void
assert_same_rows(const struct row_host *a, const struct row_host *b)
{
	struct buffer one[TABLE_COUNT] = {0}, two[TABLE_COUNT] = {0};
	const struct tables_scope scope = {1, 1, NULL};

	tables_host(one, &scope, a);
	tables_host(two, &scope, b);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		assert_string_equal(
			buffer_string(&one[i]), buffer_string(&two[i]));
		buffer_free(&one[i]);
		buffer_free(&two[i]);
	}
}

static const struct fact_host *
there_and_back(struct fixture *f, const struct fact_host *host)
{
	const struct row_host *row = record(f, host);
	const struct fact_host *again = rebuild_host(
		row, find_certificate, f, f->arena);

	assert_same_rows(row, record(f, again));
	return again;
}

/* Whatever the verdict adds: flags, its own detail, hints. */
static void
test_hosts(void **state)
{
	static const struct {
		const char *records, *chain, *other;
	} rows[] = {
		{"3 1 1 L", "L I", NULL},
		{"3 1 1 LN, 1 1 1 L, 2 1 1 I", "L I", NULL},
		{"3 1 1 I", "L I", NULL},
		{"2 1 1 NoCa", "LNoCa NoCa", NULL}, /* detail */
		{"3 1 1 L, 3 1 2 LN", "L I", NULL}, /* agility */
		{"3 1 1 L", "L I", "LN I"},	    /* two keys */
		{"3 1 1 L!", NULL, NULL},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		(void)there_and_back(f, make_host(f, rows[i].records,
						rows[i].chain, rows[i].other));
}

static void
assert_same_servers(const struct fact_server *a, size_t count)
{
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(a[i].name, servers[i].name);
		assert_true(
			fact_address_equal(&a[i].address, &servers[i].address));
		assert_int_equal(a[i].type, servers[i].type);
		assert_int_equal(a[i].outcome, servers[i].outcome);
		assert_true(a[i].digest == servers[i].digest);
		assert_int_equal(a[i].has_serial, servers[i].has_serial);
		assert_int_equal(a[i].serial, servers[i].serial);
	}
}

static void
test_facts_of_a_host(void **state)
{
	struct fixture *f = *state;
	struct fact_host *host = make_host(f, "3 1 1 I", "L I", NULL);
	const struct fact_endpoint *endpoint;
	const struct fact_host *again;

	host->endpoints[0].failure = REASON_STARTTLS_454;
	again = there_and_back(f, host);
	endpoint = &again->endpoints[0];
	assert_int_equal(again->cname.status, ANSWER_SERVFAIL);
	assert_string_equal(again->cname.why, "words");
	assert_true(again->tlsa.sig_inception == 1700000000);
	assert_true(again->tlsa.sig_expiration == 4100000000);
	assert_int_equal(again->tlsa_algorithm, 13);
	assert_same_servers(again->servers, again->server_count);
	assert_same_servers(again->extras->denial->servers, 2);
	assert_string_equal(
		again->extras->denial->owner.alias, "alias.example");
	assert_int_equal(again->extras->ports[0].count, 3);
	assert_int_equal(again->extras->ports[1].tlsa.status, ANSWER_TIMEOUT);
	assert_int_equal(endpoint->phase, FACT_PHASE_EHLO_TLS);
	assert_int_equal(endpoint->failure, REASON_STARTTLS_454);
	assert_string_equal(endpoint->detail, "words");
	assert_true(endpoint->flags == host->endpoints[0].flags);
	assert_int_equal(endpoint->attempts, 5);
	assert_int_equal(endpoint->elapsed_ms, 1234);
	assert_true(fact_same_chain(endpoint->tls, host->endpoints[0].tls));
}

/* A certificate that nobody has any more: a verdict, and no crash. */
static void
test_lost_certificate(void **state)
{
	struct fixture *f = *state;
	struct fact_host *host = make_host(f, "3 1 1 L", "L I", NULL);
	const struct row_host *row = record(f, host);
	const struct fact_host *again;

	f->host = make_host(f, "3 1 1 L", "LN", NULL);
	again = rebuild_host(row, find_certificate, f, f->arena);
	assert_int_equal(again->endpoints[0].tls->chain[0].len, 0);
	assert_memory_equal(again->endpoints[0].tls->chain[0].sha256,
		host->endpoints[0].tls->chain[0].sha256, 32);
	assert_string_equal(record(f, again)->class, "broken");
}

/* Each for itself: none is forgotten, none stands for another. */
static void
test_marks(void **state)
{
	struct fixture *f = *state;
	struct fact_domain domain;
	struct fact_host host;
	struct fact_endpoint endpoint;
	bool *const members[][8] = {
		[MARK_DOMAIN] = {&domain.mx.unsupported, &domain.null_mx,
			&domain.null_mx_pref, &domain.null_mx_mixed,
			&domain.cname_loop, &domain.tlsa_misplaced,
			&domain.truncated},
		[MARK_HOST] = {&host.a.unsupported, &host.aaaa.unsupported,
			&host.tlsa.unsupported, &host.tlsa_wildcard,
			&host.tlsa_misplaced, &host.cname_loop,
			&host.truncated},
		[MARK_ENDPOINT] = {&endpoint.insecure, &endpoint.selective},
	};
	void *const facts[] = {&domain, &host, &endpoint};

	for (unsigned of = 0; of < MARK_KINDS; of++)
		for (size_t i = 0; members[of][i] != NULL; i++) {
			const char *const *labels;
			size_t count;

			memset(&domain, 0, sizeof(domain));
			memset(&host, 0, sizeof(host));
			memset(&endpoint, 0, sizeof(endpoint));
			*members[of][i] = true;
			labels = mark_labels(
				(enum mark_of)of, facts[of], &count, f->arena);
			assert_int_equal(count, 1);
			*members[of][i] = false;
			mark_set((enum mark_of)of, facts[of], "no such mark");
			mark_set((enum mark_of)of, facts[of], labels[0]);
			assert_true(*members[of][i]);
		}
}

static const char *const mx[] = {"mx.example.com"};
static const struct fact_policy policy = {.state = POLICY_FETCHED,
	.http_code = 200,
	.mode = MTASTS_ENFORCE,
	.max_age_s = 86400,
	.mx = mx,
	.mx_count = 1,
	.truncated = true};
static const struct fact_mtasts mtasts = {
	.lookup = {.status = ANSWER_DATA, .trust = ANSWER_SECURE},
	.state = FACT_TXT_PRESENT,
	.id = "1",
	.policy = &policy};
static const struct fact_tlsrpt tlsrpt = {
	.lookup = {.status = ANSWER_NXDOMAIN, .trust = ANSWER_SECURE},
	.state = FACT_TXT_MALFORMED};
static const struct fact_ds ds[] = {{1, 13, 2}, {2, 8, 1}};
static const struct fact_dnskey keys[] = {{1, 257, 13}};
static const struct fact_nsec3 nsec3 = {10, 8, true};
static const struct fact_signing signing = {.zone = "example.com",
	.delegations = ds,
	.delegation_count = 2,
	.keys = keys,
	.key_count = 1,
	.nsec3 = &nsec3,
	.registry = true};
static const struct fact_extras all = {
	.mtasts = &mtasts, .tlsrpt = &tlsrpt, .signing = &signing};

static void
test_domain(void **state)
{
	const struct fact_domain domain = {.name = "example.com",
		.refused = REASON_BLOCKLISTED,
		.mx = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 300,
			.alias = "example.net",
			.sig_inception = 1,
			.sig_expiration = 2},
		.mx_algorithm = 8,
		.implicit = true,
		.null_mx_mixed = true,
		.servers = servers,
		.server_count = 2,
		.extras = &all};
	const struct record_line line = {
		.line = 1, .passes = 1, .flags = FLAG_BIT(FLAG_CANARY_FAILING)};
	struct verdict_domain verdict = {.class = CLASS_INDETERMINATE,
		.flags = FLAG_BIT(FLAG_NULL_MX_MIXED)};
	struct fixture *f = *state;
	const struct row_domain *row = record_domain(
		&domain, &verdict, 0, NULL, &line, f->arena);
	const struct fact_domain *again = rebuild_domain(row, f->arena);
	const struct fact_signing *zone = again->extras->signing;

	assert_true(rebuild_line_flags(row) == line.flags);
	assert_string_equal(again->name, "example.com");
	assert_int_equal(again->refused, REASON_BLOCKLISTED);
	assert_memory_equal(&again->mx, &domain.mx, sizeof(domain.mx));
	assert_int_equal(again->mx_algorithm, 8);
	assert_true(again->implicit);
	assert_true(again->null_mx_mixed);
	assert_false(again->null_mx);
	assert_same_servers(again->servers, again->server_count);
	assert_int_equal(again->extras->mtasts->state, FACT_TXT_PRESENT);
	assert_string_equal(again->extras->mtasts->id, "1");
	assert_memory_equal(
		again->extras->mtasts->policy, &policy, sizeof(policy));
	assert_int_equal(again->extras->tlsrpt->state, FACT_TXT_MALFORMED);
	assert_null(again->extras->zone);
	assert_int_equal(zone->delegation_count, 2);
	assert_memory_equal(zone->delegations, ds, sizeof(ds));
	assert_memory_equal(zone->keys, keys, sizeof(keys));
	assert_memory_equal(zone->nsec3, &nsec3, sizeof(nsec3));
	assert_true(zone->registry);
}

static void
test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++)
		assert_int_equal(
			rebuild_reason(vocabulary_reason((enum reason)i)), i);
	assert_int_equal(rebuild_reason("of yesterday"), REASON_INTERNAL);
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		assert_true(rebuild_flag(vocabulary_flag((enum flag)i)) ==
			    FLAG_BIT(i));
	assert_true(rebuild_flag("of yesterday") == 0);
	for (unsigned i = 0; i <= ANSWER_FORMERR; i++)
		assert_int_equal(rebuild_status(answer_status_label(
					 (enum answer_status)i)),
			i);
	for (unsigned i = 0; i <= FACT_PHASE_DONE; i++)
		assert_int_equal(
			rebuild_phase(fact_phase_label((enum fact_phase)i)), i);
	for (unsigned i = 0; i <= OUTCOME_MALFORMED; i++)
		assert_int_equal(
			rebuild_outcome(outcome_label((enum outcome)i)), i);
	for (unsigned i = 0; i < POLICY_COUNT; i++)
		assert_int_equal(rebuild_policy_state(vocabulary_policy(
					 (enum policy_state)i)),
			i);
	for (unsigned i = 0; i < PKIX_COUNT; i++)
		assert_int_equal(rebuild_pkix_reason(
					 vocabulary_pkix((enum pkix_reason)i)),
			i);
	assert_int_equal(rebuild_phase(NULL), FACT_PHASE_DONE);
	assert_int_equal(rebuild_status(NULL), ANSWER_SKIPPED);
}

static int
set_up(void **state)
{
	static struct fixture fixture;

	fixture.world = world_new();
	fixture.dane = dane_new();
	fixture.arena = arena_new();
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	dane_free(f->dane);
	world_free(f->world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_facts_of_a_host),
		cmocka_unit_test(test_lost_certificate),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
