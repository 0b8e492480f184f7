/* datapackage.json (Frictionless Data): which files there are, column by
   column. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/cell.h"
#include "report/site_parts.h"

static const char *
type_of(const struct spec_column *column)
{
	switch (column->kind) {
	case SPEC_COUNT:
		return "integer";
	case SPEC_NUMBER:
	case SPEC_SHARE:
		return "number";
	case SPEC_TIME:
		return "datetime";
	case SPEC_DAY:
		return "date";
	case SPEC_TEXT:
	case SPEC_NAME:
	case SPEC_TLD:
	case SPEC_PROVIDER:
	case SPEC_ZONE:
	case SPEC_CODE:
		break;
	}
	return "string";
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		abort();
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		set(object, key, cell_json(text, CELL_TEXT));
}

static json_t *
schema_of(const struct spec_data *data)
{
	json_t *schema = json_object();
	json_t *fields = json_array();
	json_t *missing = json_array();

	for (size_t i = 0; i < data->column_count; i++) {
		const struct spec_column *column = &data->columns[i];
		json_t *field = json_object();

		set_text(field, "name", column->name);
		set_text(field, "type", type_of(column));
		set_text(field, "title", column->label);
		set_text(field, "description", column->help);
		(void)json_array_append_new(fields, field);
	}
	(void)json_array_append_new(missing, json_string(""));
	set(schema, "fields", fields);
	set(schema, "missingValues", missing);
	return schema;
}

static json_t *
resource_of(const struct spec_data *data, const char *folder)
{
	json_t *resource = json_object();
	json_t *dialect = json_object();

	set_text(resource, "name", data->name);
	set(resource, "path",
		json_sprintf("%sdata/%s.csv", folder, data->name));
	set_text(resource, "title", data->title);
	set_text(resource, "profile", "tabular-data-resource");
	set_text(resource, "format", "csv");
	set_text(resource, "mediatype", "text/csv");
	set_text(resource, "encoding", "utf-8");
	set_text(dialect, "lineTerminator", "\r\n");
	set(resource, "dialect", dialect);
	set(resource, "schema", schema_of(data));
	return resource;
}

static json_t *
package_of(const struct site *site, const struct site_scan *scan,
	const char *folder)
{
	const struct site_options *options = site->options;
	json_t *package = json_object();
	json_t *resources = json_array();

	set(package, "name", json_sprintf("dane-scan-%s", scan->id));
	set_text(package, "profile", "tabular-data-package");
	set(package, "title",
		json_sprintf("DANE for SMTP, scan %s of %.10s", scan->id,
			scan->started));
	set_text(package, "label", scan->label);
	set(package, "created",
		json_sprintf(
			"%.10sT%.8sZ", scan->finished, scan->finished + 11));
	set_text(package, "homepage", options->url);
	set_text(package, "licence", options->licence);
	set_text(package, "publisher", options->publisher);
	set_text(package, "contact", options->contact);
	for (size_t i = 0; i < site->spec.data_count; i++)
		if (strcmp(site->spec.data[i].by, "scan") == 0)
			(void)json_array_append_new(resources,
				resource_of(&site->spec.data[i], folder));
	set(package, "resources", resources);
	return package;
}

static void
write_package(struct site *site, const struct site_scan *scan, const char *at,
	const char *folder)
{
	json_t *package = package_of(site, scan, folder);
	struct buffer path = {0};
	FILE *file;

	buffer_format(&path, "%sdatapackage.json", at);
	file = tree_create(site->tree, buffer_string(&path));
	(void)json_dumpf(package, file, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	(void)fputc('\n', file);
	tree_close(site->tree, file);
	buffer_free(&path);
	json_decref(package);
}

void
site_package(struct site *site, const struct site_scan *scan)
{
	write_package(site, scan, scan->path, "");
	if (scan == &site->scans[site->scan_count - 1])
		write_package(site, scan, "", scan->path);
}
