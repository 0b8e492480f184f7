/*
 * postgres: against a real server. Order, chunks, credits; the server or the
 * connection dying at the worst moments; resuming and fencing.
 */
#include "tests/unit/store/driver.h"

#include <sys/socket.h>

static void
add_lines(struct driver *d, uint64_t from, uint64_t to)
{
	d->adding = true;
	for (uint64_t line = from; line <= to; line++) {
		char name[64];
		struct row_domain domain = rows_short(
			line, rows_name(name, line));
		store_add_domain(d->store, &domain);
	}
	d->adding = false;
}

static void
expect_rows(struct driver *d, const char *count)
{
	assert_string_equal(
		driver_ask(d,
			"SELECT count(*) || '/' || count(DISTINCT domain) "
			"FROM dane.domain_results WHERE scan_id = %lld"),
		count);
}

/* The lease row is locked by somebody: a batch stops just before its COMMIT. */
static void
hold_commit(struct driver *d)
{
	cluster_ask(d->f->side, "BEGIN", d->text);
	driver_ask(
		d, "SELECT 1 FROM dane.lease WHERE scan_id = %lld FOR UPDATE");
	assert_string_equal(d->text, "1");
}

static void
release_commit(struct driver *d)
{
	assert_string_equal(cluster_ask(d->f->side, "COMMIT", d->text), "");
}

static void
until_held(struct driver *d)
{
	for (int i = 0; i < DRIVER_TURNS_MAX; i++) {
		if (!driver_turn(d) &&
			strcmp(driver_ask(d, "SELECT count(*) FROM pg_locks "
					     "WHERE NOT granted "
					     "AND %lld IS NOT NULL"),
				"1") == 0)
			return;
	}
	fail_msg("no batch is waiting for its COMMIT");
}

static void
commits_in_order(void **state)
{
	struct driver d;
	struct store_stats stats;

	driver_begin(&d, *state, 0);
	add_lines(&d, 1, 3500);
	store_stats(d.store, &stats);
	assert_true(stats.bytes > 0);
	assert_int_equal(stats.committed, 0);
	driver_until_committed(&d, 3500);
	expect_rows(&d, "3500/3500");
	assert_string_equal(
		driver_ask(&d, "SELECT state || ' ' || domains || ' ' || label "
			       "FROM dane.scans WHERE scan_id = %lld"),
		"running 3500 unit");
	store_stats(d.store, &stats);
	assert_in_range(stats.batches, 2, 4);
	assert_int_equal(stats.added, 3500);
	assert_int_equal(stats.committed, 3500);
	assert_int_equal(stats.bytes, 0);
	assert_null(stats.problem);
	assert_int_equal(stats.reconnects, 0);
	long long id = store_postgres_scan_id(d.store);
	store_report(d.store, "{\"x\": 1}");
	store_report(d.store, "{\"x\": \"it's a \\\\ \"}");
	driver_finish(&d, "complete");
	char sql[300];
	(void)snprintf(sql, sizeof(sql),
		"SELECT state || domains FROM dane.scans WHERE scan_id = %lld "
		"AND finished IS NOT NULL AND config = '{\"window\": 10}' "
		"AND runs = '[{\"run\": 1, \"x\": \"it''s a \\\\ \"}]'",
		id);
	assert_string_equal(
		cluster_ask(d.f->side, sql, d.text), "complete3500");
}

/* A row waits a second for company, or for a flush. */
static void
waits_a_second(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	add_lines(&d, 1, 1);
	struct pollfd p = {.fd = d.fd, .events = POLLIN};
	store_tick(d.store, d.now_ms + 999);
	assert_int_equal(poll(&p, 1, 100), 0);
	store_tick(d.store, d.now_ms + 1000);
	assert_int_equal(poll(&p, 1, 10000), 1);
	driver_until_committed(&d, 1);
	uint64_t before = d.now_ms;
	add_lines(&d, 2, 2);
	store_flush(d.store);
	driver_until_committed(&d, 2);
	assert_in_range(d.now_ms - before, 0, 999);
	driver_finish(&d, "complete");
}

/* A chunk that the scan holds. */
static void
hold_chunk(struct driver *d, const char *holder)
{
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		"INSERT INTO dane.chunk (scan_id, chunk, first_line, size, "
		"names, holder) VALUES (%%lld, 7, 1, 20, '[]', %s)",
		holder);
	assert_string_equal(driver_ask(d, sql), "");
}

