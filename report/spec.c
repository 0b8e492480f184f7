/* Reads the description of the site. */
#include "report/spec.h"

#include <assert.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "report/assets.h"
#include "report/node.h"

enum {
	KEEP = 500
};

static const char *const kind_names[] = {
	[SPEC_TEXT] = "text",
	[SPEC_NAME] = "name",
	[SPEC_TLD] = "tld",
	[SPEC_PROVIDER] = "provider",
	[SPEC_ZONE] = "zone",
	[SPEC_CODE] = "code",
	[SPEC_COUNT] = "count",
	[SPEC_NUMBER] = "number",
	[SPEC_SHARE] = "share",
	[SPEC_TIME] = "time",
	[SPEC_DAY] = "day",
};

static const char *
required(const xmlNode *node, const char *attribute)
{
	const char *value = node_get(node, attribute);

	assert(value != NULL);
	return value;
}

static enum spec_kind
kind_of(const xmlNode *node)
{
	const char *name = required(node, "kind");
	size_t kind = 0;

	while (strcmp(kind_names[kind], name) != 0) {
		kind++;
		assert(kind < sizeof(kind_names) / sizeof(*kind_names));
	}
	return (enum spec_kind)kind;
}

static const char *
text_of(const xmlNode *node)
{
	if (node->children == NULL)
		return "";
	return (const char *)node->children->content;
}

const char *
spec_sql(const xmlNode *node)
{
	const xmlNode *sql = node_child(node, "sql");

	assert(sql != NULL);
	return text_of(sql);
}

bool
spec_is_number(const struct spec_column *column)
{
	return column->kind == SPEC_COUNT || column->kind == SPEC_NUMBER ||
	       column->kind == SPEC_SHARE;
}

size_t
spec_column(const struct spec_data *data, const char *name)
{
	size_t i = 0;

	while (strcmp(data->columns[i].name, name) != 0) {
		i++;
		assert(i < data->column_count);
	}
	return i;
}

static void
read_column(struct spec_column *column, const xmlNode *node)
{
	const char *show = node_get(node, "show");

	column->name = required(node, "name");
	column->label = required(node, "label");
	column->help = text_of(node);
	column->kind = kind_of(node);
	column->hidden = node_get(node, "hidden") != NULL;
	if (show != NULL) {
		column->of_name = required(node, "of");
		column->show = strcmp(show, "points") == 0 ? SPEC_POINTS
							   : SPEC_CHANGE;
	}
}

static void *
grown(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count + 1, size);
	if (array == NULL)
		abort();
	memset((char *)array + count * size, 0, size);
	return array;
}

/* Columns that several data sets have. */
static const xmlNode *
shared_columns(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->doc_count; i++) {
		const xmlNode *node =
			xmlDocGetRootElement(spec->docs[i])->children;

		for (; node != NULL; node = node->next)
			if (node_is(node, "columns") &&
				strcmp(required(node, "name"), name) == 0)
				return node;
	}
	abort();
}

static void
read_columns(
	const struct spec *spec, struct spec_data *data, const xmlNode *node)
{
	for (node = node->children; node != NULL; node = node->next) {
		if (node_is(node, "include"))
			read_columns(spec, data,
				shared_columns(
					spec, required(node, "columns")));
		if (!node_is(node, "column"))
			continue;
		data->columns = grown(data->columns, data->column_count,
			sizeof(*data->columns));
		read_column(&data->columns[data->column_count++], node);
	}
}

static void
resolve_columns(struct spec_data *data)
{
	for (size_t i = 0; i < data->column_count; i++)
		if (data->columns[i].show != SPEC_AS_IT_IS)
			data->columns[i].of = spec_column(
				data, data->columns[i].of_name);
}

static void
read_data(const struct spec *spec, struct spec_data *data, const xmlNode *node)
{
	const char *keep = node_get(node, "keep");

	data->name = required(node, "name");
	data->title = required(node, "title");
	data->by = required(node, "by");
	data->sql = spec_sql(node);
	data->keep = keep != NULL ? strtoul(keep, NULL, 10) : KEEP;
	read_columns(spec, data, node);
	resolve_columns(data);
}

static void
read_doc(struct spec *spec, const xmlDoc *doc)
{
	const xmlNode *node = xmlDocGetRootElement(doc)->children;

	for (; node != NULL; node = node->next) {
		if (node_is(node, "data")) {
			spec->data = grown(spec->data, spec->data_count,
				sizeof(*spec->data));
			read_data(spec, &spec->data[spec->data_count++], node);
		} else if (node_is(node, "page")) {
			spec->pages = grown(spec->pages, spec->page_count,
				sizeof(*spec->pages));
			spec->pages[spec->page_count++] = node;
		} else if (node_is(node, "each")) {
			spec->eaches = grown(spec->eaches, spec->each_count,
				sizeof(*spec->eaches));
			spec->eaches[spec->each_count++] = node;
		}
	}
}

/* order is of two digits. */
static int
compare_pages(const void *a, const void *b)
{
	const xmlNode *const *x = a;
	const xmlNode *const *y = b;

	return strcmp(required(*x, "order"), required(*y, "order"));
}

void
spec_load(struct spec *spec)
{
	const struct asset *asset;

	*spec = (struct spec){0};
	for (size_t i = 0; (asset = assets_at(i)) != NULL; i++) {
		size_t len = strlen(asset->name);
		xmlDoc *doc;

		if (strcmp(asset->name + len - 4, ".xml") != 0)
			continue;
		doc = xmlReadMemory(asset->data, (int)asset->len, asset->name,
			NULL, XML_PARSE_NOCDATA | XML_PARSE_NONET);
		assert(doc != NULL);
		spec->docs = grown(
			spec->docs, spec->doc_count, sizeof(*spec->docs));
		spec->docs[spec->doc_count++] = doc;
	}
	for (size_t i = 0; i < spec->doc_count; i++)
		read_doc(spec, spec->docs[i]);
	qsort(spec->pages, spec->page_count, sizeof(*spec->pages),
		compare_pages);
}

void
spec_free(struct spec *spec)
{
	for (size_t i = 0; i < spec->data_count; i++)
		free(spec->data[i].columns);
	for (size_t i = 0; i < spec->doc_count; i++)
		xmlFreeDoc(spec->docs[i]);
	free(spec->docs);
	free(spec->data);
	free(spec->pages);
	free(spec->eaches);
	*spec = (struct spec){0};
}

const struct spec_data *
spec_data(const struct spec *spec, const char *name)
{
	size_t i = 0;

	while (strcmp(spec->data[i].name, name) != 0) {
		i++;
		assert(i < spec->data_count);
	}
	return &spec->data[i];
}
