/* The verdicts of a stored scan anew, in one transaction. */
#include "store/rewrite.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/schema.h"
#include "store/seen.h"
#include "store/tables.h"

enum {
	FLUSH_BYTES = 1 << 20
};

struct rewrite {
	PGconn *pg;
	int64_t scan;
	int before;
	int version;
	struct seen seen;
	struct words *words;
	struct buffer tables[TABLE_COUNT];
	struct buffer scratch[TABLE_COUNT];
	struct buffer text;
};

static int
fail(const PGresult *result, const PGconn *pg, char *err, size_t errsize)
{
	connection_error_line(result, pg, err, errsize);
	return -1;
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
command(struct rewrite *rewrite, const char *sql, char *err, size_t errsize)
{
	return expect(PQexec(rewrite->pg, sql), PGRES_COMMAND_OK, rewrite->pg,
		err, errsize);
}

/* A statement, in text, with one number for an answer. */
static int
number(struct rewrite *rewrite, int64_t *out, char *err, size_t errsize)
{
	PGresult *result = PQexec(rewrite->pg, buffer_string(&rewrite->text));

	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		*out = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	return expect(result, PGRES_TUPLES_OK, rewrite->pg, err, errsize);
}

static int
begin(struct rewrite *rewrite, const struct row_words *words, char *err,
	size_t errsize)
{
	int64_t before;

	if (schema_check(rewrite->pg, err, errsize) != 0)
		return -1;
	rewrite->words = words_learn(rewrite->pg, words, err, errsize);
	if (rewrite->words == NULL ||
		command(rewrite, "SET statement_timeout = 0; BEGIN", err,
			errsize) != 0)
		return -1;
	buffer_format(&rewrite->text,
		"SELECT dane.reclassify_begin(%" PRId64 ")", rewrite->scan);
	if (number(rewrite, &before, err, errsize) != 0)
		return -1;
	rewrite->before = (int)before;
	return 0;
}

struct rewrite *
rewrite_open(const char *dsn, int64_t scan, int version,
	const struct row_words *words, char *err, size_t errsize)
{
	struct rewrite *rewrite = calloc(1, sizeof(*rewrite));

	if (rewrite == NULL)
		abort();
	rewrite->scan = scan;
	rewrite->version = version;
	rewrite->pg = connection_open(dsn, err, errsize);
	if (rewrite->pg != NULL && begin(rewrite, words, err, errsize) == 0)
		return rewrite;
	rewrite_free(rewrite);
	return NULL;
}

int
rewrite_version(const struct rewrite *rewrite)
{
	return rewrite->before;
}

void
rewrite_free(struct rewrite *rewrite)
{
	if (rewrite == NULL)
		return;
	PQfinish(rewrite->pg);
	seen_free(&rewrite->seen);
	words_free(rewrite->words);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		buffer_free(&rewrite->tables[i]);
		buffer_free(&rewrite->scratch[i]);
	}
	buffer_free(&rewrite->text);
	free(rewrite);
}

static int
copy_table(struct rewrite *rewrite, enum table table, char *err, size_t errsize)
{
	struct buffer *rows = &rewrite->tables[table];
	PGconn *pg = rewrite->pg;

	if (rows->len == 0)
		return 0;
	rewrite->text.len = 0;
	tables_again_sql(&rewrite->text, table);
	if (expect(PQexec(pg, buffer_string(&rewrite->text)), PGRES_COPY_IN, pg,
		    err, errsize) != 0)
		return -1;
	if (PQputCopyData(pg, rows->data, (int)rows->len) != 1 ||
		PQputCopyEnd(pg, NULL) != 1)
		return fail(NULL, pg, err, errsize);
	rows->len = 0;
	if (expect(PQgetResult(pg), PGRES_COMMAND_OK, pg, err, errsize) != 0)
		return -1;
	PQclear(PQgetResult(pg));
	return 0;
}

static int
flush(struct rewrite *rewrite, size_t limit, char *err, size_t errsize)
{
	size_t bytes = 0;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		bytes += rewrite->tables[i].len;
	if (bytes < limit)
		return 0;
	for (unsigned i = 0; i < TABLE_COUNT; i++)
		if (copy_table(rewrite, (enum table)i, err, errsize) != 0)
			return -1;
	return 0;
}

