/*
 * Tests of scanner/core/pack.c: what is kept of a host says all that the host
 * said, when the host is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/chain.h"
#include "scanner/core/pack.h"
#include "scanner/core/record.h"
#include "store/json.h"
#include "tests/unit/core/fixture.h"

static void
release(void *x509)
{
	X509_free(x509);
}

/* As after a handshake: parsed, for as long as the host lives. */
static const struct fact_tls *
make_tls(const struct fixture *f, const char *chain, struct arena *arena)
{
	struct fact_tls *tls = arena_alloc(arena, sizeof(*tls));
	const struct fact_certificate *list;
	struct fact_certificate *own;

	tls->version = arena_strdup(arena, "TLSv1.3");
	tls->cipher = arena_strdup(arena, "TLS_AES_256_GCM_SHA384");
	tls->key = arena_strdup(arena, "EC-256");
	tls->chain_len = world_chain(f->world, chain, arena, &list);
	own = arena_copy(arena, list, tls->chain_len * sizeof(*own));
	for (size_t i = 0; i < tls->chain_len; i++) {
		own[i].der = arena_copy(arena, own[i].der, own[i].len);
		own[i].parsed = chain_certificate(&own[i]);
		arena_defer(arena, release, own[i].parsed);
	}
	tls->chain = own;
	return tls;
}

static const struct fact_host_extras *
make_extras(const struct fact_server *server, struct arena *arena)
{
	struct fact_host_extras *extras = arena_alloc(arena, sizeof(*extras));
	struct fact_denial *denial = arena_alloc(arena, sizeof(*denial));
	struct fact_port *ports = arena_alloc(
		arena, FACT_PORTS * sizeof(*ports));

	denial->parent.why = arena_strdup(arena, "parent");
	denial->owner.why = arena_strdup(arena, "owner");
	denial->servers = server;
	denial->server_count = 1;
	ports[1].tlsa.why = arena_strdup(arena, "port");
	extras->denial = denial;
	extras->ports = ports;
	return extras;
}

/* Three addresses: the same chain twice, two keys, no conversation. */
static struct fact_host *
make_host(const struct fixture *f, const char *records, const char *chain,
	struct arena *arena)
{
	static const char *const addresses[] = {
		"192.0.2.25", "192.0.2.26", "2001:db8::25"};
	struct fact_host *host = arena_alloc(arena, sizeof(*host));
	struct fact_server *server = arena_alloc(arena, sizeof(*server));

	*host = (struct fact_host){
		.name = arena_strdup(arena, "mx.example.com"),
		.base = arena_strdup(arena, "mx.example.com"),
		.a = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 60,
			.alias = arena_strdup(arena, "a.example.com")},
		.aaaa = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 60},
		.tlsa = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 3600,
			.why = arena_strdup(arena, "why")},
		.servers = server,
		.server_count = 1,
		.endpoints = arena_alloc(arena, 3 * sizeof(*host->endpoints)),
		.endpoint_count = 3};
	server->name = arena_strdup(arena, "ns.example.com");
	host->extras = make_extras(server, arena);
	host->record_count = world_records(
		f->world, records, arena, &host->records);
	for (size_t i = 0; i < 3; i++) {
		fact_address_parse(addresses[i], &host->endpoints[i].address);
		host->endpoints[i].port = 25;
	}
	for (size_t i = 0; i < 2; i++) {
		host->endpoints[i].phase = FACT_PHASE_DONE;
		host->endpoints[i].tls = make_tls(f, chain, arena);
	}
	host->endpoints[1].other = make_tls(f, "LN I", arena);
	host->endpoints[2].phase = FACT_PHASE_BANNER;
	host->endpoints[2].failure = REASON_BANNER_4XX;
	host->endpoints[2].detail = arena_strdup(arena, "421 4.7.0 later");
	return host;
}

