/* Which scans are running, for a worker to join. */
#include "store/running.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "store/schema.h"

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

/* $1 is the scan. NULL with one line in err. */
static PGresult *
ask(PGconn *pg, const char *sql, int64_t scan, char *err, size_t errsize)
{
	char id[24];
	const char *values[] = {id};

	(void)snprintf(id, sizeof(id), "%" PRId64, scan);
	PGresult *rows = PQexecParams(pg, sql, 1, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(rows) == PGRES_TUPLES_OK)
		return rows;
	connection_error_line(rows, pg, err, errsize);
	PQclear(rows);
	return NULL;
}

static int
find(PGconn *pg, int64_t wanted, struct running *running, char *err,
	size_t errsize)
{
	PGresult *rows = ask(pg,
		"SELECT scan_id, label, config FROM dane.running_scans "
		"WHERE CASE $1::bigint WHEN 0 THEN work ELSE scan_id = $1 END "
		"ORDER BY scan_id LIMIT 1",
		wanted, err, errsize);
	if (rows == NULL)
		return -1;
	int found = PQntuples(rows);
	if (found == 1) {
		running->scan = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
		running->label = copy_of(PQgetvalue(rows, 0, 1));
		running->config = copy_of(PQgetvalue(rows, 0, 2));
	}
	PQclear(rows);
	return found;
}

/* Why is it not running? 0, or -1: there never was one. */
static int
look_for(PGconn *pg, int64_t scan, bool *over, char *err, size_t errsize)
{
	PGresult *rows = ask(pg,
		"SELECT state FROM dane.progress WHERE scan_id = $1::bigint",
		scan, err, errsize);
	if (rows == NULL)
		return -1;
	bool there = PQntuples(rows) > 0;
	if (there)
		*over = strcmp(PQgetvalue(rows, 0, 0), "complete") == 0;
	else
		(void)snprintf(err, errsize, "there is no scan %" PRId64, scan);
	PQclear(rows);
	return there ? 0 : -1;
}

int
running_find(const char *dsn, int64_t wanted, struct running *running,
	char *err, size_t errsize)
{
	*running = (struct running){.scan = 0};
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return -1;
	int found = schema_check(pg, err, errsize);
	if (found == 0)
		found = find(pg, wanted, running, err, errsize);
	if (found == 0 && wanted != 0)
		found = look_for(pg, wanted, &running->over, err, errsize);
	PQfinish(pg);
	return found;
}

void
running_free(struct running *running)
{
	free(running->label);
	free(running->config);
	*running = (struct running){.scan = 0};
}
