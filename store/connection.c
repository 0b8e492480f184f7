/*
 * A connection to PostgreSQL that runs scripts without blocking. libpq would
 * buffer any amount of COPY data, so it is given in slices, each once the one
 * before has left; and both directions are watched while sending, for a server
 * that cannot get rid of its notices stops reading.
 */
#include "store/connection.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sink.h"

enum {
	SLICE = 64 * 1024,
	BACKOFF_FIRST_MS = 200,
	BACKOFF_LAST_MS = 5000,
	CONNECT_TIMEOUT_MS = 10000,
};

enum state {
	DOWN,
	CONNECTING,
	IDLE,
	RESULTS,
	COPYING
};

struct connection {
	struct store *store;
	PGconn *pg; /* NULL: down */
	char *dsn;
	char *host; /* as connected first, or NULL */
	char *hostaddr;
	char *port;
	enum state state;
	int fd; /* watched, or -1 */
	int events;

	struct connection_script script;
	size_t next_copy;
	size_t offset; /* in the copy that is being sent */
	int64_t value;
	char tag[24];
	char error[160]; /* first one of the script, or why it is away */
	bool transient;	 /* … and time may mend it */

	uint64_t now_ms;
	uint64_t retry_ms;
	uint64_t deadline_ms; /* of a connection attempt */
	uint64_t backoff_ms;
	bool away;
	uint64_t away_ms;
	char problem[256];
};

/*
 * A dead peer is noticed within half a minute, unless the user says otherwise.
 * What stands after "dbname" overrides what the user says.
 */
static PGconn *
connect_start(const struct connection *c, const char *dsn, bool blocking)
{
	const char *names[] = {"fallback_application_name", "connect_timeout",
		"keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "dbname", "client_encoding", "host",
		"hostaddr", "port", NULL};
	const char *values[] = {"danescan", "10", "10", "5", "3", "30000", dsn,
		"UTF8", c != NULL ? c->host : NULL,
		c != NULL ? c->hostaddr : NULL, c != NULL ? c->port : NULL,
		NULL};

	return blocking ? PQconnectdbParams(names, values, 1)
			: PQconnectStartParams(names, values, 1);
}

static void
copy_line(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

void
connection_error_line(
	const PGresult *result, const PGconn *pg, char *err, size_t errsize)
{
	const char *text = result != NULL ? PQresultErrorField(result,
						    PG_DIAG_MESSAGE_PRIMARY)
					  : NULL;

	if (text == NULL)
		text = PQerrorMessage(pg);
	copy_line(err, errsize, text);
}

static void
no_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/*
 * libpq's complaint about a malformed string quotes it, and there may be a
 * password in it. A string that is neither URI nor key=value is a name.
 */
static bool
is_well_formed(const char *dsn)
{
	char *message = NULL;

	if (strchr(dsn, '=') == NULL && strstr(dsn, "://") == NULL)
		return true;
	PQconninfoOption *options = PQconninfoParse(dsn, &message);
	PQfreemem(message);
	PQconninfoFree(options);
	return options != NULL;
}

/* Text of PostgreSQL's own encodings other than UTF-8 cannot hold all names;
   SQL_ASCII takes any octets. */
static bool
is_encoding_fit(const PGconn *pg)
{
	const char *encoding = PQparameterStatus(pg, "server_encoding");

	return encoding == NULL || strcmp(encoding, "UTF8") == 0 ||
	       strcmp(encoding, "SQL_ASCII") == 0;
}

PGconn *
connection_open(const char *dsn, char *err, size_t errsize)
{
	if (!is_well_formed(dsn)) {
		(void)snprintf(err, errsize,
			"the database connection string is not well-formed");
		return NULL;
	}
	PGconn *pg = connect_start(NULL, dsn, true);
	if (pg == NULL)
		abort();
	if (PQstatus(pg) != CONNECTION_OK) {
		(void)snprintf(err, errsize, "PostgreSQL: ");
		size_t used = strlen(err);
		connection_error_line(NULL, pg, err + used, errsize - used);
	} else if (!is_encoding_fit(pg)) {
		(void)snprintf(err, errsize,
			"the database's encoding is %s: UTF8 is needed",
			PQparameterStatus(pg, "server_encoding"));
	} else {
		PQsetNoticeProcessor(pg, no_notice, NULL);
		return pg;
	}
	PQfinish(pg);
	return NULL;
}

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

/*
 * libpq resolves host names with a blocking call. So the address of the first
 * connection is kept, except where there are several hosts to choose from.
 */
static void
pin_address(struct connection *c)
{
	const char *address = PQhostaddr(c->pg);

	if (address == NULL || address[0] == '\0')
		return;
	PQconninfoOption *options = PQconninfo(c->pg);
	bool single = options != NULL;
	for (PQconninfoOption *o = options; o != NULL && o->keyword; o++)
		if (strncmp(o->keyword, "host", 4) == 0 && o->val != NULL &&
			strchr(o->val, ',') != NULL)
			single = false;
	PQconninfoFree(options);
	if (!single)
		return;
	c->host = copy_of(PQhost(c->pg));
	c->hostaddr = copy_of(address);
	c->port = copy_of(PQport(c->pg));
}

struct connection *
connection_new(PGconn *pg, const char *dsn, struct store *store)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->store = store;
	c->pg = pg;
	c->dsn = copy_of(dsn);
	c->state = IDLE;
	c->fd = -1;
	c->backoff_ms = BACKOFF_FIRST_MS;
	pin_address(c);
	(void)PQsetnonblocking(pg, 1);
	return c;
}

