/*
 * link, answers: members of a fleet against a real server. The list, chunks,
 * hosts, addresses; a connection that is lost in mid-turn; a member that is.
 */
#include "tests/unit/store/driver.h"

#include "store/fleet.h"
#include "store/running.h"

enum {
	WATCHES = 4
};

/* One member, with all that it was told. */
struct member {
	struct fixture *f;
	struct store *store;
	struct fleet *fleet;
	struct pollfd watches[WATCHES];
	uint64_t now_ms;

	unsigned chunks; /* answers */
	struct fleet_chunk *chunk;
	unsigned hosts;
	char host[64];
	enum fleet_host status;
	char facts[1024];
	unsigned addresses; /* answers */
	unsigned granted;
	char address[64];
	unsigned news_count;
	struct fleet_news news;
	char opt_out[64];
};

static void
on_watch(void *arg, int fd, int events)
{
	struct member *m = arg;
	size_t at = WATCHES;

	for (size_t i = 0; i < WATCHES; i++)
		if (m->watches[i].fd == fd ||
			(m->watches[i].fd < 0 && at == WATCHES))
			at = i;
	for (size_t i = 0; i < WATCHES; i++)
		if (m->watches[i].fd == fd)
			at = i;
	assert_true(at < WATCHES);
	m->watches[at].fd = events != 0 ? fd : -1;
	m->watches[at].events = (short)((events & STORE_READ ? POLLIN : 0) |
					(events & STORE_WRITE ? POLLOUT : 0));
}

static void
on_committed(void *arg, size_t count)
{
	(void)arg;
	(void)count;
}

static void
on_news(void *arg, const struct fleet_news *news)
{
	struct member *m = arg;

	m->news = *news;
	m->news_count++;
}

static void
on_opt_out(void *arg, const char *entry)
{
	struct member *m = arg;

	(void)snprintf(m->opt_out, sizeof(m->opt_out), "%s", entry);
}

static void
on_chunk(void *arg, struct fleet_chunk *chunk)
{
	struct member *m = arg;

	fleet_chunk_free(m->chunk);
	m->chunk = chunk;
	m->chunks++;
}

static void
on_host(void *arg, const char *host, enum fleet_host status,
	const struct fleet_facts *facts)
{
	struct member *m = arg;
	const struct row_mx mx = {10, facts != NULL ? facts->row : NULL};
	struct buffer json = {0};

	m->hosts++;
	m->status = status;
	(void)snprintf(m->host, sizeof(m->host), "%s", host);
	assert_int_equal(facts != NULL, status == FLEET_HOST_DONE);
	if (facts == NULL)
		return;
	json_mx(&json, &mx);
	(void)snprintf(m->facts, sizeof(m->facts), "%lld %zu %s",
		(long long)facts->run, facts->certificate_count,
		buffer_string(&json));
	buffer_free(&json);
}

static void
on_address(void *arg, const char *address)
{
	struct member *m = arg;

	m->granted++;
	(void)snprintf(m->address, sizeof(m->address), "%s", address);
}

static void
on_addresses_answered(void *arg)
{
	struct member *m = arg;

	m->addresses++;
}

/* scan: to join, or 0 to begin one. */
static void
begin(struct member *m, struct fixture *f, int64_t scan)
{
	const struct store_scan fresh = {
		.label = "fleet", .config = "{}", .words = ROWS_WORDS};
	char err[256] = "";

	*m = (struct member){.f = f, .now_ms = 1000};
	for (size_t i = 0; i < WATCHES; i++)
		m->watches[i].fd = -1;
	m->store = scan == 0 ? store_postgres_open(f->cluster.dsn, &fresh, 0,
				       err, sizeof(err))
			     : store_postgres_join(f->cluster.dsn, &fresh, scan,
				       err, sizeof(err));
	assert_string_equal(err, "");
	m->fleet = store_postgres_fleet(
		m->store, f->cluster.dsn, err, sizeof(err));
	assert_non_null(m->fleet);
	fleet_listen(
		m->fleet, &(struct fleet_listener){
				  .arg = m,
				  .news = on_news,
				  .opt_out = on_opt_out,
				  .chunk = on_chunk,
				  .host = on_host,
				  .address = on_address,
				  .addresses_answered = on_addresses_answered,
			  });
	store_watch(m->store, on_watch, on_committed, m);
}

