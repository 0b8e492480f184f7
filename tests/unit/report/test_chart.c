/*
 * chart: numbers become drawings. The whole of each kind is compared with a
 * file of golden/; UPDATE_GOLDEN=1 in the environment writes them anew.
 */
#include "report/chart.h"

#include <libxml/tree.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/chart_draw.h"
#include "report/node.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define GOLDEN "tests/unit/report/golden/"

static const char *const labels[] = {"com", "nl", "<b>&\"\xe2\x82\xac</b>"};
static const double valid[] = {60717, 62596, 3};
static const double broken[] = {8, NAN, 0};
static const double totals[] = {194314, 118825, 0};
static const double days[] = {1737489600, 1740168000, 1742587200};
static const double sizes[] = {1, 15, 65535};
static const double shares[] = {10.5, 60.25, 100};

static struct chart
example(enum chart_kind kind, int width)
{
	struct chart chart = {
		.kind = kind,
		.id = "example",
		.title = "A <title> & more",
		.text = "What it shows",
		.unit = "",
		.width = width,
		.count = 3,
		.labels = labels,
		.x = days,
		.series_count = 2,
		.series = {{"Valid", valid}, {"Broken", broken}},
	};

	return chart;
}

static xmlChar *
text_of(const struct chart *chart, int *len)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlChar *text;

	xmlDocSetRootElement(doc, chart_draw(chart));
	xmlDocDumpFormatMemoryEnc(doc, &text, len, "UTF-8", 1);
	xmlFreeDoc(doc);
	return text;
}

static void
update(const char *path, const xmlChar *text, int len)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, (size_t)len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void
is_as_before(const char *name, const struct chart *chart)
{
	char path[128];
	int len;
	xmlChar *text = text_of(chart, &len);
	char *golden = calloc(1, (size_t)len + 2);
	FILE *in;

	(void)snprintf(path, sizeof(path), GOLDEN "%s.svg", name);
	if (getenv("UPDATE_GOLDEN") != NULL)
		update(path, text, len);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_int_equal(fread(golden, 1, (size_t)len + 1, in), len);
	assert_memory_equal(golden, text, (size_t)len);
	fclose(in);
	free(golden);
	xmlFree(text);
}

static void
bars(void **state)
{
	struct chart chart = example(CHART_BARS, CHART_WIDE);

	(void)state;
	chart.series_count = 1;
	chart.totals = totals;
	is_as_before("bars", &chart);
	chart.width = CHART_NARROW;
	is_as_before("bars-narrow", &chart);
}

static void
stacks(void **state)
{
	struct chart chart = example(CHART_STACKS, CHART_WIDE);

	(void)state;
	is_as_before("stacks", &chart);
}

static void
lines(void **state)
{
	struct chart chart = example(CHART_LINES, CHART_WIDE);

	(void)state;
	is_as_before("lines", &chart);
	chart.width = CHART_NARROW;
	is_as_before("lines-narrow", &chart);
}

static void
distribution(void **state)
{
	struct chart chart = example(CHART_LINES, CHART_WIDE);

	(void)state;
	chart.x = sizes;
	chart.scale = CHART_LOG;
	chart.steps = true;
	chart.unit = "%";
	chart.x_label = "domains";
	chart.series_count = 1;
	chart.series[0].values = shares;
	is_as_before("distribution", &chart);
}

/* One point, and nothing but zeros, are drawn as well. */
static void
little_data(void **state)
{
	static const double nothing[] = {0, 0, 0};
	struct chart chart = example(CHART_LINES, CHART_WIDE);
	xmlChar *text;
	int len;

	(void)state;
	chart.count = 1;
	chart.series[0].values = nothing;
	chart.series[1].values = nothing;
	for (int kind = CHART_BARS; kind <= CHART_LINES; kind++) {
		chart.kind = (enum chart_kind)kind;
		text = text_of(&chart, &len);
		assert_null(strstr((const char *)text, "nan"));
		assert_null(strstr((const char *)text, "inf"));
		xmlFree(text);
	}
}

/* Half a domain is no tick; and ticks of hours need their day. */
static void
counts_within_a_day(void **state)
{
	static const double few[] = {1, 0, 1};
	static const double hours[] = {1737489600, 1737489660, 1737493300};
	struct chart chart = example(CHART_LINES, CHART_WIDE);
	xmlChar *text;
	int len;

	(void)state;
	chart.series_count = 1;
	chart.series[0].values = few;
	chart.x = hours;
	text = text_of(&chart, &len);
	assert_null(strstr((const char *)text, ">0.2<"));
	assert_non_null(strstr((const char *)text, ">1<"));
	assert_non_null(strstr((const char *)text, ">2025-01-21, UTC<"));
	xmlFree(text);
	chart.x = days;
	text = text_of(&chart, &len);
	assert_null(strstr((const char *)text, "UTC"));
	xmlFree(text);
}

static void
steps_of_scales(void **state)
{
	static const struct {
		double most;
		double step;
	} cases[] = {
		{0, 1},
		{1, 0.2},
		{5, 1},
		{17.9, 5},
		{100, 20},
		{383512, 100000},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(cases); i++)
		assert_true(fabs(chart_step(cases[i].most, 5) - cases[i].step) <
			    1e-9);
}

static void
long_labels_are_cut(void **state)
{
	char out[CHART_TEXT_MAX];
	char name[400];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	chart_text_cut(name, 100, out);
	assert_true(chart_text_width(out) <= 110);
	assert_string_equal(out + strlen(out) - 3, "\xe2\x80\xa6");
	chart_text_cut(name, 100000, out);
	assert_true(strlen(out) < CHART_TEXT_MAX);
	/* Not within a character. */
	chart_text_cut(
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 25, out);
	assert_string_equal(out, "\xe2\x82\xac\xe2\x80\xa6");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars),
		cmocka_unit_test(stacks),
		cmocka_unit_test(lines),
		cmocka_unit_test(distribution),
		cmocka_unit_test(little_data),
		cmocka_unit_test(counts_within_a_day),
		cmocka_unit_test(steps_of_scales),
		cmocka_unit_test(long_labels_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
