/* Streams the rows of a query into the files of the site. */
#include "report/dataset.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/cell.h"
#include "store/buffer.h"

enum {
	DAY_SIZE = 10,	/* 2026-11-29 */
	TIME_SIZE = 21, /* 2026-11-29T11:20:05Z and the final NUL */
};

struct writer {
	const struct spec_data *data;
	struct tree *tree;
	FILE *csv;
	FILE *json;
	struct rows *rows;
};

struct dataset {
	const struct spec_data *data;
	struct query_rows *query;
	size_t *places; /* of the columns in the query's rows */
	size_t key;	/* … of the key */
	bool begun;
	bool ended;
};

const char *
rows_cell(const struct rows *rows, size_t row, size_t column)
{
	assert(row < rows->count && column < rows->data->column_count);
	return rows->cells[row * rows->data->column_count + column];
}

void
rows_free(struct rows *rows)
{
	if (rows == NULL)
		return;
	for (size_t i = 0; i < rows->count * rows->data->column_count; i++)
		free(rows->cells[i]);
	free(rows->cells);
	free(rows);
}

static enum cell_form
form_of(const struct spec_column *column)
{
	return spec_is_number(column) ? CELL_NUMBER : CELL_TEXT;
}

static FILE *
create(struct tree *tree, const char *prefix, const char *name,
	const char *ending)
{
	struct buffer path = {0};
	FILE *file;

	buffer_format(&path, "%s%s%s", prefix, name, ending);
	file = tree_create(tree, buffer_string(&path));
	buffer_free(&path);
	return file;
}

static void
write_line(struct writer *writer, struct buffer *line)
{
	buffer_text(line, "\r\n");
	(void)fwrite(line->data, 1, line->len, writer->csv);
	buffer_free(line);
}

static void
writer_begin(struct writer *writer, const struct spec_data *data,
	struct tree *tree, const char *prefix)
{
	struct buffer line = {0};

	*writer = (struct writer){.data = data, .tree = tree};
	writer->rows = calloc(1, sizeof(*writer->rows));
	if (writer->rows == NULL)
		abort();
	writer->rows->data = data;
	writer->csv = create(tree, prefix, data->name, ".csv");
	writer->json = create(tree, prefix, data->name, ".json");
	for (size_t i = 0; i < data->column_count; i++) {
		buffer_text(&line, i > 0 ? "," : "");
		buffer_text(&line, data->columns[i].name);
	}
	write_line(writer, &line);
	(void)fputc('[', writer->json);
}

/* RFC 3339, without the fraction: "2026-11-29 11:20:05.1+00" in UTC. */
static const char *
value_of(const struct dataset *from, size_t i, char time[TIME_SIZE])
{
	const char *value = query_value(from->query, from->places[i]);

	if (value == NULL || from->data->columns[i].kind != SPEC_TIME ||
		strlen(value) < TIME_SIZE - 2)
		return value;
	(void)snprintf(
		time, TIME_SIZE, "%.10sT%.8sZ", value, value + DAY_SIZE + 1);
	return time;
}

static void
write_csv(struct writer *writer, const struct dataset *from)
{
	struct buffer line = {0};
	char time[TIME_SIZE];

	for (size_t i = 0; i < writer->data->column_count; i++) {
		buffer_text(&line, i > 0 ? "," : "");
		cell_csv(&line, value_of(from, i, time),
			form_of(&writer->data->columns[i]));
	}
	write_line(writer, &line);
}

