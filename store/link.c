/*
 * The connection of a member of the fleet. What is asked for gathers as text
 * until its turn comes, some 20 times a second while there is something. The
 * statements of a turn are kept until they are done, and sent again as they are
 * over a new connection; the number of the turn keeps what an old connection
 * left behind on the server from following.
 */
#include "store/link.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/answers.h"

enum {
	TURN_MS = 40,
	NEWS_MS = 1000,
	LOAD_OCTETS = 256 * 1024, /* of the list, on its way */
	KEEP_SIZE = 1024 * 1024,
};

enum phase {
	PHASE_NEW, /* open, and nothing was said */
	PHASE_AWAY,
	PHASE_HELLO, /* of a new connection */
	PHASE_IDLE,
	PHASE_TURN,
};

enum answer {
	ANSWER_NEWS,
	ANSWER_CHUNK,
	ANSWER_HOSTS,
	ANSWER_ADDRESSES,
	ANSWERS
};

static const char *const ANSWER_NAMES[ANSWERS] = {
	"news", "chunk", "hosts", "addresses"};

struct fleet {
	struct connection *connection;
	struct fleet_listener listener;
	struct lease lease; /* as it was taken */
	enum phase phase;
	uint64_t now_ms;
	uint64_t turn_ms; /* when the last turn began */
	uint64_t news_ms; /* … that asked for news */
	bool in_doubt;	  /* the turn may not have taken place */
	bool rests;
	bool wants_index;
	uint64_t turn;
	json_t *answers[ANSWERS];
	int64_t known; /* opt-out */

	/* For the next turn: literals with commas between, or statements. */
	bool chunk;
	unsigned in_hand;
	struct buffer hosts;
	bool again;
	struct buffer put_off;
	struct buffer addresses;
	unsigned interval_ms;
	struct buffer released;
	struct buffer other; /* whole statements */
	bool wants_share;
	bool shares;
	uint64_t share_after; /* batch */

	struct buffer load; /* whole statements */
	json_t *names;	    /* of the chunk that is being filled */
	uint64_t first_line;
	uint32_t chunks;

	struct buffer sql;
};

struct fleet *
link_new(PGconn *pg, const char *dsn, struct store *store,
	const struct lease *lease)
{
	struct fleet *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->lease = *lease;
	f->chunks = lease->list.chunks;
	f->shares = lease->token > 1;
	f->connection = connection_new(pg, dsn, store);
	f->phase = PHASE_NEW;
	f->share_after = UINT64_MAX;
	return f;
}

static void
forget_answers(struct fleet *f)
{
	for (int i = 0; i < ANSWERS; i++) {
		json_decref(f->answers[i]);
		f->answers[i] = NULL;
	}
}

void
link_free(struct fleet *f)
{
	if (f == NULL)
		return;
	connection_free(f->connection);
	forget_answers(f);
	json_decref(f->names);
	buffer_free(&f->hosts);
	buffer_free(&f->put_off);
	buffer_free(&f->addresses);
	buffer_free(&f->released);
	buffer_free(&f->other);
	buffer_free(&f->load);
	buffer_free(&f->sql);
	free(f);
}

void
link_watch(struct fleet *f)
{
	connection_watch(f->connection);
}

/* A call of a function for this member; its further arguments follow. */
static void
call(struct buffer *sql, const struct fleet *f, const char *function)
{
	buffer_format(sql, "dane.%s(%lld, %lld", function,
		(long long)f->lease.scan_id, (long long)f->lease.token);
}

/* The first act of a connection. */
static void
start_hello(struct fleet *f)
{
	char machine[256] = "";
	struct buffer hello = {0};

	(void)gethostname(machine, sizeof(machine) - 1);
	buffer_text(&hello, "SET bytea_output = hex; ");
	lease_connection_sql(&hello, &f->lease, "fleet");
	buffer_text(&hello, "SELECT ");
	call(&hello, f, "member_named");
	buffer_text(&hello, ", ");
	lease_literal(&hello, machine);
	buffer_format(&hello, ", %d);", (int)getpid());
	f->phase = PHASE_HELLO;
	connection_start(f->connection,
		&(struct connection_script){.sql = buffer_string(&hello)});
	buffer_free(&hello);
}

/* Turns. */

static void
add_news(struct fleet *f)
{
	if (f->news_ms != 0 && f->now_ms - f->news_ms < NEWS_MS)
		return;
	f->news_ms = f->now_ms;
	buffer_text(&f->sql, "SELECT 'news', ");
	call(&f->sql, f, "member_news");
	buffer_format(&f->sql, ", %lld);", (long long)f->known);
}

/* Asked again in the same turn, it is the same question. */
static void
add_chunk(struct fleet *f)
{
	if (!f->chunk)
		return;
	f->chunk = false;
	buffer_text(&f->sql, "SELECT 'chunk', ");
	call(&f->sql, f, "chunk_claim");
	buffer_format(&f->sql, ", %llu, %u);", (unsigned long long)f->turn,
		f->in_hand);
}

