/*
 * Tests of scanner/core/record.c and certificate.c: facts and verdicts become
 * labels and plain values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "scanner/core/lint.h"
#include "scanner/core/record.h"
#include "tests/unit/core/fixture.h"

static struct fact_host *
make_host(const struct fixture *f, const char *records, const char *chain)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));
	struct fact_tls *tls = arena_alloc(f->arena, sizeof(*tls));
	struct fact_endpoint *endpoint = arena_alloc(
		f->arena, sizeof(*endpoint));

	*tls = (struct fact_tls){.version = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.group = "X25519",
		.key = "EC-256"};
	tls->chain_len = world_chain(f->world, chain, f->arena, &tls->chain);
	assert_int_equal(
		fact_address_parse("192.0.2.25", &endpoint->address), 0);
	endpoint->port = 25;
	endpoint->phase = FACT_PHASE_DONE;
	endpoint->smtp_code = 220;
	endpoint->tls = tls;
	endpoint->flags = FLAG_BIT(FLAG_TLS_LEGACY);
	*host = (struct fact_host){.name = "mx.example.com",
		.base = "mx.example.com",
		.a = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 60},
		.aaaa = {.status = ANSWER_NODATA, .trust = ANSWER_SECURE},
		.tlsa = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 3600},
		.endpoints = endpoint,
		.endpoint_count = 1};
	host->record_count = world_records(
		f->world, records, f->arena, &host->records);
	return host;
}

static const struct row_host *
record(const struct fixture *f, const struct fact_host *host,
	struct verdict_host *verdict)
{
	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, verdict);
	return record_host(verdict, "example.com", f->arena);
}

static void
test_valid_host(void **state)
{
	const struct fixture *f = *state;
	const struct fact_host *host = make_host(
		f, "3 1 1 LN, 1 1 1 L, 2 1 1 I", "L I");
	struct verdict_host verdict;
	const struct row_host *row = record(f, host, &verdict);
	const struct row_endpoint *endpoint = &row->endpoints[0];

	assert_string_equal(row->host, "mx.example.com");
	assert_string_equal(row->provider, "example.com");
	assert_string_equal(row->class, "valid");
	assert_null(row->reason);
	assert_null(row->alias);
	assert_string_equal(row->a.status, "data");
	assert_string_equal(row->a.trust, "secure");
	assert_int_equal(row->a.ttl_s, 60);
	assert_string_equal(row->aaaa.status, "nodata");
	assert_int_equal(row->aaaa.ttl_s, -1);
	assert_string_equal(row->tlsa_state, "usable");
	assert_int_equal(row->flag_count, 1);
	assert_string_equal(row->flags[0], "tls-legacy");

	assert_int_equal(row->record_count, 3);
	assert_int_equal(row->records[0].match, 0);
	assert_int_equal(row->records[0].depth, -1);
	assert_true(row->records[0].usable);
	assert_false(row->records[1].usable);
	assert_string_equal(row->records[1].why, "pkix-usage");
	assert_int_equal(row->records[1].match, -1);
	assert_int_equal(row->records[2].match, 1);
	assert_int_equal(row->records[2].depth, 1);
	assert_null(row->records[2].hint);

	assert_int_equal(row->endpoint_count, 1);
	assert_string_equal(endpoint->address, "192.0.2.25");
	assert_string_equal(endpoint->class, "ok");
	assert_null(endpoint->reason);
	assert_null(endpoint->detail);
	assert_null(endpoint->pkix); /* there were no issuers to ask */
	assert_int_equal(endpoint->smtp_code, 220);
	assert_int_equal(endpoint->dane_error, 0);
	assert_int_equal(endpoint->min_seclevel, 2);
	assert_int_equal(endpoint->match->usage, 2);
	assert_int_equal(endpoint->match->depth, 1);
	assert_string_equal(endpoint->match->name, "mx.example.com");
	assert_string_equal(endpoint->tls->key, "EC-256");
	assert_int_equal(endpoint->tls->chain_len, 2);
	assert_memory_equal(endpoint->tls->chain[1],
		host->endpoints[0].tls->chain[1].sha256, 32);
}

/* What issuers say stands beside the verdict. */
static void
test_pkix(void **state)
{
	const struct fixture *f = *state;
	const struct fact_host *host = make_host(f, "3 1 1 L", "L I");
	struct verdict_host verdict;
	const struct row_endpoint *row;

	record(f, host, &verdict);
	verdict.endpoints[0].pkix = (struct pkix_result){
		.judged = true, .error = 18, .reason = PKIX_SELF_SIGNED};
	row = record_host(&verdict, NULL, f->arena)->endpoints;
	assert_string_equal(row->class, "ok");
	assert_int_equal(row->pkix->error, 18);
	assert_string_equal(row->pkix->reason, "self-signed");
	assert_null(row->pkix->name);
	verdict.endpoints[0].pkix = (struct pkix_result){
		.judged = true, .name = "mx.example.com"};
	row = record_host(&verdict, NULL, f->arena)->endpoints;
	assert_int_equal(row->pkix->error, 0);
	assert_null(row->pkix->reason);
	assert_string_equal(row->pkix->name, "mx.example.com");
}