static void
turn(struct member *m)
{
	if (poll(m->watches, WATCHES, DRIVER_POLL_MS) > 0) {
		for (size_t i = 0; i < WATCHES; i++) {
			short got = m->watches[i].revents;
			int ready = (got & ~POLLOUT ? STORE_READ : 0) |
				    (got & POLLOUT ? STORE_WRITE : 0);

			if (m->watches[i].fd >= 0 && ready != 0)
				store_ready(m->store, m->watches[i].fd, ready,
					m->now_ms);
		}
		return;
	}
	m->now_ms += DRIVER_TICK_MS;
	store_tick(m->store, m->now_ms);
}

/* Until a counter, or a sign, of the member is wanted. */
static void
until(struct member *m, const unsigned *counter, unsigned wanted)
{
	for (int i = 0; i < DRIVER_TURNS_MAX && *counter < wanted; i++) {
		turn(m);
		if (store_failed(m->store) != NULL)
			fail_msg("%s", store_failed(m->store));
	}
	assert_true(*counter >= wanted);
}

static void
end(struct member *m, const char *state)
{
	store_finish(m->store, state);
	for (int i = 0; i < DRIVER_TURNS_MAX && !store_closed(m->store); i++)
		turn(m);
	if (store_failed(m->store) != NULL)
		fail_msg("%s", store_failed(m->store));
	assert_true(store_closed(m->store));
	for (size_t i = 0; i < WATCHES; i++)
		assert_int_equal(m->watches[i].fd, -1);
	fleet_chunk_free(m->chunk);
	store_free(m->store);
}

/* One whole turn from now on. */
static void
hear(struct member *m)
{
	m->now_ms += 1000;
	until(m, &m->news_count, m->news_count + 1);
}

static const char *
ask(struct member *m, const char *sql)
{
	static char text[1024];

	return cluster_ask(m->f->side, sql, text);
}

static const struct row_tag TAGS[] = {{"rank", "1"}, {"it's", "a \\ \"b\""}};

/* whole: there are no more. */
static void
load_some(struct member *m, unsigned names, bool whole)
{
	for (unsigned line = 1; line <= names; line++) {
		char name[64];
		const struct fleet_name entry = {
			.line = line,
			.name = rows_name(name, line),
			.input = line == 1 ? "b\303\274cher.example" : NULL,
			.tags = TAGS,
			.tag_count = line == 2 ? 2 : 0,
		};

		fleet_load_name(m->fleet, &entry);
	}
	fleet_publish(m->fleet, names, whole);
}

static void
load(struct member *m, unsigned names)
{
	load_some(m, names, true);
}

static void
claim(struct member *m, unsigned in_hand)
{
	fleet_want_chunk(m->fleet, in_hand);
	until(m, &m->chunks, m->chunks + 1);
}

/* What was loaded is what is claimed; the last row ends it all. */
static void
loads_and_claims(void **state)
{
	struct member m;
	struct fleet_name name;
	char text[64];

	begin(&m, *state, 0);
	assert_true(fleet_is_first(m.fleet));
	assert_int_equal(fleet_list(m.fleet)->line, 0);
	claim(&m, 0);
	assert_null(m.chunk);
	load(&m, 3);
	claim(&m, 0);
	assert_non_null(m.chunk);
	assert_int_equal(fleet_chunk_number(m.chunk), 1);
	assert_int_equal(fleet_chunk_size(m.chunk), 3);
	assert_true(fleet_chunk_next(m.chunk, &name));
	assert_int_equal(name.line, 1);
	assert_string_equal(name.name, rows_name(text, 1));
	assert_string_equal(name.input, "b\303\274cher.example");
	assert_int_equal(name.tag_count, 0);
	assert_true(fleet_chunk_next(m.chunk, &name));
	assert_null(name.input);
	assert_int_equal(name.tag_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(name.tags[i].name, TAGS[i].name);
		assert_string_equal(name.tags[i].value, TAGS[i].value);
	}
	assert_true(fleet_chunk_next(m.chunk, &name));
	assert_false(fleet_chunk_next(m.chunk, &name));
	hear(&m);
	assert_false(m.news.complete);
	assert_int_equal(m.news.members, 1);
	assert_int_equal(m.news.names, 3);
	for (uint64_t line = 1; line <= 3; line++) {
		struct row_domain row = rows_short(line, rows_name(text, line));

		if (line == 3)
			store_end_chunk(m.store, 1);
		store_add_domain(m.store, &row);
	}
	store_flush(m.store);
	for (int i = 0; i < DRIVER_TURNS_MAX && !m.news.complete; i++)
		turn(&m);
	assert_true(m.news.complete);
	end(&m, "complete");
}

