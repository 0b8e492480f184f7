/* The right of one member of a scan's fleet to write its rows. */
#include "store/lease.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"

enum {
	ANSWERS = 5
};

/* One row of up to ANSWERS numbers; NULL is 0. */
static int
ask(PGconn *pg, const char *sql, int count, const char *const *values,
	long long answer[ANSWERS], char *err, size_t errsize)
{
	PGresult *result = PQexecParams(
		pg, sql, count, NULL, values, NULL, NULL, 0);
	int status = -1;

	if (PQresultStatus(result) != PGRES_TUPLES_OK ||
		PQntuples(result) != 1) {
		connection_error_line(result, pg, err, errsize);
	} else {
		for (int i = 0; i < PQnfields(result) && i < ANSWERS; i++)
			answer[i] = atoll(PQgetvalue(result, 0, i));
		status = 0;
	}
	PQclear(result);
	return status;
}

int
lease_begin(PGconn *pg, const struct store_scan *scan, struct lease *lease,
	char *err, size_t errsize)
{
	char started[32], classifier[16];
	long long answer[ANSWERS] = {0};

	(void)snprintf(started, sizeof(started), "%lld.%06lld",
		(long long)(scan->started_us / 1000000),
		(long long)(scan->started_us % 1000000));
	(void)snprintf(classifier, sizeof(classifier), "%d", scan->classifier);
	const char *values[] = {scan->label, scan->config, started, classifier};
	if (ask(pg,
		    "SELECT dane.scan_begin($1, $2::jsonb, "
		    "to_timestamp($3::double precision), $4::integer)",
		    4, values, answer, err, errsize) != 0)
		return -1;
	*lease = (struct lease){.scan_id = answer[0], .token = 1};
	return 0;
}

int
lease_resume(PGconn *pg, const struct store_scan *scan, int64_t scan_id,
	struct lease *lease, char *err, size_t errsize)
{
	char id[24];
	const char *values[] = {id, scan->no_list ? "false" : "true"};
	long long answer[ANSWERS] = {0};

	(void)snprintf(id, sizeof(id), "%lld", (long long)scan_id);
	if (ask(pg,
		    "SELECT token, loaded_line, loaded_names, loaded_chunks, "
		    "loaded::integer "
		    "FROM dane.scan_resume($1::bigint, $2::boolean)",
		    2, values, answer, err, errsize) != 0)
		return -1;
	*lease = (struct lease){
		.scan_id = scan_id,
		.token = answer[0],
		.list =
			{
				.line = (uint64_t)answer[1],
				.names = (uint64_t)answer[2],
				.chunks = (uint32_t)answer[3],
				.whole = answer[4] != 0,
			},
	};
	return 0;
}

int
lease_join(PGconn *pg, int64_t scan_id, struct lease *lease, char *err,
	size_t errsize)
{
	char id[24];
	const char *values[] = {id};
	long long answer[ANSWERS] = {0};

	(void)snprintf(id, sizeof(id), "%lld", (long long)scan_id);
	if (ask(pg, "SELECT dane.scan_join($1::bigint)", 1, values, answer, err,
		    errsize) != 0)
		return -1;
	*lease = (struct lease){.scan_id = scan_id, .token = answer[0]};
	return 0;
}

/*
 * The server may not know yet that the old connection is gone, and its
 * transaction may hold rows of ours: it is ended by the name it bears.
 */
void
lease_connection_sql(
	struct buffer *sql, const struct lease *lease, const char *kind)
{
	long long id = (long long)lease->scan_id;
	long long token = (long long)lease->token;

	buffer_text(sql, "SET statement_timeout = 0; SET lock_timeout = 0; "
			 "SET idle_session_timeout = 0; "
			 "SET idle_in_transaction_session_timeout = 0; ");
	buffer_format(sql,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		"WHERE application_name = 'danescan %s %lld.%lld' "
		"AND datname = current_database() "
		"AND usename = current_user AND pid <> pg_backend_pid();",
		kind, id, token);
	buffer_format(sql, "SET application_name = 'danescan %s %lld.%lld';",
		kind, id, token);
}

void
lease_session_sql(struct buffer *sql, struct lease *lease)
{
	lease->session++;
	lease_connection_sql(sql, lease, "scan");
	buffer_format(sql, "SELECT dane.lease_session(%lld, %lld, %llu);",
		(long long)lease->scan_id, (long long)lease->token,
		(unsigned long long)lease->session);
}

void
lease_commit_sql(struct buffer *sql, const struct lease *lease,
	struct buffer *chunks, size_t domains)
{
	buffer_format(sql,
		"SELECT dane.batch_commit(%lld, %lld, %llu, %llu, '{%s}', "
		"%zu);",
		(long long)lease->scan_id, (long long)lease->token,
		(unsigned long long)lease->session,
		(unsigned long long)lease->batch + 1, buffer_string(chunks),
		domains);
}

/* Means the same whatever standard_conforming_strings is. */
void
lease_literal(struct buffer *sql, const char *text)
{
	buffer_text(sql, "E'");
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buffer_byte(sql, *text);
		buffer_byte(sql, *text);
	}
	buffer_byte(sql, '\'');
}

void
lease_finish_sql(struct buffer *sql, const struct lease *lease,
	const char *state, const char *report)
{
	buffer_format(sql, "SELECT dane.scan_finish(%lld, %lld, %llu, '%s', ",
		(long long)lease->scan_id, (long long)lease->token,
		(unsigned long long)lease->session, state);
	lease_literal(sql, report);
	buffer_text(sql, "::jsonb);");
}
