/* The frame of every chart, and the pens. */
#include "report/chart.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "report/chart_draw.h"
#include "report/format.h"
#include "report/node.h"

static const char SVG[] = "http://www.w3.org/2000/svg";

static xmlNode *
frame(const struct chart *chart)
{
	xmlNode *root = node_add(NULL, "svg");

	xmlSetNs(root, xmlNewNs(root, (const xmlChar *)SVG, NULL));
	node_set(root, "role", "img");
	node_format(root, "aria-labelledby", "%s-t %s-d", chart->id, chart->id);
	node_set(root, "class",
		chart->width == CHART_WIDE ? "chart wide" : "chart narrow");
	node_format(node_add_text(root, "title", chart->title), "id", "%s-t",
		chart->id);
	node_format(node_add_text(root, "desc", chart->text), "id", "%s-d",
		chart->id);
	return root;
}

xmlNode *
chart_draw(const struct chart *chart)
{
	xmlNode *root = frame(chart);
	int height = 0;

	switch (chart->kind) {
	case CHART_BARS:
		height = chart_rows(chart, root);
		break;
	case CHART_STACKS:
		height = chart_stacks(chart, root);
		break;
	case CHART_LINES:
		height = chart_lines(chart, root);
		break;
	}
	node_format(root, "viewBox", "0 0 %d %d", chart->width, height);
	node_format(root, "width", "%d", chart->width);
	node_format(root, "height", "%d", height);
	return root;
}

static double
octet_width(uint8_t octet)
{
	if (octet >= 0x80 && octet < 0xc0)
		return 0;
	if (strchr("iljtfrI.,:;'|! ()[]", octet) != NULL)
		return 4.8;
	if (strchr("mwMW%", octet) != NULL)
		return 12;
	return octet >= 'A' && octet <= 'Z' ? 9.2 : 7.9;
}

int
chart_text_width(const char *text)
{
	double width = 0;

	for (; *text != '\0'; text++)
		width += octet_width((uint8_t)*text);
	return (int)ceil(width);
}

void
chart_text_cut(const char *text, int width, char out[CHART_TEXT_MAX])
{
	double used = 0;
	size_t kept = 0;

	(void)snprintf(out, CHART_TEXT_MAX, "%s", text);
	if (chart_text_width(text) <= width && strlen(text) < CHART_TEXT_MAX)
		return;
	for (size_t i = 0; out[i] != '\0' && i + 4 < CHART_TEXT_MAX; i++) {
		/* Only between characters. */
		if (((uint8_t)out[i] & 0xc0) != 0x80)
			kept = i;
		used += octet_width((uint8_t)out[i]);
		if (used > width - 10)
			break;
	}
	strcpy(out + kept, "\xe2\x80\xa6");
}

xmlNode *
chart_text(xmlNode *parent, double x, double y, const char *anchor,
	const char *text)
{
	xmlNode *node = node_add_text(parent, "text", text);

	node_format(node, "x", "%.4g", x);
	node_format(node, "y", "%.4g", y);
	if (strcmp(anchor, "start") != 0)
		node_set(node, "text-anchor", anchor);
	return node;
}

xmlNode *
chart_rect(xmlNode *parent, double x, double y, double width, double height)
{
	xmlNode *node = node_add(parent, "rect");

	node_format(node, "x", "%.4g", x);
	node_format(node, "y", "%.4g", y);
	node_format(node, "width", "%.4g", width);
	node_format(node, "height", "%.4g", height);
	return node;
}

xmlNode *
chart_line(xmlNode *parent, double x1, double y1, double x2, double y2)
{
	xmlNode *node = node_add(parent, "path");

	node_format(node, "d", "M%.4g %.4gL%.4g %.4g", x1, y1, x2, y2);
	return node;
}

void
chart_value(const struct chart *chart, double value, char out[CHART_TEXT_MAX])
{
	struct buffer text = {0};
	char number[CHART_TEXT_MAX];
	int decimals = 0;

	/* As many as it takes to see a difference. */
	while (decimals < 2 && fabs(value * pow(10, decimals) -
				       round(value * pow(10, decimals))) > 1e-6)
		decimals++;
	(void)snprintf(number, sizeof(number), "%.*f", decimals, value);
	format_number(&text, number);
	(void)snprintf(out, CHART_TEXT_MAX, "%s%s%s", buffer_string(&text),
		*chart->unit != '\0' ? "\xc2\xa0" : "", chart->unit);
	buffer_free(&text);
}

double
chart_step(double most, int count)
{
	static const double steps[] = {1, 2, 5, 10};
	double rough = most / count;
	double power;

	if (!(rough > 0))
		return 1;
	power = pow(10, floor(log10(rough)));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i] * power >= rough * 0.999)
			return steps[i] * power;
	return 10 * power;
}