/* A list of which a part is loaded has to be given again, and goes on there. */
static void
a_part_is_known_again(void **state)
{
	struct fixture *f = *state;
	struct store_scan scan = {.words = ROWS_WORDS, .no_list = true};
	char err[256] = "";
	struct member m;
	int64_t id;

	begin(&m, f, 0);
	id = store_postgres_scan_id(m.store);
	load_some(&m, 3, false);
	hear(&m);
	hear(&m);
	end(&m, "interrupted");
	assert_null(store_postgres_open(
		f->cluster.dsn, &scan, id, err, sizeof(err)));
	assert_non_null(strstr(err, "give it again"));
	assert_string_equal(ask(&m, "SELECT state FROM dane.scan "
				    "ORDER BY scan_id DESC LIMIT 1"),
		"interrupted");
	scan.no_list = false;
	m.store = store_postgres_open(
		f->cluster.dsn, &scan, id, err, sizeof(err));
	assert_non_null(m.store);
	m.fleet = store_postgres_fleet(
		m.store, f->cluster.dsn, err, sizeof(err));
	assert_non_null(m.fleet);
	assert_int_equal(fleet_list(m.fleet)->line, 3);
	assert_int_equal(fleet_list(m.fleet)->names, 3);
	assert_int_equal(fleet_list(m.fleet)->chunks, 1);
	assert_false(fleet_list(m.fleet)->whole);
	store_free(m.store);
}

/* What a worker looks for: a scan that is running, or was. */
static void
a_scan_is_found(void **state)
{
	struct fixture *f = *state;
	struct running running;
	char err[256] = "";
	struct member m;
	int64_t id;

	begin(&m, f, 0);
	id = store_postgres_scan_id(m.store);
	assert_int_equal(
		running_find(f->cluster.dsn, id, &running, err, sizeof(err)),
		1);
	assert_int_equal(running.scan, id);
	assert_string_equal(running.label, "fleet");
	running_free(&running);
	hear(&m);
	end(&m, "interrupted");
	assert_int_equal(
		running_find(f->cluster.dsn, id, &running, err, sizeof(err)),
		0);
	running_free(&running);
	assert_string_equal(err, "");
	assert_int_equal(
		running_find(f->cluster.dsn, 4711, &running, err, sizeof(err)),
		-1);
	running_free(&running);
	assert_string_equal(err, "there is no scan 4711");
}

/* The connection of the turns is cut again and again: each has its effect. */
static void
turns_outlive_their_connection(void **state)
{
	static const char cut[] =
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
		"WHERE application_name LIKE 'danescan fleet%'";
	struct member m;

	begin(&m, *state, 0);
	load(&m, 2);
	hear(&m);
	for (unsigned i = 0; i < 5; i++) {
		char host[16];

		hear(&m);
		fleet_want_chunk(m.fleet, 0);
		(void)snprintf(host, sizeof(host), "mx%u.example", i);
		fleet_want_host(m.fleet, host, false);
		m.now_ms += 50;
		store_tick(m.store, m.now_ms);
		assert_string_equal(ask(&m, cut), "1");
		until(&m, &m.chunks, i + 1);
		until(&m, &m.hosts, i + 1);
		assert_string_equal(m.host, host);
		assert_int_equal(m.status, FLEET_HOST_MINE);
		assert_int_equal(m.chunk != NULL, i == 0);
	}
	assert_string_equal(ask(&m, "SELECT tries FROM dane.chunk "
				    "ORDER BY scan_id DESC LIMIT 1"),
		"1");
	end(&m, "interrupted");
}

