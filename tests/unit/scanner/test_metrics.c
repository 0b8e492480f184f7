/*
 * metrics: the text is what a reader of the exposition format takes, and its
 * numbers are those that were given. A small reader of the format does the
 * looking: it refuses what Prometheus refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/exposition.h"
#include "scanner/metrics.h"
#include "scanner/replace.h"

enum {
	SAMPLES_MAX = 1024,
	NAME_MAX_OCTETS = 80,
	LABELS_MAX_OCTETS = 200,
};

struct sample {
	char name[NAME_MAX_OCTETS];
	char labels[LABELS_MAX_OCTETS]; /* unescaped: name=value, by commas */
	double value;
};

struct reading {
	char family[NAME_MAX_OCTETS];
	char type[16];
	struct sample samples[SAMPLES_MAX];
	size_t count;
	char seen[64][NAME_MAX_OCTETS]; /* families */
	size_t families;
};

static const char *
read_name(const char *p, char out[NAME_MAX_OCTETS])
{
	size_t n = 0;

	assert_true(isalpha((unsigned char)*p) || *p == '_');
	while (isalnum((unsigned char)*p) || *p == '_') {
		assert_true(n < NAME_MAX_OCTETS - 1);
		out[n++] = *p++;
	}
	out[n] = '\0';
	return p;
}

/* "value" with its escapes; what stands for a line feed is one again. */
static const char *
read_value(const char *p, char *out)
{
	assert_true(*p++ == '"');
	for (; *p != '"'; p++) {
		assert_true(*p != '\0' && *p != '\n');
		if (*p == '\\') {
			p++;
			assert_non_null(strchr("\\\"n", *p));
			*out++ = *p == 'n' ? '\n' : *p;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	return p + 1;
}

static const char *
read_labels(const char *p, struct sample *sample)
{
	char name[NAME_MAX_OCTETS];

	if (*p != '{')
		return p;
	for (p++; *p != '}';) {
		size_t len = strlen(sample->labels);

		p = read_name(p, name);
		assert_true(*p++ == '=');
		snprintf(sample->labels + len, LABELS_MAX_OCTETS - len,
			"%s%s=", len > 0 ? "," : "", name);
		p = read_value(p, sample->labels + strlen(sample->labels));
		if (*p == ',')
			p++;
		else
			assert_true(*p == '}');
	}
	return p + 1;
}

static void
read_sample(struct reading *r, const char *line)
{
	struct sample *sample = &r->samples[r->count++];
	size_t len = strlen(r->family);
	const char *rest;
	char *end;

	assert_true(r->count < SAMPLES_MAX);
	line = read_labels(read_name(line, sample->name), sample);
	assert_true(*line++ == ' ');
	sample->value = strtod(line, &end);
	assert_true(end != line && *end == '\0');
	/* Samples stand below the head of their family. */
	assert_true(strncmp(sample->name, r->family, len) == 0);
	rest = sample->name + len;
	if (strcmp(r->type, "histogram") == 0)
		assert_true(strcmp(rest, "_bucket") == 0 ||
			    strcmp(rest, "_sum") == 0 ||
			    strcmp(rest, "_count") == 0);
	else
		assert_string_equal(rest, "");
	/* No sample twice. */
	for (size_t i = 0; i + 1 < r->count; i++)
		assert_false(strcmp(r->samples[i].name, sample->name) == 0 &&
			     strcmp(r->samples[i].labels, sample->labels) == 0);
}

static void
read_head(struct reading *r, const char *line)
{
	char name[NAME_MAX_OCTETS];

	if (strncmp(line, "# HELP ", 7) == 0) {
		line = read_name(line + 7, r->family);
		assert_true(*line == ' ' && line[1] != '\0');
		for (size_t i = 0; i < r->families; i++)
			assert_string_not_equal(r->seen[i], r->family);
		strcpy(r->seen[r->families++], r->family);
		return;
	}
	assert_true(strncmp(line, "# TYPE ", 7) == 0);
	line = read_name(line + 7, name);
	assert_string_equal(name, r->family);
	snprintf(r->type, sizeof(r->type), "%s", line + 1);
	assert_true(strcmp(r->type, "counter") == 0 ||
		    strcmp(r->type, "gauge") == 0 ||
		    strcmp(r->type, "histogram") == 0);
	/* The convention for counters. */
	assert_true((strcmp(r->type, "counter") == 0) ==
		    (strlen(name) > 6 &&
			    strcmp(name + strlen(name) - 6, "_total") == 0));
}

static struct reading *
read_text(struct buffer *text)
{
	struct reading *r = calloc(1, sizeof(*r));
	char *copy = strdup(buffer_string(text));
	char *rest = copy;
	char *line;

	assert_non_null(r);
	assert_true(text->len > 0 && copy[text->len - 1] == '\n');
	copy[text->len - 1] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '#')
			read_head(r, line);
		else
			read_sample(r, line);
	}
	free(copy);
	return r;
}

