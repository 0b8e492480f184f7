/* Cursors in one transaction, so that long lists do not lie in memory. */
#include "report/query.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "store/schema.h"

enum {
	FETCHED = 1000,
	STATEMENT_MAX = 64,
	COMMAND_MAX = 32,
	PARAMETERS = 3,
	/* pg_type.h, which has them, is for servers. */
	OID_INT8 = 20,
	OID_TEXT = 25,
	OID_INT8_ARRAY = 1016,
};

struct query {
	PGconn *pg;
	unsigned cursors; /* names given out */
	bool failed;
	char error[QUERY_ERROR];
};

struct query_rows {
	struct query *query;
	unsigned cursor;
	PGresult *part;
	int row;
	bool ended;
};

/* Dates and numbers look alike whatever the server's and the user's settings
   are, and planners plan for all rows. */
static const char SETTINGS[] =
	"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
	"SET LOCAL TIME ZONE 'UTC';"
	"SET LOCAL DateStyle = 'ISO, YMD';"
	"SET LOCAL IntervalStyle = 'postgres';"
	"SET LOCAL extra_float_digits = 1;"
	"SET LOCAL bytea_output = 'hex';"
	"SET LOCAL search_path = 'dane', 'pg_catalog';"
	"SET LOCAL cursor_tuple_fraction = 1;"
	"SET LOCAL jit = off;"
	"SET LOCAL work_mem = '64MB';"
	"SET LOCAL client_encoding = 'UTF8'";

static void
fail(struct query *query, const PGresult *result)
{
	if (query->failed)
		return;
	query->failed = true;
	connection_error_line(
		result, query->pg, query->error, sizeof(query->error));
}

struct query *
query_open(const char *dsn, char *err, size_t errsize)
{
	struct query *query = calloc(1, sizeof(*query));
	PGresult *result;

	if (query == NULL)
		abort();
	query->pg = connection_open(dsn, err, errsize);
	if (query->pg == NULL || schema_check(query->pg, err, errsize) != 0) {
		query_close(query);
		return NULL;
	}
	result = PQexec(query->pg, SETTINGS);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(query, result);
	PQclear(result);
	if (query->failed) {
		(void)snprintf(err, errsize, "%s", query->error);
		query_close(query);
		return NULL;
	}
	return query;
}

void
query_close(struct query *query)
{
	if (query == NULL)
		return;
	PQfinish(query->pg);
	free(query);
}

const char *
query_error(const struct query *query)
{
	return query->failed ? query->error : NULL;
}

static void
declare(struct query_rows *rows, const char *sql,
	const struct query_values *values)
{
	static const Oid types[PARAMETERS] = {
		OID_INT8, OID_INT8_ARRAY, OID_TEXT};
	const char *texts[PARAMETERS] = {
		values->scan, values->scans, values->key};
	struct query *query = rows->query;
	size_t size = strlen(sql) + STATEMENT_MAX;
	char *text = malloc(size);
	PGresult *result;

	if (text == NULL)
		abort();
	(void)snprintf(text, size, "DECLARE c%u NO SCROLL CURSOR FOR %s",
		rows->cursor, sql);
	result = PQexecParams(
		query->pg, text, PARAMETERS, types, texts, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(query, result);
	PQclear(result);
	free(text);
}

struct query_rows *
query_rows(
	struct query *query, const char *sql, const struct query_values *values)
{
	static const struct query_values none;
	struct query_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		abort();
	rows->query = query;
	rows->cursor = ++query->cursors;
	if (!query->failed)
		declare(rows, sql, values != NULL ? values : &none);
	return rows;
}

/* words: FETCH or CLOSE. */
static PGresult *
command(struct query_rows *rows, const char *words)
{
	char text[STATEMENT_MAX];

	(void)snprintf(text, sizeof(text), "%.*s c%u", COMMAND_MAX, words,
		rows->cursor);
	return PQexec(rows->query->pg, text);
}

void
query_rows_free(struct query_rows *rows)
{
	if (rows == NULL)
		return;
	PQclear(rows->part);
	if (!rows->query->failed)
		PQclear(command(rows, "CLOSE"));
	free(rows);
}

static void
fetch(struct query_rows *rows)
{
	char words[COMMAND_MAX];

	PQclear(rows->part);
	(void)snprintf(words, sizeof(words), "FETCH %d FROM", FETCHED);
	rows->part = command(rows, words);
	rows->row = 0;
	if (PQresultStatus(rows->part) != PGRES_TUPLES_OK)
		fail(rows->query, rows->part);
	if (rows->query->failed || PQntuples(rows->part) == 0)
		rows->ended = true;
}

bool
query_next(struct query_rows *rows)
{
	if (rows->ended || rows->query->failed)
		return false;
	if (rows->part == NULL || ++rows->row == PQntuples(rows->part))
		fetch(rows);
	return !rows->ended;
}

const char *
query_value(const struct query_rows *rows, size_t column)
{
	assert((int)column < PQnfields(rows->part));
	if (PQgetisnull(rows->part, rows->row, (int)column))
		return NULL;
	return PQgetvalue(rows->part, rows->row, (int)column);
}

int
query_column(const struct query_rows *rows, const char *name)
{
	return PQfnumber(rows->part, name);
}
