/* Tables, with or without a chart, and the values in them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/node.h"
#include "report/safename.h"
#include "report/site_parts.h"
#include "report/visible.h"

enum {
	SHOWN_MAX = 200, /* characters of a cell */
	ROWS_MAX = 500,	 /* of a table, unless it says how many */
};

static const char DASH[] = "\xe2\x80\x93";

/* How much more another column is than this. */
static void
add_change(struct buffer *text, const struct rows *rows, size_t row,
	const struct spec_column *column, const char *before)
{
	const char *after = rows_cell(rows, row, column->of);

	if (after == NULL)
		buffer_text(text, DASH);
	else if (column->show == SPEC_POINTS)
		format_points(text, strtod(before, NULL), strtod(after, NULL));
	else
		format_change(text, strtod(before, NULL), strtod(after, NULL));
}

static void
add_value(struct buffer *text, enum spec_kind kind, const char *cell)
{
	switch (kind) {
	case SPEC_COUNT:
	case SPEC_NUMBER:
		format_number(text, cell);
		return;
	case SPEC_SHARE:
		format_share(text, cell);
		return;
	case SPEC_TIME:
		format_time(text, cell);
		return;
	case SPEC_DAY:
		format_day(text, cell);
		return;
	case SPEC_TEXT:
	case SPEC_NAME:
	case SPEC_TLD:
	case SPEC_PROVIDER:
	case SPEC_ZONE:
	case SPEC_CODE:
		break;
	}
	visible_name(text, cell, SHOWN_MAX);
}

char *
figure_value(const struct rows *rows, size_t row, size_t place)
{
	const struct spec_column *column = &rows->data->columns[place];
	const char *cell = rows_cell(rows, row, place);
	struct buffer text = {0};

	if (cell == NULL)
		buffer_text(&text, DASH);
	else if (column->show != SPEC_AS_IT_IS)
		add_change(&text, rows, row, column, cell);
	else
		add_value(&text, column->kind, cell);
	(void)buffer_string(&text);
	return text.data;
}

/* Name of the <each> whose pages such values have. */
static const char *
pages_of(enum spec_kind kind)
{
	switch (kind) {
	case SPEC_TLD:
		return "tld";
	case SPEC_PROVIDER:
		return "provider";
	case SPEC_ZONE:
		return "registry";
	case SPEC_TEXT:
	case SPEC_NAME:
	case SPEC_CODE:
	case SPEC_COUNT:
	case SPEC_NUMBER:
	case SPEC_SHARE:
	case SPEC_TIME:
	case SPEC_DAY:
		break;
	}
	return NULL;
}

/* A page that is to stay does not say what the newest scan has. */
static bool
is_permanent(const struct page *page)
{
	return strcmp(page->base, page->root) != 0;
}

static void
link_cell(const struct page *page, xmlNode *cell, enum spec_kind kind,
	const char *value)
{
	const char *each = pages_of(kind);
	struct buffer href = {0};

	if (kind == SPEC_CODE && site_word(page->site, value) != NULL) {
		node_format(cell, "href", "%scodes/index.html#%s", page->root,
			value);
	} else if (each != NULL && !is_permanent(page) &&
		   site_has_key(page->site, each, value)) {
		buffer_text(&href, page->root);
		buffer_text(
			&href, node_get(site_each(page->site, each), "path"));
		safename_add(&href, value);
		buffer_text(&href, "/index.html");
		node_set(cell, "href", buffer_string(&href));
	}
	buffer_free(&href);
}

static const char *
class_of(const struct spec_column *column)
{
	if (spec_is_number(column))
		return "n";
	switch (column->kind) {
	case SPEC_NAME:
	case SPEC_TLD:
	case SPEC_PROVIDER:
	case SPEC_ZONE:
		return "name";
	case SPEC_CODE:
		return "code";
	case SPEC_TIME:
	case SPEC_DAY:
		return "time";
	case SPEC_TEXT:
	case SPEC_COUNT:
	case SPEC_NUMBER:
	case SPEC_SHARE:
		break;
	}
	return "text";
}

