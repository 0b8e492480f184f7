/*
 * Drives a PostgreSQL sink as the loop of the program does, against a
 * throw-away server; virtual time passes only when nothing happens.
 */
#ifndef TESTS_UNIT_STORE_DRIVER_H
#define TESTS_UNIT_STORE_DRIVER_H

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/json.h"
#include "store/schema.h"
#include "store/store.h"
#include "tests/unit/store/cluster.h"
#include "tests/unit/store/rows.h"

enum {
	DRIVER_POLL_MS = 5,
	DRIVER_TICK_MS = 50,
	DRIVER_TURNS_MAX = 4000
};

struct fixture {
	struct cluster cluster;
	PGconn *side; /* looks on */
};

struct driver {
	struct fixture *f;
	struct store *store;
	int fd; /* watched, or -1 */
	short events;
	uint64_t now_ms; /* virtual */
	size_t committed;
	bool adding;
	char text[1024];
};

static inline void
driver_on_watch(void *arg, int fd, int events)
{
	struct driver *d = arg;

	if (events == 0)
		assert_int_equal(fd, d->fd);
	d->fd = events != 0 ? fd : -1;
	d->events = (short)((events & STORE_READ ? POLLIN : 0) |
			    (events & STORE_WRITE ? POLLOUT : 0));
}

static inline void
driver_on_committed(void *arg, size_t count)
{
	struct driver *d = arg;

	assert_false(d->adding);
	d->committed += count;
}

static inline struct store *
driver_open(struct driver *d, int64_t resume, char *err, size_t errsize)
{
	const struct store_scan scan = {
		.label = "unit",
		.config = "{\"window\": 10}",
		.started_us = ROWS_DOMAIN.time_us,
		.words = ROWS_WORDS,
	};

	return store_postgres_open(
		d->f->cluster.dsn, &scan, resume, err, errsize);
}

static inline void
driver_begin(struct driver *d, struct fixture *f, int64_t resume)
{
	char err[256] = "";

	*d = (struct driver){.f = f, .fd = -1, .now_ms = 1000};
	d->store = driver_open(d, resume, err, sizeof(err));
	assert_string_equal(err, "");
	assert_non_null(d->store);
	store_watch(d->store, driver_on_watch, driver_on_committed, d);
	store_tick(d->store, d->now_ms);
}

/* One turn of the loop; virtual time passes only when nothing happens. */
static inline bool
driver_turn(struct driver *d)
{
	struct pollfd p = {.fd = d->fd, .events = d->events};

	if (d->fd >= 0 && poll(&p, 1, DRIVER_POLL_MS) > 0) {
		int ready = (p.revents & ~POLLOUT ? STORE_READ : 0) |
			    (p.revents & POLLOUT ? STORE_WRITE : 0);
		store_ready(d->store, d->fd, ready, d->now_ms);
		return true;
	}
	d->now_ms += DRIVER_TICK_MS;
	store_tick(d->store, d->now_ms);
	return false;
}

static inline void
driver_until_committed(struct driver *d, size_t count)
{
	for (int i = 0; i < DRIVER_TURNS_MAX && d->committed < count; i++) {
		driver_turn(d);
		if (store_failed(d->store) != NULL)
			fail_msg("%s", store_failed(d->store));
	}
	assert_int_equal(d->committed, count);
}

static inline void
driver_until_failed(struct driver *d)
{
	for (int i = 0; i < DRIVER_TURNS_MAX && store_failed(d->store) == NULL;
		i++)
		driver_turn(d);
	assert_non_null(store_failed(d->store));
}

static inline void
driver_finish(struct driver *d, const char *state)
{
	store_finish(d->store, state);
	for (int i = 0; i < DRIVER_TURNS_MAX && !store_closed(d->store); i++)
		driver_turn(d);
	assert_null(store_failed(d->store));
	assert_true(store_closed(d->store));
	assert_int_equal(d->fd, -1);
	store_free(d->store);
}

/* SQL with the scan's number in place of the one %lld. */
static inline const char *
driver_ask(struct driver *d, const char *format)
{
	char sql[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(sql, sizeof(sql), format,
		(long long)store_postgres_scan_id(d->store));
#pragma GCC diagnostic pop
	return cluster_ask(d->f->side, sql, d->text);
}

static inline int
driver_setup(void **state)
{
	static struct fixture fixture;
	struct schema_change change;
	char err[256] = "";

	if (cluster_start(&fixture.cluster) != 0 ||
		schema_init(fixture.cluster.dsn, &ROWS_WORDS, &change, err,
			sizeof(err)) != 0) {
		print_error("%s\n", err);
		return -1;
	}
	fixture.side = PQconnectdb(fixture.cluster.dsn);
	PQclear(PQexec(fixture.side, "SET timezone = 'UTC'"));
	*state = &fixture;
	return 0;
}

static inline int
driver_teardown(void **state)
{
	struct fixture *f = *state;

	PQfinish(f->side);
	return cluster_stop(&f->cluster);
}

static inline void
driver_expect_record(struct driver *d, const struct row_domain *domain)
{
	struct buffer json = {0};
	char id[24];

	json_record(&json, "unit", domain);
	(void)snprintf(id, sizeof(id), "%lld",
		(long long)store_postgres_scan_id(d->store));
	const char *values[] = {buffer_string(&json), id, domain->domain};
	PGresult *result = PQexecParams(d->f->side,
		"SELECT record::jsonb = $1::jsonb, record FROM dane.records "
		"WHERE scan_id = $2::bigint AND domain = $3",
		3, NULL, values, NULL, NULL, 0);
	assert_int_equal(PQntuples(result), 1);
	if (strcmp(PQgetvalue(result, 0, 0), "t") != 0)
		fail_msg("%s\n%s", PQgetvalue(result, 0, 1), values[0]);
	PQclear(result);
	buffer_free(&json);
}

#endif
