/* What tells one series of a chart from another, and the key that says so. */
#include <stdio.h>

#include "report/chart_draw.h"
#include "report/node.h"

enum {
	TILE = 8,     /* edge of a pattern */
	SWATCH = 26,  /* width of the sign in the key */
	KEY_GAP = 16, /* between two entries */
};

/* The lines of each pattern in a tile of 8 by 8; NULL: the bare colour. */
static const char *const patterns[CHART_SERIES_MAX] = {
	NULL,
	"M-2 2L2 -2M0 8L8 0M6 10L10 6",
	"M2 2h1.6v1.6h-1.6zM6 6h1.6v1.6h-1.6z",
	"M0 4H8",
	"M-2 6L2 10M0 0L8 8M6 -2L10 2",
	"M4 0V8",
	"M0 0L8 8M0 8L8 0",
	"M0 2H8M0 6H8M2 0V8M6 0V8",
};

static const char *const dashes[CHART_SERIES_MAX] = {
	NULL,
	"7 3",
	"2 3",
	"9 3 2 3",
	"4 2",
	"12 4",
	"1 2",
	"6 2 1 2 1 2",
};

/* Paths of signs round the origin. */
static const char *const markers[CHART_SERIES_MAX] = {
	"M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
	"M-3 -3H3V3H-3z",
	"M0 -4L4 3H-4z",
	"M0 -4.5L4.5 0L0 4.5L-4.5 0z",
	"M0 4L4 -3H-4z",
	"M-4 -1.3H-1.3V-4H1.3V-1.3H4V1.3H1.3V4H-1.3V1.3H-4z",
	"M-4 -2H4V2H-4z",
	"M-2 -4H2V4H-2z",
};

const char *
chart_dashes(size_t series)
{
	return dashes[series];
}

void
chart_marker(xmlNode *parent, size_t series, double x, double y)
{
	xmlNode *node = node_add(parent, "path");

	node_set(node, "d", markers[series]);
	node_format(node, "class", "m s%zu", series + 1);
	node_format(node, "transform", "translate(%.4g %.4g)", x, y);
}

void
chart_patterns(const struct chart *chart, xmlNode *root)
{
	xmlNode *defs = node_add(root, "defs");

	for (size_t i = 1; i < chart->series_count; i++) {
		xmlNode *pattern = node_add(defs, "pattern");
		xmlNode *path = node_add(pattern, "path");

		node_format(pattern, "id", "%s-p%zu", chart->id, i + 1);
		node_set(pattern, "patternUnits", "userSpaceOnUse");
		node_format(pattern, "width", "%d", TILE);
		node_format(pattern, "height", "%d", TILE);
		node_set(path, "d", patterns[i]);
		node_format(path, "class", "p p%zu", i + 1);
	}
}

void
chart_area(const struct chart *chart, xmlNode *parent, size_t series, double x,
	double y, double width, double height)
{
	xmlNode *rect = chart_rect(parent, x, y, width, height);

	node_format(rect, "class", "a s%zu", series + 1);
	if (patterns[series] == NULL)
		return;
	rect = chart_rect(parent, x, y, width, height);
	node_format(rect, "fill", "url(#%s-p%zu)", chart->id, series + 1);
}

static void
sign(const struct chart *chart, xmlNode *key, size_t series, double x, double y)
{
	xmlNode *line;

	if (chart->kind != CHART_LINES) {
		chart_area(chart, key, series, x, y - 11, SWATCH - 6, 12);
		return;
	}
	line = chart_line(key, x, y - 5, x + SWATCH - 4, y - 5);
	node_format(line, "class", "l s%zu", series + 1);
	if (dashes[series] != NULL)
		node_set(line, "stroke-dasharray", dashes[series]);
	chart_marker(key, series, x + (SWATCH - 4) / 2.0, y - 5);
}

int
chart_key(const struct chart *chart, xmlNode *root)
{
	xmlNode *key;
	int x = 0;
	int y = CHART_LINE - 4;

	if (chart->series_count == 1)
		return 0;
	key = node_add(root, "g");
	node_set(key, "class", "key");
	for (size_t i = 0; i < chart->series_count; i++) {
		char text[CHART_TEXT_MAX];
		int width;

		chart_text_cut(
			chart->series[i].label, chart->width - SWATCH, text);
		width = SWATCH + chart_text_width(text);
		if (x > 0 && x + width > chart->width) {
			x = 0;
			y += CHART_LINE;
		}
		sign(chart, key, i, x, y);
		chart_text(key, x + SWATCH, y, "start", text);
		x += width + KEY_GAP;
	}
	return y + 12;
}
