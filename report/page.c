/*
 * A description of a page and the rows of its data become a tree, and that
 * HTML. Elements that mean something, below page, wherever they stand:
 *
 *	figure		of data=, with id=, title=, subtitle= and empty=; with
 *			chart, strip, table and words in it (figure.c). The
 *			title may be an element instead.
 *	value		of data= and column=: of the first row that only= asks
 *			for, or with last= the last one
 *	key		what the page is about
 *	if, none	of data=: only with, without rows
 *	option		of the site, by name=
 *	if-option	only with it; no-option: only without
 *	codes		all words of the vocabulary
 *	dictionary	all data sets
 *	notices		the texts for the providers of a zone
 *
 * needs= of a page or element: only where that data set has rows, of which
 * least= tells how many. Of a href, "base:", "root:" and "data:" lead to the
 * pages of the scan, those of the site, and the data sets. All else is copied.
 *
 * A table has the rows of only= (a column and its values), at most rows= of
 * them, in columns= or all that are not hidden. names= is the column that names
 * the row, the first one of text by default; stack=: a telephone shows each row
 * as a list; fold= is the word behind which the table is hidden.
 */
#include <stdlib.h>
#include <string.h>

#include "report/node.h"
#include "report/site_parts.h"
#include "report/visible.h"

const struct rows *
page_rows(const struct page *page, const char *name)
{
	const struct spec *spec = &page->site->spec;
	size_t place = (size_t)(spec_data(spec, name) - spec->data);

	if (page->rows[place] == NULL)
		abort();
	return page->rows[place];
}

static bool
has_rows(const struct page *page, const xmlNode *spec)
{
	const struct rows *rows = page_rows(page, node_get(spec, "data"));

	for (size_t i = 0; i < rows->count; i++)
		if (drawing_has_row(spec, rows, i))
			return true;
	return false;
}

bool
page_is_wanted(const struct page *page, const xmlNode *spec)
{
	const char *needs = node_get(spec, "needs");
	const char *least = node_get(spec, "least");

	if (needs == NULL)
		return true;
	return page_rows(page, needs)->count >=
	       (least != NULL ? strtoul(least, NULL, 10) : 1);
}

static const char *
option(const struct page *page, const char *name)
{
	const struct site_options *options = page->site->options;

	if (strcmp(name, "title") == 0)
		return options->title;
	if (strcmp(name, "publisher") == 0)
		return options->publisher;
	if (strcmp(name, "contact") == 0)
		return options->contact;
	if (strcmp(name, "url") == 0)
		return options->url;
	if (strcmp(name, "licence") == 0)
		return options->licence;
	return options->version;
}

/* What a person gave on the command line may be anything as well. */
static void
add_visible(xmlNode *parent, const char *text)
{
	struct buffer shown = {0};

	visible_name(&shown, text, NODE_TEXT_MAX);
	node_text(parent, buffer_string(&shown));
	buffer_free(&shown);
}

static void
add_value(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	const struct rows *rows = page_rows(page, node_get(spec, "data"));
	size_t column = spec_column(rows->data, node_get(spec, "column"));
	bool last = node_get(spec, "last") != NULL;
	size_t found = rows->count;
	char *text;

	for (size_t i = 0; i < rows->count; i++)
		if ((last || found == rows->count) &&
			drawing_has_row(spec, rows, i))
			found = i;
	if (found == rows->count) {
		node_text(parent, "\xe2\x80\x93");
		return;
	}
	text = figure_value(rows, found, column);
	node_text(parent, text);
	free(text);
}

xmlNode *
page_word(xmlNode *parent, const struct site_word *word)
{
	xmlNode *node = node_add(parent, "word");

	node_set(node, "label", word->label);
	node_set(node, "meaning", word->meaning);
	node_set(node, "section", word->section);
	node_set(node, "remedy", word->remedy);
	return node;
}

static void
add_codes(const struct page *page, xmlNode *parent)
{
	const struct site_options *options = page->site->options;
	xmlNode *codes = node_add(parent, "codes");

	for (size_t i = 0; i < options->word_count; i++) {
		const struct site_word *word = &options->words[i];
		xmlNode *node = page_word(codes, word);

		node_set(node, "kind", word->kind);
		/* One anchor for a word that is of several kinds. */
		if (site_word(page->site, word->label) == word)
			node_set(node, "id", word->label);
	}
}

