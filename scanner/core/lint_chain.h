/*
 * Advice on the chains that a host shows: dates, keys, names, order
 * (CONFORMANCE group G). Never changes a class. Pure.
 */
#ifndef SCANNER_CORE_LINT_CHAIN_H
#define SCANNER_CORE_LINT_CHAIN_H

#include <time.h>

#include "scanner/core/arena.h"
#include "scanner/core/verdict.h"

/* Fill in lints and leaf_key of a host that is judged. They are the same for
   every domain that shares the verdict. */
void lint_chain(struct verdict_host *host, time_t now, struct arena *arena);

#endif