/* A host that one has stored, the other reads. */
static void
hosts_are_shared(void **state)
{
	const uint8_t spki_sha512[64] = {1};
	const struct row_certificate certificate = {.sha256 = ROWS_CHAIN[0],
		.spki_sha256 = ROWS_CHAIN[1],
		.spki_sha512 = spki_sha512,
		.der = ROWS_TLSA_DATA,
		.len = 3,
		.subject = "CN=mx",
		.issuer = "CN=ca",
		.key = "EC-256"};
	struct member first, other;

	begin(&first, *state, 0);
	load(&first, 100);
	hear(&first);
	begin(&other, *state, store_postgres_scan_id(first.store));
	assert_false(fleet_is_first(other.fleet));
	hear(&other);
	assert_int_equal(other.news.members, 2);
	assert_false(other.news.ready);
	/* A row that is not committed yet comes before the word. */
	store_add_certificate(first.store, &certificate);
	store_add_host(first.store, &ROWS_HOST);
	fleet_want_host(first.fleet, "mx.open.example", false);
	fleet_share(first.fleet);
	until(&first, &first.hosts, 1);
	for (int i = 0; i < 10 && !other.news.ready; i++) {
		hear(&first);
		hear(&other);
	}
	assert_true(other.news.ready);
	fleet_want_host(other.fleet, ROWS_HOST.host, false);
	until(&other, &other.hosts, 1);
	assert_int_equal(other.status, FLEET_HOST_DONE);
	assert_non_null(
		strstr(other.facts, "1 1 {\"host\":\"mx.example.com\""));
	assert_non_null(strstr(other.facts, "\"address\":\"192.0.2.25\""));
	fleet_want_host(other.fleet, "mx.open.example", false);
	until(&other, &other.hosts, 2);
	assert_int_equal(other.status, FLEET_HOST_ELSEWHERE);
	fleet_put_off_host(first.fleet, "mx.open.example");
	hear(&first);
	fleet_want_host(other.fleet, "mx.open.example", false);
	until(&other, &other.hosts, 3);
	assert_int_equal(other.status, FLEET_HOST_PUT_OFF);
	fleet_want_host(other.fleet, "mx.open.example", true);
	until(&other, &other.hosts, 4);
	assert_int_equal(other.status, FLEET_HOST_MINE);
	end(&other, "interrupted");
	end(&first, "interrupted");
}

static void
addresses_are_shared(void **state)
{
	struct member first, other;

	begin(&first, *state, 0);
	begin(&other, *state, store_postgres_scan_id(first.store));
	fleet_want_address(first.fleet, "2001:db8::25", 0);
	until(&first, &first.addresses, 1);
	assert_string_equal(first.address, "2001:db8::25");
	fleet_want_address(other.fleet, "2001:db8::25", 0);
	until(&other, &other.addresses, 1);
	assert_int_equal(other.granted, 0);
	fleet_release_address(first.fleet, "2001:db8::25");
	hear(&first);
	fleet_want_address(other.fleet, "2001:db8::25", 0);
	until(&other, &other.addresses, 2);
	assert_int_equal(other.granted, 1);
	end(&other, "interrupted");
	end(&first, "interrupted");
}

static void
opt_outs_are_heard(void **state)
{
	struct member m;

	begin(&m, *state, 0);
	hear(&m);
	assert_string_equal(m.opt_out, "");
	ask(&m, "SELECT dane.opt_out('Never.example')");
	/* The first news may have been on their way already. */
	hear(&m);
	if (m.opt_out[0] == '\0')
		hear(&m);
	assert_string_equal(m.opt_out, "never.example");
	m.opt_out[0] = '\0';
	hear(&m);
	assert_string_equal(m.opt_out, "");
	end(&m, "interrupted");
}

/* Taken for dead while it lives: it can do nothing more, and says why. */
static void
who_is_lost_gives_up(void **state)
{
	struct member m;

	begin(&m, *state, 0);
	hear(&m);
	ask(&m, "SELECT dane.member_gone(max(scan_id), 1, true) FROM "
		"dane.scan");
	m.now_ms += 1000;
	for (int i = 0; i < DRIVER_TURNS_MAX && store_failed(m.store) == NULL;
		i++)
		turn(&m);
	assert_non_null(store_failed(m.store));
	assert_non_null(strstr(
		store_failed(m.store), "was taken over by another scanner"));
	store_free(m.store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_and_claims),
		cmocka_unit_test(a_part_is_known_again),
		cmocka_unit_test(a_scan_is_found),
		cmocka_unit_test(turns_outlive_their_connection),
		cmocka_unit_test(hosts_are_shared),
		cmocka_unit_test(addresses_are_shared),
		cmocka_unit_test(opt_outs_are_heard),
		cmocka_unit_test(who_is_lost_gives_up),
	};

	return cmocka_run_group_tests(tests, driver_setup, driver_teardown);
}