static const char *
type_of(const struct spec_column *column)
{
	switch (column->kind) {
	case SPEC_COUNT:
		return "whole number";
	case SPEC_NUMBER:
		return "number";
	case SPEC_SHARE:
		return "part of one";
	case SPEC_TIME:
		return "time, UTC";
	case SPEC_DAY:
		return "day";
	case SPEC_CODE:
		return "code";
	case SPEC_NAME:
	case SPEC_TLD:
	case SPEC_PROVIDER:
	case SPEC_ZONE:
		return "DNS name";
	case SPEC_TEXT:
		break;
	}
	return "text";
}

/* Every data set: its columns, and the files of those of this scan. */
static void
add_dictionary(const struct page *page, xmlNode *parent)
{
	const struct spec *spec = &page->site->spec;
	xmlNode *dictionary = node_add(parent, "dictionary");

	for (size_t i = 0; i < spec->data_count; i++) {
		const struct spec_data *data = &spec->data[i];
		xmlNode *node = node_add(dictionary, "data");

		node_set(node, "name", data->name);
		node_set(node, "title", data->title);
		node_set(node, "by", data->by);
		if (page->rows[i] != NULL) {
			node_format(node, "rows", "%zu", page->rows[i]->total);
			node_format(node, "file", "%s%s%s", page->root,
				page->data, data->name);
		}
		for (size_t c = 0; c < data->column_count; c++) {
			const struct spec_column *column = &data->columns[c];
			xmlNode *row = node_add(node, "column");

			node_set(row, "name", column->name);
			node_set(row, "label", column->label);
			node_set(row, "type", type_of(column));
			node_set(row, "help", column->help);
		}
	}
}

/* The texts of site_notices.c: one a provider of the data set "notices". */
static void
add_notices(const struct page *page, xmlNode *parent)
{
	const struct rows *rows = page_rows(page, "notices");
	size_t column = spec_column(rows->data, "provider");
	xmlHashTable *told = xmlHashCreate(0);
	xmlNode *list = node_add(parent, "notices");

	for (size_t i = 0; i < rows->count; i++) {
		const char *provider = rows_cell(rows, i, column);
		const xmlChar *key =
			(const xmlChar *)(provider != NULL ? provider : "");
		struct buffer name = {0};
		xmlNode *node;

		if (xmlHashAddEntry(told, key, list) != 0)
			continue;
		node = node_add(list, "notice");
		site_notice_name(&name, provider);
		node_set(node, "href", buffer_string(&name));
		node_visible(node, "provider", provider);
		buffer_free(&name);
	}
	xmlHashFree(told, NULL);
}

static void
add_href(const struct page *page, xmlNode *node, const char *href)
{
	if (strncmp(href, "base:", 5) == 0)
		node_format(node, "href", "%s%s", page->base, href + 5);
	else if (strncmp(href, "root:", 5) == 0)
		node_format(node, "href", "%s%s", page->root, href + 5);
	else if (strncmp(href, "data:", 5) == 0)
		node_format(node, "href", "%s%s%s", page->root, page->data,
			href + 5);
	else
		node_set(node, "href", href);
}

static void
copy_element(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	xmlNode *node = node_add(parent, (const char *)spec->name);

	for (const xmlAttr *a = spec->properties; a != NULL; a = a->next) {
		const char *name = (const char *)a->name;
		const char *value = node_get(spec, name);

		if (strcmp(name, "href") == 0)
			add_href(page, node, value);
		else
			node_set(node, name, value);
	}
	page_children(page, node, spec);
}

/* Elements that show other elements, or not. */
static bool
add_condition(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	bool holds;

	if (node_is(spec, "if"))
		holds = has_rows(page, spec);
	else if (node_is(spec, "none"))
		holds = !has_rows(page, spec);
	else if (node_is(spec, "if-option"))
		holds = option(page, node_get(spec, "name")) != NULL;
	else if (node_is(spec, "no-option"))
		holds = option(page, node_get(spec, "name")) == NULL;
	else
		return false;
	if (holds)
		page_children(page, parent, spec);
	return true;
}

