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
#include "store/link.h"
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
	PHASE_INDEX,
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
	struct fleet *fleet; /* NULL: not asked for */
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

/* On the connection of the rows, which are to wait for it: the other one goes
   on giving signs of life. */
static void
start_index(struct postgres *p)
{
	p->sql.len = 0;
	buffer_format(&p->sql, "SELECT dane.index_scan(%lld);",
		(long long)p->lease.scan_id);
	p->phase = PHASE_INDEX;
	connection_start(p->connection,
		&(struct connection_script){.sql = buffer_string(&p->sql)});
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
is_due(const struct postgres *p)
{
	return p->flushing || p->state[0] != '\0' ||
	       p->filling->domains >= BATCH_DOMAINS ||
	       batch_bytes(p->filling) >= BATCH_BYTES ||
	       p->now_ms - p->filling->born_ms >= BATCH_AGE_MS;
}

/* Begin whatever there is to do, if nothing is being done. */
static void
start_next(struct postgres *p)
{
	if (p->phase != PHASE_IDLE)
		return;
	bool nothing = batch_is_empty(p->filling);
	if (p->in_doubt) {
		start_batch(p);
	} else if (p->fleet != NULL && link_wants_index(p->fleet)) {
		start_index(p);
	} else if (!nothing && is_due(p)) {
		struct batch *empty = p->sending;
		p->sending = p->filling;
		p->filling = empty;
		p->in_doubt = true;
		p->flushing = false;
		start_batch(p);
	} else if (nothing && p->state[0] != '\0' &&
		   (p->fleet == NULL || link_rest(p->fleet))) {
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
	link_free(p->fleet);
	p->fleet = NULL;
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
	case PHASE_INDEX:
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

/* What was done before others came is no claim of this member: they must find
   its rows before they look. */
static void
begin_to_share(struct postgres *p)
{
	if (!link_wants_share(p->fleet))
		return;
	link_share_after(p->fleet,
		p->lease.batch + p->in_doubt + !batch_is_empty(p->filling));
	p->flushing = !batch_is_empty(p->filling);
}

static void
step_fleet(struct postgres *p, int fd, int events)
{
	if (p->fleet == NULL)
		return;
	if (link_step(p->fleet, fd, events, p->now_ms, p->lease.batch) ==
		CONNECTION_REFUSED)
		sink_fail(&p->store, "PostgreSQL: %s", link_error(p->fleet));
	begin_to_share(p);
}

static void
count_bytes(struct postgres *p)
{
	p->store.stats.bytes = batch_bytes(p->filling) +
			       batch_bytes(p->sending);
}

static const char *
problem(const struct postgres *p)
{
	const char *text = NULL;

	if (p->connection != NULL)
		text = connection_problem(p->connection);
	if (text == NULL && p->fleet != NULL)
		text = link_problem(p->fleet);
	return text;
}

static void
postgres_ready(struct store *store, int fd, int events, uint64_t now_ms)
{
	struct postgres *p = (struct postgres *)store;
	enum connection_event event;

	p->now_ms = now_ms;
	if (p->connection == NULL)
		return;
	step_fleet(p, fd, events);
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
	p->store.stats.problem = problem(p);
	count_bytes(p);
	size_t rows = p->unreported;
	p->unreported = 0;
	sink_committed(&p->store, rows);
}

static void
row_added(struct postgres *p)
{
	if (batch_is_empty(p->filling))
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
 * Remember the host unless it is. Is what is remembered the same? Compared are
 * the encoded rows, which are left in scratch, so every column counts. run: as
 * seen_put() has it.
 */
static enum seen_status
compare_host(struct postgres *p, const struct row_host *host, int64_t *run)
{
	static const enum table PARTS[] = {
		TABLE_HOST, TABLE_ENDPOINT, TABLE_TLSA};
	uint64_t digest = 0;

	for (int table = 0; table < TABLE_COUNT; table++)
		p->scratch[table].len = 0;
	tables_host(p->scratch, &p->scope, host);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		digest = seen_digest(digest, &p->scratch[PARTS[i]]);
	return seen_put(&p->seen, host->host, digest, run);
}

/* Store the host unless it is stored; *run is that of the stored one. Is it the
   same? */
static bool
put_host(struct postgres *p, const struct row_host *host, int64_t *run)
{
	enum seen_status status;

	*run = p->scope.run;
	status = compare_host(p, host, run);
	for (int i = 0; status == SEEN_NEW && i < TABLE_COUNT; i++)
		buffer_add(&p->filling->tables[i], p->scratch[i].data,
			p->scratch[i].len);
	return status != SEEN_OTHER;
}

static void
postgres_know_host(
	struct store *store, const struct row_host *host, int64_t run)
{
	struct postgres *p = (struct postgres *)store;

	(void)compare_host(p, host, &run);
}

static void
postgres_add_host(struct store *store, const struct row_host *host)
{
	struct postgres *p = (struct postgres *)store;
	int64_t run;

	row_added(p);
	(void)put_host(p, host, &run);
	count_bytes(p);
}

static void
postgres_end_chunk(struct store *store, uint32_t chunk)
{
	struct postgres *p = (struct postgres *)store;

	row_added(p);
	batch_end_chunk(p->filling, chunk);
}

static void
postgres_add_domain(struct store *store, const struct row_domain *domain)
{
	struct postgres *p = (struct postgres *)store;
	struct batch *batch = p->filling;

	row_added(p);
	for (size_t i = 0; i < domain->host_count; i++) {
		struct tables_scope scope = p->scope;
		bool same = put_host(p, domain->hosts[i].host, &scope.run);
		tables_mx(batch->tables, &scope, domain, i, !same);
	}
	tables_domain(batch->tables, &p->scope, domain);
	batch->domains++;
	start_next(p);
	count_bytes(p);
}

static void
postgres_flush(struct store *store)
{
	struct postgres *p = (struct postgres *)store;

	p->flushing = !batch_is_empty(p->filling);
	start_next(p);
}

static void
postgres_watch(struct store *store)
{
	struct postgres *p = (struct postgres *)store;

	if (p->connection != NULL)
		connection_watch(p->connection);
	if (p->fleet != NULL)
		link_watch(p->fleet);
}

static void
postgres_tick(struct store *store, uint64_t now_ms)
{
	postgres_ready(store, -1, 0, now_ms);
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
	link_free(p->fleet);
	seen_free(&p->seen);
	words_free(p->words);
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_free(&p->scratch[table]);
	batch_free(&p->batches[0]);
	batch_free(&p->batches[1]);
	buffer_free(&p->sql);
	buffer_free(&p->report);
	free(p);
}

static const struct store_ops POSTGRES_OPS = {
	.watch = postgres_watch,
	.add_certificate = postgres_add_certificate,
	.add_host = postgres_add_host,
	.know_host = postgres_know_host,
	.add_domain = postgres_add_domain,
	.end_chunk = postgres_end_chunk,
	.flush = postgres_flush,
	.ready = postgres_ready,
	.tick = postgres_tick,
	.report = postgres_report,
	.finish = postgres_finish,
	.free = postgres_free,
};

/* Set up the session of a lease, blocking. */
static int
begin_session(struct postgres *p, PGconn *pg, const struct row_words *words,
	char *err, size_t errsize)
{
	struct connection_script script;

	p->words = words_learn(pg, words, err, errsize);
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

static struct postgres *
postgres_new(PGconn *pg)
{
	struct postgres *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->store.ops = &POSTGRES_OPS;
	p->filling = &p->batches[0];
	p->sending = &p->batches[1];
	p->phase = PHASE_IDLE;
	keep_version(p, pg);
	return p;
}

/* id: of the scan to take up, or to join. */
static int
take_lease(struct lease *lease, PGconn *pg, const struct store_scan *scan,
	int64_t id, bool join, char *err, size_t errsize)
{
	if (schema_check(pg, err, errsize) != 0)
		return -1;
	if (join)
		return lease_join(pg, id, lease, err, errsize);
	return id != 0 ? lease_resume(pg, scan, id, lease, err, errsize)
		       : lease_begin(pg, scan, lease, err, errsize);
}

static struct store *
open_store(const char *dsn, const struct store_scan *scan, int64_t id,
	bool join, char *err, size_t errsize)
{
	PGconn *pg = connection_open(dsn, err, errsize);
	if (pg == NULL)
		return NULL;
	struct postgres *p = postgres_new(pg);
	if (take_lease(&p->lease, pg, scan, id, join, err, errsize) != 0 ||
		begin_session(p, pg, &scan->words, err, errsize) != 0) {
		PQfinish(pg);
		postgres_free(&p->store);
		return NULL;
	}
	p->connection = connection_new(pg, dsn, &p->store);
	return &p->store;
}

struct store *
store_postgres_open(const char *dsn, const struct store_scan *scan,
	int64_t resume, char *err, size_t errsize)
{
	return open_store(dsn, scan, resume, false, err, errsize);
}

struct store *
store_postgres_join(const char *dsn, const struct store_scan *scan, int64_t id,
	char *err, size_t errsize)
{
	return open_store(dsn, scan, id, true, err, errsize);
}

struct fleet *
store_postgres_fleet(
	struct store *store, const char *dsn, char *err, size_t errsize)
{
	struct postgres *p = (struct postgres *)store;
	PGconn *pg = connection_open(dsn, err, errsize);

	if (pg != NULL)
		p->fleet = link_new(pg, dsn, store, &p->lease);
	return p->fleet;
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
