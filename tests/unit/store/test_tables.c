/*
 * tables: against a real server. The tables give back the record; no octets in
 * any text can break a row; certificates are kept once.
 */
#include "tests/unit/store/driver.h"

/* All that COPY, an array or UTF-8 could trip over. */
#define BAD "a\t\n\r\\N\\.\xff\xc3\x28\"{},'\x01\xed\xa0"

static const char *const BAD_LIST[] = {BAD, ""};
static const char *const ODD_LIST[] = {ROWS_ODD_WORD, ROWS_ODD_WORD};

#define BAD_LOOKUP                                                           \
	{                                                                    \
		.status = ROWS_ODD_WORD, .trust = ROWS_ODD_WORD, .why = BAD, \
		.alias = BAD                                                 \
	}

static const struct row_tls BAD_TLS = {
	.version = BAD,
	.cipher = BAD,
	.group = BAD,
	.key = BAD,
	.chain = ROWS_CHAIN,
	.chain_len = 2,
};

static const struct row_match BAD_MATCH = {.usage = 2, .name = BAD};

static const struct row_pkix BAD_PKIX = {.reason = ROWS_ODD_WORD, .name = BAD};

static const struct row_endpoint BAD_ENDPOINT = {
	.address = BAD,
	.class = ROWS_ODD_WORD,
	.reason = ROWS_ODD_WORD,
	.detail = BAD,
	.said = BAD,
	.phase = ROWS_ODD_WORD,
	.failure = ROWS_ODD_WORD,
	.facts = ODD_LIST,
	.fact_count = 2,
	.tls = &BAD_TLS,
	.tls_other = &BAD_TLS,
	.match = &BAD_MATCH,
	.pkix = &BAD_PKIX,
	.flags = ODD_LIST,
	.flag_count = 2,
};

static const struct row_tlsa BAD_TLSA = {
	.why = ROWS_ODD_WORD, .hint = ROWS_ODD_WORD};

static const struct row_server BAD_SERVER = {
	BAD, BAD, BAD, BAD, -1, UINT64_MAX};
static const struct row_txt BAD_TXT = {BAD_LOOKUP, BAD, BAD};
static const struct row_zone BAD_ZONE = {BAD_LOOKUP, BAD, BAD_LIST, 2, BAD};
static const struct row_policy BAD_POLICY = {
	.state = BAD, .why = BAD, .mode = BAD, .mx = BAD_LIST, .mx_count = 2};
static const struct row_extras BAD_EXTRAS = {.mta_sts = &BAD_TXT,
	.policy = &BAD_POLICY,
	.tlsrpt = &BAD_TXT,
	.ns = &BAD_ZONE};
static const struct row_denial BAD_DENIAL = {
	BAD_LOOKUP, BAD_LOOKUP, &BAD_SERVER, 1};
static const struct row_host_extras BAD_HOST_EXTRAS = {.denial = &BAD_DENIAL};

static const struct row_host BAD_HOST = {
	.host = BAD,
	.provider = BAD,
	.base = BAD,
	.alias = BAD,
	.class = ROWS_ODD_WORD,
	.reason = ROWS_ODD_WORD,
	.refused = ROWS_ODD_WORD,
	.cname = BAD_LOOKUP,
	.facts = ODD_LIST,
	.fact_count = 2,
	.a = BAD_LOOKUP,
	.aaaa = BAD_LOOKUP,
	.tlsa = BAD_LOOKUP,
	.tlsa_state = ROWS_ODD_WORD,
	.records = &BAD_TLSA,
	.record_count = 1,
	.endpoints = &BAD_ENDPOINT,
	.endpoint_count = 1,
	.extras = &BAD_HOST_EXTRAS,
	.flags = ODD_LIST,
	.flag_count = 2,
};

static const struct row_tag BAD_TAG = {BAD, BAD};

