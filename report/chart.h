/*
 * Charts as SVG: a series of numbers becomes a tree. Pure. Everything that a
 * colour tells is told by a pattern, a dash or a word as well; colours, and
 * what they become in the dark and on paper, are the style sheet's (chart.css),
 * by the classes s1 to s8.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CHART_SERIES_MAX = 8,
	CHART_WIDE = 860,
	CHART_NARROW = 340,
};

enum chart_kind {
	CHART_BARS,   /* horizontal, one a row */
	CHART_STACKS, /* horizontal, the series side by side, all as long */
	CHART_LINES,
};

enum chart_scale {
	CHART_TIME, /* seconds since 1970 */
	CHART_LINEAR,
	CHART_LOG, /* from 1 on */
};

struct chart_series {
	const char *label;
	const double *values; /* as many as there are rows; NAN: none */
};

struct chart {
	enum chart_kind kind;
	const char *id;	   /* unique on the page; begins ids inside */
	const char *title; /* what it shows */
	const char *text;  /* the same at length */
	const char *unit;  /* behind each value: "%", or "" */
	int width;	   /* CHART_WIDE, or CHART_NARROW for a telephone */

	size_t count;		   /* rows, or points */
	const char *const *labels; /* of rows */
	const double *totals;	   /* of bars: of how many; or NULL */
	const double *x;	   /* of points, ascending */
	enum chart_scale scale;
	const char *x_label; /* below a scale that is not of time */
	bool steps;	     /* of lines: a value holds until the next */
	size_t series_count;
	struct chart_series series[CHART_SERIES_MAX];
};

/* An svg element, the caller's. There is at least one row and one series. */
xmlNode *chart_draw(const struct chart *chart);

#endif
