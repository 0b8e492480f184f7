/*
 * The database as the site reads it: one connection, read only, all of one
 * moment, and any number of results open at once, each read in parts. The first
 * error stays; every result ends then.
 */
#ifndef REPORT_QUERY_H
#define REPORT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query;
struct query_rows;

enum {
	QUERY_ERROR = 512
};

/* $1, $2 and $3 of every statement, as text; NULL is SQL's. */
struct query_values {
	const char *scan;  /* bigint */
	const char *scans; /* bigint[]: its series as far as it */
	const char *key;   /* text */
};

/* NULL with one line in err. */
struct query *query_open(const char *dsn, char *err, size_t errsize);
void query_close(struct query *query);

/* The first error in one line, or NULL. */
const char *query_error(const struct query *query);

/* Begin to read. values may be NULL: all are. Never NULL. */
struct query_rows *query_rows(struct query *query, const char *sql,
	const struct query_values *values);
void query_rows_free(struct query_rows *rows);

/* The next row becomes the current one; false at the end, or for an error. */
bool query_next(struct query_rows *rows);
/* Of the current row, until the next call; NULL: SQL's. */
const char *query_value(const struct query_rows *rows, size_t column);
/* The column of that name, or -1. There must have been a row. */
int query_column(const struct query_rows *rows, const char *name);

#endif