/* Encode the host into scratch, and remember it; is it what was there first? */
static enum seen_status
encode_host(struct rewrite *rewrite, int64_t run, const struct row_host *host)
{
	static const enum table parts[] = {
		TABLE_HOST, TABLE_ENDPOINT, TABLE_TLSA};
	const struct tables_scope scope = {rewrite->scan, run, rewrite->words};
	uint64_t digest = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		rewrite->scratch[parts[i]].len = 0;
	tables_host(rewrite->scratch, &scope, host);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		digest = seen_digest(digest, &rewrite->scratch[parts[i]]);
	rewrite->text.len = 0;
	buffer_format(&rewrite->text, "%" PRId64 " %s", run, host->host);
	return seen_put(
		&rewrite->seen, buffer_string(&rewrite->text), digest, &run);
}

int
rewrite_host(struct rewrite *rewrite, int64_t run, const struct row_host *host,
	char *err, size_t errsize)
{
	(void)encode_host(rewrite, run, host);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		struct buffer *rows = &rewrite->scratch[i];

		buffer_add(&rewrite->tables[i], rows->data, rows->len);
		rows->len = 0;
	}
	return flush(rewrite, FLUSH_BYTES, err, errsize);
}

int
rewrite_domain(struct rewrite *rewrite, const int64_t *runs,
	const struct row_domain *domain, char *err, size_t errsize)
{
	struct tables_scope scope = {rewrite->scan, 0, rewrite->words};

	for (size_t i = 0; i < domain->host_count; i++) {
		bool whole = encode_host(rewrite, runs[i],
				     domain->hosts[i].host) == SEEN_OTHER;

		scope.run = runs[i];
		tables_mx(rewrite->tables, &scope, domain, i, whole);
	}
	tables_domain(rewrite->tables, &scope, domain);
	return flush(rewrite, FLUSH_BYTES, err, errsize);
}

static int
replace(struct rewrite *rewrite, const char *what, int64_t *changed, char *err,
	size_t errsize)
{
	rewrite->text.len = 0;
	buffer_format(&rewrite->text,
		"SELECT dane.reclassify_%s(%" PRId64 ", %d)", what,
		rewrite->scan, rewrite->version);
	return number(rewrite, changed, err, errsize);
}

static int
tell_changes(struct rewrite *rewrite, rewrite_change_cb cb, void *arg,
	char *err, size_t errsize)
{
	PGresult *result;
	int status = 0;

	if (!PQsendQuery(rewrite->pg, "SELECT domain, was, now, parts FROM "
				      "pg_temp.changed_domain ORDER BY line") ||
		!PQsetSingleRowMode(rewrite->pg))
		return fail(NULL, rewrite->pg, err, errsize);
	while ((result = PQgetResult(rewrite->pg)) != NULL) {
		if (PQresultStatus(result) == PGRES_FATAL_ERROR)
			status = fail(result, rewrite->pg, err, errsize);
		else if (PQntuples(result) > 0)
			cb(arg, &(struct rewrite_change){
					.domain = PQgetvalue(result, 0, 0),
					.was = PQgetvalue(result, 0, 1),
					.now = PQgetvalue(result, 0, 2),
					.parts = PQgetvalue(result, 0, 3),
				});
		PQclear(result);
	}
	return status;
}

static int
tell_totals(struct rewrite *rewrite, rewrite_total_cb cb, void *arg, char *err,
	size_t errsize)
{
	PGresult *result = PQexec(rewrite->pg,
		"SELECT was_class, now_class, count(*) FROM "
		"pg_temp.changed_domain GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");

	for (int i = 0; i < PQntuples(result); i++)
		cb(arg, PQgetvalue(result, i, 0), PQgetvalue(result, i, 1),
			PQgetvalue(result, i, 2));
	return expect(result, PGRES_TUPLES_OK, rewrite->pg, err, errsize);
}

int
rewrite_apply(struct rewrite *rewrite, struct rewrite_counts *counts,
	rewrite_change_cb changed, rewrite_total_cb total, void *arg, char *err,
	size_t errsize)
{
	if (flush(rewrite, 0, err, errsize) != 0 ||
		replace(rewrite, "hosts", &counts->hosts, err, errsize) != 0 ||
		replace(rewrite, "domains", &counts->domains, err, errsize) !=
			0 ||
		tell_changes(rewrite, changed, arg, err, errsize) != 0)
		return -1;
	return tell_totals(rewrite, total, arg, err, errsize);
}

int
rewrite_commit(struct rewrite *rewrite, char *err, size_t errsize)
{
	return command(rewrite, "COMMIT", err, errsize);
}
