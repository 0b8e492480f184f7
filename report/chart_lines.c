/* Lines over time, and distributions as steps. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/chart_draw.h"
#include "report/node.h"

enum {
	HEIGHT_WIDE = 260,
	HEIGHT_NARROW = 220,
	TICKS = 5,
	AIR = 8,
	TICK_ROOM = 92, /* a date with air */
	SIGNS_APART = 26,
	PATH_MAX_TEXT = 64,
	SECONDS_AN_HOUR = 3600,
	SECONDS_A_DAY = 86400,
};

struct plot {
	const struct chart *chart;
	xmlNode *root;
	double left, right, top, bottom;
	double low, high; /* of x, on its scale */
	double most;	  /* of y */
	double step;	  /* between ticks of y */
};

static double
on_scale(const struct chart *chart, double x)
{
	return chart->scale == CHART_LOG ? log10(fmax(x, 1)) : x;
}

static double
place_x(const struct plot *plot, double x)
{
	double span = plot->high - plot->low;

	if (!(span > 0))
		return (plot->left + plot->right) / 2;
	return plot->left + (plot->right - plot->left) *
				    (on_scale(plot->chart, x) - plot->low) /
				    span;
}

static double
place_y(const struct plot *plot, double y)
{
	return plot->bottom -
	       (plot->bottom - plot->top) * fmin(y, plot->most) / plot->most;
}

static double
greatest(const struct chart *chart)
{
	double most = 0;

	for (size_t s = 0; s < chart->series_count; s++)
		for (size_t i = 0; i < chart->count; i++)
			most = fmax(most, chart->series[s].values[i]);
	return most;
}

/* Are they counts? Half a domain is no tick. */
static bool
are_whole(const struct chart *chart)
{
	for (size_t s = 0; s < chart->series_count; s++)
		for (size_t i = 0; i < chart->count; i++) {
			double value = chart->series[s].values[i];

			if (!isnan(value) && value != round(value))
				return false;
		}
	return *chart->unit == '\0';
}

/* Scales, and margins that hold their numbers. */
static void
measure(struct plot *plot, int top)
{
	const struct chart *chart = plot->chart;
	bool narrow = chart->width == CHART_NARROW;
	char text[CHART_TEXT_MAX];
	double most = greatest(chart);
	int widest = 0;

	plot->step = chart_step(most, TICKS);
	if (are_whole(chart))
		plot->step = fmax(plot->step, 1);
	plot->most = fmax(
		plot->step * ceil(most / plot->step - 1e-9), plot->step);
	for (double y = 0; y <= plot->most * 1.001; y += plot->step) {
		chart_value(chart, y, text);
		widest = (int)fmax(widest, chart_text_width(text));
	}
	plot->left = widest + AIR;
	plot->right = chart->width - AIR - 4;
	plot->top = top + AIR;
	plot->bottom = plot->top + (narrow ? HEIGHT_NARROW : HEIGHT_WIDE);
	plot->low = chart->scale == CHART_TIME ? chart->x[0] : 0;
	plot->high = on_scale(chart, chart->x[chart->count - 1]);
}

static void
draw_y(const struct plot *plot)
{
	xmlNode *axis = node_add(plot->root, "g");

	node_set(axis, "class", "axis");
	for (double y = 0; y <= plot->most * 1.001; y += plot->step) {
		double at = place_y(plot, y);
		char text[CHART_TEXT_MAX];

		node_set(chart_line(axis, plot->left, at, plot->right, at),
			"class", y > 0 ? "grid" : "base");
		chart_value(plot->chart, y, text);
		chart_text(axis, plot->left - AIR, at + 4, "end", text);
	}
}

/* Are all points of a day or two? */
static bool
shows_times(const struct chart *chart)
{
	double span = chart->x[chart->count - 1] - chart->x[0];

	return span > 0 && span < 2.0 * SECONDS_A_DAY;
}

/* Days; the time too where all points are of a day or two, alone and to the
   second where they are of an hour. */
