/* schema: init, upgrade, status; what is refused and why. */
#include "store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/buffer.h"
#include "store/connection.h"
#include "tests/unit/store/cluster.h"
#include "tests/unit/store/rows.h"

struct fixture {
	struct cluster cluster;
	PGconn *side;
	char text[1024];
	char err[256];
	struct schema_change change;
};

static void
check(struct fixture *f, const char *err)
{
	f->err[0] = '\0';
	int status = schema_check(f->side, f->err, sizeof(f->err));
	assert_string_equal(f->err, err);
	assert_int_equal(status, err[0] == '\0' ? 0 : -1);
}

static int
init(struct fixture *f)
{
	f->err[0] = '\0';
	return schema_init(f->cluster.dsn, &ROWS_WORDS, &f->change, f->err,
		sizeof(f->err));
}

static int
upgrade(struct fixture *f)
{
	f->err[0] = '\0';
	return schema_upgrade(f->cluster.dsn, &ROWS_WORDS, &f->change, f->err,
		sizeof(f->err));
}

static void
sql(struct fixture *f, const char *text)
{
	assert_string_equal(cluster_ask(f->side, text, f->text), "");
}

/* Each test starts without a schema. */
static int
clean(void **state)
{
	struct fixture *f = *state;

	cluster_ask(f->side, "DROP SCHEMA IF EXISTS dane CASCADE", f->text);
	return f->text[0] == '\0' ? 0 : -1;
}

static void
init_once(void **state)
{
	struct fixture *f = *state;

	check(f, "the database has no danescan schema (run: danescan db init "
		 "--db DSN)");
	assert_int_equal(init(f), 0);
	assert_int_equal(f->change.from, 0);
	assert_int_equal(f->change.to, schema_version());
	check(f, "");
	assert_int_equal(init(f), 0);
	assert_int_equal(f->change.from, schema_version());
	assert_int_equal(f->change.to, schema_version());
	assert_int_equal(upgrade(f), 0);
	assert_int_equal(f->change.from, f->change.to);
}

static void
numbers_and_names(void **state)
{
	(void)state;
	assert_true(schema_version() >= 1);
	assert_null(schema_name(0));
	assert_null(schema_name(schema_version() + 1));
	for (int i = 1; i <= schema_version(); i++)
		assert_int_equal(atoi(schema_name(i)), i);
}

static void
run_file(struct fixture *f, const char *name)
{
	struct buffer text = {0};
	size_t n;

	FILE *file = fopen(name, "re");
	assert_non_null(file);
	while ((n = fread(buffer_room(&text, 4096), 1, 4096, file)) > 0)
		text.len += n;
	fclose(file);
	/* What its last statement gives is not asked for. */
	buffer_text(&text, "SELECT '';");
	sql(f, buffer_string(&text));
	buffer_free(&text);
}

/* The schema as the program before migration next left it. */
static void
make_older(struct fixture *f, int next)
{
	char text[200];

	assert_int_equal(init(f), 0);
	sql(f, "DROP TABLE IF EXISTS applied; "
	       "CREATE TABLE applied AS SELECT * FROM dane.migration");
	cluster_ask(f->side, "DROP SCHEMA dane CASCADE", f->text);
	for (int version = 1; version < next; version++) {
		(void)snprintf(
			text, sizeof(text), "sql/%s", schema_name(version));
		run_file(f, text);
	}
	sql(f, "CREATE TABLE dane.migration (version integer PRIMARY KEY, "
	       "name text, checksum text, applied timestamptz DEFAULT now())");
	(void)snprintf(text, sizeof(text),
		"INSERT INTO dane.migration SELECT * FROM applied "
		"WHERE version < %d",
		next);
	cluster_ask(f->side, text, f->text);
}

/* From an older version; a failure in the middle leaves the last good one.
 */
