/* zonefile: which lines are delegations, and of what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scanner/zonefile.h"

/* One line and what comes of it: "+owner", "-" for other, "!problem". */
struct step {
	const char *line;
	const char *result;
};

static void
play_from(struct zonefile zone, const struct step *steps)
{
	char result[ZONEFILE_NAME + 1];

	for (; steps->line != NULL; steps++) {
		switch (zonefile_line(&zone, (const uint8_t *)steps->line,
			strlen(steps->line))) {
		case ZONEFILE_DELEGATION:
			snprintf(result, sizeof(result), "+%s", zone.owner);
			break;
		case ZONEFILE_OTHER:
			strcpy(result, "-");
			break;
		case ZONEFILE_BAD:
			snprintf(result, sizeof(result), "!%s", zone.problem);
			break;
		}
		assert_string_equal(result, steps->result);
	}
}

static void
play(const struct step *steps)
{
	play_from((struct zonefile){0}, steps);
}

/* Only the signed delegations: those with DS, before or after their NS. */
static void
test_only_signed(void **state)
{
	(void)state;
	play_from((struct zonefile){.only_signed = true},
		(const struct step[]){
			{"$ORIGIN org.", "-"},
			{"@ 900 in soa a0 h 1 2 3 4 5", "-"},
			{"@ in ns a0", "-"},
			{"@ in dnskey 257 3 8 AwEA", "-"},
			{"a in ns ns1.a.net.", "-"},
			{"a in ds 1 8 2 00ff", "+a.org"},
			{"a in ds 1 8 4 00ff", "-"},
			{"  in rrsig ds 8 2 3600 x", "-"},
			{"b in ns ns1.a.net.", "-"},
			{"c in ds ( 1 8 2", "+c.org"},
			{"  00ff )", "-"},
			{"c in ns ns1.a.net.", "-"},
			{"d in cds 1 8 2 00ff", "-"},
			{NULL, NULL},
		});
}

/* As registries publish them: absolute names, tabs, lower case. */
static void
test_published(void **state)
{
	(void)state;
	play((const struct step[]){
		{"org.\t900\tin\tsoa\ta0.org. h.org. 1 2 3 4 5", "-"},
		{"org.\t86400\tin\tns\ta0.org.", "-"},
		{"0.org.\t3600\tin\tns\tns1.a.net.", "+0.org"},
		{"0.org.\t3600\tin\tns\tns2.a.net.", "-"},
		{"0.org.\t3600\tin\tds\t1 8 2 00ff", "-"},
		{"0.org.\t3600\tin\trrsig\tds 8 2 3600 x", "-"},
		{"1.org.\t3600\tin\tns\tns1.a.net.", "+1.org"},
		{"ns.1.org.\t3600\tin\ta\t192.0.2.1", "-"},
		{"0.org.\t3600\tin\tns\tns3.a.net.", "+0.org"},
		{NULL, NULL},
	});
}

/* RFC 1035 section 5: relative names, blank owners, parentheses. */
static void
test_master_file(void **state)
{
	(void)state;
	play((const struct step[]){
		{"$TTL 1d", "-"},
		{"$ORIGIN Example.", "-"},
		{"@ IN SOA ns hostmaster ( ; the numbers", "-"},
		{"  1 2", "-"},
		{"a NS ns.a ; not a record here", "-"},
		{"  3 4 5 )", "-"},
		{"  NS ns", "-"},
		{"a NS ns.a", "+a.Example"},
		{"\tNS ns.b", "-"},
		{"A.EXAMPLE. IN NS x.", "-"},
		{"b 1h30m IN NS ns", "+b.Example"},
		{"c IN 3600 NS ns", "+c.Example"},
		{"d CLASS1 NS ( ns )", "+d.Example"},
		{"ns NS ns", "+ns.Example"},
		{"in NS ns", "+in.Example"},
		{"3600 NS ns", "+3600.Example"},
		{"txt TXT \"; ( not \\\" open\" (", "-"},
		{"z NS inside", "-"},
		{")", "-"},
		{"$ORIGIN sub", "-"},
		{"e NS ns", "+e.sub.Example"},
		{"$ORIGIN .", "-"},
		{"f NS ns", "+f"},
		{"", "-"},
		{"; comment", "-"},
		{"x\\.", "!not a record of a zone file"},
		{"x\\. NS ns", "+x\\."},
		{". NS a.root", "-"},
		{NULL, NULL},
	});
}

static void
test_bad(void **state)
{
	char owner[ZONEFILE_NAME + 16];

	(void)state;
	memset(owner, 'a', sizeof(owner));
	strcpy(owner + ZONEFILE_NAME, ". NS x");
	play((const struct step[]){
		{"  NS ns", "!a record without an owner name"},
		{"a NS ns", "!a relative name, and no $ORIGIN before it"},
		{"$ORIGIN", "!$ORIGIN without a name"},
		{"$ORIGIN a", "!a relative name, and no $ORIGIN before it"},
		{"$INCLUDE f", "!$INCLUDE is not followed"},
		{"$GENERATE 1-9 a$ NS b", "!$GENERATE is not followed"},
		{"$X", "!unknown directive of a zone file"},
		{"example.com.", "!not a record of a zone file"},
		{"example.com. 300 IN", "!not a record of a zone file"},
		{"a. 300 300 NS b", "!not a record of a zone file"},
		{"a. * b", "!not a record of a zone file"},
		{owner, "!owner name too long"},
		/* A bad line opens nothing. */
		{"smile (", "!not a record of a zone file"},
		{"b. NS ns.", "+b"},
		{NULL, NULL},
	});
}

/* A parenthesis that is never closed does not swallow the list. */
static void
test_open(void **state)
{
	static const char line[] = "a.example. NS b.";
	struct zonefile zone = {0};
	unsigned lines = 0;

	(void)state;
	zonefile_line(&zone, (const uint8_t *)"x. TXT (", 8);
	while (zonefile_line(&zone, (const uint8_t *)line, strlen(line)) ==
		ZONEFILE_OTHER)
		lines++;
	assert_int_equal(lines, 1000);
	assert_non_null(strstr(zone.problem, "parenthesis"));
	assert_int_equal(
		zonefile_line(&zone, (const uint8_t *)line, strlen(line)),
		ZONEFILE_DELEGATION);
}

static void
test_detect(void **state)
{
	static const struct {
		const char *line;
		bool is_zone;
	} cases[] = {
		{"$ORIGIN com.", true},
		{"$TTL 300", true},
		{"com. 900 in soa a. b. 1 2 3 4 5", true},
		{"example.com. IN NS ns.", true},
		{"a NS b", true},
		{"example.com", false},
		{"example.com # NS", false},
		{"1,example.com", false},
		{"domain", false},
		{"", false},
		{"  NS b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(zonefile_detect((const uint8_t *)cases[i].line,
					 strlen(cases[i].line)),
			cases[i].is_zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_only_signed),
		cmocka_unit_test(test_master_file),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_detect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