static void
time_text(const struct chart *chart, double x, char out[CHART_TEXT_MAX])
{
	time_t seconds = (time_t)x;
	double span = chart->x[chart->count - 1] - chart->x[0];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (span > 0 && span < SECONDS_AN_HOUR)
		(void)snprintf(out, CHART_TEXT_MAX, "%02d:%02d:%02d",
			tm.tm_hour, tm.tm_min, tm.tm_sec);
	else if (shows_times(chart))
		(void)snprintf(out, CHART_TEXT_MAX, "%02d-%02d %02d:%02d",
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
	else
		(void)snprintf(out, CHART_TEXT_MAX, "%04d-%02d-%02d",
			tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* Where the text of a tick has its middle: all of it is inside. */
static double
place_tick(const struct plot *plot, double at, const char *text)
{
	double half = chart_text_width(text) / 2.0;

	return fmin(fmax(at, half), plot->chart->width - half);
}

static void
draw_tick(const struct plot *plot, xmlNode *axis, double at, const char *text)
{
	double x = place_tick(plot, at, text);

	node_set(chart_line(axis, at, plot->bottom, at, plot->bottom + 5),
		"class", "base");
	chart_text(axis, x, plot->bottom + CHART_LINE + 2, "middle", text);
}

/* The newest point always has its date; older ones where there is room. */
static void
draw_times(const struct plot *plot, xmlNode *axis)
{
	const struct chart *chart = plot->chart;
	double last = INFINITY;

	for (size_t i = chart->count; i-- > 0;) {
		double at = place_x(plot, chart->x[i]);
		char text[CHART_TEXT_MAX];
		double middle;

		time_text(chart, chart->x[i], text);
		middle = place_tick(plot, at, text);
		if (last - middle < TICK_ROOM)
			continue;
		draw_tick(plot, axis, at, text);
		last = middle;
	}
}

static void
draw_numbers(const struct plot *plot, xmlNode *axis)
{
	struct chart plain = {.unit = ""};
	double most = plot->chart->x[plot->chart->count - 1];
	double step = chart_step(most, TICKS);
	bool log = plot->chart->scale == CHART_LOG;

	for (double x = log ? 1 : 0; x <= most * 1.001;
		x = log ? x * 10 : x + step) {
		char text[CHART_TEXT_MAX];

		chart_value(&plain, x, text);
		draw_tick(plot, axis, place_x(plot, x), text);
	}
}

/* The day, where the ticks do not tell it. */
static void
draw_day(const struct plot *plot, xmlNode *axis, double y)
{
	time_t seconds = (time_t)plot->chart->x[plot->chart->count - 1];
	char text[CHART_TEXT_MAX];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	(void)snprintf(text, CHART_TEXT_MAX, "%04d-%02d-%02d, UTC",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	chart_text(axis, plot->right, y, "end", text);
}

/* Returns the height of all. */
static int
draw_x(const struct plot *plot)
{
	xmlNode *axis = node_add(plot->root, "g");
	int height = (int)plot->bottom + CHART_LINE + AIR;

	node_set(axis, "class", "axis");
	if (plot->chart->scale == CHART_TIME) {
		draw_times(plot, axis);
		if (!shows_times(plot->chart))
			return height;
		draw_day(plot, axis, height + CHART_LINE - 4);
		return height + CHART_LINE;
	}
	draw_numbers(plot, axis);
	if (plot->chart->x_label == NULL)
		return height;
	chart_text(axis, plot->right, height + CHART_LINE - 4, "end",
		plot->chart->x_label);
	return height + CHART_LINE;
}

/* A value that is not known interrupts the line. */
static void
draw_path(const struct plot *plot, size_t s)
{
	const struct chart *chart = plot->chart;
	const double *values = chart->series[s].values;
	xmlNode *node = node_add(plot->root, "path");
	xmlBuffer *path = xmlBufferCreate();
	bool pen_down = false;

	for (size_t i = 0; i < chart->count; i++) {
		double x = place_x(plot, chart->x[i]);
		char text[PATH_MAX_TEXT];

		if (isnan(values[i])) {
			pen_down = false;
			continue;
		}
		if (pen_down && chart->steps) {
			(void)snprintf(text, sizeof(text), "H%.4g", x);
			xmlBufferCCat(path, text);
		}
		(void)snprintf(text, sizeof(text), "%s%.4g %.4g",
			pen_down ? "L" : "M", x, place_y(plot, values[i]));
		xmlBufferCCat(path, text);
		pen_down = true;
	}
	node_set(node, "d", (const char *)xmlBufferContent(path));
	node_format(node, "class", "l s%zu", s + 1);
	if (chart_dashes(s) != NULL)
		node_set(node, "stroke-dasharray", chart_dashes(s));
	xmlBufferFree(path);
}

static void
draw_markers(const struct plot *plot, size_t s)
{
	const struct chart *chart = plot->chart;
	double last = -INFINITY;

	for (size_t i = 0; i < chart->count; i++) {
		double x = place_x(plot, chart->x[i]);

		if (isnan(chart->series[s].values[i]) ||
			(x - last < SIGNS_APART && i + 1 < chart->count))
			continue;
		chart_marker(plot->root, s, x,
			place_y(plot, chart->series[s].values[i]));
		last = x;
	}
}

int
chart_lines(const struct chart *chart, xmlNode *root)
{
	struct plot plot = {.chart = chart, .root = root};
	int height;

	measure(&plot, chart_key(chart, root));
	draw_y(&plot);
	height = draw_x(&plot);
	/* The first series is the one that matters: on top. */
	for (size_t s = chart->series_count; s-- > 0;) {
		draw_path(&plot, s);
		draw_markers(&plot, s);
	}
	return height;
}
