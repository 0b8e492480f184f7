/*
 * Rows become committed rows. A sink takes rows in order and commits them in
 * order; how many are committed is told by a callback, and that is the only
 * back-pressure: the caller bounds what is added and not yet committed.
 *
 * The loop is the caller's: a sink names the descriptor and events it waits
 * for, and is told the time. Nothing here blocks.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct fleet;
struct store;

enum store_events {
	STORE_READ = 1,
	STORE_WRITE = 2,
};

/* Watch fd for events (enum store_events); 0: forget it, it will be closed. */
typedef void (*store_watch_cb)(void *arg, int fd, int events);

/*
 * count more domains, the oldest that were added, are committed. Never called
 * from inside store_add_*(); from the other calls it may be.
 */
typedef void (*store_committed_cb)(void *arg, size_t count);

struct store_stats {
	uint64_t added;	    /* domains */
	uint64_t committed; /* domains */
	size_t bytes;	    /* encoded and waiting */
	uint64_t batches;
	uint64_t reconnects;
	const char *problem; /* what it is waiting for, or NULL when all is
				well; valid until the next call */
};

/* Scan-wide facts that a sink needs for its first row. */
struct store_scan {
	const char *label;	/* name of the scan */
	const char *config;	/* effective configuration, a JSON object */
	int64_t started_us;	/* Unix time, microseconds */
	int classifier;		/* version of the rules for verdicts */
	struct row_words words; /* that its rows may hold; used while opening */
	bool no_list; /* none is at hand, and all of it has to be loaded */
};

/*
 * NDJSON (INTERFACE section 3), or CSV of the domain columns, to path ("-":
 * standard output). A pipe is written without blocking. NULL with one line in
 * err when the file cannot be opened.
 */
struct store *store_ndjson_open(
	const char *path, const char *scan, char *err, size_t errsize);
struct store *store_csv_open(
	const char *path, const char *scan, char *err, size_t errsize);

/*
 * PostgreSQL. Opening blocks (it is done before the scan starts): connects,
 * checks the schema version, registers the scan, or takes up scan resume when
 * that is not 0, of which the words and the list count alone. Afterwards
 * everything is asynchronous, and a lost connection is opened again with
 * back-off until it works; the batch in doubt is looked up by its number and
 * sent again only when it was not committed.
 */
struct store *store_postgres_open(const char *dsn,
	const struct store_scan *scan, int64_t resume, char *err,
	size_t errsize);
int64_t store_postgres_scan_id(const struct store *store);
/* Version of the server when it was connected first, such as "15.20"; and that
   of libpq, as PQlibVersion() has it. */
const char *store_postgres_server(const struct store *store);
int store_postgres_library(void);

/* The same for a further member of the fleet of the running scan id; of scan
   the words count alone. */
struct store *store_postgres_join(const char *dsn,
	const struct store_scan *scan, int64_t id, char *err, size_t errsize);

/*
 * Open, blocking, the connection over which this member shares the work; to be
 * called before store_watch(). The store's, and gone when it is closed. NULL
 * with one line in err.
 */
struct fleet *store_postgres_fleet(
	struct store *store, const char *dsn, char *err, size_t errsize);

/* The rest works on any sink. */
void store_watch(struct store *store, store_watch_cb watch,
	store_committed_cb committed, void *arg);

/*
 * Encode a certificate or host. Each is given once a scan by its caller, before
 * the first domain that refers to it. Of a host that is given again the first
 * row stays; a domain that sees the host otherwise keeps its own view of it.
 */
void store_add_certificate(
	struct store *store, const struct row_certificate *certificate);
void store_add_host(struct store *store, const struct row_host *host);

/* A host that is stored, by another run: it is not stored again. */
void store_know_host(
	struct store *store, const struct row_host *host, int64_t run);

/* With the next domain, if any, and all before it every name of a chunk of the
   fleet is done; which is stored in the same transaction. */
void store_end_chunk(struct store *store, uint32_t chunk);

void store_add_domain(struct store *store, const struct row_domain *domain);

/* Do not wait for more rows: commit what is there. */
void store_flush(struct store *store);

void store_ready(struct store *store, int fd, int events, uint64_t now_ms);
/* To be called at least every 100 ms. */
void store_tick(struct store *store, uint64_t now_ms);

/*
 * What this run has to say about itself, a JSON object, kept with the scan's
 * end where there is a row for it; to be called before store_finish(). Copied.
 */
void store_report(struct store *store, const char *report);

/*
 * All is committed: mark the scan's end, state "complete" or "interrupted".
 * The watch callback keeps being called; done when store_closed() is true.
 */
void store_finish(struct store *store, const char *state);
bool store_closed(const struct store *store);

/* A failure that no waiting mends (disk full, row refused by the server), one
   line, or NULL. */
const char *store_failed(const struct store *store);

void store_stats(const struct store *store, struct store_stats *stats);
/* Rows that are not committed are lost. Calls nobody back: the caller has ended
   his watches before. */
void store_free(struct store *store);

#endif
