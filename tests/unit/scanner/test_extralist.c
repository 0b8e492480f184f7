/* extralist: the words of --extras. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include "scanner/core/extra.h"
#include "scanner/extralist.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define KNOWN "; known are mta-sts, tlsrpt, ns, ds, denial, ports, all, none"

/* In any order, each once. */
static void
test_good(void **state)
{
	static const struct {
		const char *text;
		unsigned set;
		const char *json;
	} rows[] = {
		{"none", EXTRA_NONE, "[]"},
		{"ds,mta-sts,ds", 1 << EXTRA_DS | 1 << EXTRA_MTA_STS,
			"[\"mta-sts\",\"ds\"]"},
		{"all", EXTRA_ALL,
			"[\"mta-sts\",\"tlsrpt\",\"ns\",\"ds\",\"denial\","
			"\"ports\"]"},
		{"ports,none", 1 << EXTRA_PORTS, "[\"ports\"]"},
	};
	char problem[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned set = ~0U;
		json_t *json;
		char *text;

		assert_int_equal(extralist_parse(&set, rows[i].text, problem,
					 sizeof(problem)),
			0);
		assert_int_equal(set, rows[i].set);
		json = extralist_json(set);
		text = json_dumps(json, JSON_COMPACT);
		assert_string_equal(text, rows[i].json);
		free(text);
		json_decref(json);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} rows[] = {
		{"", "unknown word \"\"" KNOWN},
		{"ds,,ns", "unknown word \"\"" KNOWN},
		{"ds,", "unknown word \"\"" KNOWN},
		{"ds, ns", "unknown word \" ns\" (did you mean ns?)" KNOWN},
		{"ns,mta_sts", "unknown word \"mta_sts\" (did you mean "
			       "mta-sts?)" KNOWN},
		{"DS", "unknown word \"DS\"" KNOWN},
		{"tlsrptaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,ds",
			"unknown word "
			"\"tlsrptaaaaaaaaaaaaaaaaaaaaaaaaa\"" KNOWN},
	};
	char problem[200];
	unsigned set;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(extralist_parse(&set, rows[i].text, problem,
					 sizeof(problem)),
			-1);
		assert_string_equal(problem, rows[i].problem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