static void
upgrade_from_older(void **state)
{
	struct fixture *f = *state;
	char text[200];

	assert_int_equal(upgrade(f), -1);
	assert_non_null(strstr(f->err, "danescan db init"));
	assert_int_equal(init(f), 0);
	(void)snprintf(text, sizeof(text),
		"DELETE FROM dane.migration WHERE version = %d",
		schema_version());
	sql(f, text);
	(void)snprintf(text, sizeof(text),
		"the database schema is version %d, this program needs %d "
		"(run: danescan db upgrade --db DSN)",
		schema_version() - 1, schema_version());
	check(f, text);
	assert_int_equal(init(f), -1);
	assert_non_null(strstr(f->err, "danescan db upgrade"));
	/* A migration that fails is rolled back. */
	sql(f, "CREATE FUNCTION public.refuse() RETURNS event_trigger "
	       "LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$; "
	       "CREATE EVENT TRIGGER refuse ON ddl_command_start "
	       "EXECUTE FUNCTION public.refuse()");
	assert_int_equal(upgrade(f), -1);
	assert_int_equal(f->change.to, schema_version() - 1);
	assert_non_null(strstr(f->err, schema_name(schema_version())));
	assert_non_null(strstr(f->err, "not today"));
	sql(f, "DROP EVENT TRIGGER refuse; DROP FUNCTION public.refuse()");
	cluster_ask(f->side, "DROP SCHEMA dane CASCADE", f->text);
	make_older(f, schema_version());
	assert_int_equal(upgrade(f), 0);
	assert_int_equal(f->change.from, schema_version() - 1);
	assert_int_equal(f->change.to, schema_version());
}

/* The migration of this name, whatever its number. */
static int
version_named(const char *name)
{
	int version = 1;

	while (strcmp(schema_name(version) + 4, name) != 0)
		version++;
	return version;
}

/* Words became codes: whatever a view or table told, it tells. */
static void
upgrade_keeps_what_is_told(void **state)
{
	struct fixture *f = *state;

	make_older(f, version_named("codes.sql"));
	run_file(f, "tests/unit/store/before_codes.sql");
	sql(f, "DROP TABLE IF EXISTS before; "
	       "CREATE TABLE before AS SELECT * FROM told()");
	assert_string_equal(
		cluster_ask(f->side,
			"SELECT string_agg(name, ' ') FROM before "
			"WHERE rows = '' AND name <> 'pruned_domains'",
			f->text),
		"");
	assert_int_equal(upgrade(f), 0);
	assert_string_equal(
		cluster_ask(f->side,
			"SELECT string_agg(name || ': ' || b.rows || ' / ' || "
			"coalesce(a.rows, ''), ' ') FROM before b "
			"LEFT JOIN told() a USING (name) "
			"WHERE a.rows IS DISTINCT FROM b.rows",
			f->text),
		"");
	assert_string_equal(
		cluster_ask(f->side,
			"SELECT string_agg(label, ' ' ORDER BY label) "
			"FROM dane.code WHERE label LIKE 'retired%' "
			"AND kind = split_part(label, '_', 2)",
			f->text),
		"retired_class retired_fact retired_flag retired_hint "
		"retired_lint retired_phase retired_reason retired_record");
}

static void
newer_or_other_is_refused(void **state)
{
	struct fixture *f = *state;
	char text[200];

	assert_int_equal(init(f), 0);
	(void)snprintf(text, sizeof(text),
		"INSERT INTO dane.migration VALUES (%d, 'x', 'y')",
		schema_version() + 1);
	sql(f, text);
	(void)snprintf(text, sizeof(text),
		"the database schema is version %d, newer than this program "
		"(%d): use a newer danescan",
		schema_version() + 1, schema_version());
	check(f, text);
	assert_int_equal(init(f), -1);
	assert_int_equal(upgrade(f), -1);
	assert_string_equal(f->err, text);
	sql(f, "DELETE FROM dane.migration WHERE checksum = 'y'");
	sql(f, "UPDATE dane.migration SET checksum = 'y' WHERE version = 1");
	assert_int_equal(upgrade(f), -1);
	assert_non_null(strstr(f->err, "made by another 001_"));
}

static void
status_lists_scans(void **state)
{
	struct fixture *f = *state;
	struct schema_status status;

	assert_int_equal(
		schema_status(f->cluster.dsn, &status, f->err, sizeof(f->err)),
		0);
	assert_int_equal(status.version, 0);
	assert_int_equal(status.scan_count, 0);
	schema_status_free(&status);
	assert_int_equal(init(f), 0);
	cluster_ask(f->side,
		"SELECT dane.scan_begin('first', '{}', "
		"'2026-11-21 20:00:00+00')",
		f->text);
	assert_int_equal(
		schema_status(f->cluster.dsn, &status, f->err, sizeof(f->err)),
		0);
	assert_int_equal(status.version, schema_version());
	assert_int_equal(status.scan_count, 1);
	assert_string_equal(status.scans[0].id, "1");
	assert_string_equal(status.scans[0].label, "first");
	assert_string_equal(status.scans[0].state, "running");
	assert_string_equal(status.scans[0].domains, "0");
	assert_string_equal(status.scans[0].started, "2026-11-21 20:00");
	assert_string_equal(status.scans[0].finished, "");
	schema_status_free(&status);
}