/* Rows and the end of their chunk appear together or not at all. */
static void
chunk_ends_with_its_rows(void **state)
{
	static const char sql[] =
		"SELECT count(d.domain) || ' ' || c.done FROM dane.chunk c "
		"LEFT JOIN dane.domain_obs d USING (scan_id) "
		"WHERE scan_id = %lld GROUP BY c.done";
	struct driver d;

	driver_begin(&d, *state, 0);
	hold_chunk(&d, "1");
	hold_commit(&d);
	add_lines(&d, 1, 19);
	store_end_chunk(d.store, 7);
	add_lines(&d, 20, 20);
	store_flush(d.store);
	until_held(&d);
	assert_string_equal(driver_ask(&d, sql), "0 false");
	assert_int_equal(d.committed, 0);
	release_commit(&d);
	driver_until_committed(&d, 20);
	assert_string_equal(driver_ask(&d, sql), "20 true");
	driver_finish(&d, "interrupted");
}

/* One without a row of its own ends too. */
static void
chunk_ends_alone(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	hold_chunk(&d, "1");
	store_end_chunk(d.store, 7);
	driver_finish(&d, "interrupted");
	char sql[] = "SELECT done FROM dane.chunk ORDER BY scan_id DESC";
	assert_string_equal(cluster_ask(d.f->side, sql, d.text), "t");
}

/* Who lost a chunk cannot commit what it found of it. */
static void
chunk_of_another(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	hold_chunk(&d, "2");
	store_end_chunk(d.store, 7);
	add_lines(&d, 1, 1);
	store_flush(d.store);
	driver_until_failed(&d);
	assert_non_null(strstr(
		store_failed(d.store), "was taken over by another scanner"));
	expect_rows(&d, "0/0");
	store_free(d.store);
}

/* A host that another run has stored: its row stays, and ours points to it. */
static void
known_host(void **state)
{
	struct row_domain other = ROWS_DOMAIN;
	struct row_host host = *ROWS_DOMAIN.hosts[0].host;
	struct row_mx mx = {10, &host};
	struct driver d;

	other.hosts = &mx;
	other.host_count = 1;
	driver_begin(&d, *state, 0);
	store_add_domain(d.store, &other);
	int64_t id = store_postgres_scan_id(d.store);
	driver_finish(&d, "interrupted");
	driver_begin(&d, *state, id);
	store_know_host(d.store, &host, 1);
	other.domain = "second.example";
	other.line++;
	store_add_domain(d.store, &other);
	host.class = "valid";
	other.domain = "third.example";
	other.line++;
	store_add_domain(d.store, &other);
	driver_until_committed(&d, 2);
	assert_string_equal(
		driver_ask(&d, "SELECT string_agg(run || ' ' || "
			       "(view IS NULL), ', ' ORDER BY domain) "
			       "|| '; ' || (SELECT count(*) FROM dane.host_obs "
			       "h WHERE h.scan_id = m.scan_id) "
			       "FROM dane.mx_obs m WHERE scan_id = %lld "
			       "GROUP BY scan_id"),
		"1 true, 1 true, 1 false; 1");
	driver_finish(&d, "interrupted");
}

static void
server_crash_in_mid_batch(void **state)
{
	struct fixture *f = *state;
	struct driver d;
	struct store_stats stats;

	driver_begin(&d, f, 0);
	add_lines(&d, 1, 1000);
	driver_until_committed(&d, 1000);
	add_lines(&d, 1001, 9000);
	for (int i = 0; i < 3; i++)
		driver_turn(&d);
	assert_int_equal(cluster_crash(&f->cluster), 0);
	for (int i = 0; i < 300; i++)
		driver_turn(&d);
	assert_null(store_failed(d.store));
	store_stats(d.store, &stats);
	assert_non_null(stats.problem);
	assert_non_null(strstr(stats.problem, "PostgreSQL away since 1"));
	add_lines(&d, 9001, 12000);
	assert_int_equal(cluster_again(&f->cluster), 0);
	PQreset(f->side);
	driver_until_committed(&d, 12000);
	expect_rows(&d, "12000/12000");
	store_stats(d.store, &stats);
	assert_null(stats.problem);
	assert_int_equal(stats.reconnects, 1);
	driver_finish(&d, "complete");
}

