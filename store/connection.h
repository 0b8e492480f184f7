/*
 * A connection to PostgreSQL that runs one script after the other without
 * blocking, and is opened again with back-off when it is lost. What next is
 * told by connection_step(); nothing is called back but the watch.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/buffer.h"
#include "store/store.h"

struct pg_conn;
struct pg_result;
struct connection;

enum {
	CONNECTION_COPIES_MAX = 8
};

/* A row that a statement brought, with its first two columns; valid inside. */
typedef void (*connection_row_cb)(
	void *arg, const char *first, const char *second);

/* SQL statements, and the data of each COPY … FROM STDIN among them. */
struct connection_script {
	const char *sql;
	connection_row_cb row; /* or NULL; told before the script is done, and
				  whatever becomes of it */
	void *arg;
	const struct buffer *copies[CONNECTION_COPIES_MAX];
	size_t copy_count;
};

enum connection_event {
	CONNECTION_NOTHING, /* wait for the descriptor or a tick */
	CONNECTION_UP,	    /* open again, nothing running */
	CONNECTION_DONE,    /* the script ran without an error */
	CONNECTION_LOST,    /* whether the script took effect is unknown; it is
			       being opened again */
	CONNECTION_REFUSED, /* the server's verdict on the script is final */
};

/* Blocking. NULL with one line in err, which never holds a password. */
struct pg_conn *connection_open(const char *dsn, char *err, size_t errsize);

/* The first line of an error, for a person. result may be NULL. */
void connection_error_line(const struct pg_result *result,
	const struct pg_conn *pg, char *err, size_t errsize);

/* Takes over an open connection. store: whose watch callback is told. */
struct connection *connection_new(
	struct pg_conn *pg, const char *dsn, struct store *store);
/* The watch callback is there now. */
void connection_watch(struct connection *connection);
/*
 * Begin a script; nothing else may be running. The buffers to be copied must
 * last until its end is told. Errors are told by the next step.
 */
void connection_start(
	struct connection *connection, const struct connection_script *script);
/* events: what the descriptor is ready for (enum store_events), 0 on a tick. */
enum connection_event connection_step(
	struct connection *connection, int fd, int events, uint64_t now_ms);

/* After CONNECTION_DONE: first column of the last row, tag of the last command.
 */
int64_t connection_value(const struct connection *connection);
const char *connection_tag(const struct connection *connection);
/* After CONNECTION_REFUSED. */
const char *connection_error(const struct connection *connection);

/* Work succeeded again: the next loss starts with the shortest back-off. */
void connection_settled(struct connection *connection);
/* What it is waiting for, or NULL; valid until the next call. */
const char *connection_problem(struct connection *connection);
void connection_free(struct connection *connection);

#endif
