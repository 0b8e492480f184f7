/* The database schema: numbered migrations, applied once and in order. */
#include "store/schema.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "store/words.h"

struct migration {
	const char *name;
	const char *checksum; /* SHA-256 of the text, hexadecimal */
	const unsigned char *text;
};

#include "store/migrations.inc"

enum {
	VERSION = sizeof(MIGRATIONS) / sizeof(MIGRATIONS[0])
};

/* Any number, as long as it is always the same. */
#define LOCK_SQL "SELECT pg_advisory_lock(7672025)"

static const char BOOTSTRAP_SQL[] =
	"CREATE SCHEMA IF NOT EXISTS dane;"
	"CREATE TABLE dane.migration ("
	"version integer PRIMARY KEY, name text NOT NULL, "
	"checksum text NOT NULL, "
	"applied timestamptz NOT NULL DEFAULT now());"
	"COMMENT ON TABLE dane.migration IS "
	"'Which migrations made this schema.';";

int
schema_version(void)
{
	return VERSION;
}

const char *
schema_name(int version)
{
	return version >= 1 && version <= VERSION ? MIGRATIONS[version - 1].name
						  : NULL;
}

static int
execute(PGconn *pg, const char *sql, char *err, size_t errsize)
{
	PGresult *result = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(result);
	int ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (!ok)
		connection_error_line(result, pg, err, errsize);
	PQclear(result);
	return ok ? 0 : -1;
}

/* NULL with a line in err. */
static PGresult *
query(PGconn *pg, const char *sql, char *err, size_t errsize)
{
	PGresult *result = PQexec(pg, sql);

	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	connection_error_line(result, pg, err, errsize);
	PQclear(result);
	return NULL;
}

/* Row i of dane.migration against migration i + 1 of this program. */
static int
verify_row(const PGresult *rows, int i, char *err, size_t errsize)
{
	int version = atoi(PQgetvalue(rows, i, 0));

	if (version != i + 1) {
		(void)snprintf(err, errsize,
			"migration %d is missing from the database", i + 1);
		return -1;
	}
	if (version > VERSION) {
		(void)snprintf(err, errsize,
			"the database schema is version %d, newer than this "
			"program (%d): use a newer danescan",
			PQntuples(rows), VERSION);
		return -1;
	}
	if (strcmp(PQgetvalue(rows, i, 1), MIGRATIONS[i].checksum) != 0) {
		(void)snprintf(err, errsize,
			"the database schema was made by another %s than this "
			"program has",
			MIGRATIONS[i].name);
		return -1;
	}
	return 0;
}

/* Version of the schema, 0 for none; -1 when it is not one of ours. */
static int
read_version(PGconn *pg, char *err, size_t errsize)
{
	PGresult *rows = query(
		pg, "SELECT to_regclass('dane.migration')", err, errsize);

	if (rows == NULL)
		return -1;
	int absent = PQgetisnull(rows, 0, 0);
	PQclear(rows);
	if (absent)
		return 0;
	rows = query(pg,
		"SELECT version, checksum FROM dane.migration ORDER BY version",
		err, errsize);
	if (rows == NULL)
		return -1;
	int version = PQntuples(rows);
	for (int i = 0; i < PQntuples(rows) && version >= 0; i++)
		if (verify_row(rows, i, err, errsize) != 0)
			version = -1;
	PQclear(rows);
	return version;
}

static int
record(PGconn *pg, int version, char *err, size_t errsize)
{
	const struct migration *migration = &MIGRATIONS[version - 1];
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", version);
	const char *values[] = {number, migration->name, migration->checksum};
	PGresult *result = PQexecParams(pg,
		"INSERT INTO dane.migration (version, name, checksum) "
		"VALUES ($1::integer, $2, $3)",
		3, NULL, values, NULL, NULL, 0);
	int ok = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!ok)
		connection_error_line(result, pg, err, errsize);
	PQclear(result);
	return ok ? 0 : -1;
}

static int
apply(PGconn *pg, int version, char *err, size_t errsize)
{
	char why[160];
	const struct migration *migration = &MIGRATIONS[version - 1];
	const char *text = (const char *)migration->text;

	if (execute(pg, "BEGIN", why, sizeof(why)) == 0 &&
		(version > 1 ||
			execute(pg, BOOTSTRAP_SQL, why, sizeof(why)) == 0) &&
		execute(pg, text, why, sizeof(why)) == 0 &&
		record(pg, version, why, sizeof(why)) == 0 &&
		execute(pg, "COMMIT", why, sizeof(why)) == 0)
		return 0;
	(void)execute(pg, "ROLLBACK", err, errsize);
	(void)snprintf(err, errsize, "%s: %s", migration->name, why);
	return -1;
}