static const struct row_domain BAD_DOMAIN = {
	.line = 1,
	.domain = BAD,
	.input = BAD,
	.tld = BAD,
	.class = ROWS_ODD_WORD,
	.reason = ROWS_ODD_WORD,
	.reasons = ODD_LIST,
	.reason_count = 2,
	.severity = ROWS_ODD_WORD,
	.half_dane = ROWS_ODD_WORD,
	.passes = INT16_MAX,
	.refused = ROWS_ODD_WORD,
	.facts = ODD_LIST,
	.fact_count = 2,
	.mx = BAD_LOOKUP,
	.extras = &BAD_EXTRAS,
	.lint = ODD_LIST,
	.lint_count = 2,
	.flags = ODD_LIST,
	.flag_count = 2,
	.tags = &BAD_TAG,
	.tag_count = 1,
};

static const uint8_t SPKI_SHA512[64] = {1};

static const struct row_certificate BAD_CERTIFICATE = {
	.sha256 = ROWS_CHAIN[0],
	.spki_sha256 = ROWS_CHAIN[1],
	.spki_sha512 = SPKI_SHA512,
	.der = (const uint8_t *)BAD,
	.len = sizeof(BAD),
	.subject = BAD,
	.issuer = BAD,
	.not_before = INT64_MIN,
	.not_after = INT64_MAX,
	.key = BAD,
};

/* What the tables hold is the record: with all there is, with nothing, and
   where a domain sees a host otherwise than it was stored. */
static void
tables_hold_the_record(void **state)
{
	static const struct row_match match = {3, 1, 1, 0, "mx.example.com"};
	static const struct row_pkix verified = {.name = "mx.example.com"};
	static const struct row_tag tags[] = {{"rank", "17"}, {"x", ""}};
	struct row_endpoint endpoints[2] = {ROWS_ENDPOINT[0], ROWS_ENDPOINT[0]};
	struct row_host host = ROWS_HOST;
	const struct row_mx mx[] = {{10, &ROWS_HOST}, {20, &host}};
	struct row_domain rich = ROWS_DOMAIN;
	struct row_domain plain = rows_short(2, "plain.example");
	struct driver d;

	endpoints[0].match = &match;
	endpoints[0].class = "ok";
	endpoints[0].dane_error = 0;
	endpoints[0].pkix = &verified;
	endpoints[1].tls = NULL;
	endpoints[1].pkix = NULL;
	endpoints[1].dane_error = -1;
	endpoints[1].smtp_code = 0;
	host.class = "valid";
	host.reason = NULL;
	host.endpoints = endpoints;
	host.endpoint_count = 2;
	rich.domain = "rich.example";
	rich.hosts = mx;
	rich.host_count = 2;
	rich.servers = ROWS_SERVER;
	rich.server_count = 1;
	rich.tags = tags;
	rich.tag_count = 2;
	rich.reason_count = 0;
	driver_begin(&d, *state, 0);
	store_add_host(d.store, &ROWS_HOST);
	store_add_domain(d.store, &ROWS_DOMAIN);
	store_add_domain(d.store, &plain);
	store_add_domain(d.store, &rich);
	store_flush(d.store);
	driver_until_committed(&d, 3);
	driver_expect_record(&d, &ROWS_DOMAIN);
	driver_expect_record(&d, &plain);
	driver_expect_record(&d, &rich);
	assert_string_equal(
		driver_ask(&d,
			"SELECT string_agg((view IS NULL)::text, ',' ORDER BY "
			"domain, position) FROM dane.mx_obs "
			"WHERE scan_id = %lld"),
		"true,true,false");
	assert_string_equal(
		driver_ask(&d,
			"SELECT host || ' ' || domains FROM dane.host_results "
			"WHERE scan_id = %lld"),
		"mx.example.com 2");
	driver_finish(&d, "complete");
}