static void
test_broken_host(void **state)
{
	const struct fixture *f = *state;
	struct verdict_host verdict;
	const struct row_host *row = record(
		f, make_host(f, "3 1 1 I", "L I"), &verdict);

	assert_string_equal(row->class, "broken");
	assert_string_equal(row->reason, "dane-no-match");
	assert_string_equal(row->records[0].hint, "usage3-on-ca");
	assert_string_equal(row->endpoints[0].class, "fail");
	assert_int_equal(row->endpoints[0].dane_error, 65);
	assert_int_equal(row->endpoints[0].min_seclevel, -1);
	assert_null(row->endpoints[0].match);
	assert_null(row->endpoints[0].detail);
}

/* E48, E51: the number and the place of an error. */
static void
test_detail(void **state)
{
	static const struct {
		const char *records, *chain, *detail;
	} rows[] = {
		{"2 1 1 NoCa", "LNoCa NoCa", "error 79 at depth 1 (ta): "},
		{"2 1 1 I", "Client I", "error 26 at depth 0: "},
		{"2 1 1 RExpired", "LRExpired IRExpired RExpired",
			"error 10 at depth 2 (ta): "},
		{"3 1 1 L, 3 1 2 LN", "L I", "agility"}, /* C25 */
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct verdict_host verdict;
		const struct row_host *row = record(f,
			make_host(f, rows[i].records, rows[i].chain), &verdict);
		size_t len = strlen(rows[i].detail);

		assert_non_null(row->endpoints[0].detail);
		assert_memory_equal(
			row->endpoints[0].detail, rows[i].detail, len);
		assert_int_equal(strlen(row->endpoints[0].detail) > len,
			rows[i].detail[0] == 'e');
	}
}

/* D34: which key, and what of it; the preferred chain's own result stays. */
static void
test_two_keys(void **state)
{
	static const struct {
		const char *records, *other, *detail;
	} rows[] = {
		{"3 1 1 L", "LN I", "rsa"},
		{"2 1 1 I", "Client I", "rsa: error 26 at depth 0: "},
		{"3 1 1 LN", "LN I", "ecdsa"},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fact_host *host = make_host(f, rows[i].records, "L I");
		struct fact_tls *other = arena_copy(f->arena,
			host->endpoints[0].tls,
			sizeof(*host->endpoints[0].tls));
		const struct row_endpoint *row;
		struct verdict_host verdict;

		other->key = "RSA-2048";
		other->chain_len = world_chain(
			f->world, rows[i].other, f->arena, &other->chain);
		host->endpoints[0].other = other;
		row = record(f, host, &verdict)->endpoints;
		assert_string_equal(row->class, "fail");
		assert_non_null(row->detail);
		assert_memory_equal(
			row->detail, rows[i].detail, strlen(rows[i].detail));
		assert_string_equal(row->tls_other->key, "RSA-2048");
		assert_string_equal(row->tls->key, "EC-256");
		assert_int_equal(row->dane_error, i < 2 ? 0 : 65);
		assert_int_equal(row->match != NULL, i < 2);
	}
}

/* Records that are not authenticated are shown, and not usable. */
static void
test_insecure_host(void **state)
{
	const struct fixture *f = *state;
	struct fact_host *host = make_host(f, "3 1 1 L", "L I");
	struct verdict_host verdict;
	const struct row_host *row;

	host->tlsa.trust = ANSWER_INSECURE;
	row = record(f, host, &verdict);
	assert_string_equal(row->class, "no-tlsa");
	assert_string_equal(row->tlsa_state, "insecure");
	assert_false(row->records[0].usable);
	assert_string_equal(row->records[0].why, "tlsa-insecure");
	assert_string_equal(row->endpoints[0].class, "tls-unauth");
	assert_int_equal(row->endpoints[0].dane_error, -1);
	assert_int_equal(row->endpoints[0].min_seclevel, -1);
	assert_null(row->endpoints[0].match);
}

