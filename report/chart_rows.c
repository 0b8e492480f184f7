/* Horizontal bars: one value a row, or the parts of a whole. */
#include <math.h>
#include <stdio.h>

#include "report/chart_draw.h"
#include "report/format.h"
#include "report/node.h"

enum {
	BAR = 18,
	GAP = 9,
	LABELS_MAX = 300, /* width of the column of labels */
	AIR = 8,
};

/* Where a row has what: on a telephone its label is above its bar. */
struct layout {
	bool narrow;
	int left;   /* of the bars */
	int length; /* of the longest */
	int height; /* of a row */
};

static int
width_of_labels(const struct chart *chart)
{
	int width = 0;

	for (size_t i = 0; i < chart->count; i++)
		width = (int)fmax(width, chart_text_width(chart->labels[i]));
	return (int)fmin(width, LABELS_MAX) + AIR;
}

static struct layout
layout_of(const struct chart *chart, int behind)
{
	struct layout layout = {.narrow = chart->width == CHART_NARROW};

	layout.left = layout.narrow ? 0 : width_of_labels(chart);
	layout.length = chart->width - layout.left - behind;
	layout.height = BAR + GAP + (layout.narrow ? CHART_LINE : 0);
	return layout;
}

/* The top of its bar. */
static int
draw_label(const struct chart *chart, const struct layout *layout, xmlNode *row,
	size_t i, int y)
{
	char text[CHART_TEXT_MAX];

	chart_text_cut(chart->labels[i],
		layout->narrow ? chart->width : layout->left - AIR, text);
	if (layout->narrow) {
		chart_text(row, 0, y + CHART_LINE - 5, "start", text);
		return y + CHART_LINE;
	}
	chart_text(row, layout->left - AIR, y + BAR - 5, "end", text);
	return y;
}

/* As tables have it: from the digits that are published, not rounded otherwise.
 */
static void
share_of(double value, double total, char out[CHART_TEXT_MAX])
{
	struct buffer text = {0};
	char share[CHART_TEXT_MAX];

	(void)snprintf(share, sizeof(share), "%.12f", value / total);
	format_share(&text, share);
	(void)snprintf(out, CHART_TEXT_MAX, "%s", buffer_string(&text));
	buffer_free(&text);
}

static void
value_of(const struct chart *chart, size_t i, char out[CHART_TEXT_MAX])
{
	double value = chart->series[0].values[i];
	char number[CHART_TEXT_MAX];
	char total[CHART_TEXT_MAX];
	char share[CHART_TEXT_MAX];

	if (isnan(value)) {
		(void)snprintf(out, CHART_TEXT_MAX, "not known");
		return;
	}
	chart_value(chart, value, number);
	if (chart->totals == NULL || isnan(chart->totals[i]) ||
		chart->totals[i] <= 0) {
		(void)snprintf(out, CHART_TEXT_MAX, "%s", number);
		return;
	}
	share_of(value, chart->totals[i], share);
	if (chart->width == CHART_NARROW) {
		(void)snprintf(
			out, CHART_TEXT_MAX, "%.40s (%.40s)", number, share);
		return;
	}
	chart_value(chart, chart->totals[i], total);
	(void)snprintf(out, CHART_TEXT_MAX, "%.40s of %.40s (%.40s)", number,
		total, share);
}

static double
greatest(const struct chart *chart)
{
	double most = 0;

	for (size_t i = 0; i < chart->count; i++)
		most = fmax(most, chart->series[0].values[i]);
	return most;
}

/* The room that the values behind the bars take. */
static int
width_of_values(const struct chart *chart)
{
	int width = 0;

	for (size_t i = 0; i < chart->count; i++) {
		char text[CHART_TEXT_MAX];
		int one;

		value_of(chart, i, text);
		one = chart_text_width(text);
		if (one > width)
			width = one;
	}
	return width + 2 * AIR;
}

int
chart_rows(const struct chart *chart, xmlNode *root)
{
	struct layout layout = layout_of(chart, width_of_values(chart));
	double most = greatest(chart);
	int y = 0;

	for (size_t i = 0; i < chart->count; i++) {
		xmlNode *row = node_add(root, "g");
		double value = chart->series[0].values[i];
		double length = most > 0 && value > 0
					? layout.length * value / most
					: 0;
		int top = draw_label(chart, &layout, row, i, y);
		char text[CHART_TEXT_MAX];

		/* Never so thin that it is not seen. */
		if (length > 0)
			chart_area(chart, row, 0, layout.left, top,
				fmax(length, 1.5), BAR);
		value_of(chart, i, text);
		chart_text(row, layout.left + length + AIR, top + BAR - 5,
			"start", text);
		y += layout.height;
	}
	return y;
}

static double
sum_of(const struct chart *chart, size_t row)
{
	double sum = 0;

	for (size_t s = 0; s < chart->series_count; s++)
		if (chart->series[s].values[row] > 0)
			sum += chart->series[s].values[row];
	return sum;
}

static void
draw_parts(const struct chart *chart, const struct layout *layout, xmlNode *row,
	size_t i, int top)
{
	double sum = sum_of(chart, i);
	double x = layout->left;

	for (size_t s = 0; s < chart->series_count; s++) {
		double value = chart->series[s].values[i];
		double length;

		if (!(value > 0))
			continue;
		length = layout->length * value / sum;
		chart_area(chart, row, s, x, top, length, BAR);
		x += length;
	}
}

int
chart_stacks(const struct chart *chart, xmlNode *root)
{
	char text[CHART_TEXT_MAX];
	struct layout layout;
	int y, behind = 0;

	for (size_t i = 0; i < chart->count; i++) {
		chart_value(chart, sum_of(chart, i), text);
		behind = (int)fmax(behind, chart_text_width(text) + 2 * AIR);
	}
	layout = layout_of(chart, behind);
	chart_patterns(chart, root);
	y = chart_key(chart, root);
	for (size_t i = 0; i < chart->count; i++) {
		xmlNode *row = node_add(root, "g");
		int top = draw_label(chart, &layout, row, i, y);

		draw_parts(chart, &layout, row, i, top);
		chart_value(chart, sum_of(chart, i), text);
		chart_text(row, chart->width, top + BAR - 5, "end", text);
		y += layout.height;
	}
	return y;
}