static void
watch(struct connection *c, int fd, int events)
{
	if (c->fd == fd && c->events == events)
		return;
	c->fd = fd;
	c->events = events;
	if (fd >= 0)
		sink_watch(c->store, fd, events);
}

static void
forget(struct connection *c)
{
	if (c->fd >= 0)
		watch(c, c->fd, 0);
	c->fd = -1;
}

void
connection_watch(struct connection *c)
{
	forget(c);
	if (c->pg != NULL)
		watch(c, PQsocket(c->pg), STORE_READ);
}

static void
close_and_wait(struct connection *c)
{
	forget(c);
	PQfinish(c->pg);
	c->pg = NULL;
	c->state = DOWN;
	c->retry_ms = c->now_ms + c->backoff_ms;
	c->backoff_ms *= 2;
	if (c->backoff_ms > BACKOFF_LAST_MS)
		c->backoff_ms = BACKOFF_LAST_MS;
	if (!c->away)
		c->away_ms = c->now_ms;
	c->away = true;
}

static enum connection_event
lost(struct connection *c)
{
	if (c->error[0] == '\0')
		connection_error_line(NULL, c->pg, c->error, sizeof(c->error));
	close_and_wait(c);
	return CONNECTION_LOST;
}

static void
attempt_failed(struct connection *c, const char *why)
{
	copy_line(c->error, sizeof(c->error), why);
	close_and_wait(c);
}

static void
attempt(struct connection *c)
{
	c->pg = connect_start(c, c->dsn, false);
	if (c->pg == NULL)
		abort();
	if (PQstatus(c->pg) == CONNECTION_BAD) {
		attempt_failed(c, PQerrorMessage(c->pg));
		return;
	}
	PQsetNoticeProcessor(c->pg, no_notice, NULL);
	c->state = CONNECTING;
	c->deadline_ms = c->now_ms + CONNECT_TIMEOUT_MS;
	watch(c, PQsocket(c->pg), STORE_WRITE);
}

/* libpq may put another socket in the place of the one that is watched, even
   under the same number: each step is watched anew. */
static enum connection_event
connecting(struct connection *c, int events)
{
	if (events == 0) {
		if (c->now_ms >= c->deadline_ms)
			attempt_failed(c, "no answer to a connection attempt");
		return CONNECTION_NOTHING;
	}
	forget(c);
	switch (PQconnectPoll(c->pg)) {
	case PGRES_POLLING_OK:
		(void)PQsetnonblocking(c->pg, 1);
		c->state = IDLE;
		watch(c, PQsocket(c->pg), STORE_READ);
		return CONNECTION_UP;
	case PGRES_POLLING_READING:
		watch(c, PQsocket(c->pg), STORE_READ);
		return CONNECTION_NOTHING;
	case PGRES_POLLING_WRITING:
		watch(c, PQsocket(c->pg), STORE_WRITE);
		return CONNECTION_NOTHING;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		break;
	}
	attempt_failed(c, PQerrorMessage(c->pg));
	return CONNECTION_NOTHING;
}

void
connection_start(struct connection *c, const struct connection_script *script)
{
	assert(c->state == IDLE);
	c->script = *script;
	c->next_copy = 0;
	c->error[0] = '\0';
	c->tag[0] = '\0';
	c->value = -1;
	c->state = RESULTS;
	if (PQsendQuery(c->pg, script->sql) != 1) {
		connection_error_line(NULL, c->pg, c->error, sizeof(c->error));
		c->transient = true;
	}
	watch(c, PQsocket(c->pg), STORE_READ | STORE_WRITE);
}

/*
 * Error classes that pass: connection, resources, operator intervention,
 * serialisation. No SQLSTATE: libpq's own error, the connection is gone.
 */
static bool
is_transient(const char *sqlstate)
{
	return sqlstate == NULL || strncmp(sqlstate, "08", 2) == 0 ||
	       strncmp(sqlstate, "40", 2) == 0 ||
	       strncmp(sqlstate, "53", 2) == 0 ||
	       strncmp(sqlstate, "57", 2) == 0;
}

