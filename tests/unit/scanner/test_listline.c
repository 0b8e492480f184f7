/* listline: formats, headers, tags, and the reason for each bad line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/listline.h"

/* "+name tag=value", "-" skipped, "!problem". */
struct step {
	const char *line;
	const char *result;
};

static void
describe(struct listline *list, enum listline_status status, char *out,
	size_t size)
{
	size_t used;

	switch (status) {
	case LISTLINE_NAME:
		break;
	case LISTLINE_SKIP:
		snprintf(out, size, "-");
		return;
	case LISTLINE_BAD:
		snprintf(out, size, "!%s", list->problem);
		return;
	}
	used = (size_t)snprintf(out, size, "+%s", list->name);
	for (size_t i = 0; i < list->tag_count; i++)
		used += (size_t)snprintf(out + used, size - used, " %s=%s",
			list->tags[i].name, list->tags[i].value);
}

static void
play(enum list_format format, const struct step *steps)
{
	struct listline *list = malloc(sizeof(*list));
	char result[1024];

	listline_start(list, format, false);
	for (; steps->line != NULL; steps++) {
		enum listline_status status = listline_parse(list,
			(const uint8_t *)steps->line, strlen(steps->line));

		describe(list, status, result, sizeof(result));
		assert_string_equal(result, steps->result);
	}
	free(list);
}

#define NO_RANK                                                             \
	"!CSV: neither rank,domain nor a header line with a domain column " \
	"before it"

static void
test_plain(void **state)
{
	char reason[128];

	(void)state;
	snprintf(reason, sizeof(reason), "!%s", name_error_text(NAME_BAD_CHAR));
	play(LIST_AUTO, (const struct step[]){
				{"\xef\xbb\xbf# a list", "-"},
				{"", "-"},
				{" \t ", "-"},
				{"; also one", "-"},
				{"Example.COM", "+example.com"},
				{"  example.net.  ", "+example.net"},
				{"example.org # the third", "+example.org"},
				{"b\xc3\xbc"
				 "cher.example",
					"+xn--bcher-kva.example"},
				{"1,example.com", reason},
				{"a b.example", reason},
				{"domain", "+domain"},
				{NULL, NULL},
			});
}

/* A40: the name as it was given, where that is not ASCII. */
static void
test_u_label(void **state)
{
	static struct listline list;
	static const char line[] = " B\xc3\xbc"
				   "cher.example. ";
	static const char plain[] = "Example.com";
	static const char quoted[] = "1,\"b\xc3\xbc"
				     "cher.example\"";

	(void)state;
	listline_start(&list, LIST_PLAIN, false);
	assert_int_equal(
		listline_parse(&list, (const uint8_t *)line, sizeof(line) - 1),
		LISTLINE_NAME);
	assert_string_equal(list.name, "xn--bcher-kva.example");
	assert_string_equal(list.input, "B\xc3\xbc"
					"cher.example.");
	assert_int_equal(listline_parse(&list, (const uint8_t *)plain,
				 sizeof(plain) - 1),
		LISTLINE_NAME);
	assert_null(list.input);
	listline_start(&list, LIST_CSV, false);
	assert_int_equal(listline_parse(&list, (const uint8_t *)quoted,
				 sizeof(quoted) - 1),
		LISTLINE_NAME);
	assert_string_equal(list.input, "b\xc3\xbc"
					"cher.example");
	assert_int_equal(
		listline_take(&list, "a..\xc3\xbc", 5), NAME_LABEL_EMPTY);
	assert_null(list.input);
}

static void
test_ranked(void **state)
{
	(void)state;
	play(LIST_AUTO,
		(const struct step[]){
			{"# Tranco", "-"},
			{"1,google.com", "+google.com rank=1"},
			{"2,\"example.com\"", "+example.com rank=2"},
			{"# comment", "-"},
			{"x,example.com", NO_RANK},
			{",example.com", NO_RANK},
			{"3,example.com,x", NO_RANK},
			{"example.com", NO_RANK},
			{"4,\"example.com", "!CSV: a quoted field does not end "
					    "on its line"},
			{NULL, NULL},
		});
}

