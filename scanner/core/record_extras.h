/*
 * What further look-ups found, to rows. Pure. As record.h: rows are of the
 * arena, and point into the facts.
 */
#ifndef SCANNER_CORE_RECORD_EXTRAS_H
#define SCANNER_CORE_RECORD_EXTRAS_H

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "store/row.h"

/* NULL for NULL: nothing was asked for. */
const struct row_extras *record_extras(
	const struct fact_extras *extras, struct arena *arena);
const struct row_host_extras *record_host_extras(
	const struct fact_host_extras *extras, struct arena *arena);

#endif
