/*
 * The PostgreSQL sink: one batch gathers while another is being committed. A
 * batch leaves memory when its COMMIT was answered, or when a new connection
 * finds its number in the lease; otherwise it is sent again.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/batch.h"
#include "store/schema.h"
#include "store/seen.h"
#include "store/sink.h"

enum {
	BATCH_DOMAINS = 1000,
	BATCH_BYTES = 8 * 1024 * 1024,
	BATCH_AGE_MS = 1000,
};

/* What the connection is doing for us. */
enum phase {
	PHASE_AWAY,
	PHASE_SESSION, /* taking the lease for a new connection */
	PHASE_IDLE,
	PHASE_BATCH,
	PHASE_FINISH,
};

struct postgres {
	struct store store;
	struct connection *connection; /* NULL: closed */
	struct lease lease;
	struct tables_scope scope;
	struct words *words;
	struct seen seen;
	enum phase phase;
	struct batch *filling;
	struct batch *sending;
	bool in_doubt;	 /* sending holds rows that may not be committed */
	bool flushing;	 /* do not wait for more rows */
	char state[16];	 /* to finish the scan with, or "" */
	char server[64]; /* version */
	struct buffer report;
	size_t unreported;
	uint64_t now_ms;
	uint64_t *lines;
	size_t line_count;
	struct batch batches[2];
	struct buffer scratch[TABLE_COUNT];
	struct buffer sql;
};

static void
session_script(struct postgres *p, struct connection_script *script)
{
	p->sql.len = 0;
	buffer_text(&p->sql, tables_stage_sql());
	lease_session_sql(&p->sql, &p->lease);
	*script = (struct connection_script){.sql = buffer_string(&p->sql)};
}

static void
start_session(struct postgres *p)
{
	struct connection_script script;

	session_script(p, &script);
	p->phase = PHASE_SESSION;
	connection_start(p->connection, &script);
}

static void
start_batch(struct postgres *p)
{
	struct connection_script script;

	batch_script(p->sending, &p->scope, &p->lease, &p->sql, &script);
	p->phase = PHASE_BATCH;
	connection_start(p->connection, &script);
}

static void
start_finish(struct postgres *p)
{
	struct connection_script script = {0};

	p->sql.len = 0;
	lease_finish_sql(&p->sql, &p->lease, p->state,
		p->report.len > 0 ? buffer_string(&p->report) : "{}");
	script.sql = buffer_string(&p->sql);
	p->phase = PHASE_FINISH;
	connection_start(p->connection, &script);
}

static bool
is_due(const struct postgres *p, size_t bytes)
{
	return p->flushing || p->state[0] != '\0' ||
	       p->filling->domains >= BATCH_DOMAINS || bytes >= BATCH_BYTES ||
	       p->now_ms - p->filling->born_ms >= BATCH_AGE_MS;
}

/* Begin whatever there is to do, if nothing is being done. */
static void
start_next(struct postgres *p)
{
	if (p->phase != PHASE_IDLE)
		return;
	size_t bytes = batch_bytes(p->filling);
	if (p->in_doubt) {
		start_batch(p);
	} else if (bytes > 0 && is_due(p, bytes)) {
		struct batch *empty = p->sending;
		p->sending = p->filling;
		p->filling = empty;
		p->in_doubt = true;
		p->flushing = false;
		start_batch(p);
	} else if (bytes == 0 && p->state[0] != '\0') {
		start_finish(p);
	}
}

static void
batch_committed(struct postgres *p)
{
	p->lease.batch++;
	p->unreported += p->sending->domains;
	p->store.stats.batches++;
	p->in_doubt = false;
	batch_clear(p->sending);
}

/* A batch was numbered after the last one that is known to be committed. */
static void
session_ready(struct postgres *p)
{
	uint64_t last = (uint64_t)connection_value(p->connection);

	if (p->in_doubt && last == p->lease.batch + 1)
		batch_committed(p);
	else if (last != p->lease.batch)
		sink_fail(&p->store,
			"scan %lld: batch %llu in the database, %llu expected",
			(long long)p->lease.scan_id, (unsigned long long)last,
			(unsigned long long)p->lease.batch);
	p->store.stats.reconnects++;
}

static void
close_connection(struct postgres *p)
{
	connection_free(p->connection);
	p->connection = NULL;
	p->phase = PHASE_AWAY;
}