static void
tell(const struct verdict_host *verdict, struct buffer *out)
{
	struct arena *arena = arena_new();
	const struct row_host *row = record_host(verdict, "example.com", arena);

	json_mx(out, &(struct row_mx){.preference = 10, .host = row});
	arena_free(arena);
}

/* Through octets that are the whole memory of it. */
static size_t
repack(const struct verdict_host *verdict, bool chains, struct arena *later,
	struct verdict_host *kept)
{
	struct arena *work = arena_new();
	size_t len;
	const uint8_t *octets = pack_host(verdict, chains, work, &len);
	uint8_t *exact = malloc(len);

	assert_non_null(exact);
	memcpy(exact, octets, len);
	arena_free(work);
	unpack_host(verdict->fact->name, exact, len, later, kept);
	free(exact);
	return len;
}

static const struct {
	const char *records, *chain;
} hosts[] = {
	{"3 1 1 L, 3 1 1 LN", "L I"},
	{"2 1 1 I", "L I"},
	{"2 1 1 I", "Other I"},
	{"3 1 1 I", "L I"},
	{"1 1 1 L", "L I"},
};

static void
test_says_the_same(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < 2 * sizeof(hosts) / sizeof(*hosts); i++) {
		struct arena *arena = arena_new(), *later;
		const struct fact_host *host = make_host(
			f, hosts[i / 2].records, hosts[i / 2].chain, arena);
		struct verdict_host verdict, kept;
		struct buffer before = {0}, after = {0};
		bool depends;

		verdict_host(f->dane, host, NULL, PKI_NOW, arena, &verdict);
		verdict.endpoints[0].pkix = (struct pkix_result){.judged = true,
			.name = arena_strdup(arena, "*.example.com")};
		tell(&verdict, &before);
		depends = verdict_depends_on_names(&verdict);
		later = arena_new();
		repack(&verdict, i % 2 == 1, later, &kept);
		arena_free(arena);
		tell(&kept, &after);
		assert_string_equal(
			buffer_string(&before), buffer_string(&after));
		assert_int_equal(verdict_depends_on_names(&kept), depends);
		buffer_free(&before);
		buffer_free(&after);
		arena_free(later);
	}
}

/* With its certificates a host can be judged once more, by other names. */
static void
test_certificates(void **state)
{
	const struct fixture *f = *state;
	const struct dane_names names = {.name = {"other.example"}, .count = 1};
	struct arena *arena = arena_new(), *later, *bare;
	const struct fact_host *host = make_host(
		f, "2 1 1 I", "Other I", arena);
	struct verdict_host verdict, kept, own, without;

	verdict_host(f->dane, host, NULL, PKI_NOW, arena, &verdict);
	assert_int_equal(verdict.class, HOST_BROKEN);
	later = arena_new();
	bare = arena_new();
	repack(&verdict, true, later, &kept);
	repack(&verdict, false, bare, &without);
	assert_null(kept.fact->endpoints[0].tls->chain[0].parsed);
	arena_free(arena);
	verdict_host(f->dane, kept.fact, &names, PKI_NOW, later, &own);
	assert_int_equal(own.endpoints[0].dane.error, 0);
	assert_ptr_equal(kept.fact->endpoints[0].tls,
		kept.fact->endpoints[1].tls); /* the same: once */
	assert_null(without.fact->endpoints[0].tls->chain[0].der);
	assert_memory_equal(without.fact->endpoints[0].tls->chain[0].sha256,
		kept.fact->endpoints[0].tls->chain[0].sha256, 32);
	arena_free(bare);
	arena_free(later);
}

/* All octets are 1, so that a field which is not packed shows. */
static void *
ones(struct arena *arena, size_t count, size_t size)
{
	void *memory = arena_alloc(arena, count * size);

	memset(memory, 1, count * size);
	return memory;
}

static struct fact_lookup
full_lookup(struct arena *arena)
{
	struct fact_lookup lookup;

	memset(&lookup, 1, sizeof(lookup));
	lookup.why = arena_strdup(arena, "why");
	lookup.alias = arena_strdup(arena, "alias.example");
	return lookup;
}

