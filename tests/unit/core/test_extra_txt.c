/*
 * Tests of scanner/core/extra_txt.c: the records of MTA-STS (RFC 8461 section
 * 3.1) and TLSRPT (RFC 8460 section 3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/extra_txt.h"
#include "tests/unit/core/answers.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define ID32 "01234567890123456789012345678901"

struct row {
	const char *text;
	enum fact_txt state;
	const char *value;
};

/* G22 the TXT record of MTA-STS */
static const struct row mtasts_rows[] = {
	{"v=STSv1; id=20160831085700Z;", FACT_TXT_PRESENT, "20160831085700Z"},
	{"v=STSv1;id=1", FACT_TXT_PRESENT, "1"},
	{"v=STSv1; id=1 ; ", FACT_TXT_PRESENT, "1"},
	{"v=STSv1; id=1\t;\tx-y_z.0=<a:b>;", FACT_TXT_PRESENT, "1"},
	{"v=STSv1; x=y; id=1; id=2;", FACT_TXT_PRESENT, "1"},
	{"v=STSv1; id=" ID32 ";", FACT_TXT_PRESENT, ID32},
	{"v=STSv1; id=" ID32 "2;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; ", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; ID=1;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id = 1;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=2016-08-31;", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1;; x=y", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; x", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; x=", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; x=a b", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; x=a=b", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; -x=a", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1; id=1; " ID32 "x=a", FACT_TXT_MALFORMED, NULL},
	{"v=STSv1", FACT_TXT_ABSENT, NULL},
	{"v=STSv1 ; id=1", FACT_TXT_ABSENT, NULL},
	{"v=stsv1; id=1", FACT_TXT_ABSENT, NULL},
	{" v=STSv1; id=1", FACT_TXT_ABSENT, NULL},
	{"v=spf1 -all", FACT_TXT_ABSENT, NULL},
	{"", FACT_TXT_ABSENT, NULL},
};

/* G23 the TXT record of TLSRPT */
static const struct row tlsrpt_rows[] = {
	{"v=TLSRPTv1; rua=mailto:a@b.example", FACT_TXT_PRESENT,
		"mailto:a@b.example"},
	{"v=TLSRPTv1;rua=https://b.example/v1?a=b;", FACT_TXT_PRESENT,
		"https://b.example/v1?a=b"},
	{"v=TLSRPTv1; rua=mailto:a@b.example , https://b.example/x",
		FACT_TXT_PRESENT, "mailto:a@b.example , https://b.example/x"},
	{"v=TLSRPTv1; rua=MAILTO:a@b.example", FACT_TXT_PRESENT,
		"MAILTO:a@b.example"},
	{"v=TLSRPTv1;", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; ruf=mailto:a@b.example", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=a@b.example", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=http://b.example/", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=mailto:", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=mailto:a@b.example,", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv1; rua=mailto:a b@c.example", FACT_TXT_MALFORMED, NULL},
	{"v=TLSRPTv2; rua=mailto:a@b.example", FACT_TXT_ABSENT, NULL},
};

typedef enum fact_txt (*read_cb)(
	const char *text, size_t len, const char **value, size_t *value_len);

static void
check(const struct row *rows, size_t count, read_cb read)
{
	for (size_t i = 0; i < count; i++) {
		const char *value;
		size_t len;
		enum fact_txt state = read(
			rows[i].text, strlen(rows[i].text), &value, &len);

		if (state != rows[i].state)
			fail_msg("%s: %s", rows[i].text, fact_txt_label(state));
		if (rows[i].value == NULL)
			continue;
		assert_int_equal(len, strlen(rows[i].value));
		assert_memory_equal(value, rows[i].value, len);
	}
}

static void
test_mtasts(void **state)
{
	(void)state;
	check(mtasts_rows, COUNT(mtasts_rows), extra_txt_mtasts);
}

static void
test_tlsrpt(void **state)
{
	(void)state;
	check(tlsrpt_rows, COUNT(tlsrpt_rows), extra_txt_tlsrpt);
}

static void
add_txt(struct answers *answers, const char *text)
{
	char rdata[256];
	size_t len = strlen(text);

	rdata[0] = (char)len;
	memcpy(rdata + 1, text, len);
	answers_octets(answers, rdata, len + 1);
}

/* G22, G23: other records are passed over, and one must be left. */
static void
test_records(void **state)
{
	static const struct {
		const char *texts[3];
		enum fact_txt state;
		const char *id;
	} rows[] = {
		{{"v=STSv1; id=1"}, FACT_TXT_PRESENT, "1"},
		{{"v=spf1 -all", "v=STSv1; id=1"}, FACT_TXT_PRESENT, "1"},
		{{"v=spf1 -all"}, FACT_TXT_ABSENT, NULL},
		{{"v=STSv1; id=1", "v=STSv1; id=1"}, FACT_TXT_MULTIPLE, NULL},
		{{"v=STSv1; id=1", "v=STSv1; id"}, FACT_TXT_MULTIPLE, NULL},
		{{"v=STSv1;", "x"}, FACT_TXT_MALFORMED, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answers *answers = answers_new(
			ANSWER_DATA, ANSWER_SECURE);
		struct arena *arena = arena_new();
		struct fact_mtasts fact = {0};

		for (size_t t = 0; t < 3 && rows[i].texts[t] != NULL; t++)
			add_txt(answers, rows[i].texts[t]);
		extra_txt_take_mtasts(&fact, &answers->answer, arena);
		assert_int_equal(fact.lookup.trust, ANSWER_SECURE);
		assert_int_equal(fact.state, rows[i].state);
		if (rows[i].id == NULL)
			assert_null(fact.id);
		else
			assert_string_equal(fact.id, rows[i].id);
		arena_free(arena);
		free(answers);
	}
}

/* G22: several strings of one record are read as one; octets that are no
   strings are passed over. */
static void
test_strings(void **state)
{
	struct answers *answers = answers_new(ANSWER_DATA, ANSWER_SECURE);
	struct arena *arena = arena_new();
	struct fact_tlsrpt fact = {0};

	(void)state;
	answers_octets(answers, "\7v=TLSRP\34Tv1; rua=mailto:a@b.example;", 37);
	answers_octets(answers, "\7v=TLSRP\35Tv1; rua=mailto:a@b.example;", 37);
	extra_txt_take_tlsrpt(&fact, &answers->answer, arena);
	assert_int_equal(fact.state, FACT_TXT_PRESENT);
	assert_string_equal(fact.rua, "mailto:a@b.example");
	arena_free(arena);
	free(answers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mtasts),
		cmocka_unit_test(test_tlsrpt),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