static void
add_call(struct fleet *f, const char *select, const char *function,
	struct buffer *literals, const char *type, const char *last)
{
	if (literals->len == 0)
		return;
	buffer_text(&f->sql, select);
	call(&f->sql, f, function);
	buffer_format(&f->sql, ", ARRAY[%s]::%s[]%s);", buffer_string(literals),
		type, last);
	buffer_clear(literals, KEEP_SIZE);
}

static void
add_statements(struct fleet *f, struct buffer *statements)
{
	buffer_add(&f->sql, statements->data, statements->len);
	buffer_clear(statements, KEEP_SIZE);
}

static void
add_share(struct fleet *f, uint64_t batch)
{
	if (!f->shares || f->share_after > batch || f->wants_share)
		return;
	f->share_after = UINT64_MAX;
	buffer_text(&f->sql, "SELECT ");
	call(&f->sql, f, "member_shares");
	buffer_text(&f->sql, ");");
}

/* In the order in which all members lock what they touch. */
static void
compose(struct fleet *f, uint64_t batch)
{
	char interval[32];

	f->turn++;
	buffer_clear(&f->sql, KEEP_SIZE);
	buffer_text(&f->sql, "SELECT ");
	call(&f->sql, f, "member_turn");
	buffer_format(&f->sql, ", %llu);", (unsigned long long)f->turn);
	add_news(f);
	add_statements(f, &f->other);
	add_statements(f, &f->load);
	add_chunk(f);
	add_call(f, "SELECT ", "hosts_put_off", &f->put_off, "text", "");
	add_call(f, "SELECT 'hosts', ", "hosts_claim", &f->hosts, "text",
		f->again ? ", true" : ", false");
	add_call(f, "SELECT ", "addresses_release", &f->released, "inet", "");
	(void)snprintf(interval, sizeof(interval), ", %u", f->interval_ms);
	add_call(f, "SELECT 'addresses', ", "addresses_claim", &f->addresses,
		"inet", interval);
	add_share(f, batch);
}

static void
on_row(void *arg, const char *first, const char *second)
{
	struct fleet *f = arg;

	for (int i = 0; i < ANSWERS; i++)
		if (strcmp(first, ANSWER_NAMES[i]) == 0 && *second != '\0')
			f->answers[i] = json_loads(
				second, JSON_ALLOW_NUL, NULL);
		else if (strcmp(first, ANSWER_NAMES[i]) == 0)
			f->answers[i] = json_null();
}

static void
start_turn(struct fleet *f)
{
	f->in_doubt = true;
	f->phase = PHASE_TURN;
	forget_answers(f);
	connection_start(f->connection, &(struct connection_script){
						.sql = buffer_string(&f->sql),
						.row = on_row,
						.arg = f,
					});
}

static bool
is_due(const struct fleet *f, uint64_t batch)
{
	bool wanted = f->chunk || f->hosts.len > 0 || f->put_off.len > 0 ||
		      f->addresses.len > 0 || f->released.len > 0 ||
		      f->load.len > 0 ||
		      (f->shares && !f->wants_share && f->share_after <= batch);

	if (f->listener.arg == NULL)
		return false;
	return (wanted && f->now_ms - f->turn_ms >= TURN_MS) ||
	       f->news_ms == 0 || f->now_ms - f->news_ms >= NEWS_MS;
}

static void
start_next(struct fleet *f, uint64_t batch)
{
	if (f->phase != PHASE_IDLE || f->rests)
		return;
	if (!f->in_doubt && !is_due(f, batch))
		return;
	if (!f->in_doubt)
		compose(f, batch);
	f->turn_ms = f->now_ms;
	start_turn(f);
}

/* What a lost member's connections left behind on the server may hold rows that
   others will want to insert. */
static void
end_lost(struct fleet *f, const json_t *lost)
{
	for (size_t i = 0; i < json_array_size(lost); i++)
		buffer_format(&f->other,
			"SELECT pg_terminate_backend(pid) "
			"FROM pg_stat_activity WHERE application_name IN "
			"('danescan scan %lld.%lld', "
			"'danescan fleet %lld.%lld') "
			"AND datname = current_database() "
			"AND usename = current_user;",
			(long long)f->lease.scan_id,
			(long long)json_integer_value(json_array_get(lost, i)),
			(long long)f->lease.scan_id,
			(long long)json_integer_value(json_array_get(lost, i)));
}

/* A listener may ask for more at once. */
static void
tell(struct fleet *f)
{
	const struct fleet_listener *listener = &f->listener;
	json_t *answers[ANSWERS];

	memcpy(answers, f->answers, sizeof(answers));
	memset(f->answers, 0, sizeof(f->answers));
	if (answers[ANSWER_NEWS] != NULL) {
		end_lost(f, json_object_get(answers[ANSWER_NEWS], "lost"));
		f->wants_index = json_is_true(
			json_object_get(answers[ANSWER_NEWS], "index"));
		answers_news(answers[ANSWER_NEWS], listener, &f->known);
	}
	if (answers[ANSWER_CHUNK] != NULL)
		listener->chunk(
			listener->arg, answers_chunk(answers[ANSWER_CHUNK]));
	if (answers[ANSWER_HOSTS] != NULL)
		answers_hosts(answers[ANSWER_HOSTS], listener);
	if (answers[ANSWER_ADDRESSES] != NULL)
		answers_addresses(answers[ANSWER_ADDRESSES], listener);
	for (int i = 0; i < ANSWERS; i++)
		json_decref(answers[i]);
}