static void
hostile_octets(void **state)
{
	struct row_host other = BAD_HOST;
	const struct row_mx mx[] = {{1, &BAD_HOST}, {2, &other}};
	struct row_domain domain = BAD_DOMAIN;
	static const char want[] = "E'a\\t\\n\\r\\\\N\\\\.("
				   "\"{},\\'\\x01'";
	static const char odd[] = "E'it\\'s \"\\\\N $$ {},'";
	char sql[1024];
	struct driver d;

	other.reason = NULL;
	domain.hosts = mx;
	domain.host_count = 2;
	driver_begin(&d, *state, 0);
	store_add_certificate(d.store, &BAD_CERTIFICATE);
	store_add_host(d.store, &BAD_HOST);
	store_add_domain(d.store, &domain);
	store_flush(d.store);
	driver_until_committed(&d, 1);
	(void)snprintf(sql, sizeof(sql),
		"SELECT count(*) FROM dane.domain_results "
		"JOIN dane.host_results h USING (scan_id) "
		"JOIN dane.endpoint_results e USING (scan_id) "
		"JOIN dane.tlsa_records t USING (scan_id) "
		"JOIN dane.mx_obs m USING (scan_id), dane.certificates c "
		"WHERE scan_id = %%lld AND mx_why = %s AND h.base = %s "
		"AND e.detail = %s AND t.hint = %s AND lint[1] = %s "
		"AND c.subject = %s AND m.view ->> 'base' = %s "
		"AND EXISTS (SELECT FROM dane.domain_extras x "
		"WHERE x.scan_id = m.scan_id AND x.mta_sts_id = %s "
		"AND x.ns[1] = %s)",
		want, want, want, odd, odd, want, want, want, want);
	assert_string_equal(driver_ask(&d, sql), "1");
	driver_finish(&d, "complete");
}

/* A program that did not tell all of its words: nothing is stored, and who
   reads the error knows which one it is. */
static void
unknown_word(void **state)
{
	static const char *const lint[] = {"tlsa-no-rollover", "unheard-of"};
	struct row_domain domain = rows_short(1, "unknown.example");
	struct driver d;

	for (int i = 0; i < 2; i++) {
		driver_begin(&d, *state, 0);
		domain.class = i == 0 ? "unheard-of" : "broken";
		domain.lint = lint;
		domain.lint_count = i == 0 ? 0 : 2;
		store_add_domain(d.store, &domain);
		store_flush(d.store);
		driver_until_failed(&d);
		assert_non_null(
			strstr(store_failed(d.store), "\"unheard-of\""));
		assert_string_equal(
			driver_ask(&d, "SELECT count(*) FROM dane.domain_obs "
				       "WHERE scan_id = %lld"),
			"0");
		store_free(d.store);
	}
}

static void
certificates_once(void **state)
{
	struct row_certificate certificate = {.sha256 = ROWS_CHAIN[0],
		.spki_sha256 = ROWS_CHAIN[1],
		.spki_sha512 = SPKI_SHA512,
		.der = ROWS_TLSA_DATA,
		.len = 3,
		.subject = "CN=first",
		.issuer = "CN=i",
		.not_before = 0,
		.not_after = ROWS_TIME_S,
		.key = "EC-256"};
	struct driver d;

	cluster_ask(((struct fixture *)*state)->side,
		"DELETE FROM dane.certificate", d.text);
	for (int i = 0; i < 2; i++) {
		driver_begin(&d, *state, 0);
		store_add_certificate(d.store, &certificate);
		store_add_certificate(d.store, &certificate);
		certificate.subject = "CN=second";
		driver_finish(&d, "complete");
	}
	assert_string_equal(cluster_ask(d.f->side,
				    "SELECT string_agg(subject || (last_seen > "
				    "first_seen)::text || not_after, ' ') "
				    "FROM dane.certificates",
				    d.text),
		"CN=firsttrue2026-11-21 20:00:00+00");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_hold_the_record),
		cmocka_unit_test(hostile_octets),
		cmocka_unit_test(unknown_word),
		cmocka_unit_test(certificates_once),
	};

	return cmocka_run_group_tests(tests, driver_setup, driver_teardown);
}
