/* The rows of a data set: all of them into CSV and JSON, the first ones kept
   for pages. */
#ifndef REPORT_DATASET_H
#define REPORT_DATASET_H

#include <stddef.h>

#include "report/query.h"
#include "report/spec.h"
#include "report/tree.h"

struct rows {
	const struct spec_data *data;
	char **cells; /* count times data->column_count; NULL: SQL's */
	size_t count; /* rows kept */
	size_t total; /* rows there are */
};

/* NULL: SQL's. */
const char *rows_cell(const struct rows *rows, size_t row, size_t column);
void rows_free(struct rows *rows);

/*
 * Run the query and write PREFIX<name>.csv and .json into the tree. The rows
 * are the caller's.
 */
struct rows *dataset_run(const struct spec_data *data, struct query *query,
	const struct query_values *values, struct tree *tree,
	const char *prefix);

/* The data set of all keys, key by key in their order. */
struct dataset;
struct dataset *dataset_open(const struct spec_data *data, struct query *query,
	const struct query_values *values);
void dataset_free(struct dataset *dataset);
/* The same as dataset_run() for one key. Keys have to come in order; rows of
   keys that are left out are passed over. Without rows no files are made. */
struct rows *dataset_take(struct dataset *dataset, const char *key,
	struct tree *tree, const char *prefix);

#endif