static void
test_domain(void **state)
{
	const struct fixture *f = *state;
	const struct row_tag tag = {"rank", "1"};
	const struct record_line line = {4711, 1700000000000000, 2,
		"EXAMPLE.com", &tag, 1, FLAG_BIT(FLAG_CANARY_FAILING)};
	const struct fact_host *host = make_host(f, "3 1 1 I", "L I");
	struct verdict_host verdict;
	const struct verdict_host *hosts[] = {&verdict};
	const struct row_host *host_row = record(f, host, &verdict);
	const struct fact_mx mx = {10, host};
	const struct fact_domain domain = {.name = "example.com",
		.mx = {.status = ANSWER_DATA,
			.trust = ANSWER_SECURE,
			.ttl_s = 300,
			.alias = "x.example",
			.sig_inception = 1699900000,
			.sig_expiration = 1700600000},
		.mx_algorithm = 7, /* A05 */
		.hosts = &mx,
		.host_count = 1};
	struct verdict_domain judged;
	const struct row_domain *row;

	verdict_domain(&domain, hosts, &judged);
	row = record_domain(&domain, &judged, lint_domain(&domain, hosts, 0),
		&host_row, &line, f->arena);
	assert_int_equal(row->line, 4711);
	assert_int_equal(row->time_us, 1700000000000000);
	assert_string_equal(row->domain, "example.com");
	assert_string_equal(row->tld, "com");
	assert_string_equal(row->class, "broken");
	assert_string_equal(row->reason, "dane-no-match");
	assert_int_equal(row->reason_count, 1);
	assert_string_equal(row->reasons[0], "dane-no-match");
	assert_string_equal(row->severity, "outage");
	assert_null(row->half_dane);
	assert_int_equal(row->passes, 2);
	assert_string_equal(row->input, "EXAMPLE.com");
	assert_string_equal(row->mx.alias, "x.example");
	assert_int_equal(row->mx.algorithm, 7);
	assert_int_equal(row->mx.sig_expires, 1700600000);
	assert_int_equal(row->host_count, 1);
	assert_int_equal(row->hosts[0].preference, 10);
	assert_ptr_equal(row->hosts[0].host, host_row);
	assert_int_equal(row->lint_count, 4);
	assert_string_equal(row->lint[0], "tlsa-no-rollover");
	assert_string_equal(row->lint[1], "tls-legacy");
	assert_string_equal(row->lint[2], "mx-one-family");
	assert_string_equal(row->lint[3], "dnssec-sha1");
	assert_int_equal(row->flag_count, 2);
	assert_string_equal(row->flags[1], "canary-failing");
	assert_ptr_equal(row->tags, &tag);
}

/* What a bogus answer says of itself is not believed. */
static void
test_bogus_domain(void **state)
{
	const struct fixture *f = *state;
	const struct record_line line = {1, 1, 1, NULL, NULL, 0, 0};
	const struct fact_domain domain = {.name = "com",
		.mx = {.status = ANSWER_DATA,
			.trust = ANSWER_BOGUS,
			.ttl_s = 32768,
			.why = "signature expired"}};
	struct verdict_domain judged;
	const struct row_domain *row;

	verdict_domain(&domain, NULL, &judged);
	row = record_domain(&domain, &judged, 0, NULL, &line, f->arena);
	assert_string_equal(row->class, "broken");
	assert_string_equal(row->reason, "mx-bogus");
	assert_string_equal(row->mx.trust, "bogus");
	assert_string_equal(row->mx.why, "signature expired");
	assert_int_equal(row->mx.ttl_s, -1);
	assert_string_equal(row->tld, "com");
	assert_int_equal(row->host_count, 0);
	assert_int_equal(row->lint_count, 0);
}

static void
test_certificate(void **state)
{
	const struct fixture *f = *state;
	const struct pki *leaf = world_pki(f->world, "L");
	struct fact_certificate fact = pki_fact(leaf);
	const struct row_certificate *row = record_certificate(&fact, f->arena);
	uint8_t digest[SHA256_DIGEST_LENGTH], longer[SHA512_DIGEST_LENGTH];
	size_t len;
	const uint8_t *spki = pki_der(leaf, 1, &len);

	assert_string_equal(row->subject, "CN=leaf");
	assert_string_equal(row->issuer, "CN=Intermediate");
	assert_int_equal(row->not_before, PKI_NOW - 365 * PKI_DAY);
	assert_int_equal(row->not_after, PKI_NOW + 365 * PKI_DAY);
	assert_string_equal(row->key, "EC-256");
	assert_memory_equal(row->spki_sha256, SHA256(spki, len, digest), 32);
	assert_memory_equal(row->spki_sha512, SHA512(spki, len, longer), 64);
	assert_memory_equal(row->sha256, fact.sha256, 32);
	assert_ptr_equal(row->der, fact.der);
	fact.len = 10;
	assert_null(record_certificate(&fact, f->arena));
}

static void
test_certificate_kinds(void **state)
{
	static const struct {
		struct pki_spec spec;
		const char *key, *subject;
	} rows[] = {
		{{.cn = "a", .type = PKI_RSA_1024}, "RSA-1024", "CN=a"},
		{{.cn = "b", .type = PKI_ED25519}, "Ed25519", "CN=b"},
		{{.cn = "M\xc3\xbcller, \"x\""}, "EC-256",
			"CN=M\xc3\xbcller\\, \\\"x\\\""},
		{{.cn = "a\nb"}, "EC-256", "CN=a\\0Ab"},
		{{.cn = NULL}, "EC-256", ""},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pki *pki = pki_new(&rows[i].spec);
		struct fact_certificate fact = pki_fact(pki);
		const struct row_certificate *row = record_certificate(
			&fact, f->arena);

		assert_string_equal(row->key, rows[i].key);
		assert_string_equal(row->subject, rows[i].subject);
		pki_free(pki);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid_host),
		cmocka_unit_test(test_pkix),
		cmocka_unit_test(test_broken_host),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_two_keys),
		cmocka_unit_test(test_insecure_host),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_bogus_domain),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_certificate_kinds),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