static void
write_json(struct writer *writer, const struct dataset *from)
{
	json_t *object = json_object();
	char time[TIME_SIZE];

	for (size_t i = 0; i < writer->data->column_count; i++) {
		const struct spec_column *column = &writer->data->columns[i];

		if (json_object_set_new(object, column->name,
			    cell_json(value_of(from, i, time),
				    form_of(column))) != 0)
			abort();
	}
	(void)fputs(writer->rows->total > 0 ? ",\n" : "\n", writer->json);
	(void)json_dumpf(object, writer->json,
		JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	json_decref(object);
}

static void
keep_row(struct writer *writer, const struct dataset *from)
{
	struct rows *rows = writer->rows;
	size_t columns = writer->data->column_count;
	char **cell;

	rows->cells = reallocarray(
		rows->cells, (rows->count + 1) * columns, sizeof(*rows->cells));
	if (rows->cells == NULL)
		abort();
	cell = rows->cells + rows->count * columns;
	for (size_t i = 0; i < columns; i++) {
		const char *value = query_value(from->query, from->places[i]);

		cell[i] = value != NULL ? strdup(value) : NULL;
		if (value != NULL && cell[i] == NULL)
			abort();
	}
	rows->count++;
}

static void
writer_row(struct writer *writer, const struct dataset *from)
{
	write_csv(writer, from);
	write_json(writer, from);
	if (writer->rows->count < writer->data->keep)
		keep_row(writer, from);
	writer->rows->total++;
}

static struct rows *
writer_end(struct writer *writer)
{
	(void)fputs("\n]\n", writer->json);
	tree_close(writer->tree, writer->csv);
	tree_close(writer->tree, writer->json);
	return writer->rows;
}

/* A query has all columns that the description names. */
static void
find_columns(struct dataset *dataset)
{
	const struct spec_data *data = dataset->data;
	int place;

	for (size_t i = 0; i < data->column_count; i++) {
		place = query_column(dataset->query, data->columns[i].name);
		assert(place >= 0);
		dataset->places[i] = (size_t)place;
	}
	place = query_column(dataset->query, "key");
	dataset->key = place >= 0 ? (size_t)place : 0;
}

static bool
advance(struct dataset *dataset)
{
	bool first = !dataset->begun;

	dataset->begun = true;
	dataset->ended = !query_next(dataset->query);
	if (first && !dataset->ended)
		find_columns(dataset);
	return !dataset->ended;
}

struct dataset *
dataset_open(const struct spec_data *data, struct query *query,
	const struct query_values *values)
{
	struct dataset *dataset = calloc(1, sizeof(*dataset));

	if (dataset == NULL)
		abort();
	dataset->data = data;
	dataset->places = calloc(data->column_count, sizeof(size_t));
	if (dataset->places == NULL)
		abort();
	dataset->query = query_rows(query, data->sql, values);
	return dataset;
}

void
dataset_free(struct dataset *dataset)
{
	if (dataset == NULL)
		return;
	query_rows_free(dataset->query);
	free(dataset->places);
	free(dataset);
}

struct rows *
dataset_run(const struct spec_data *data, struct query *query,
	const struct query_values *values, struct tree *tree,
	const char *prefix)
{
	struct dataset *dataset = dataset_open(data, query, values);
	struct writer writer;

	writer_begin(&writer, data, tree, prefix);
	while (advance(dataset))
		writer_row(&writer, dataset);
	dataset_free(dataset);
	return writer_end(&writer);
}

/* <0: the current row is of an earlier key; 0: of this; >0: later, or none. */
static int
compare_key(const struct dataset *dataset, const char *key)
{
	const char *value;

	if (dataset->ended)
		return 1;
	value = query_value(dataset->query, dataset->key);
	return strcmp(value != NULL ? value : "", key);
}

struct rows *
dataset_take(struct dataset *dataset, const char *key, struct tree *tree,
	const char *prefix)
{
	struct writer writer;
	struct rows *none;

	if (!dataset->begun)
		(void)advance(dataset);
	while (compare_key(dataset, key) < 0)
		(void)advance(dataset);
	if (compare_key(dataset, key) != 0) {
		none = calloc(1, sizeof(*none));
		if (none == NULL)
			abort();
		none->data = dataset->data;
		return none;
	}
	writer_begin(&writer, dataset->data, tree, prefix);
	do
		writer_row(&writer, dataset);
	while (advance(dataset) && compare_key(dataset, key) == 0);
	return writer_end(&writer);
}
