/*
 * The database schema: numbered migrations, each applied once, in order, in a
 * transaction of its own. All functions block.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct pg_conn;

/* What this program brings along. */
int schema_version(void);
/* File name of migration 1 … schema_version(). */
const char *schema_name(int version);

struct schema_change {
	int from; /* 0: there was none */
	int to;
};

/*
 * Create the schema in an empty database, or bring it up to date. Both refuse
 * a schema newer than the program, or one made from other migrations. The words
 * that rows may hold are given codes. 0, or -1 with one line in err; change
 * tells how far it came in either case.
 */
int schema_init(const char *dsn, const struct row_words *words,
	struct schema_change *change, char *err, size_t errsize);
int schema_upgrade(const char *dsn, const struct row_words *words,
	struct schema_change *change, char *err, size_t errsize);

/*
 * Drop the observations of all complete scans but the last keep, at least 1;
 * their figures and the record stay. How many were dropped; -1 with one line
 * in err.
 */
int schema_prune(const char *dsn, int64_t keep, char *err, size_t errsize);

/* One scan, as text for a person. */
struct schema_scan {
	char id[24];
	char label[128];
	char state[16];
	char domains[24];
	char started[24];
	char finished[24]; /* "" while it is not */
};

struct schema_status {
	int version; /* 0: no schema */
	struct schema_scan *scans;
	size_t scan_count;
};

int schema_status(const char *dsn, struct schema_status *status, char *err,
	size_t errsize);
void schema_status_free(struct schema_status *status);

/* 0 when the schema is the program's own, else -1 with what to do in err. */
int schema_check(struct pg_conn *pg, char *err, size_t errsize);

#endif
