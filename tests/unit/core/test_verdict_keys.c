/*
 * Tests of scanner/core/verdict.c: addresses that were talked to more than
 * once. The id of a row is that of the conformance matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/verdict.h"
#include "tests/unit/core/fixture.h"

/* A host with so many addresses, all of them talked to. */
static struct fact_host *
make_host(const struct fixture *f, const char *records, size_t addresses)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));

	host->name = host->base = "mx.example.com";
	host->a.status = host->tlsa.status = ANSWER_DATA;
	host->a.trust = host->tlsa.trust = ANSWER_SECURE;
	host->aaaa.status = ANSWER_NODATA;
	host->aaaa.trust = ANSWER_SECURE;
	host->record_count = world_records(
		f->world, records, f->arena, &host->records);
	host->endpoint_count = addresses;
	host->endpoints = arena_alloc(
		f->arena, addresses * sizeof(*host->endpoints));
	for (size_t i = 0; i < addresses; i++)
		host->endpoints[i].phase = FACT_PHASE_DONE;
	return host;
}

static const char *
text(enum reason reason)
{
	return reason != REASON_NONE ? vocabulary_reason(reason) : "none";
}

/* What an address says that has a chain for each kind of key. */
static const struct key_row {
	const char *id, *records, *first, *other;
	enum reason reason;
	enum fact_key failed;
	int matched; /* by the first record */
	enum hint hint;
} key_rows[] = {
	{"D34 both match", "3 1 1 L, 3 1 1 LN", "L I", "LN I", REASON_NONE,
		FACT_KEY_ANY, 1, HINT_NONE},
	{"D34 F09 the first alone matches", "3 1 1 L", "L I", "LN I",
		REASON_DANE_NO_MATCH, FACT_KEY_RSA, 1, HINT_ONLY_ONE_KEY_TYPE},
	{"D34 F09 the other alone matches", "3 1 1 LN", "L I", "LN I",
		REASON_DANE_NO_MATCH, FACT_KEY_ECDSA, 1,
		HINT_ONLY_ONE_KEY_TYPE},
	{"D34 neither matches", "3 1 1 S", "L I", "LN I", REASON_DANE_NO_MATCH,
		FACT_KEY_ANY, 0, HINT_NONE},
	{"D34 an issuer covers both", "2 1 1 I", "L I", "LN I", REASON_NONE,
		FACT_KEY_ANY, 1, HINT_NONE},
	{"D34 the other has expired", "2 1 1 I", "L I", "Expired I",
		REASON_CERT_EXPIRED, FACT_KEY_RSA, 1, HINT_NONE},
	{"D34 wrong names are worse than dates", "2 1 1 I", "Expired I",
		"Other I", REASON_CERT_NAME_MISMATCH, FACT_KEY_ANY, 1,
		HINT_NONE},
};

static struct fact_tls *
make_tls(const struct fixture *f, const char *key, const char *chain)
{
	struct fact_tls *tls = arena_alloc(f->arena, sizeof(*tls));

	tls->key = key;
	tls->chain_len = world_chain(f->world, chain, f->arena, &tls->chain);
	return tls;
}

static void
test_two_keys(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(key_rows) / sizeof(*key_rows); i++) {
		const struct key_row *row = &key_rows[i];
		/* Two addresses that behave alike. */
		struct fact_host *host = make_host(f, row->records, 2);
		struct verdict_host got;

		for (size_t e = 0; e < host->endpoint_count; e++) {
			host->endpoints[e].tls = make_tls(
				f, "EC-256", row->first);
			host->endpoints[e].other = make_tls(
				f, "RSA-2048", row->other);
		}
		verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
		for (size_t e = 0; e < host->endpoint_count; e++)
			if (got.endpoints[e].reason != row->reason ||
				got.endpoints[e].failed_key != row->failed)
				fail_msg("%s: %s, key %d", row->id,
					text(got.endpoints[e].reason),
					(int)got.endpoints[e].failed_key);
		assert_int_equal(got.reason, row->reason);
		assert_int_equal(got.class,
			row->reason == REASON_NONE ? HOST_VALID : HOST_BROKEN);
		assert_int_equal(
			got.outage, row->reason != REASON_NONE &&
					    row->failed == FACT_KEY_ANY);
		if (got.records[0].matched != row->matched ||
			got.records[0].hint != row->hint)
			fail_msg("%s: match %d, hint %d", row->id,
				got.records[0].matched,
				(int)got.records[0].hint);
	}
}