static double
value_of(const struct reading *r, const char *name, const char *labels)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->samples[i].name, name) == 0 &&
			strcmp(r->samples[i].labels, labels) == 0)
			return r->samples[i].value;
	fail_msg("no sample %s{%s}", name, labels);
	return 0;
}

static void
expect(const struct reading *r, const char *name, const char *labels,
	double value)
{
	double found = value_of(r, name, labels);

	if (found < value - 1e-9 || found > value + 1e-9)
		fail_msg("%s{%s} is %g, not %g", name, labels, found, value);
}

static void
test_escapes(void **state)
{
	struct buffer text = {0};
	struct reading *r;

	(void)state;
	exposition_family(&text, "x_total", "counter", "Help.");
	exposition_count(
		&text, "x_total", "a", "say \"\\\"\nagain", UINT64_MAX);
	exposition_number(&text, "x_total", NULL, NULL, 1e15);
	assert_string_equal(buffer_string(&text),
		"# HELP x_total Help.\n# TYPE x_total counter\n"
		"x_total{a=\"say \\\"\\\\\\\"\\nagain\"} 18446744073709551615\n"
		"x_total 1e+15\n");
	r = read_text(&text);
	expect(r, "x_total", "a=say \"\\\"\nagain", 18446744073709551615.0);
	free(r);
	buffer_free(&text);
}

static void
test_histogram(void **state)
{
	struct histogram h = {0};
	struct buffer text = {0};
	struct reading *r;

	(void)state;
	histogram_add(&h, 1);
	histogram_add(&h, 4);
	histogram_add(&h, 200000);
	exposition_family(&text, "t_seconds", "histogram", "Help.");
	exposition_histogram(&text, "t_seconds", "kind", "mx", &h);
	r = read_text(&text);
	expect(r, "t_seconds_bucket", "kind=mx,le=0.001", 1);
	expect(r, "t_seconds_bucket", "kind=mx,le=0.002", 1);
	expect(r, "t_seconds_bucket", "kind=mx,le=0.005", 2);
	expect(r, "t_seconds_bucket", "kind=mx,le=180", 2);
	expect(r, "t_seconds_bucket", "kind=mx,le=+Inf", 3);
	expect(r, "t_seconds_sum", "kind=mx", 200.005);
	expect(r, "t_seconds_count", "kind=mx", 3);
	free(r);
	buffer_free(&text);
}

/* Every bucket holds those before it. */
static void
expect_cumulative(const struct reading *r)
{
	const struct sample *last = NULL;
	size_t seen = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct sample *s = &r->samples[i];

		if (strstr(s->name, "_bucket") == NULL) {
			last = NULL;
			continue;
		}
		assert_true(last == NULL || s->value >= last->value);
		last = s;
		seen++;
	}
	assert_true(seen == (TALLY_LOOKUPS + 2) * (size_t)HISTOGRAM_BUCKETS);
}