static void
test_header(void **state)
{
	char empty[128];

	(void)state;
	snprintf(empty, sizeof(empty), "!%s", name_error_text(NAME_EMPTY));
	play(LIST_AUTO,
		(const struct step[]){
			{"\xef\xbb\xbfrank, Domain ,\"the \"\"kind\"\"\"", "-"},
			{"7,example.com,a",
				"+example.com rank=7 the \"kind\"=a"},
			{"8,\"example.net\",\"b, c\"",
				"+example.net rank=8 the \"kind\"=b, c"},
			{"9,example.org", "+example.org rank=9"},
			{"10", "!CSV: no domain field"},
			{"11,,", empty},
			{"1,a.example,b,c",
				"!CSV: more fields than the header has"},
			{"1,a.example,\xc3\xbc\xff\xc3",
				"+a.example rank=1 the \"kind\"=\xc3\xbc??"},
			{NULL, NULL},
		});
	play(LIST_AUTO, (const struct step[]){
				{"domain", "-"},
				{"example.com", "+example.com"},
				{NULL, NULL},
			});
	play(LIST_CSV, (const struct step[]){
			       {"name", NO_RANK},
			       {"domain,x", NO_RANK},
			       {NULL, NULL},
		       });
}

static void
test_zone(void **state)
{
	char reason[128];

	(void)state;
	snprintf(reason, sizeof(reason), "!%s", name_error_text(NAME_BAD_CHAR));
	play(LIST_AUTO, (const struct step[]){
				{"; published", "-"},
				{"se. 172800 IN SOA a. b. 1 2 3 4 5", "-"},
				{"se. 172800 IN NS a.ns.se.", "-"},
				{"Example.se. 86400 IN NS ns1.example.net.",
					"+example.se"},
				{"\t86400 IN NS ns2.example.net.", "-"},
				{"  ", "-"},
				{"example.com", "!not a record of a zone file"},
				{NULL, NULL},
			});
	/* What is said wins over what is seen. */
	play(LIST_PLAIN, (const struct step[]){
				 {"com. IN NS a.", reason},
				 {NULL, NULL},
			 });
}

/* A tag may hold any UTF-8 and nothing else (RFC 3629 section 4). */
static void
test_utf8(void **state)
{
	static const char *const cases[][2] = {
		{"\x7f", "\x7f"},
		{"\xc2\x80", "\xc2\x80"},
		{"\xc1\xbf", "??"},
		{"\xe0\xa0\x80", "\xe0\xa0\x80"},
		{"\xe0\x9f\x80", "???"},
		{"\xed\x9f\xbf", "\xed\x9f\xbf"},
		{"\xed\xa0\x80", "???"},
		{"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},
		{"\xf0\x8f\x80\x80", "????"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		{"\xf4\x90\x80\x80", "????"},
		{"\xf5\x80", "??"},
		{"\xe2\x82", "??"},
		{"\xe2\x82z", "??z"},
	};
	char line[64];
	char result[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), "a.example,%s", cases[i][0]);
		snprintf(
			result, sizeof(result), "+a.example t=%s", cases[i][1]);
		play(LIST_CSV, (const struct step[]){
				       {"domain,t", "-"},
				       {line, result},
				       {NULL, NULL},
			       });
	}
}

static void
test_junk(void **state)
{
	static const uint8_t nul[] = "a.exa\0mple";
	struct listline *list = malloc(sizeof(*list));
	uint8_t *line = malloc(INPUT_LINE_MAX);

	(void)state;
	listline_start(list, LIST_AUTO, false);
	assert_int_equal(
		listline_parse(list, nul, sizeof(nul) - 1), LISTLINE_BAD);
	assert_string_equal(list->problem, "a NUL octet in the line");
	/* It does not decide the format. */
	assert_int_equal(list->format, LIST_AUTO);
	memset(line, ',', INPUT_LINE_MAX);
	assert_int_equal(
		listline_parse(list, line, INPUT_LINE_MAX), LISTLINE_BAD);
	assert_int_equal(list->format, LIST_CSV);
	memset(line, 'a', INPUT_LINE_MAX);
	assert_int_equal(
		listline_parse(list, line, INPUT_LINE_MAX), LISTLINE_BAD);
	free(line);
	free(list);
}

static void
test_printable(void **state)
{
	char out[16];

	(void)state;
	listline_printable((const uint8_t *)"a b", 3, out, sizeof(out));
	assert_string_equal(out, "a b");
	listline_printable((const uint8_t *)"\t\0\xff\n", 4, out, sizeof(out));
	assert_string_equal(out, "\\x09\\x00\\xFF...");
	listline_printable(
		(const uint8_t *)"abcdefghijklmnop", 16, out, sizeof(out));
	assert_string_equal(out, "abcdefghi...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_u_label),
		cmocka_unit_test(test_ranked),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