static void
take_error(struct connection *c, const PGresult *result)
{
	if (c->error[0] != '\0')
		return;
	connection_error_line(result, c->pg, c->error, sizeof(c->error));
	c->transient = is_transient(
		PQresultErrorField(result, PG_DIAG_SQLSTATE));
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
	size_t used = strlen(c->error);
	if (context != NULL && !c->transient)
		(void)snprintf(c->error + used, sizeof(c->error) - used,
			" (%.*s)", (int)strcspn(context, "\n"), context);
}

static void
take_rows(struct connection *c, const PGresult *result)
{
	int rows = PQntuples(result);

	if (rows > 0)
		c->value = atoll(PQgetvalue(result, 0, 0));
	for (int i = 0; c->script.row != NULL && i < rows; i++)
		c->script.row(c->script.arg, PQgetvalue(result, i, 0),
			PQnfields(result) > 1 ? PQgetvalue(result, i, 1) : "");
}

static void
take(struct connection *c, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COPY_IN) {
		assert(c->next_copy < c->script.copy_count);
		c->state = COPYING;
		c->offset = 0;
	} else if (status == PGRES_TUPLES_OK) {
		take_rows(c, result);
	} else if (status == PGRES_COMMAND_OK) {
		(void)snprintf(
			c->tag, sizeof(c->tag), "%s", PQcmdStatus(result));
	} else {
		take_error(c, result);
	}
	PQclear(result);
}

/* Hand libpq the next slice, or the end of the data. -1: the connection is
   broken; what is not taken now is offered again. */
static int
copy_slice(struct connection *c)
{
	const struct buffer *data = c->script.copies[c->next_copy];
	size_t len = data->len - c->offset;

	if (len == 0) {
		int ended = PQputCopyEnd(c->pg, NULL);
		if (ended == 1) {
			c->next_copy++;
			c->state = RESULTS;
		}
		return ended < 0 ? -1 : 0;
	}
	if (len > SLICE)
		len = SLICE;
	int put = PQputCopyData(c->pg, data->data + c->offset, (int)len);
	if (put == 1)
		c->offset += len;
	return put < 0 ? -1 : 0;
}

static enum connection_event
script_ended(struct connection *c)
{
	if (c->error[0] == '\0') {
		c->state = IDLE;
		watch(c, PQsocket(c->pg), STORE_READ);
		return CONNECTION_DONE;
	}
	if (c->transient || PQstatus(c->pg) != CONNECTION_OK)
		return lost(c);
	return CONNECTION_REFUSED;
}

static enum connection_event
run(struct connection *c)
{
	for (;;) {
		int unsent = PQflush(c->pg);
		if (unsent < 0 && c->state == COPYING)
			return lost(c);
		if (unsent > 0) {
			watch(c, PQsocket(c->pg), STORE_READ | STORE_WRITE);
			return CONNECTION_NOTHING;
		}
		if (c->state == COPYING) {
			if (copy_slice(c) != 0)
				return lost(c);
			continue;
		}
		if (PQisBusy(c->pg)) {
			watch(c, PQsocket(c->pg), STORE_READ);
			return CONNECTION_NOTHING;
		}
		PGresult *result = PQgetResult(c->pg);
		if (result == NULL)
			return script_ended(c);
		take(c, result);
	}
}

enum connection_event
connection_step(struct connection *c, int fd, int events, uint64_t now_ms)
{
	c->now_ms = now_ms;
	if (fd != c->fd)
		events = 0;
	switch (c->state) {
	case DOWN:
		if (now_ms >= c->retry_ms)
			attempt(c);
		return CONNECTION_NOTHING;
	case CONNECTING:
		return connecting(c, events);
	case IDLE:
	case RESULTS:
	case COPYING:
		break;
	}
	if ((events & STORE_READ) != 0 && PQconsumeInput(c->pg) == 0) {
		c->error[0] = '\0';
		return lost(c);
	}
	return c->state == IDLE ? CONNECTION_NOTHING : run(c);
}

int64_t
connection_value(const struct connection *c)
{
	return c->value;
}

const char *
connection_tag(const struct connection *c)
{
	return c->tag;
}

const char *
connection_error(const struct connection *c)
{
	return c->error;
}

void
connection_settled(struct connection *c)
{
	c->backoff_ms = BACKOFF_FIRST_MS;
	c->away = false;
}

const char *
connection_problem(struct connection *c)
{
	if (!c->away)
		return NULL;
	(void)snprintf(c->problem, sizeof(c->problem),
		"PostgreSQL away since %llu s: %s",
		(unsigned long long)(c->now_ms - c->away_ms) / 1000, c->error);
	return c->problem;
}

void
connection_free(struct connection *c)
{
	if (c == NULL)
		return;
	forget(c);
	PQfinish(c->pg);
	free(c->dsn);
	free(c->host);
	free(c->hostaddr);
	free(c->port);
	free(c);
}