static void
test_whole(void **state)
{
	static const struct list_rejected rejected[LIST_REASONS_MAX] = {
		{"CSV: a \"quote\"", 3}, {"label longer", 4}};
	struct tally tally = {.reasons[REASON_DANE_NO_MATCH] = 5,
		.reasons[REASON_NONE] = 6,
		.phases[FACT_PHASE_DONE] = 7,
		.answers[ANSWER_SERVFAIL] = 8};
	struct metrics metrics = {
		.label = "a \"b\"\nc\\",
		.scan_id = 12,
		.state = SCAN_COMPLETE,
		.window = 10,
		.window_wanted = 20,
		.tally = &tally,
		.rejected = rejected,
		.scan = {.admitted = 40,
			.committed = 30,
			.aside = 7,
			.classes[CLASS_BROKEN] = 5},
		.sinks = {{"database",
				  {.added = 9, .committed = 2, .problem = "x"}},
			{"output", {.added = 9, .committed = 9}}},
		.sink_count = 2,
	};
	struct buffer text = {0};
	struct reading *r;

	(void)state;
	tally_answer(&tally, ANSWER_TYPE_AAAA, ANSWER_DATA, 12);
	metrics_text(&metrics, &text);
	r = read_text(&text);
	expect_cumulative(r);
	expect(r, "danescan_scan_id", "label=a \"b\"\nc\\", 12);
	expect(r, "danescan_complete", "", 1);
	expect(r, "danescan_rejected_lines_total", "reason=CSV: a \"quote\"",
		3);
	expect(r, "danescan_rejected_lines_total", "reason=label longer", 4);
	expect(r, "danescan_domains_total", "class=broken", 5);
	expect(r, "danescan_domains_total", "class=valid", 0);
	expect(r, "danescan_domains_by_reason_total", "reason=dane-no-match",
		5);
	expect(r, "danescan_domains_in_flight", "", 10);
	expect(r, "danescan_domains_aside", "", 7);
	expect(r, "danescan_window", "", 10);
	expect(r, "danescan_window_configured", "", 20);
	expect(r, "danescan_dns_answers_total", "status=servfail", 8);
	expect(r, "danescan_dns_answers_total", "status=data", 1);
	expect(r, "danescan_dns_lookup_seconds_count", "lookup=address", 1);
	expect(r, "danescan_dns_lookup_seconds_sum", "lookup=address", 0.012);
	expect(r, "danescan_smtp_sessions_total", "phase=done", 7);
	expect(r, "danescan_sink_backlog", "sink=database", 7);
	expect(r, "danescan_sink_problem", "sink=database", 1);
	expect(r, "danescan_sink_backlog", "sink=output", 0);
	expect(r, "danescan_sink_problem", "sink=output", 0);
	free(r);
	buffer_free(&text);
}

/* What readers find is always whole: the old text or the new one. */
static void
test_replace(void **state)
{
	char folder[] = "/tmp/danescan-metrics-XXXXXX";
	char path[64], err[256] = "", found[16] = "";
	struct stat before, after;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/m.prom", folder);
	assert_int_equal(replace_file(path, "one\n", 4, err, sizeof(err)), 0);
	assert_int_equal(stat(path, &before), 0);
	file = fopen(path, "r");
	assert_int_equal(replace_file(path, "two\n", 4, err, sizeof(err)), 0);
	/* Another file of that name: who reads the old one is not disturbed. */
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_non_null(fgets(found, sizeof(found), file));
	assert_string_equal(found, "one\n");
	fclose(file);
	assert_int_equal(unlink(path), 0);
	/* Nothing was left beside it. */
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(replace_file(path, "x", 1, err, sizeof(err)), -1);
	assert_non_null(strstr(err, path));
	assert_int_equal(
		replace_file("/dev/null", "x", 1, err, sizeof(err)), -1);
	assert_string_equal(err, "/dev/null: is not a regular file");
	assert_int_equal(replace_file("/tmp", "x", 1, err, sizeof(err)), -1);
	assert_string_equal(err, "/tmp: Is a directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_replace),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