static void
prune_keeps_the_last(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		schema_prune(f->cluster.dsn, 1, f->err, sizeof(f->err)), -1);
	assert_non_null(strstr(f->err, "danescan db init"));
	assert_int_equal(init(f), 0);
	cluster_ask(f->side,
		"SELECT dane.scan_begin('x', '{}', now()) "
		"FROM generate_series(1, 4)",
		f->text);
	sql(f, "UPDATE dane.scan SET state = 'complete', finished = now(), "
	       "domains = 0 WHERE scan_id < 4");
	assert_int_equal(
		schema_prune(f->cluster.dsn, 1, f->err, sizeof(f->err)), 2);
	assert_int_equal(
		schema_prune(f->cluster.dsn, INT64_MAX, f->err, sizeof(f->err)),
		0);
	assert_string_equal(
		cluster_ask(f->side,
			"SELECT string_agg(scan_id::text, ' ' ORDER BY scan_id)"
			" FROM dane.scans WHERE pruned IS NULL",
			f->text),
		"3 4");
}

/* Two at once: one does the work, the other waits and finds it done. */
static void
two_at_once(void **state)
{
	struct fixture *f = *state;

	int held = atoi(cluster_ask(
		f->side, "SELECT 1 FROM pg_advisory_lock(7672025)", f->text));
	assert_int_equal(held, 1);
	pid_t child = fork();
	if (child == 0)
		_exit(init(f) == 0 ? 0 : 1);
	do {
		cluster_ask(f->side,
			"SELECT count(*) FROM pg_locks "
			"WHERE locktype = 'advisory' AND NOT granted",
			f->text);
	} while (strcmp(f->text, "1") != 0 &&
		 waitpid(child, &held, WNOHANG) == 0);
	check(f, "the database has no danescan schema (run: danescan db init "
		 "--db DSN)");
	cluster_ask(f->side, "SELECT pg_advisory_unlock(7672025)", f->text);
	assert_int_equal(waitpid(child, &held, 0), child);
	assert_int_equal(held, 0);
	check(f, "");
}

static void
encoding_and_server(void **state)
{
	struct fixture *f = *state;
	char dsn[300];

	sql(f, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' "
	       "LOCALE 'C'");
	(void)snprintf(dsn, sizeof(dsn), "%s dbname=latin", f->cluster.dsn);
	assert_null(connection_open(dsn, f->err, sizeof(f->err)));
	assert_string_equal(
		f->err, "the database's encoding is LATIN1: UTF8 is needed");
	assert_int_equal(schema_init("host=/nowhere", &ROWS_WORDS, &f->change,
				 f->err, sizeof(f->err)),
		-1);
	assert_non_null(strstr(f->err, "PostgreSQL: connection to server"));
	assert_null(strchr(f->err, '\n'));
}

static int
setup(void **state)
{
	static struct fixture fixture;

	if (cluster_start(&fixture.cluster) != 0)
		return -1;
	fixture.side = PQconnectdb(fixture.cluster.dsn);
	PQclear(PQexec(fixture.side, "SET client_min_messages = warning"));
	*state = &fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	PQfinish(f->side);
	return cluster_stop(&f->cluster);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(init_once, clean),
		cmocka_unit_test(numbers_and_names),
		cmocka_unit_test_setup(upgrade_from_older, clean),
		cmocka_unit_test_setup(upgrade_keeps_what_is_told, clean),
		cmocka_unit_test_setup(newer_or_other_is_refused, clean),
		cmocka_unit_test_setup(status_lists_scans, clean),
		cmocka_unit_test_setup(prune_keeps_the_last, clean),
		cmocka_unit_test_setup(two_at_once, clean),
		cmocka_unit_test_setup(encoding_and_server, clean),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