static struct fact_server *
full_server(struct arena *arena)
{
	struct fact_server *server = ones(arena, 1, sizeof(*server));

	server->name = arena_strdup(arena, "ns.example");
	return server;
}

static const struct fact_host_extras *
full_extras(struct arena *arena)
{
	struct fact_host_extras *extras = arena_alloc(arena, sizeof(*extras));
	struct fact_denial *denial = ones(arena, 1, sizeof(*denial));
	struct fact_port *ports = ones(arena, FACT_PORTS, sizeof(*ports));

	denial->parent = denial->owner = full_lookup(arena);
	denial->servers = full_server(arena);
	denial->server_count = 1;
	for (size_t i = 0; i < FACT_PORTS; i++)
		ports[i].tlsa = full_lookup(arena);
	extras->denial = denial;
	extras->ports = ports;
	return extras;
}

static const struct fact_tls *
full_tls(struct arena *arena, const char *version)
{
	struct fact_tls *tls = ones(arena, 1, sizeof(*tls));
	struct fact_certificate *certificate = ones(
		arena, 1, sizeof(*certificate));

	certificate->len = 3;
	certificate->der = ones(arena, 1, certificate->len);
	tls->version = version;
	tls->cipher = "cipher";
	tls->group = "group";
	tls->key = "key";
	tls->chain = certificate;
	tls->chain_len = 1;
	return tls;
}

static void
full_fact(struct arena *arena, struct fact_host *host)
{
	struct fact_tlsa *record = ones(arena, 1, sizeof(*record));

	memset(host, 1, sizeof(*host));
	host->name = arena_strdup(arena, "mx.example");
	host->base = arena_strdup(arena, "base.example");
	host->a = host->aaaa = host->cname = host->tlsa = full_lookup(arena);
	record->len = 5;
	record->data = ones(arena, 1, record->len);
	host->records = record;
	host->record_count = 1;
	host->endpoints = ones(arena, 1, sizeof(*host->endpoints));
	host->endpoint_count = 1;
	host->endpoints->detail = "detail";
	host->endpoints->tls = full_tls(arena, "TLSv1.3");
	host->endpoints->other = full_tls(arena, "other");
	host->servers = full_server(arena);
	host->server_count = 1;
	host->extras = full_extras(arena);
}

static void
full_verdict(struct arena *arena, struct fact_host *fact,
	struct verdict_host *verdict)
{
	memset(verdict, 1, sizeof(*verdict));
	full_fact(arena, fact);
	verdict->fact = fact;
	verdict->records = ones(arena, 1, sizeof(*verdict->records));
	verdict->endpoints = ones(arena, 1, sizeof(*verdict->endpoints));
	verdict->endpoints->dane.match.name = "mx.example";
	verdict->endpoints->other.match.name = "another.example";
	verdict->endpoints->pkix.name = "*.example";
}

/* Octets that are not 1: of a struct that came back and lost its pointers and
   counts, these and the gaps between the fields. One that was added and is not
   packed makes it more. */
static size_t
not_one(const void *memory, size_t size)
{
	const uint8_t *octets = memory;
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += octets[i] != 1;
	return count;
}

enum {
	LOOKUP_LOST = 2 * sizeof(void *) + 4 + 3 + 4,
	ENDPOINT_LOST = 3 * sizeof(void *) + 1 + 3 + 4 + 2,
	RECORD_LOST = 2,
	DANE_LOST = 4 + 7 + 4 + sizeof(void *) + 4,
	PKIX_LOST = 3 + sizeof(void *),
	JUDGED_LOST = 2 * DANE_LOST + 4 + PKIX_LOST,
	VERDICT_LOST = 3 * sizeof(void *) + 3,
};

