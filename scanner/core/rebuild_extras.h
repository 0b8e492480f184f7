/*
 * What further look-ups found, from rows back to facts. Pure.
 */
#ifndef SCANNER_CORE_REBUILD_EXTRAS_H
#define SCANNER_CORE_REBUILD_EXTRAS_H

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "store/row.h"

/* NULL gives NULL. Pointers lead into the row as well. */
const struct fact_extras *rebuild_extras(
	const struct row_extras *row, struct arena *arena);
const struct fact_host_extras *rebuild_host_extras(
	const struct row_host_extras *row, struct arena *arena);

/* Parts of any row. */
struct fact_lookup rebuild_lookup(const struct row_lookup *row);
const struct fact_server *rebuild_servers(
	const struct row_server *rows, size_t count, struct arena *arena);

#endif
