/*
 * Tests of scanner/core/lint_chain.c. The id of a row is that of the
 * conformance matrix.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <openssl/sha.h>
#include <cmocka.h>

#include "scanner/core/lint_chain.h"
#include "tests/unit/core/fixture.h"

#define BIT(lint) ((uint64_t)1 << LINT_##lint)

static const struct row {
	const char *id, *records, *chain;
	time_t now;
	uint64_t lints;
} rows[] = {
	{"quiet", "3 1 1 L", "L I", PKI_NOW, 0},
	{"quiet anchor", "2 1 1 I", "L I", PKI_NOW, 0},
	{"G04", "3 0 1 Brief", "Brief I", PKI_NOW, BIT(TLSA_CERT_DIGEST)},
	{"G04 key", "3 1 1 Brief", "Brief I", PKI_NOW, 0},
	{"G04 lives long", "3 0 1 L", "L I", PKI_NOW, 0},
	{"G09 E17", "2 0 0 R", "L I", PKI_NOW, BIT(TLSA_TA_FROM_DNS)},
	{"G09 E18", "2 1 0 R", "L I", PKI_NOW, BIT(TLSA_TA_FROM_DNS)},
	{"G09 E19", "2 1 0 I", "L", PKI_NOW, BIT(TLSA_TA_FROM_DNS)},
	{"G09 E42", "2 1 0 S", "S", PKI_NOW, BIT(TLSA_TA_FROM_DNS)},
	{"G09 sent as well", "2 0 0 I", "L I", PKI_NOW, 0},
	{"G09 sent as well", "2 1 0 I", "L I", PKI_NOW, 0},
	{"G10", "2 1 1 R", "L I R", PKI_NOW, BIT(TLSA_TA_ROOT)},
	{"G12", "2 1 1 I", "L I", PKI_NOW + 352 * PKI_DAY, BIT(CERT_EXPIRING)},
	{"G12 in time", "2 1 1 I", "L I", PKI_NOW + 350 * PKI_DAY, 0},
	{"G12 E02", "3 1 1 Expired", "Expired I", PKI_NOW,
		BIT(EE_CERT_EXPIRED)},
	{"G12 usage 3", "3 1 1 L", "L I", PKI_NOW + 352 * PKI_DAY,
		BIT(EE_CERT_EXPIRED)},
	{"G13 E10", "3 1 1 Rsa", "Rsa I", PKI_NOW, BIT(WEAK_KEY)},
	{"G13 E09", "3 1 1 ShaOne", "ShaOne I", PKI_NOW, BIT(WEAK_KEY)},
	{"E21", "2 1 1 I", "L R I", PKI_NOW, BIT(CHAIN_ORDER)},
	{"E33", "2 1 1 I", "Cn I", PKI_NOW, BIT(CERT_CN_ONLY)},
	{"E34", "2 1 1 I", "CnMail I", PKI_NOW, BIT(CERT_CN_ONLY)},
	{"E47", "2 1 1 IExpired", "LIExpired IExpired", PKI_NOW,
		BIT(TA_EXPIRED)},
	{"unusable", "1 1 1 Rsa", "Rsa I", PKI_NOW, 0},
};

static struct fact_host *
make_host(const struct fixture *f, const char *records, const char *chain)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));
	struct fact_tls *tls = arena_alloc(f->arena, sizeof(*tls));

	host->name = host->base = "mx.example.com";
	host->a.status = host->tlsa.status = ANSWER_DATA;
	host->a.trust = host->tlsa.trust = ANSWER_SECURE;
	host->record_count = world_records(
		f->world, records, f->arena, &host->records);
	tls->key = "EC-256";
	tls->chain_len = world_chain(f->world, chain, f->arena, &tls->chain);
	host->endpoint_count = 1;
	host->endpoints = arena_alloc(f->arena, sizeof(*host->endpoints));
	host->endpoints[0].phase = FACT_PHASE_DONE;
	host->endpoints[0].tls = tls;
	return host;
}

static void
test_chains(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct verdict_host got;

		verdict_host(f->dane, make_host(f, row->records, row->chain),
			NULL, row->now, f->arena, &got);
		if (got.lints != row->lints)
			fail_msg("%s: %" PRIx64 ", not %" PRIx64, row->id,
				got.lints, row->lints);
	}
}

/* G14, D39 */
static void
test_ciphers(void **state)
{
	static const struct {
		const char *cipher;
		bool weak;
		const char *group;
	} ciphers[] = {
		{"TLS_AES_256_GCM_SHA384", false, NULL},
		{"ECDHE-RSA-AES256-GCM-SHA384", false, NULL},
		{"DHE-RSA-AES128-SHA", false, NULL},
		{"AES128-SHA", true, NULL},
		{"ECDHE-RSA-DES-CBC3-SHA", true, NULL},
		{"ECDHE-RSA-RC4-SHA", true, NULL},
		{"DHE-RSA-AES128-SHA", true, "DH-1024"},
		{"DHE-RSA-AES128-SHA", true, "DH-768"},
		{"DHE-RSA-AES128-SHA", false, "DH-2048"},
		{"DHE-RSA-AES128-SHA", false, "DH-16384"},
		{"ECDHE-RSA-AES128-SHA", false, "X25519"},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++) {
		struct fact_host *host = make_host(f, "3 1 1 L", "L I");
		struct fact_tls tls = *host->endpoints[0].tls;
		struct verdict_host got;

		tls.cipher = ciphers[i].cipher;
		tls.group = ciphers[i].group;
		host->endpoints[0].tls = &tls;
		verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
		if (got.lints != (ciphers[i].weak ? BIT(WEAK_CIPHER) : 0))
			fail_msg("%s", ciphers[i].cipher);
	}
}

/* G17, G18: the key that is shown first, and a second one. */
static void
test_keys(void **state)
{
	const struct fixture *f = *state;
	struct fact_host *host = make_host(f, "3 1 1 L", "L I");
	struct fact_tls other = {.key = "RSA-2048"};
	struct verdict_host got;
	const uint8_t *spki;
	size_t len;

	spki = pki_der(world_pki(f->world, "L"), 1, &len);
	other.chain_len = world_chain(f->world, "LN I", f->arena, &other.chain);
	host->endpoints[0].other = &other;
	verdict_host(f->dane, host, NULL, PKI_NOW, f->arena, &got);
	assert_int_equal(got.lints, BIT(TLSA_ONE_KEY_TYPE));
	assert_memory_equal(got.leaf_key, SHA256(spki, len, NULL), 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_ciphers),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