/* COMMIT took effect, and the answer was lost. */
static void
in_doubt_and_committed(void **state)
{
	struct driver d;
	struct store_stats stats;
	char sink[4096];

	driver_begin(&d, *state, 0);
	hold_commit(&d);
	add_lines(&d, 1, 1500);
	until_held(&d);
	release_commit(&d);
	for (int i = 0; i < DRIVER_TURNS_MAX &&
			strcmp(driver_ask(&d, "SELECT batch FROM dane.lease "
					      "WHERE scan_id = %lld"),
				"1") != 0;
		i++)
		;
	while (recv(d.fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(shutdown(d.fd, SHUT_RDWR), 0);
	assert_int_equal(d.committed, 0);
	driver_until_committed(&d, 1500);
	expect_rows(&d, "1500/1500");
	store_stats(d.store, &stats);
	assert_int_equal(stats.reconnects, 1);
	assert_string_equal(
		driver_ask(&d,
			"SELECT batch FROM dane.lease WHERE scan_id = %lld"),
		"2");
	driver_finish(&d, "complete");
}

/* The connection is cut before COMMIT, and the server has not noticed. */
static void
in_doubt_and_not_committed(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	hold_commit(&d);
	add_lines(&d, 1, 1500);
	until_held(&d);
	assert_int_equal(shutdown(d.fd, SHUT_RDWR), 0);
	for (int i = 0; i < 20; i++)
		driver_turn(&d);
	until_held(&d);
	release_commit(&d);
	driver_until_committed(&d, 1500);
	expect_rows(&d, "1500/1500");
	driver_finish(&d, "complete");
}

static void
backend_terminated(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	hold_commit(&d);
	add_lines(&d, 1, 1500);
	until_held(&d);
	driver_ask(&d, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		       "WHERE application_name LIKE 'danescan scan %lld.%%'");
	release_commit(&d);
	driver_until_committed(&d, 1500);
	expect_rows(&d, "1500/1500");
	driver_finish(&d, "complete");
}

/* Resumed: the hosts come again, no row is lost. */
static void
resume(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	int64_t id = store_postgres_scan_id(d.store);
	store_add_domain(d.store, &ROWS_DOMAIN);
	add_lines(&d, 1, 3);
	add_lines(&d, 5, 6);
	driver_finish(&d, "interrupted");

	driver_begin(&d, *state, id);
	assert_int_equal(store_postgres_scan_id(d.store), id);
	struct row_domain again = ROWS_DOMAIN;
	struct row_host host = ROWS_HOST;
	const struct row_mx mx = {10, &host};
	host.class = "valid";
	again.domain = "later.example";
	again.line = 4;
	again.hosts = &mx;
	store_add_host(d.store, &host);
	store_add_domain(d.store, &again);
	driver_until_committed(&d, 1);
	expect_rows(&d, "7/7");
	driver_expect_record(&d, &ROWS_DOMAIN);
	driver_expect_record(&d, &again);
	assert_string_equal(
		driver_ask(&d,
			"SELECT class || ' ' || domains FROM dane.host_results "
			"WHERE scan_id = %lld"),
		"valid 2");
	driver_finish(&d, "complete");
}

static void
older_scanner_is_fenced_off(void **state)
{
	struct driver old;
	struct driver new;

	driver_begin(&old, *state, 0);
	driver_begin(&new, *state, store_postgres_scan_id(old.store));
	add_lines(&old, 1, 1);
	store_flush(old.store);
	driver_until_failed(&old);
	assert_non_null(strstr(
		store_failed(old.store), "was taken over by another scanner"));
	assert_int_equal(old.committed, 0);
	assert_int_equal(old.fd, -1);
	store_free(old.store);
	add_lines(&new, 1, 1);
	store_flush(new.store);
	driver_until_committed(&new, 1);
	driver_finish(&new, "complete");
}

/* What the server will always refuse is no reason to wait. */
static void
refused_row(void **state)
{
	struct row_domain domain = rows_short(1, "refused.example");
	struct driver d;

	driver_begin(&d, *state, 0);
	domain.class = NULL;
	store_add_domain(d.store, &domain);
	store_flush(d.store);
	driver_until_failed(&d);
	assert_non_null(strstr(store_failed(d.store),
		"PostgreSQL: null value in column \"class\""));
	assert_int_equal(d.committed, 0);
	store_free(d.store);
}

/* What no scanner that holds its lease does: the end of the scan proves it. */
static void
domain_twice(void **state)
{
	struct driver d;

	driver_begin(&d, *state, 0);
	add_lines(&d, 1, 1);
	add_lines(&d, 1, 1);
	store_finish(d.store, "complete");
	driver_until_failed(&d);
	assert_non_null(strstr(store_failed(d.store),
		"PostgreSQL: could not create unique index"));
	assert_string_equal(driver_ask(&d, "SELECT state FROM dane.scans "
					   "WHERE scan_id = %lld"),
		"running");
	store_free(d.store);
}

static void
cannot_open(void **state)
{
	struct driver d = {.f = *state};
	char err[256];

	assert_null(driver_open(&d, 999999, err, sizeof(err)));
	assert_string_equal(err, "there is no scan 999999");
	driver_begin(&d, *state, 0);
	int64_t id = store_postgres_scan_id(d.store);
	driver_finish(&d, "complete");
	assert_null(driver_open(&d, id, err, sizeof(err)));
	assert_non_null(strstr(err, "is already complete"));
	const struct store_scan scan = {.label = "x", .config = "{}"};
	assert_null(store_postgres_open(
		"host=/nowhere password=secret", &scan, 0, err, sizeof(err)));
	assert_non_null(strstr(err, "PostgreSQL: connection to server"));
	assert_null(strstr(err, "secret"));
	assert_null(store_postgres_open(
		"host=/nowhere secret", &scan, 0, err, sizeof(err)));
	assert_null(strstr(err, "secret"));
}

/* A scan from beginning to end, taken up in between, by no owner. */
static void
no_more_rights_than_a_writer(void **state)
{
	struct fixture *f = *state;
	const struct cluster cluster = f->cluster;
	const uint8_t spki_sha512[64] = {1};
	const struct row_certificate certificate = {.sha256 = ROWS_CHAIN[0],
		.spki_sha256 = ROWS_CHAIN[1],
		.spki_sha512 = spki_sha512,
		.der = ROWS_TLSA_DATA,
		.len = 3,
		.subject = "CN=mx",
		.issuer = "CN=ca",
		.key = "EC-256"};
	struct driver d = {.f = f};

	assert_string_equal(
		cluster_ask(f->side, "SELECT dane.grant_roles()", d.text), "");
	size_t used = strlen(cluster.dsn);
	(void)snprintf(f->cluster.dsn + used, sizeof(f->cluster.dsn) - used,
		" options='-c role=dane_writer'");
	driver_begin(&d, f, 0);
	store_add_certificate(d.store, &certificate);
	store_add_domain(d.store, &ROWS_DOMAIN);
	int64_t id = store_postgres_scan_id(d.store);
	driver_finish(&d, "interrupted");
	driver_begin(&d, f, id);
	store_add_certificate(d.store, &certificate);
	add_lines(&d, 5000, 5001);
	driver_until_committed(&d, 2);
	expect_rows(&d, "3/3");
	driver_expect_record(&d, &ROWS_DOMAIN);
	driver_finish(&d, "complete");
	f->cluster = cluster;
	assert_string_equal(cluster_ask(f->side,
				    "SELECT state || recorded FROM dane.scans "
				    "ORDER BY scan_id DESC LIMIT 1",
				    d.text),
		"completetrue");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_in_order),
		cmocka_unit_test(waits_a_second),
		cmocka_unit_test(chunk_ends_with_its_rows),
		cmocka_unit_test(chunk_ends_alone),
		cmocka_unit_test(chunk_of_another),
		cmocka_unit_test(known_host),
		cmocka_unit_test(in_doubt_and_committed),
		cmocka_unit_test(in_doubt_and_not_committed),
		cmocka_unit_test(backend_terminated),
		cmocka_unit_test(resume),
		cmocka_unit_test(older_scanner_is_fenced_off),
		cmocka_unit_test(refused_row),
		cmocka_unit_test(domain_twice),
		cmocka_unit_test(cannot_open),
		cmocka_unit_test(no_more_rights_than_a_writer),
		cmocka_unit_test(server_crash_in_mid_batch),
	};

	return cmocka_run_group_tests(tests, driver_setup, driver_teardown);
}