static void
script_done(struct postgres *p)
{
	enum phase phase = p->phase;

	p->phase = PHASE_IDLE;
	switch (phase) {
	case PHASE_SESSION:
		session_ready(p);
		if (p->in_doubt)
			return;
		break;
	case PHASE_BATCH:
		if (strcmp(connection_tag(p->connection), "COMMIT") != 0)
			sink_fail(&p->store, "PostgreSQL did not commit: %s",
				connection_tag(p->connection));
		else
			batch_committed(p);
		break;
	case PHASE_FINISH:
		p->store.closed = true;
		break;
	case PHASE_AWAY:
	case PHASE_IDLE:
		break;
	}
	connection_settled(p->connection);
}

static void
handle(struct postgres *p, enum connection_event event)
{
	switch (event) {
	case CONNECTION_NOTHING:
		break;
	case CONNECTION_UP:
		start_session(p);
		break;
	case CONNECTION_DONE:
		script_done(p);
		break;
	case CONNECTION_LOST:
		p->phase = PHASE_AWAY;
		break;
	case CONNECTION_REFUSED:
		sink_fail(&p->store, "PostgreSQL: %s",
			connection_error(p->connection));
		break;
	}
}

static void
count_bytes(struct postgres *p)
{
	p->store.stats.bytes = batch_bytes(p->filling) +
			       batch_bytes(p->sending);
}

static void
turn(struct postgres *p, int fd, int events, uint64_t now_ms)
{
	enum connection_event event;

	p->now_ms = now_ms;
	if (p->connection == NULL)
		return;
	do {
		event = connection_step(p->connection, fd, events, now_ms);
		events = 0;
		handle(p, event);
		if (sink_failed(&p->store) || p->store.closed) {
			close_connection(p);
			break;
		}
		start_next(p);
	} while (event != CONNECTION_NOTHING);
	p->store.stats.problem = p->connection != NULL
					 ? connection_problem(p->connection)
					 : NULL;
	count_bytes(p);
	size_t rows = p->unreported;
	p->unreported = 0;
	sink_committed(&p->store, rows);
}

static void
row_added(struct postgres *p)
{
	if (batch_bytes(p->filling) == 0)
		p->filling->born_ms = p->now_ms;
}

static void
postgres_add_certificate(
	struct store *store, const struct row_certificate *certificate)
{
	struct postgres *p = (struct postgres *)store;

	row_added(p);
	tables_certificate(p->filling->tables, certificate);
	count_bytes(p);
}

/*
 * Store the host unless it is stored. Is what is stored the same? Compared are
 * the encoded rows, so every column counts.
 */
static bool
put_host(struct postgres *p, const struct row_host *host)
{
	static const enum table PARTS[] = {
		TABLE_HOST, TABLE_ENDPOINT, TABLE_TLSA};
	uint64_t digest = 0;

	tables_host(p->scratch, &p->scope, host);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		digest = seen_digest(digest, &p->scratch[PARTS[i]]);
	enum seen_status status = seen_put(&p->seen, host->host, digest);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		struct buffer *rows = &p->scratch[PARTS[i]];
		if (status == SEEN_NEW)
			buffer_add(&p->filling->tables[PARTS[i]], rows->data,
				rows->len);
		rows->len = 0;
	}
	return status != SEEN_OTHER;
}

static void
postgres_add_host(struct store *store, const struct row_host *host)
{
	struct postgres *p = (struct postgres *)store;

	row_added(p);
	(void)put_host(p, host);
	count_bytes(p);
}

static void
postgres_add_domain(struct store *store, const struct row_domain *domain,
	uint64_t low_water)
{
	struct postgres *p = (struct postgres *)store;
	struct batch *batch = p->filling;

	row_added(p);
	for (size_t i = 0; i < domain->host_count; i++) {
		bool same = put_host(p, domain->hosts[i].host);
		tables_mx(batch->tables, &p->scope, domain, i, !same);
	}
	tables_domain(batch->tables, &p->scope, domain);
	batch->domains++;
	if (low_water > batch->low_water)
		batch->low_water = low_water;
	start_next(p);
	count_bytes(p);
}

static void
postgres_flush(struct store *store)
{
	struct postgres *p = (struct postgres *)store;

	p->flushing = batch_bytes(p->filling) > 0;
	start_next(p);
}

