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
	struct buffer chunks; /* done with it, with commas between */
	uint64_t born_ms;     /* first row */
};

size_t batch_bytes(const struct batch *batch);
/* No row, no chunk. */
bool batch_is_empty(const struct batch *batch);
/* With this batch all names of chunk are done. */
void batch_end_chunk(struct batch *batch, uint32_t chunk);

/*
 * The whole transaction: rows, chunks, COMMIT. sql holds its text; the script
 * refers to sql and to the batch.
 */
void batch_script(struct batch *batch, const struct tables_scope *scope,
	const struct lease *lease, struct buffer *sql,
	struct connection_script *script);

void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

#endif