/* D30: what would match is what clients without a server name are shown. */
static void
test_without_sni(void **state)
{
	static const struct {
		const char *id, *first; /* NULL: alert 112 */
		uint32_t flag;
		enum reason reason;
		int match;
		enum hint hint;
	} cases[] = {
		{"D30", NULL, FLAG_BIT(FLAG_SNI_FATAL), REASON_TLS_ALERT_112,
			-1, HINT_MATCHES_ONLY_WITHOUT_SNI},
		{"other default", "S", FLAG_BIT(FLAG_SNI_OTHER),
			REASON_DANE_NO_MATCH, 0, HINT_MATCHES_ONLY_WITHOUT_SNI},
		{"other default, of no use", "L I", FLAG_BIT(FLAG_SNI_OTHER),
			REASON_NONE, 1, HINT_NONE},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fact_host *host = make_host(f, "3 1 1 L", 1);
		struct fact_endpoint *endpoint = &host->endpoints[0];
		struct verdict_host got;

		endpoint->tls = NULL;
		endpoint->failure = REASON_TLS_ALERT_112;
		if (cases[i].first != NULL) {
			endpoint->tls = make_tls(f, "EC-256", cases[i].first);
			endpoint->failure = REASON_NONE;
		}
		endpoint->other = make_tls(
			f, "EC-256", cases[i].hint == HINT_NONE ? "S" : "L I");
		endpoint->flags = cases[i].flag;
		verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
		if (got.reason != cases[i].reason)
			fail_msg("%s: %s", cases[i].id, text(got.reason));
		assert_int_equal(got.endpoints[0].failed_key, FACT_KEY_ANY);
		assert_int_equal(
			got.records[0].judged ? got.records[0].matched : -1,
			cases[i].match);
		assert_int_equal(got.records[0].hint, cases[i].hint);
		assert_int_equal(got.flags, cases[i].flag);
	}
}

/* The name of either chain can depend on the domain. */
static void
test_names_of_the_other_key(void **state)
{
	const struct dane_names names = {.name = {"example.com"}, .count = 1};
	const struct fixture *f = *state;
	struct fact_host *host = make_host(f, "2 1 1 I", 1);
	struct verdict_host got;

	host->endpoints[0].tls = make_tls(f, "EC-256", "L I");
	host->endpoints[0].other = make_tls(f, "RSA-2048", "Domain I");
	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
	assert_int_equal(got.reason, REASON_CERT_NAME_MISMATCH);
	assert_true(verdict_depends_on_names(&got));
	verdict_host(f->dane, host, &names, PKI_NOW, f->arena, &got);
	assert_int_equal(got.class, HOST_VALID);
	assert_true(verdict_depends_on_names(&got));
}

/* A character an address: o is good, x does not match; O, X, U (unreachable)
   and N (none of ours) are IPv6. */
static void
test_families(void **state)
{
	static const struct {
		const char *id, *addresses;
		bool split;
	} cases[] = {
		{"IPv6 wrong", "oX", true},
		{"IPv4 wrong", "xO", true},
		{"several", "ooXX", true},
		{"G33 IPv6 dead", "oU", true},
		{"all good", "oO", false},
		{"all wrong", "xX", false},
		{"some of one family", "oxO", false},
		{"the good family is not all good", "oxX", false},
		{"D45", "oN", false},
		{"one family", "ox", false},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = cases[i].addresses;
		struct fact_host *host = make_host(f, "3 1 1 L", strlen(at));
		struct verdict_host got;

		for (size_t e = 0; at[e] != '\0'; e++) {
			struct fact_endpoint *end = &host->endpoints[e];

			end->address.ipv6 = strchr("OXUN", at[e]) != NULL;
			if (strchr("oO", at[e]) != NULL)
				end->tls = make_tls(f, "EC-256", "L I");
			else if (strchr("xX", at[e]) != NULL)
				end->tls = make_tls(f, "EC-256", "S");
			else
				end->failure = at[e] == 'N'
						       ? REASON_NO_LOCAL_V6
						       : REASON_TCP_TIMEOUT;
		}
		verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
		if (!(got.flags & FLAG_BIT(FLAG_ONLY_ONE_FAMILY)) ==
			cases[i].split)
			fail_msg("%s: flags %lx", cases[i].id,
				(unsigned long)got.flags);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_keys),
		cmocka_unit_test(test_names_of_the_other_key),
		cmocka_unit_test(test_without_sni),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
