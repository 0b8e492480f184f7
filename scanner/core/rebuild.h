/*
 * Stored rows back to the facts that they were made from (record.h), so that a
 * verdict can be derived again. What the rows say of the verdict is not looked
 * at. Pure.
 *
 * Of a word that the vocabulary does not have any more nothing is known: it
 * counts as not given; a reason counts as "internal".
 */
#ifndef SCANNER_CORE_REBUILD_H
#define SCANNER_CORE_REBUILD_H

#include <stdint.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/pkix.h"
#include "store/row.h"

/* What a line of the input adds to the flags of the verdict (record.h). */
#define REBUILD_LINE_FLAGS FLAG_BIT(FLAG_CANARY_FAILING)

/* The certificate with this digest; false: it is not known. Its octets must
   outlive the facts. */
typedef bool (*rebuild_certificate_cb)(
	void *arg, const uint8_t sha256[32], struct fact_certificate *out);

/* The facts are allocated from arena and point into the row as well. Of a
   certificate that is not known there is the digest alone. */
const struct fact_host *rebuild_host(const struct row_host *row,
	rebuild_certificate_cb certificate, void *arg, struct arena *arena);

/* Everything but its hosts. */
struct fact_domain *rebuild_domain(
	const struct row_domain *row, struct arena *arena);

/* Flags that are of the line. */
uint64_t rebuild_line_flags(const struct row_domain *row);

/* What the public issuers of another machine said stays as it is. */
struct pkix_result rebuild_pkix(const struct row_pkix *row);

#endif
