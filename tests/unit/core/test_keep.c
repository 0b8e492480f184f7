/*
 * Tests of scanner/core/keep.c: what is kept of a host says all that the host
 * said, when the host is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/chain.h"
#include "scanner/core/keep.h"
#include "scanner/core/record.h"
#include "store/json.h"
#include "tests/unit/core/world.h"

struct fixture {
	struct world *world;
	struct dane *dane;
};

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
		later = keep_host(&verdict, i % 2 == 1, &kept);
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
	later = keep_host(&verdict, true, &kept);
	bare = keep_host(&verdict, false, &without);
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

static int
set_up(void **state)
{
	static struct fixture fixture;

	fixture.world = world_new();
	fixture.dane = dane_new();
	*state = &fixture;
	return fixture.dane == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	dane_free(f->dane);
	world_free(f->world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_the_same),
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
