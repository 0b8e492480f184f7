/*
 * Which row goes into which table of the database, as COPY text: the one place
 * in C that knows the columns (sql/), and which of them hold codes.
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <stdint.h>

#include "store/buffer.h"
#include "store/row.h"
#include "store/words.h"

enum table {
	TABLE_DOMAIN,
	TABLE_MX,
	TABLE_HOST,
	TABLE_ENDPOINT,
	TABLE_TLSA,
	TABLE_CERTIFICATE,
	TABLE_COUNT,
};

/* What all rows of one scanner have in common. */
struct tables_scope {
	int64_t scan_id;
	int64_t run;		   /* lease token */
	const struct words *words; /* their codes */
};

/* "COPY … FROM STDIN" for one table; certificates go to a stage table. */
void tables_copy_sql(
	struct buffer *sql, enum table table, const struct tables_scope *scope);
/* The same into the temporary table of that name, for any scan and run. */
void tables_again_sql(struct buffer *sql, enum table table);
/* Creates that stage table for the session; moves its rows to their place. */
const char *tables_stage_sql(void);
const char *tables_unstage_sql(void);

/* Each takes one buffer a table. */
void tables_certificate(
	struct buffer *tables, const struct row_certificate *certificate);
void tables_host(struct buffer *tables, const struct tables_scope *scope,
	const struct row_host *host);
/* The domain's own row, without its exchanges. */
void tables_domain(struct buffer *tables, const struct tables_scope *scope,
	const struct row_domain *domain);
/* whole: the host's row is not what this domain sees; keep all of it here. */
void tables_mx(struct buffer *tables, const struct tables_scope *scope,
	const struct row_domain *domain, size_t position, bool whole);

#endif