static void
check_certificate(struct fact_certificate certificate)
{
	assert_int_equal(certificate.len, 3);
	assert_int_equal(not_one(certificate.der, 3), 0);
	assert_int_equal(not_one(certificate.sha256, 32), 0);
}

static void
check_tls(struct fact_tls tls, const char *version)
{
	assert_string_equal(tls.version, version);
	assert_string_equal(tls.cipher, "cipher");
	assert_string_equal(tls.group, "group");
	assert_string_equal(tls.key, "key");
	assert_int_equal(tls.chain_len, 1);
	check_certificate(tls.chain[0]);
}

static struct fact_lookup
check_lookup(struct fact_lookup lookup)
{
	assert_string_equal(lookup.why, "why");
	assert_string_equal(lookup.alias, "alias.example");
	lookup.why = lookup.alias = NULL;
	assert_int_equal(not_one(&lookup, sizeof(lookup)), LOOKUP_LOST);
	return lookup;
}

static void
check_server(struct fact_server server)
{
	assert_string_equal(server.name, "ns.example");
	server.name = NULL;
	assert_int_equal(
		not_one(&server, sizeof(server)), sizeof(void *) + 3 + 4 + 3);
}

static void
check_extras(const struct fact_host_extras *extras)
{
	check_lookup(extras->denial->parent);
	check_lookup(extras->denial->owner);
	assert_int_equal(extras->denial->server_count, 1);
	check_server(extras->denial->servers[0]);
	for (size_t i = 0; i < FACT_PORTS; i++) {
		struct fact_port port = extras->ports[i];

		port.tlsa = check_lookup(port.tlsa);
		assert_int_equal(not_one(&port, sizeof(port)), LOOKUP_LOST + 6);
	}
}

static void
check_record(struct fact_tlsa record)
{
	assert_int_equal(record.len, 5);
	assert_int_equal(not_one(record.data, 5), 0);
	record.data = NULL;
	record.len = 0;
	assert_int_equal(not_one(&record, sizeof(record)),
		sizeof(void *) + sizeof(size_t) + 4);
}

static void
check_endpoint(struct fact_endpoint endpoint)
{
	assert_string_equal(endpoint.detail, "detail");
	check_tls(*endpoint.tls, "TLSv1.3");
	check_tls(*endpoint.other, "other");
	endpoint.detail = NULL;
	endpoint.tls = endpoint.other = NULL;
	assert_int_equal(not_one(&endpoint, sizeof(endpoint)), ENDPOINT_LOST);
}

static void
check_fact(struct fact_host host)
{
	assert_string_equal(host.name, "mx.example");
	assert_string_equal(host.base, "base.example");
	assert_int_equal(host.record_count, 1);
	check_record(host.records[0]);
	assert_int_equal(host.endpoint_count, 1);
	check_endpoint(host.endpoints[0]);
	assert_int_equal(host.server_count, 1);
	check_server(host.servers[0]);
	check_extras(host.extras);
	host.a = check_lookup(host.a);
	host.aaaa = check_lookup(host.aaaa);
	host.cname = check_lookup(host.cname);
	host.tlsa = check_lookup(host.tlsa);
	host.name = host.base = NULL;
	host.records = NULL;
	host.endpoints = NULL;
	host.servers = NULL;
	host.extras = NULL;
	host.record_count = host.endpoint_count = host.server_count = 0;
	assert_int_equal(not_one(&host, sizeof(host)),
		4 * LOOKUP_LOST + 9 * sizeof(void *) + 4 + 3);
}

static void
check_verdict(struct verdict_host verdict)
{
	struct verdict_endpoint endpoint = verdict.endpoints[0];

	check_fact(*verdict.fact);
	assert_int_equal(not_one(verdict.records, sizeof(*verdict.records)),
		RECORD_LOST);
	assert_string_equal(endpoint.dane.match.name, "mx.example");
	assert_string_equal(endpoint.other.match.name, "another.example");
	assert_string_equal(endpoint.pkix.name, "*.example");
	endpoint.dane.match.name = endpoint.other.match.name = NULL;
	endpoint.pkix.name = NULL;
	assert_int_equal(not_one(&endpoint, sizeof(endpoint)), JUDGED_LOST);
	verdict.fact = NULL;
	verdict.records = NULL;
	verdict.endpoints = NULL;
	assert_int_equal(not_one(&verdict, sizeof(verdict)), VERDICT_LOST);
}

