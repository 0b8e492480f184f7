/*
 * The right of one member of a scan's fleet to write its rows. The rules are
 * functions of the database (sql/); here is how they are called.
 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "store/buffer.h"
#include "store/fleet.h"
#include "store/store.h"

struct pg_conn;

struct lease {
	int64_t scan_id;
	int64_t token;
	uint64_t session;	/* of the newest connection */
	uint64_t batch;		/* last one known to be committed */
	struct fleet_list list; /* … when it was taken */
};

/* Blocking. Register a scan, take one up again, or join one that is running. 0,
   or -1 with a line in err. */
int lease_begin(struct pg_conn *pg, const struct store_scan *scan,
	struct lease *lease, char *err, size_t errsize);
int lease_resume(struct pg_conn *pg, const struct store_scan *scan,
	int64_t scan_id, struct lease *lease, char *err, size_t errsize);
int lease_join(struct pg_conn *pg, int64_t scan_id, struct lease *lease,
	char *err, size_t errsize);

/* What any connection of the member begins with: the one before it, of the same
   kind, is ended. */
void lease_connection_sql(
	struct buffer *sql, const struct lease *lease, const char *kind);

/*
 * First statements of a connection: what was left of the one before can do
 * nothing more. The last result is the number of the last committed batch.
 */
void lease_session_sql(struct buffer *sql, struct lease *lease);

/* Last statement in the transaction of the batch after lease->batch. chunks:
   numbers with commas between, whose names are all done then. */
void lease_commit_sql(struct buffer *sql, const struct lease *lease,
	struct buffer *chunks, size_t domains);

/* text as a literal of SQL. */
void lease_literal(struct buffer *sql, const char *text);

/* A transaction of its own. report: a JSON object. */
void lease_finish_sql(struct buffer *sql, const struct lease *lease,
	const char *state, const char *report);

#endif
