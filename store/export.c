/* A stored scan as NDJSON or CSV: the database says what, libpq row by row. */
#include "store/export.h"

#include <inttypes.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "store/schema.h"

/* To compile the many words of a record costs more than it ever saves. */
static const char SETTINGS[] = "SET jit = off";

static const char RECORDS[] =
	"SELECT record FROM dane.records WHERE scan_id = $1 ORDER BY line";

/* The columns are those of csv.c, and so is the form of each. */
static const char TABLE[] =
	"COPY (SELECT s.label AS scan, "
	"to_char(date_trunc('second', d.time) AT TIME ZONE 'UTC', "
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS time, "
	"line, domain, tld, class, reason, "
	"nullif(array_to_string(reasons, ' '), '') AS reasons, "
	"severity, half_dane, mx_status, mx_trust, mx_why, mx_ttl, mx_alias, "
	"CASE WHEN implicit THEN 'true' ELSE 'false' END AS implicit, "
	"m.hosts, "
	"nullif(array_to_string(lint, ' '), '') AS lint, "
	"nullif(array_to_string(flags, ' '), '') AS flags "
	"FROM dane.domain_results d JOIN dane.scan s USING (scan_id) "
	"LEFT JOIN (SELECT scan_id, domain, "
	"string_agg(host, ' ' ORDER BY position) AS hosts "
	"FROM dane.mx_obs GROUP BY scan_id, domain) m "
	"USING (scan_id, domain) "
	"WHERE scan_id = %" PRId64 " ORDER BY line) "
	"TO STDOUT WITH (FORMAT csv, HEADER)";

static int
fail(const PGresult *result, const PGconn *pg, char *err, size_t errsize)
{
	connection_error_line(result, pg, err, errsize);
	return -1;
}

static int
write_failed(char *err, size_t errsize)
{
	(void)snprintf(err, errsize, "the output cannot be written");
	return -1;
}

/* PostgreSQL puts blanks into its JSON; the scanner does not. */
static int
write_record(const char *record, FILE *out, char *err, size_t errsize)
{
	json_t *json = json_loads(record, 0, NULL);
	int status;

	if (json == NULL) {
		(void)snprintf(err, errsize, "a stored record is not JSON");
		return -1;
	}
	status = json_dumpf(json, out, JSON_COMPACT);
	json_decref(json);
	if (status != 0 || putc('\n', out) == EOF)
		return write_failed(err, errsize);
	return 0;
}

static int
write_rows(const PGresult *rows, FILE *out, char *err, size_t errsize)
{
	for (int i = 0; i < PQntuples(rows); i++)
		if (write_record(PQgetvalue(rows, i, 0), out, err, errsize) !=
			0)
			return -1;
	return 0;
}

static int
export_records(
	PGconn *pg, const char *scan, FILE *out, char *err, size_t errsize)
{
	PGresult *result;
	int status = 0;

	if (!PQsendQueryParams(pg, RECORDS, 1, NULL, &scan, NULL, NULL, 0) ||
		!PQsetSingleRowMode(pg))
		return fail(NULL, pg, err, errsize);
	while (status == 0 && (result = PQgetResult(pg)) != NULL) {
		if (PQresultStatus(result) == PGRES_FATAL_ERROR)
			status = fail(result, pg, err, errsize);
		else
			status = write_rows(result, out, err, errsize);
		PQclear(result);
	}
	return status;
}

static int
copy_lines(PGconn *pg, FILE *out, char *err, size_t errsize)
{
	char *line;
	int len;

	while ((len = PQgetCopyData(pg, &line, 0)) > 0) {
		size_t written = fwrite(line, 1, (size_t)len, out);

		PQfreemem(line);
		if (written != (size_t)len)
			return write_failed(err, errsize);
	}
	return len == -1 ? 0 : fail(NULL, pg, err, errsize);
}

/* Takes result over. */
static int
expect(PGresult *result, ExecStatusType status, const PGconn *pg, char *err,
	size_t errsize)
{
	int outcome = 0;

	if (PQresultStatus(result) != status)
		outcome = fail(result, pg, err, errsize);
	PQclear(result);
	return outcome;
}

static int
export_table(PGconn *pg, int64_t scan, FILE *out, char *err, size_t errsize)
{
	char sql[sizeof(TABLE) + 24];

	(void)snprintf(sql, sizeof(sql), TABLE, scan);
	if (expect(PQexec(pg, sql), PGRES_COPY_OUT, pg, err, errsize) != 0 ||
		copy_lines(pg, out, err, errsize) != 0)
		return -1;
	return expect(PQgetResult(pg), PGRES_COMMAND_OK, pg, err, errsize);
}

static int
find_scan(PGconn *pg, const char *scan, char *err, size_t errsize)
{
	PGresult *result = PQexecParams(pg,
		"SELECT 1 FROM dane.scans WHERE scan_id = $1", 1, NULL, &scan,
		NULL, NULL, 0);
	int status = 0;

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		status = fail(result, pg, err, errsize);
	else if (PQntuples(result) == 0) {
		(void)snprintf(err, errsize, "there is no scan %s", scan);
		status = -1;
	}
	PQclear(result);
	return status;
}

int
export_scan(const char *dsn, int64_t scan, enum export_format format, FILE *out,
	char *err, size_t errsize)
{
	PGconn *pg = connection_open(dsn, err, errsize);
	char id[24];
	int status;

	if (pg == NULL)
		return -1;
	(void)snprintf(id, sizeof(id), "%" PRId64, scan);
	status = schema_check(pg, err, errsize);
	if (status == 0)
		status = expect(PQexec(pg, SETTINGS), PGRES_COMMAND_OK, pg, err,
			errsize);
	if (status == 0)
		status = find_scan(pg, id, err, errsize);
	if (status == 0)
		status = format == EXPORT_CSV
				 ? export_table(pg, scan, out, err, errsize)
				 : export_records(pg, id, out, err, errsize);
	PQfinish(pg);
	return status;
}
