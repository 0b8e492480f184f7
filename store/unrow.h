/*
 * Rows of the database, as JSON objects with the columns as members, back to
 * the rows that they were encoded from (tables.h).
 */
#ifndef STORE_UNROW_H
#define STORE_UNROW_H

#include "store/row.h"
#include "store/unjson.h"

/*
 * A host with its "endpoints" and "records"; *_s and *_us are columns of time
 * as Unix time. What the row points to is the object's and the pool's.
 */
void unrow_host(
	struct unjson_pool *pool, const json_t *object, struct row_host *row);

/* A domain with "mx": preference, host and run of each. Of a host the row has
   the name alone; runs tells of which run it is. */
void unrow_domain(struct unjson_pool *pool, const json_t *object,
	struct row_domain *row, const int64_t **runs);

/* The columns "extras"; NULL for what is no object. */
const struct row_extras *unrow_extras(
	struct unjson_pool *pool, const json_t *extras);
const struct row_host_extras *unrow_host_extras(
	struct unjson_pool *pool, const json_t *extras);
/* The array of servers of a look-up; how many. */
size_t unrow_servers(struct unjson_pool *pool, const json_t *array,
	const struct row_server **out);

#endif
