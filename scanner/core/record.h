/*
 * Facts and verdicts to the rows that every sink takes: labels instead of
 * codes, nothing decided any more. A host's row is built once and shared by
 * all domains that see the host alike. Pure.
 *
 * Rows are allocated from the arena given and point into the facts and the
 * verdict they were made from, which must live as long.
 */
#ifndef SCANNER_CORE_RECORD_H
#define SCANNER_CORE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/verdict.h"
#include "store/row.h"

/* Where a domain stands in the scan: what neither facts nor verdict know. */
struct record_line {
	uint64_t line;
	int64_t time_us;   /* Unix time of the verdict, microseconds */
	unsigned passes;   /* that the domain was examined in */
	const char *input; /* the name as the list has it, or NULL where that
			      is ASCII */
	const struct row_tag *tags;
	size_t tag_count;
	uint64_t flags; /* of FLAG_BIT(), beside those of the verdict */
};

/* The labels of two columns; NULL where they do not apply. */
const char *record_severity(enum verdict_severity severity);
const char *record_half_dane(enum verdict_half_dane half_dane);

/* provider: the registrable domain of the host's name, or NULL. */
const struct row_host *record_host(const struct verdict_host *host,
	const char *provider, struct arena *arena);

/*
 * lints as lint_domain() gives them; hosts[i] is the row of
 * domain->hosts[i].host as this domain sees it.
 */
const struct row_domain *record_domain(const struct fact_domain *domain,
	const struct verdict_domain *verdict, uint64_t lints,
	const struct row_host *const *hosts, const struct record_line *line,
	struct arena *arena);

/* Parts of any row. */
struct row_lookup record_lookup(const struct fact_lookup *fact);
const struct row_server *record_servers(
	const struct fact_server *servers, size_t count, struct arena *arena);

/* NULL for octets that are no certificate. */
const struct row_certificate *record_certificate(
	const struct fact_certificate *certificate, struct arena *arena);

#endif