/* Under the lock, so that of two at once the second finds nothing to do. */
static int
migrate(PGconn *pg, bool init, struct schema_change *change, char *err,
	size_t errsize)
{
	if (execute(pg, LOCK_SQL, err, errsize) != 0)
		return -1;
	int version = read_version(pg, err, errsize);
	if (version < 0)
		return -1;
	change->from = version;
	change->to = version;
	if (!init && version == 0) {
		(void)snprintf(err, errsize,
			"there is no danescan schema to upgrade (run: "
			"danescan db init --db DSN)");
		return -1;
	}
	if (init && version > 0 && version < VERSION) {
		(void)snprintf(err, errsize,
			"the schema is there, version %d (run: danescan db "
			"upgrade --db DSN)",
			version);
		return -1;
	}
	for (; change->to < VERSION; change->to++)
		if (apply(pg, change->to + 1, err, errsize) != 0)
			return -1;
	return 0;
}

static int
connect_and_migrate(const char *dsn, bool init, const struct row_words *words,
	struct schema_change *change, char *err, size_t errsize)
{
	*change = (struct schema_change){0};
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return -1;
	int status = migrate(pg, init, change, err, errsize);
	if (status == 0) {
		struct words *codes = words_learn(pg, words, err, errsize);
		status = codes != NULL ? 0 : -1;
		words_free(codes);
	}
	PQfinish(pg);
	return status;
}

int
schema_init(const char *dsn, const struct row_words *words,
	struct schema_change *change, char *err, size_t errsize)
{
	return connect_and_migrate(dsn, true, words, change, err, errsize);
}

int
schema_upgrade(const char *dsn, const struct row_words *words,
	struct schema_change *change, char *err, size_t errsize)
{
	return connect_and_migrate(dsn, false, words, change, err, errsize);
}

int
schema_check(PGconn *pg, char *err, size_t errsize)
{
	int version = read_version(pg, err, errsize);

	if (version < 0)
		return -1;
	if (version == 0)
		(void)snprintf(err, errsize,
			"the database has no danescan schema (run: danescan db "
			"init --db DSN)");
	else if (version < VERSION)
		(void)snprintf(err, errsize,
			"the database schema is version %d, this program needs "
			"%d (run: danescan db upgrade --db DSN)",
			version, VERSION);
	return version == VERSION ? 0 : -1;
}

/* The number that dane.scan_retain returns; -1 with a line in err. */
static int
retain(PGconn *pg, int64_t keep, char *err, size_t errsize)
{
	char sql[80];

	(void)snprintf(sql, sizeof(sql),
		"SELECT dane.scan_retain(least(%lld, 2147483647)::integer)",
		(long long)keep);
	PGresult *rows = query(pg, sql, err, errsize);
	if (rows == NULL)
		return -1;
	int dropped = atoi(PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return dropped;
}

int
schema_prune(const char *dsn, int64_t keep, char *err, size_t errsize)
{
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return -1;
	int dropped = schema_check(pg, err, errsize);
	if (dropped == 0)
		dropped = retain(pg, keep, err, errsize);
	PQfinish(pg);
	return dropped;
}

static void
copy_field(char *out, size_t size, const PGresult *rows, int row, int column)
{
	(void)snprintf(out, size, "%s", PQgetvalue(rows, row, column));
}

static int
read_scans(PGconn *pg, struct schema_status *status, char *err, size_t errsize)
{
	PGresult *rows = query(pg,
		"SELECT scan_id, label, state, domains, "
		"to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), "
		"to_char(finished AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "
		"FROM dane.scans ORDER BY scan_id",
		err, errsize);

	if (rows == NULL)
		return -1;
	status->scan_count = (size_t)PQntuples(rows);
	status->scans = calloc(status->scan_count + 1, sizeof(*status->scans));
	if (status->scans == NULL)
		abort();
	for (int i = 0; i < PQntuples(rows); i++) {
		struct schema_scan *scan = &status->scans[i];
		copy_field(scan->id, sizeof(scan->id), rows, i, 0);
		copy_field(scan->label, sizeof(scan->label), rows, i, 1);
		copy_field(scan->state, sizeof(scan->state), rows, i, 2);
		copy_field(scan->domains, sizeof(scan->domains), rows, i, 3);
		copy_field(scan->started, sizeof(scan->started), rows, i, 4);
		copy_field(scan->finished, sizeof(scan->finished), rows, i, 5);
	}
	PQclear(rows);
	return 0;
}

int
schema_status(const char *dsn, struct schema_status *status, char *err,
	size_t errsize)
{
	*status = (struct schema_status){0};
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return -1;
	status->version = read_version(pg, err, errsize);
	int outcome = status->version < 0 ? -1 : 0;
	if (status->version == VERSION)
		outcome = read_scans(pg, status, err, errsize);
	PQfinish(pg);
	return outcome;
}

void
schema_status_free(struct schema_status *status)
{
	free(status->scans);
	*status = (struct schema_status){0};
}