/* Is it one of the columns that the table names, or of those shown anyway? */
static bool
is_named(const xmlNode *spec, const struct spec_column *column)
{
	const char *list = node_get(spec, "columns");
	size_t len = strlen(column->name);

	if (list == NULL)
		return !column->hidden;
	while (*list != '\0') {
		size_t word = strcspn(list, " ");

		if (word == len && strncmp(list, column->name, len) == 0)
			return true;
		list += word + strspn(list + word, " ");
	}
	return false;
}

/* Numbers that no row has are no column: there was no scan a year before. */
static bool
is_empty(const xmlNode *spec, const struct rows *rows, size_t column)
{
	if (!spec_is_number(&rows->data->columns[column]))
		return false;
	for (size_t i = 0; i < rows->count; i++)
		if (rows_cell(rows, i, column) != NULL &&
			drawing_has_row(spec, rows, i))
			return false;
	return true;
}

/* Which columns the table has; the caller frees them. */
static bool *
shown_columns(const xmlNode *spec, const struct rows *rows)
{
	size_t count = rows->data->column_count;
	bool *shown = calloc(count, sizeof(*shown));

	if (shown == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		shown[i] = is_named(spec, &rows->data->columns[i]) &&
			   !is_empty(spec, rows, i);
	return shown;
}

static void
add_head(xmlNode *table, const bool *is_shown, const struct spec_data *data)
{
	xmlNode *head = node_add(table, "head");

	for (size_t i = 0; i < data->column_count; i++) {
		xmlNode *cell;

		if (!is_shown[i])
			continue;
		cell = node_add_text(head, "c", data->columns[i].label);
		node_set(cell, "k", class_of(&data->columns[i]));
		if (*data->columns[i].help != '\0')
			node_set(cell, "help", data->columns[i].help);
	}
}

static void
add_row(const struct page *page, xmlNode *table, const bool *is_shown,
	const struct rows *rows, size_t row)
{
	xmlNode *node = node_add(table, "row");

	for (size_t i = 0; i < rows->data->column_count; i++) {
		const struct spec_column *column = &rows->data->columns[i];
		const char *value = rows_cell(rows, row, i);
		xmlNode *cell;
		char *text;

		if (!is_shown[i])
			continue;
		text = figure_value(rows, row, i);
		cell = node_add_text(node, "c", text);
		node_set(cell, "k", class_of(column));
		node_set(cell, "name", column->name);
		if (value != NULL)
			link_cell(page, cell, column->kind, value);
		free(text);
	}
}

static void
copy_attribute(xmlNode *node, const xmlNode *spec, const char *attribute)
{
	const char *value = node_get(spec, attribute);

	if (value != NULL)
		node_set(node, attribute, value);
}

static void
add_table(const struct page *page, xmlNode *figure, const xmlNode *spec,
	const struct rows *rows)
{
	const char *most = node_get(spec, "rows");
	bool *columns = shown_columns(spec, rows);
	size_t limit = most != NULL ? strtoul(most, NULL, 10) : ROWS_MAX;
	xmlNode *table = node_add(figure, "table");
	size_t shown = 0;
	size_t all = 0;

	copy_attribute(table, spec, "fold");
	copy_attribute(table, spec, "stack");
	copy_attribute(table, spec, "names");
	add_head(table, columns, rows->data);
	for (size_t i = 0; i < rows->count; i++) {
		if (!drawing_has_row(spec, rows, i))
			continue;
		if (++all > limit)
			continue;
		add_row(page, table, columns, rows, i);
		shown++;
	}
	free(columns);
	if (node_get(spec, "only") == NULL)
		all = rows->total;
	if (shown < all) {
		node_format(table, "shown", "%zu", shown);
		node_format(table, "all", "%zu", all);
	}
}

static bool
is_told(const xmlNode *words, const char *label)
{
	for (const xmlNode *w = words->children; w != NULL; w = w->next)
		if (strcmp(node_get(w, "label"), label) == 0)
			return true;
	return false;
}

/* What the codes of a column mean. */
static void
add_words(const struct page *page, xmlNode *figure, const xmlNode *spec,
	const struct rows *rows)
{
	size_t column = spec_column(rows->data, node_get(spec, "column"));
	xmlNode *words = node_add(figure, "words");

	for (size_t i = 0; i < rows->count; i++) {
		const char *label = rows_cell(rows, i, column);
		const struct site_word *word =
			label != NULL ? site_word(page->site, label) : NULL;
		xmlNode *node;

		if (word == NULL || is_told(words, label) ||
			!drawing_has_row(spec, rows, i))
			continue;
		node = page_word(words, word);
		node_format(node, "href", "%scodes/index.html#%s", page->root,
			label);
	}
}

static void
add_links(const struct page *page, xmlNode *node, const xmlNode *spec)
{
	const char *data = node_get(spec, "data");

	node_set(node, "id", node_get(spec, "id"));
	node_format(node, "csv", "%s%s%s.csv", page->root, page->data, data);
	node_format(node, "json", "%s%s%s.json", page->root, page->data, data);
	/* The pages of one registry alone have no dictionary beside them. */
	if (page->site->options->registry == NULL)
		node_format(node, "about", "%sdata/index.html#columns-%s",
			page->base, data);
}

static void
set_text(const struct page *page, xmlNode *node, const xmlNode *spec,
	const char *attribute)
{
	const char *text = node_get(spec, attribute);
	struct buffer filled = {0};
	const char *place;

	if (text == NULL)
		return;
	while ((place = strstr(text, "{key}")) != NULL) {
		buffer_add(&filled, text, (size_t)(place - text));
		visible_name(&filled, page->key, SHOWN_MAX);
		text = place + strlen("{key}");
	}
	buffer_text(&filled, text);
	node_set(node, attribute, buffer_string(&filled));
	buffer_free(&filled);
}

/* A title that the data fill in: <title> in place of the attribute. */
static void
set_title(const struct page *page, xmlNode *node, const xmlNode *spec)
{
	const xmlNode *title = node_child(spec, "title");
	xmlNode *words;
	xmlChar *text;

	if (title == NULL) {
		set_text(page, node, spec, "title");
		return;
	}
	words = node_add(NULL, "title");
	page_children(page, words, title);
	text = xmlNodeGetContent(words);
	node_set(node, "title", (const char *)text);
	xmlFree(text);
	xmlFreeNode(words);
}

/* Has any of its tables a row? */
static bool
has_rows(const xmlNode *spec, const struct rows *rows)
{
	for (const xmlNode *child = spec->children; child != NULL;
		child = child->next)
		for (size_t i = 0; i < rows->count; i++)
			if (node_is(child, "table") &&
				drawing_has_row(child, rows, i))
				return true;
	return false;
}

void
figure_add(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	const struct rows *rows = page_rows(page, node_get(spec, "data"));
	const xmlNode *child;
	xmlNode *node;

	if (!has_rows(spec, rows)) {
		if (node_get(spec, "empty") != NULL)
			node_set(node_add_text(
					 parent, "p", node_get(spec, "empty")),
				"class", "empty");
		return;
	}
	node = node_add(parent, "figure");
	add_links(page, node, spec);
	set_title(page, node, spec);
	set_text(page, node, spec, "subtitle");
	for (child = spec->children; child != NULL; child = child->next) {
		if (node_is(child, "chart"))
			drawing_add(page, node, spec, child, rows);
		else if (node_is(child, "strip"))
			node_set(node, "as", "strip");
		else if (node_is(child, "table"))
			add_table(page, node, child, rows);
		else if (node_is(child, "words"))
			add_words(page, node, child, rows);
	}
}
