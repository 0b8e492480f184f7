/* Rows of a data set as the numbers of a chart. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/chart.h"
#include "report/node.h"
#include "report/site_parts.h"
#include "report/visible.h"

enum {
	LABEL_MAX = 60,
	NAME_MAX_TEXT = 64,
	ROWS_MAX = 24, /* of bars */
};

/* Owns what the chart points to. */
struct drawing {
	struct chart chart;
	char **labels;
	double *x;
	double *totals;
	double *values[CHART_SERIES_MAX];
};

/* The n-th word of a list, or false. */
static bool
word_of(const char *list, size_t n, char out[NAME_MAX_TEXT])
{
	while (true) {
		size_t len = strcspn(list, " ");

		if (len == 0)
			return false;
		if (n-- == 0) {
			assert(len < NAME_MAX_TEXT);
			memcpy(out, list, len);
			out[len] = '\0';
			return true;
		}
		list += len + strspn(list + len, " ");
	}
}

bool
drawing_has_row(const xmlNode *spec, const struct rows *rows, size_t row)
{
	const char *only = node_get(spec, "only");
	char name[NAME_MAX_TEXT];
	const char *cell;

	if (only == NULL)
		return true;
	if (!word_of(only, 0, name))
		return true;
	cell = rows_cell(rows, row, spec_column(rows->data, name));
	for (size_t n = 1; word_of(only, n, name); n++)
		if (cell != NULL && strcmp(cell, name) == 0)
			return true;
	return false;
}

static double
seconds_of(const char *text)
{
	struct tm tm = {0};

	if (strptime(text, "%Y-%m-%d %H:%M:%S", &tm) == NULL)
		return NAN;
	return (double)timegm(&tm);
}

static double
number_of(const struct rows *rows, size_t row, size_t column)
{
	const char *cell = rows_cell(rows, row, column);

	if (cell == NULL)
		return NAN;
	switch (rows->data->columns[column].kind) {
	case SPEC_TIME:
	case SPEC_DAY:
		return seconds_of(cell);
	case SPEC_SHARE:
		return 100 * strtod(cell, NULL);
	case SPEC_COUNT:
	case SPEC_NUMBER:
	case SPEC_TEXT:
	case SPEC_NAME:
	case SPEC_TLD:
	case SPEC_PROVIDER:
	case SPEC_ZONE:
	case SPEC_CODE:
		break;
	}
	return strtod(cell, NULL);
}

