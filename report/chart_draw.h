/* Pens for the kinds of charts; private to chart*.c. */
#ifndef REPORT_CHART_DRAW_H
#define REPORT_CHART_DRAW_H

#include "report/chart.h"

enum {
	CHART_TEXT_MAX = 128,
	CHART_LINE = 18, /* height of a line of text */
};

/* Each draws below root and returns the height used. */
int chart_rows(const struct chart *chart, xmlNode *root);
int chart_stacks(const struct chart *chart, xmlNode *root);
int chart_lines(const struct chart *chart, xmlNode *root);

/* Width of text in pixels, roughly: fonts differ. */
int chart_text_width(const char *text);
/* Text of at most width pixels, its end replaced by "…". */
void chart_text_cut(const char *text, int width, char out[CHART_TEXT_MAX]);

/* anchor: start, middle or end. */
xmlNode *chart_text(xmlNode *parent, double x, double y, const char *anchor,
	const char *text);
xmlNode *chart_rect(
	xmlNode *parent, double x, double y, double width, double height);
xmlNode *chart_line(
	xmlNode *parent, double x1, double y1, double x2, double y2);

/* A number with its unit. */
void chart_value(
	const struct chart *chart, double value, char out[CHART_TEXT_MAX]);

/* The area of a series: its colour, and over it its pattern. */
void chart_area(const struct chart *chart, xmlNode *parent, size_t series,
	double x, double y, double width, double height);
void chart_patterns(const struct chart *chart, xmlNode *root);

/* The sign of a point of a line. */
void chart_marker(xmlNode *parent, size_t series, double x, double y);
/* The dashes of a line; NULL: none. */
const char *chart_dashes(size_t series);

/* The key above the chart. Returns its height. */
int chart_key(const struct chart *chart, xmlNode *root);

/* Distance of the ticks of a scale from 0 to at least most, about count of
   them: 1, 2 or 5 times a power of ten. */
double chart_step(double most, int count);

#endif
