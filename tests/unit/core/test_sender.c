/*
 * Tests of scanner/core/sender.c. The id of a row is that of the conformance
 * matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/sender.h"
#include "tests/unit/core/fixture.h"

#define FLAG(x) 1u << FLAG_##x

static const struct row {
	const char *id, *records, *chain, *version, *unvouched;
	uint64_t flags;
} rows[] = {
	{"D01", "3 1 1 L", "L I", "TLSv1.3", NULL, 0},
	{"D27", "3 1 1 L", "L I", "TLSv1", NULL, FLAG(PF_WOULD_FAIL)},
	{"D27", "3 1 1 L", "L I", "TLSv1.1", NULL, FLAG(PF_WOULD_FAIL)},
	{"D27", "3 1 1 L", "L I", "TLSv1.2", NULL, 0},
	{"D27 and no match", "3 1 1 LN", "L I", "TLSv1", NULL, 0},
	{"E10", "3 1 1 Rsa", "Rsa I", NULL, NULL, 0},
	{"E11", "3 1 1 Tiny", "Tiny I", NULL, NULL, FLAG(PF_WOULD_FAIL)},
	{"E54", "2 1 1 I", "ShaOne I", NULL, NULL, FLAG(PF_WOULD_FAIL)},
	{"E29", "2 1 1 I", "Domain I", NULL, "example.com",
		FLAG(PF_WOULD_PASS)},
	{"E29 MX secure", "2 1 1 I", "Domain I", NULL, NULL, 0},
	{"E29 neither name", "2 1 1 I", "Other I", NULL, "example.com", 0},
	{"E40", "2 1 1 S", "S", NULL, NULL, FLAG(EXIM_WOULD_PASS)},
	{"E41", "2 0 0 S", "S", NULL, NULL, FLAG(EXIM_WOULD_PASS)},
	{"E40 another certificate", "2 1 1 L", "S", NULL, NULL, 0},
	{"E43", "2 1 1 L", "L I R", NULL, NULL, 0},
	{"C25", "3 1 1 L, 3 1 2 LN", "L I", NULL, NULL, FLAG(AGILITY)},
	{"C26", "3 1 2 L, 3 1 1 LN", "L I", NULL, NULL, 0},
};

static void
test_flags(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		const struct dane_names names = {
			.base = "mx.example.com", .unvouched = row->unvouched};
		struct fact_tls tls = {.version = row->version};
		struct fact_host host = {.name = names.base};
		struct dane_result result;
		uint64_t got;

		tls.chain_len = world_chain(
			f->world, row->chain, f->arena, &tls.chain);
		host.record_count = world_records(
			f->world, row->records, f->arena, &host.records);
		dane_evaluate(f->dane, host.records, host.record_count,
			tls.chain, tls.chain_len, &names, PKI_NOW, &result);
		got = sender_flags(f->dane, &(struct sender_case){&host, &tls,
						    &names, PKI_NOW, &result});
		if (got != (row->flags))
			fail_msg("%s: %lx, not %lx", row->id,
				(unsigned long)got, (unsigned long)row->flags);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
