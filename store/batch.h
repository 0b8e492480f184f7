/* Rows that are committed together. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>

#include "store/connection.h"
#include "store/lease.h"
#include "store/tables.h"

struct batch {
	struct buffer tables[TABLE_COUNT];
	size_t domains;
	uint64_t low_water;
	uint64_t born_ms; /* first row */
};

size_t batch_bytes(const struct batch *batch);

/*
 * The whole transaction: rows, low-water line, COMMIT. sql holds its text; the
 * script refers to sql and to the batch.
 */
void batch_script(const struct batch *batch, const struct tables_scope *scope,
	const struct lease *lease, struct buffer *sql,
	struct connection_script *script);

void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

#endif