static void
script_done(struct fleet *f)
{
	enum phase phase = f->phase;

	f->phase = PHASE_IDLE;
	connection_settled(f->connection);
	if (phase != PHASE_TURN)
		return;
	f->in_doubt = false;
	tell(f);
}

enum connection_event
link_step(struct fleet *f, int fd, int events, uint64_t now_ms, uint64_t batch)
{
	enum connection_event event;

	f->now_ms = now_ms;
	if (f->phase == PHASE_NEW)
		start_hello(f);
	do {
		event = connection_step(f->connection, fd, events, now_ms);
		events = 0;
		switch (event) {
		case CONNECTION_UP:
			start_hello(f);
			break;
		case CONNECTION_DONE:
			script_done(f);
			break;
		case CONNECTION_LOST:
			f->phase = PHASE_AWAY;
			break;
		case CONNECTION_REFUSED:
			return event;
		case CONNECTION_NOTHING:
			break;
		}
		start_next(f, batch);
	} while (event != CONNECTION_NOTHING);
	return event;
}

const char *
link_error(const struct fleet *f)
{
	return connection_error(f->connection);
}

const char *
link_problem(struct fleet *f)
{
	return connection_problem(f->connection);
}

bool
link_rest(struct fleet *f)
{
	f->rests = true;
	return f->phase != PHASE_TURN;
}

bool
link_wants_index(struct fleet *f)
{
	bool wanted = f->wants_index;

	f->wants_index = false;
	return wanted;
}

bool
link_wants_share(const struct fleet *f)
{
	return f->wants_share;
}

void
link_share_after(struct fleet *f, uint64_t batch)
{
	f->wants_share = false;
	f->share_after = batch;
}

/* What is asked for. */

void
fleet_listen(struct fleet *f, const struct fleet_listener *listener)
{
	f->listener = *listener;
}

const struct fleet_list *
fleet_list(const struct fleet *f)
{
	return &f->lease.list;
}

bool
fleet_is_first(const struct fleet *f)
{
	return f->lease.token == 1;
}

void
fleet_want_chunk(struct fleet *f, unsigned in_hand)
{
	f->chunk = true;
	f->in_hand = in_hand;
}

static void
add_literal(struct buffer *list, const char *text)
{
	if (list->len > 0)
		buffer_byte(list, ',');
	lease_literal(list, text);
}

void
fleet_want_host(struct fleet *f, const char *host, bool again)
{
	f->again = again;
	add_literal(&f->hosts, host);
}

void
fleet_put_off_host(struct fleet *f, const char *host)
{
	add_literal(&f->put_off, host);
}

void
fleet_want_address(struct fleet *f, const char *address, unsigned interval_ms)
{
	f->interval_ms = interval_ms;
	add_literal(&f->addresses, address);
}

void
fleet_release_address(struct fleet *f, const char *address)
{
	add_literal(&f->released, address);
}

void
fleet_share(struct fleet *f)
{
	if (f->shares)
		return;
	f->shares = true;
	f->wants_share = true;
}

/* Loading. */

bool
fleet_may_load(const struct fleet *f)
{
	return f->load.len < LOAD_OCTETS;
}

void
fleet_load_name(struct fleet *f, const struct fleet_name *name)
{
	if (f->names == NULL) {
		f->names = json_array();
		f->first_line = name->line;
	}
	if (name->line < f->first_line)
		f->first_line = name->line;
	json_array_append_new(f->names, answers_name(name));
}

void
fleet_load_chunk(struct fleet *f)
{
	char *text;

	if (f->names == NULL)
		return;
	text = json_dumps(f->names, JSON_COMPACT);
	if (text == NULL)
		abort();
	buffer_text(&f->load, "SELECT ");
	call(&f->load, f, "chunk_load");
	buffer_format(&f->load, ", %u, %llu, %zu, ", (unsigned)++f->chunks,
		(unsigned long long)f->first_line, json_array_size(f->names));
	lease_literal(&f->load, text);
	buffer_text(&f->load, ");");
	free(text);
	json_decref(f->names);
	f->names = NULL;
}

void
fleet_publish(struct fleet *f, uint64_t line, bool whole)
{
	fleet_load_chunk(f);
	buffer_text(&f->load, "SELECT ");
	call(&f->load, f, "chunks_publish");
	buffer_format(&f->load, ", %u, %llu, %s);", (unsigned)f->chunks,
		(unsigned long long)line, whole ? "true" : "false");
}