static void
add_element(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	const char *text;

	if (node_is(spec, "figure")) {
		figure_add(page, parent, spec);
	} else if (node_is(spec, "value")) {
		add_value(page, parent, spec);
	} else if (node_is(spec, "key")) {
		add_visible(node_add(parent, "name"), page->key);
	} else if (node_is(spec, "option")) {
		text = option(page, node_get(spec, "name"));
		add_visible(parent, text != NULL ? text : "\xe2\x80\x93");
	} else if (node_is(spec, "codes")) {
		add_codes(page, parent);
	} else if (node_is(spec, "notices")) {
		add_notices(page, parent);
	} else if (node_is(spec, "dictionary")) {
		add_dictionary(page, parent);
	} else if (!add_condition(page, parent, spec) &&
		   page_is_wanted(page, spec)) {
		copy_element(page, parent, spec);
	}
}

void
page_children(const struct page *page, xmlNode *parent, const xmlNode *spec)
{
	for (const xmlNode *child = spec->children; child != NULL;
		child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			add_element(page, parent, child);
		else if (child->type == XML_TEXT_NODE)
			node_text(parent, (const char *)child->content);
	}
}

static void
add_site(const struct page *page, xmlNode *root)
{
	const struct site_options *options = page->site->options;
	xmlNode *node = node_add(root, "site");

	node_visible(node, "title", options->title);
	node_visible(node, "publisher", options->publisher);
	node_visible(node, "contact", options->contact);
	node_visible(node, "licence", options->licence);
	node_visible(node, "url", options->url);
	node_visible(node, "version", options->version);
}

static void
add_scan(const struct page *page, xmlNode *root)
{
	xmlNode *node = node_add(root, "scan");

	node_set(node, "id", page->scan->id);
	if (*page->scan->label != '\0')
		node_visible(node, "label", page->scan->label);
	node_set(node, "started", page->scan->started);
	node_set(node, "domains", page->scan->domains);
	node_format(
		node, "href", "%s%sindex.html", page->root, page->scan->path);
}

/* A page about a key is written when those of the scan are, or alone. */
static bool
is_there(const struct page *page, const xmlNode *spec, size_t place)
{
	if (page->key == NULL)
		return page_is_wanted(page, spec);
	return page->site->written[place];
}

/* The pages that have a place in the menu. */
static void
add_menu(const struct page *page, xmlNode *root, const xmlNode *current)
{
	const struct spec *spec = &page->site->spec;
	xmlNode *menu = node_add(root, "menu");
	const char *part = node_get(current, "part");

	for (size_t i = 0; i < spec->page_count; i++) {
		const xmlNode *other = spec->pages[i];
		const char *name = node_get(other, "menu");
		const char *path = node_get(other, "path");
		bool newest = strcmp(node_get(other, "by"), "newest") == 0;
		xmlNode *node;

		if (name == NULL || !is_there(page, other, i))
			continue;
		node = node_add_text(menu, "item", name);
		node_format(node, "href", "%s%sindex.html",
			newest ? page->root : page->base, path);
		if (other == current)
			node_set(node, "current", "page");
		else if (part != NULL && strcmp(part, name) == 0)
			node_set(node, "current", "true");
	}
}

static void
set_title(const struct page *page, xmlNode *root, const xmlNode *spec)
{
	const char *title = node_get(spec, "title");

	node_set(root, "title", title);
	if (page->key != NULL)
		node_visible(root, "key", page->key);
}

void
page_write(const struct page *page, const xmlNode *spec)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root = node_add(NULL, "page");
	struct buffer path = {0};
	FILE *file;

	xmlDocSetRootElement(doc, root);
	set_title(page, root, spec);
	node_set(root, "name", node_get(spec, "name"));
	node_set(root, "by", node_get(spec, "by"));
	node_set(root, "root", page->root);
	node_set(root, "base", page->base);
	if (page->site->options->registry != NULL)
		node_set(root, "alone", "yes");
	add_site(page, root);
	add_scan(page, root);
	if (page->site->options->registry == NULL)
		add_menu(page, root, spec);
	page_children(page, node_add(root, "body"), spec);
	buffer_format(&path, "%sindex.html", page->path);
	file = tree_create(page->site->tree, buffer_string(&path));
	render_page(page->site->render, doc, file);
	tree_close(page->site->tree, file);
	buffer_free(&path);
	xmlFreeDoc(doc);
}