static void
test_every_field(void **state)
{
	struct arena *arena = arena_new(), *later = arena_new();
	struct fact_host fact;
	struct verdict_host verdict, kept;

	(void)state;
	full_verdict(arena, &fact, &verdict);
	repack(&verdict, true, later, &kept);
	arena_free(arena);
	check_verdict(kept);
	arena_free(later);
}

/* What integers and texts may be. */
static void
test_extremes(void **state)
{
	char long_text[5000] = {0};
	struct arena *arena = arena_new(), *later = arena_new();
	struct fact_server servers[100] = {{.digest = UINT64_MAX}};
	struct fact_endpoint endpoint = {.smtp_code = -1, .detail = ""};
	struct verdict_endpoint judged = {.flags = UINT64_MAX,
		.dane = {.error = -1, .match = {.depth = INT32_MIN}}};
	struct fact_host fact = {.name = "mx.example",
		.servers = servers,
		.server_count = 100,
		.endpoints = &endpoint,
		.endpoint_count = 1,
		.a = {.ttl_s = UINT32_MAX, .why = long_text}};
	struct verdict_host verdict = {.fact = &fact, .endpoints = &judged};
	struct verdict_host kept;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	/* More texts than can be referred to. */
	for (size_t i = 0; i < 100; i++)
		servers[i].name = arena_printf(arena, "ns%zu.example", i % 90);
	repack(&verdict, false, later, &kept);
	for (size_t i = 0; i < 100; i++)
		assert_string_equal(
			kept.fact->servers[i].name, servers[i].name);
	assert_true(kept.fact->servers[0].digest == UINT64_MAX);
	assert_int_equal(kept.fact->endpoints[0].smtp_code, -1);
	assert_string_equal(kept.fact->endpoints[0].detail, "");
	assert_null(kept.fact->endpoints[0].tls);
	assert_int_equal(kept.fact->a.ttl_s, UINT32_MAX);
	assert_string_equal(kept.fact->a.why, long_text);
	assert_null(kept.fact->aaaa.why);
	assert_null(kept.fact->extras);
	assert_true(kept.endpoints[0].flags == UINT64_MAX);
	assert_int_equal(kept.endpoints[0].dane.error, -1);
	assert_int_equal(kept.endpoints[0].dane.match.depth, INT32_MIN);
	arena_free(arena);
	arena_free(later);
}

/* Most hosts have no TLSA record and no conversation. */
static void
test_is_small(void **state)
{
	const struct fact_lookup insecure = {.status = ANSWER_DATA,
		.trust = ANSWER_INSECURE,
		.ttl_s = 86400};
	struct fact_endpoint endpoints[2] = {
		{.port = 25}, {.port = 25, .address = {.ipv6 = true}}};
	struct verdict_endpoint judged[2] = {
		{.class = ENDPOINT_OK}, {.class = ENDPOINT_OK}};
	struct fact_host fact = {.name = "mx.example",
		.a = insecure,
		.aaaa = insecure,
		.endpoints = endpoints,
		.endpoint_count = 2};
	struct verdict_host verdict = {.fact = &fact, .endpoints = judged};
	struct verdict_host kept;
	struct arena *later = arena_new();

	(void)state;
	memset(endpoints[0].address.bytes, 192, 4);
	memset(endpoints[1].address.bytes, 32, 16);
	assert_in_range(repack(&verdict, false, later, &kept), 20, 100);
	arena_free(later);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_the_same),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_is_small),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
