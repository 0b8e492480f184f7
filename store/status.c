/* How far the running scans are, and who works on them. */
#include "store/status.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"

static const char SCANS[] =
	"SELECT scan_id, label, loaded, names, domains, chunks, done, held, "
	"free, members, coalesce(rate, 0), "
	"coalesce(extract(epoch FROM eta), -1) "
	"FROM dane.progress WHERE state = 'running' ORDER BY scan_id";

static const char MEMBERS[] =
	"SELECT m.scan_id, m.run, m.command, "
	"concat_ws(' ', m.machine, m.process), "
	"to_char(m.since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), m.state, "
	"extract(epoch FROM clock_timestamp() - m.seen), m.chunks, m.domains, "
	"coalesce(m.rate, 0) FROM dane.members m JOIN dane.progress p "
	"USING (scan_id) WHERE p.state = 'running' ORDER BY m.scan_id, m.run";

static void *
array_of(const PGresult *rows, size_t size)
{
	void *array = calloc((size_t)PQntuples(rows) + 1, size);

	if (array == NULL)
		abort();
	return array;
}

static int64_t
number(const PGresult *rows, int row, int column)
{
	return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

static uint64_t
count(const PGresult *rows, int row, int column)
{
	return (uint64_t)number(rows, row, column);
}

static double
real(const PGresult *rows, int row, int column)
{
	return strtod(PQgetvalue(rows, row, column), NULL);
}

static void
text(char *out, size_t size, const PGresult *rows, int row, int column)
{
	(void)snprintf(out, size, "%s", PQgetvalue(rows, row, column));
}

static void
take_scans(struct status *status, const PGresult *rows)
{
	status->scans = array_of(rows, sizeof(*status->scans));
	status->scan_count = (size_t)PQntuples(rows);
	for (int i = 0; i < PQntuples(rows); i++) {
		struct status_scan *scan = &status->scans[i];

		scan->scan = number(rows, i, 0);
		text(scan->label, sizeof(scan->label), rows, i, 1);
		scan->loaded = *PQgetvalue(rows, i, 2) == 't';
		scan->names = count(rows, i, 3);
		scan->domains = count(rows, i, 4);
		scan->chunks = count(rows, i, 5);
		scan->done = count(rows, i, 6);
		scan->held = count(rows, i, 7);
		scan->free = count(rows, i, 8);
		scan->members = count(rows, i, 9);
		scan->rate = real(rows, i, 10);
		scan->left_s = real(rows, i, 11);
	}
}

static void
take_members(struct status *status, const PGresult *rows)
{
	status->members = array_of(rows, sizeof(*status->members));
	status->member_count = (size_t)PQntuples(rows);
	for (int i = 0; i < PQntuples(rows); i++) {
		struct status_member *member = &status->members[i];

		member->scan = number(rows, i, 0);
		member->run = number(rows, i, 1);
		text(member->command, sizeof(member->command), rows, i, 2);
		text(member->where, sizeof(member->where), rows, i, 3);
		text(member->since, sizeof(member->since), rows, i, 4);
		text(member->state, sizeof(member->state), rows, i, 5);
		member->silent_s = real(rows, i, 6);
		member->chunks = count(rows, i, 7);
		member->domains = count(rows, i, 8);
		member->rate = real(rows, i, 9);
	}
}

static int
query(PGconn *pg, const char *sql,
	void (*take)(struct status *, const PGresult *), struct status *status,
	char *err, size_t errsize)
{
	PGresult *rows = PQexec(pg, sql);
	bool ok = PQresultStatus(rows) == PGRES_TUPLES_OK;

	if (ok)
		take(status, rows);
	else
		connection_error_line(rows, pg, err, errsize);
	PQclear(rows);
	return ok ? 0 : -1;
}

int
status_read(const char *dsn, struct status *status, char *err, size_t errsize)
{
	*status = (struct status){.scan_count = 0};
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return -1;
	int outcome = query(pg, SCANS, take_scans, status, err, errsize);
	if (outcome == 0)
		outcome = query(
			pg, MEMBERS, take_members, status, err, errsize);
	PQfinish(pg);
	return outcome;
}

void
status_free(struct status *status)
{
	free(status->scans);
	free(status->members);
	*status = (struct status){.scan_count = 0};
}
