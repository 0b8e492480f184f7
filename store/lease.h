/*
 * The right to write the rows of a scan, and how far its input is done. The
 * rules are functions of the database (sql/); here is how they are called.
 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "store/buffer.h"
#include "store/store.h"

struct pg_conn;

struct lease {
	int64_t scan_id;
	int64_t token;
	uint64_t session;   /* of the newest connection */
	uint64_t batch;	    /* last one known to be committed */
	uint64_t low_water; /* at the time it was taken */
};

/* Blocking. Register a scan, or take one up again. -1 with a line in err. */
int lease_begin(struct pg_conn *pg, const struct store_scan *scan,
	struct lease *lease, char *err, size_t errsize);
int lease_resume(struct pg_conn *pg, int64_t scan_id, struct lease *lease,
	char *err, size_t errsize);

/*
 * Blocking. Input lines above the low-water line that are done, ascending; the
 * caller frees them.
 */
int lease_lines(struct pg_conn *pg, const struct lease *lease, uint64_t **lines,
	size_t *count, char *err, size_t errsize);

/*
 * First statements of a connection: what was left of the one before can do
 * nothing more. The last result is the number of the last committed batch.
 */
void lease_session_sql(struct buffer *sql, struct lease *lease);

/* Last statement in the transaction of the batch after lease->batch. */
void lease_commit_sql(struct buffer *sql, const struct lease *lease,
	uint64_t low_water, size_t domains);

/* A transaction of its own. report: a JSON object. */
void lease_finish_sql(struct buffer *sql, const struct lease *lease,
	const char *state, const char *report);

#endif