/* One number for each row that is drawn; the caller frees them. */
static double *
numbers(const struct rows *rows, const size_t *chosen, size_t count,
	const char *name)
{
	size_t column = spec_column(rows->data, name);
	double *list = calloc(count + 1, sizeof(*list));

	if (list == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		list[i] = number_of(rows, chosen[i], column);
	return list;
}

/* All that tells one row from the others: the cells of these columns. */
static char *
label_of(const struct rows *rows, size_t row, const char *columns)
{
	struct buffer text = {0};
	char name[NAME_MAX_TEXT];

	for (size_t n = 0; word_of(columns, n, name); n++) {
		const char *cell = rows_cell(
			rows, row, spec_column(rows->data, name));

		if (n > 0)
			buffer_text(&text, " \xc2\xb7 ");
		visible_name(
			&text, cell != NULL ? cell : "\xe2\x80\x93", LABEL_MAX);
	}
	(void)buffer_string(&text);
	return text.data;
}

static void
take_labels(struct drawing *drawing, const struct rows *rows,
	const size_t *chosen, const char *columns)
{
	drawing->labels = calloc(
		drawing->chart.count + 1, sizeof(*drawing->labels));
	if (drawing->labels == NULL)
		abort();
	for (size_t i = 0; i < drawing->chart.count; i++)
		drawing->labels[i] = label_of(rows, chosen[i], columns);
	drawing->chart.labels = (const char *const *)drawing->labels;
}

static void
take_series(struct drawing *drawing, const struct rows *rows,
	const size_t *chosen, const char *columns)
{
	struct chart *chart = &drawing->chart;
	char name[NAME_MAX_TEXT];

	while (word_of(columns, chart->series_count, name)) {
		size_t s = chart->series_count++;

		assert(s < CHART_SERIES_MAX);
		drawing->values[s] = numbers(rows, chosen, chart->count, name);
		chart->series[s].values = drawing->values[s];
		chart->series[s].label =
			rows->data->columns[spec_column(rows->data, name)]
				.label;
	}
}

static void
take_kind(struct chart *chart, const xmlNode *spec)
{
	const char *kind = node_get(spec, "kind");
	const char *scale = node_get(spec, "scale");
	const char *unit = node_get(spec, "unit");

	chart->kind = strcmp(kind, "lines") == 0    ? CHART_LINES
		      : strcmp(kind, "stacks") == 0 ? CHART_STACKS
						    : CHART_BARS;
	chart->scale = scale == NULL		   ? CHART_TIME
		       : strcmp(scale, "log") == 0 ? CHART_LOG
						   : CHART_LINEAR;
	chart->unit = unit != NULL ? unit : "";
	chart->steps = node_get(spec, "steps") != NULL;
	chart->x_label = node_get(spec, "x-label");
}

/* Rows that are drawn: those of only, as many as a chart can show. */
static size_t
choose(const struct chart *chart, const xmlNode *spec, const struct rows *rows,
	size_t *chosen)
{
	const char *most = node_get(spec, "rows");
	size_t limit = most != NULL ? strtoul(most, NULL, 10) : ROWS_MAX;
	size_t count = 0;

	if (chart->kind == CHART_LINES)
		limit = rows->count;
	for (size_t i = 0; i < rows->count && count < limit; i++)
		if (drawing_has_row(spec, rows, i))
			chosen[count++] = i;
	return count;
}

static void
drawing_free(struct drawing *drawing)
{
	for (size_t i = 0; drawing->labels != NULL && i < drawing->chart.count;
		i++)
		free(drawing->labels[i]);
	for (size_t i = 0; i < drawing->chart.series_count; i++)
		free(drawing->values[i]);
	free(drawing->labels);
	free(drawing->x);
	free(drawing->totals);
}

static void
fill(struct drawing *drawing, const xmlNode *spec, const struct rows *rows,
	const size_t *chosen)
{
	struct chart *chart = &drawing->chart;
	const char *label = node_get(spec, "label");
	const char *total = node_get(spec, "total");
	const char *x = node_get(spec, "x");

	take_series(drawing, rows, chosen, node_get(spec, "columns"));
	if (label != NULL)
		take_labels(drawing, rows, chosen, label);
	if (total != NULL)
		drawing->totals = numbers(rows, chosen, chart->count, total);
	if (x != NULL)
		drawing->x = numbers(rows, chosen, chart->count, x);
	chart->totals = drawing->totals;
	chart->x = drawing->x;
}

static void
write_file(const struct page *page, const xmlNode *figure, const xmlNode *svg)
{
	struct buffer path = {0};
	FILE *file;

	buffer_format(&path, "%s%s.svg", page->data, node_get(figure, "id"));
	file = tree_create(page->site->tree, buffer_string(&path));
	render_chart(svg, file);
	tree_close(page->site->tree, file);
	buffer_free(&path);
}

static void
draw(const struct page *page, xmlNode *parent, const xmlNode *figure,
	struct chart *chart)
{
	const char *id = node_get(figure, "id");
	char unique[NAME_MAX_TEXT + 2];
	xmlNode *svg;

	(void)snprintf(unique, sizeof(unique), "%s-w", id);
	chart->id = unique;
	chart->width = CHART_WIDE;
	svg = chart_draw(chart);
	if (page->draw)
		write_file(page, figure, svg);
	node_format(parent, "svg", "%s%s%s.svg", page->root, page->data, id);
	(void)xmlAddChild(parent, svg);
	(void)snprintf(unique, sizeof(unique), "%s-n", id);
	chart->width = CHART_NARROW;
	(void)xmlAddChild(parent, chart_draw(chart));
}

/* A drawing of nothing but zeros says less than the table. */
static bool
shows_something(const struct chart *chart)
{
	for (size_t s = 0; s < chart->series_count; s++)
		for (size_t i = 0; i < chart->count; i++)
			if (chart->series[s].values[i] > 0)
				return true;
	return false;
}

/* One point is no line. */
static size_t
least_of(const struct chart *chart)
{
	return chart->kind == CHART_LINES ? 2 : 1;
}

void
drawing_add(const struct page *page, xmlNode *parent, const xmlNode *figure,
	const xmlNode *spec, const struct rows *rows)
{
	struct drawing drawing = {0};
	size_t *chosen = calloc(rows->count + 1, sizeof(*chosen));
	struct buffer text = {0};

	if (chosen == NULL)
		abort();
	take_kind(&drawing.chart, spec);
	drawing.chart.count = choose(&drawing.chart, spec, rows, chosen);
	if (drawing.chart.count >= least_of(&drawing.chart)) {
		fill(&drawing, spec, rows, chosen);
		buffer_format(&text, "%s. The table below has the numbers.",
			node_get(parent, "subtitle"));
		drawing.chart.title = node_get(parent, "title");
		drawing.chart.text = buffer_string(&text);
		if (shows_something(&drawing.chart))
			draw(page, parent, figure, &drawing.chart);
	}
	buffer_free(&text);
	drawing_free(&drawing);
	free(chosen);
}