static void
postgres_watch(struct store *store)
{
	struct postgres *p = (struct postgres *)store;

	if (p->connection != NULL)
		connection_watch(p->connection);
}

static void
postgres_ready(struct store *store, int fd, int events, uint64_t now_ms)
{
	turn((struct postgres *)store, fd, events, now_ms);
}

static void
postgres_tick(struct store *store, uint64_t now_ms)
{
	turn((struct postgres *)store, -1, 0, now_ms);
}

static void
postgres_report(struct store *store, const char *report)
{
	struct postgres *p = (struct postgres *)store;

	p->report.len = 0;
	buffer_text(&p->report, report);
}

static void
postgres_finish(struct store *store, const char *state)
{
	struct postgres *p = (struct postgres *)store;

	(void)snprintf(p->state, sizeof(p->state), "%s", state);
	if (p->connection != NULL)
		start_next(p);
}

static void
postgres_free(struct store *store)
{
	struct postgres *p = (struct postgres *)store;

	connection_free(p->connection);
	seen_free(&p->seen);
	words_free(p->words);
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_free(&p->scratch[table]);
	batch_free(&p->batches[0]);
	batch_free(&p->batches[1]);
	buffer_free(&p->sql);
	buffer_free(&p->report);
	free(p->lines);
	free(p);
}

static const struct store_ops POSTGRES_OPS = {
	.watch = postgres_watch,
	.add_certificate = postgres_add_certificate,
	.add_host = postgres_add_host,
	.add_domain = postgres_add_domain,
	.flush = postgres_flush,
	.ready = postgres_ready,
	.tick = postgres_tick,
	.report = postgres_report,
	.finish = postgres_finish,
	.free = postgres_free,
};

/* Take the lease and set up the session, all of it blocking. */
static int
take_lease(struct postgres *p, PGconn *pg, const struct store_scan *scan,
	int64_t resume, char *err, size_t errsize)
{
	struct connection_script script;
	int taken = resume != 0
			    ? lease_resume(pg, resume, &p->lease, err, errsize)
			    : lease_begin(pg, scan, &p->lease, err, errsize);

	if (taken != 0 || lease_lines(pg, &p->lease, &p->lines, &p->line_count,
				  err, errsize) != 0)
		return -1;
	p->words = words_learn(pg, &scan->words, err, errsize);
	if (p->words == NULL)
		return -1;
	p->scope = (struct tables_scope){.scan_id = p->lease.scan_id,
		.run = p->lease.token,
		.words = p->words};
	session_script(p, &script);
	PGresult *result = PQexec(pg, script.sql);
	int ok = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (!ok)
		connection_error_line(result, pg, err, errsize);
	PQclear(result);
	return ok ? 0 : -1;
}

/* "15.20 (Debian 15.20-0+deb12u1)" without the packager's words. */
static void
keep_version(struct postgres *p, const PGconn *pg)
{
	const char *text = PQparameterStatus(pg, "server_version");

	if (text != NULL)
		(void)snprintf(p->server, sizeof(p->server), "%.*s",
			(int)strcspn(text, " "), text);
}

struct store *
store_postgres_open(const char *dsn, const struct store_scan *scan,
	int64_t resume, char *err, size_t errsize)
{
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return NULL;
	struct postgres *p = calloc(1, sizeof(*p));
	if (p == NULL)
		abort();
	p->store.ops = &POSTGRES_OPS;
	p->filling = &p->batches[0];
	p->sending = &p->batches[1];
	p->phase = PHASE_IDLE;
	keep_version(p, pg);
	if (schema_check(pg, err, errsize) != 0 ||
		take_lease(p, pg, scan, resume, err, errsize) != 0) {
		PQfinish(pg);
		postgres_free(&p->store);
		return NULL;
	}
	p->connection = connection_new(pg, dsn, &p->store);
	return &p->store;
}

int64_t
store_postgres_scan_id(const struct store *store)
{
	return ((const struct postgres *)store)->lease.scan_id;
}

const char *
store_postgres_server(const struct store *store)
{
	return ((const struct postgres *)store)->server;
}

int
store_postgres_library(void)
{
	return PQlibVersion();
}

void
store_postgres_done(const struct store *store, struct store_done *done)
{
	const struct postgres *p = (const struct postgres *)store;

	done->low_water = p->lease.low_water;
	done->lines = p->lines;
	done->count = p->line_count;
}
