/*
 * The stub: asks validating resolvers that the user trusts, and believes their
 * AD bit.
 *
 * SERVFAIL hides whether validation failed or the name servers did. Asked
 * again with CD, a resolver leaves validation to us (RFC 4035 section 3.2.2):
 * when there is an answer then, it was validation.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "resolver/backend.h"
#include "resolver/message.h"
#include "resolver/peers.h"
#include "resolver/server.h"

enum {
	/* Questions with the resolvers at once; the others wait. A resolver
	 * drops what it has no room for. */
	ASKED_MAX = 4096,
	ASKED_PER_LANE = 1024,
	TRIES = 2,
	TRY_MS = 1500, /* the first try, the second takes twice as long */
	AGAIN_MS = 1000,
	/* Exchanges that fail in a row before a resolver is passed over, and
	 * for how long. */
	FAILURES_MAX = 3,
	PASS_OVER_MS = 10000,
	SELFTEST_POLL_MS = 20,
};

enum question_state {
	QUESTION_WAITING, /* for its turn */
	QUESTION_ASKED,
	QUESTION_ANSWERED, /* its callback is being made */
};

struct question {
	TAILQ_ENTRY(question) age;  /* in the list of open ones */
	TAILQ_ENTRY(question) link; /* in waiting */
	enum question_state state;
	struct stub *stub;
	enum answer_type type;
	resolver_cb cb;
	void *arg;
	uint64_t asked_ms;
	uint64_t deadline_ms;
	uint64_t begin_ms; /* not to be asked before */
	unsigned failures;
	size_t server; /* that has it, or had it last */
	bool checking_disabled;
	struct exchange *exchange;
	char *why; /* of the SERVFAIL that made it be asked again */
	enum message_ede ede;
	char name[];
};

TAILQ_HEAD(question_list, question);

struct server {
	struct server_address address;
	unsigned failures; /* in a row */
	uint64_t passed_over_ms;
};

struct stub {
	struct resolver resolver; /* first: a backend is one */
	struct resolver_config config;
	struct server servers[SERVER_LIST_MAX];
	struct peers *peers;
	/* All questions have the same limit, so the list is by deadline. */
	struct question_list open;
	struct question_list waiting;
	unsigned asked;
	uint64_t now_ms;
	struct resolver_stats stats;
	struct message message; /* the one that is being read */
};

/* The end of a question. */

static void
free_question(struct question *q)
{
	free(q->why);
	free(q);
}

static void
leave_state(struct question *q)
{
	struct stub *stub = q->stub;

	switch (q->state) {
	case QUESTION_WAITING:
		TAILQ_REMOVE(&stub->waiting, q, link);
		break;
	case QUESTION_ASKED:
		if (q->exchange)
			peers_forget(q->exchange);
		q->exchange = NULL;
		stub->asked--;
		break;
	case QUESTION_ANSWERED:
		break;
	}
}

/* Nothing is on the stack but the caller's loop: the callback may ask. */
static void
answer(struct question *q, const struct answer *result)
{
	struct stub *stub = q->stub;

	leave_state(q);
	q->state = QUESTION_ANSWERED;
	TAILQ_REMOVE(&stub->open, q, age);
	stub->stats.answered++;
	stub->stats.open--;
	backend_observe(&stub->resolver, q->type, result->status, q->asked_ms,
		stub->now_ms);
	q->cb(q->arg, result);
	free_question(q);
}

static void
answer_failure(struct question *q, enum answer_status status, const char *why)
{
	answer(q, &(struct answer){.status = status, .why = why});
}

/* The choice of a server. */

static bool
is_passed_over(const struct stub *stub, size_t server)
{
	const struct server *s = &stub->servers[server];

	return s->failures >= FAILURES_MAX &&
	       stub->now_ms - s->passed_over_ms < PASS_OVER_MS;
}

/* The first that works; after a failure the next one. */
static size_t
choose_server(const struct question *q)
{
	const struct stub *stub = q->stub;
	size_t n = stub->config.stub_count;
	size_t first = q->failures > 0 ? (q->server + 1) % n : 0;

	for (size_t i = 0; i < n; i++)
		if (!is_passed_over(stub, (first + i) % n))
			return (first + i) % n;
	return first;
}

static void
note_failure(struct stub *stub, size_t server)
{
	struct server *s = &stub->servers[server];

	s->failures++;
	s->passed_over_ms = stub->now_ms;
}

/* Asking. */

static void
wait_until(struct question *q, uint64_t begin_ms)
{
	leave_state(q);
	q->state = QUESTION_WAITING;
	q->begin_ms = begin_ms;
	TAILQ_INSERT_TAIL(&q->stub->waiting, q, link);
}

/* Every server once without delay, then one after a while. */
static void
try_again(struct question *q)
{
	struct stub *stub = q->stub;
	bool all = ++q->failures % stub->config.stub_count == 0;

	note_failure(stub, q->server);
	wait_until(q, stub->now_ms + (all ? AGAIN_MS : 0));
}

/* A resolver that validated says so with AD, for a denial as well. */
static void
answer_checked(struct question *q, struct message *m)
{
	bool doubtful = q->stub->config.sha1_is_insecure && m->sha1_only;

	if (answer_failed(m->answer.status))
		m->answer.trust = ANSWER_NONE;
	else
		m->answer.trust = m->authentic && !doubtful ? ANSWER_SECURE
							    : ANSWER_INSECURE;
	if (m->answer.trust == ANSWER_SECURE ||
		(m->answer.trust == ANSWER_INSECURE && !m->answer.unsupported))
		m->answer.why = NULL;
	answer(q, &m->answer);
}

/*
 * Without validation. An answer is bogus then, unless the resolver has said
 * that it was something else that failed.
 */
static void
answer_unchecked(struct question *q, const struct message *m)
{
	struct answer result = {.why = q->why};

	if (answer_failed(m->answer.status) || q->ede == MESSAGE_EDE_OTHER) {
		result.status = ANSWER_SERVFAIL;
		result.trust = ANSWER_NONE;
	} else {
		/* As with the embedded validator: what was sent, without it. */
		result.status = m->answer.status;
		result.trust = ANSWER_BOGUS;
	}
	answer(q, &result);
}

static void
ask_unchecked(struct question *q, const struct message *m)
{
	q->checking_disabled = true;
	q->ede = m->ede;
	if (m->answer.why)
		q->why = strdup(m->answer.why);
	wait_until(q, 0);
}

/* Does this server refuse us, and is there another? */
static bool
is_refused(const struct question *q, const struct message *m)
{
	return m->answer.status == ANSWER_REFUSED &&
	       q->failures + 1 < q->stub->config.stub_count;
}

static void
on_exchange(
	void *arg, enum peers_outcome outcome, const uint8_t *wire, size_t len)
{
	struct question *q = arg;
	struct stub *stub = q->stub;
	struct message *m = &stub->message;

	q->exchange = NULL;
	if (outcome != PEERS_ANSWER) {
		try_again(q);
		return;
	}
	stub->servers[q->server].failures = 0;
	if (message_parse(m, wire, len, q->name, q->type) != 0) {
		answer_failure(q, ANSWER_SERVFAIL, "malformed answer");
		return;
	}
	if (is_refused(q, m)) {
		try_again(q);
		return;
	}
	if (q->checking_disabled)
		answer_unchecked(q, m);
	else if (m->rcode == 2 /* SERVFAIL, RFC 1035 section 4.1.1 */)
		ask_unchecked(q, m);
	else
		answer_checked(q, m);
}

static void
ask(struct question *q)
{
	struct stub *stub = q->stub;
	uint8_t query[MESSAGE_QUERY_SIZE];
	size_t len = message_query(query, q->name, q->type,
		peers_id(stub->peers),
		MESSAGE_RD | MESSAGE_AD |
			(q->checking_disabled ? MESSAGE_CD : 0u));

	q->server = choose_server(q);
	q->exchange = len == 0 ? NULL
			       : peers_ask(stub->peers,
					 &stub->servers[q->server].address,
					 query, len, on_exchange, q);
	if (!q->exchange) {
		wait_until(q, stub->now_ms + AGAIN_MS);
		return;
	}
	TAILQ_REMOVE(&stub->waiting, q, link);
	q->state = QUESTION_ASKED;
	stub->asked++;
}

static void
ask_waiting(struct stub *stub)
{
	struct question *q, *next;

	for (q = TAILQ_FIRST(&stub->waiting); q && stub->asked < ASKED_MAX;
		q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->begin_ms <= stub->now_ms)
			ask(q);
	}
}

/* The operations. */

static int
stub_ask(struct resolver *resolver, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	struct stub *stub = (struct stub *)resolver;
	size_t size = strlen(name) + 1;
	struct question *q = calloc(1, sizeof(*q) + size);

	if (!q)
		return -1;
	memcpy(q->name, name, size);
	q->stub = stub;
	q->type = type;
	q->cb = cb;
	q->arg = arg;
	q->asked_ms = now_ms;
	q->deadline_ms = now_ms + stub->config.timeout_ms;
	q->state = QUESTION_WAITING;
	TAILQ_INSERT_TAIL(&stub->open, q, age);
	TAILQ_INSERT_TAIL(&stub->waiting, q, link);
	stub->stats.asked++;
	stub->stats.open++;
	if (stub->asked < ASKED_MAX)
		ask(q);
	return 0;
}

static void
time_out(struct question *q)
{
	struct stub *stub = q->stub;
	char why[64];

	stub->stats.timeouts++;
	if (q->checking_disabled) {
		answer_failure(q, ANSWER_SERVFAIL, q->why);
		return;
	}
	snprintf(why, sizeof(why), "no answer within %g s",
		stub->config.timeout_ms / 1000.0);
	answer_failure(q, ANSWER_TIMEOUT, why);
}

static void
stub_ready(struct resolver *resolver, int fd, uint64_t now_ms)
{
	struct stub *stub = (struct stub *)resolver;

	stub->now_ms = now_ms;
	peers_ready(stub->peers, fd);
	ask_waiting(stub);
}

static void
stub_tick(struct resolver *resolver, uint64_t now_ms)
{
	struct stub *stub = (struct stub *)resolver;
	struct question *q;

	stub->now_ms = now_ms;
	/* The loop may have been held up: what has come is not too late. */
	q = TAILQ_FIRST(&stub->open);
	if (q && q->deadline_ms <= now_ms)
		peers_poll(stub->peers, 0);
	peers_tick(stub->peers, now_ms);
	while ((q = TAILQ_FIRST(&stub->open)) && q->deadline_ms <= now_ms)
		time_out(q);
	ask_waiting(stub);
}

static void
stub_watch(struct resolver *resolver, resolver_watch_cb cb, void *arg)
{
	struct stub *stub = (struct stub *)resolver;

	peers_watch(stub->peers, cb, arg);
}

static void
stub_stats(const struct resolver *resolver, struct resolver_stats *stats)
{
	const struct stub *stub = (const struct stub *)resolver;

	*stats = stub->stats;
}

static void
stub_free(struct resolver *resolver)
{
	struct stub *stub = (struct stub *)resolver;
	struct question *q;

	peers_free(stub->peers);
	while ((q = TAILQ_FIRST(&stub->open))) {
		TAILQ_REMOVE(&stub->open, q, age);
		free_question(q);
	}
	free(stub);
}

/* The self-test. */

struct trial {
	enum peers_outcome outcome;
	bool done;
	bool parsed;
	bool authentic;
	unsigned rcode;
	struct stub *stub;
};

static void
on_trial(void *arg, enum peers_outcome outcome, const uint8_t *wire, size_t len)
{
	struct trial *trial = arg;
	struct message *m = &trial->stub->message;

	trial->done = true;
	trial->outcome = outcome;
	if (outcome != PEERS_ANSWER)
		return;
	trial->parsed = message_parse(m, wire, len, ".", ANSWER_TYPE_SOA) == 0;
	trial->authentic = m->authentic && m->answer.status == ANSWER_DATA;
	trial->rcode = m->rcode;
}

static uint64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* 1: the resolver has proved itself. 0: it does not answer. -1: it cannot. */
static int
judge(const struct trial *trial, const struct server_address *address,
	char *err, size_t errsize)
{
	char text[SERVER_TEXT_SIZE];

	server_text(address, text);
	if (!trial->done || trial->outcome != PEERS_ANSWER) {
		snprintf(err, errsize, "resolver self-test: no answer from %s",
			text);
		return 0;
	}
	if (trial->parsed && trial->authentic)
		return 1;
	if (!trial->parsed)
		snprintf(err, errsize,
			"resolver self-test: %s sends no DNS answer", text);
	else if (trial->rcode != 0)
		snprintf(err, errsize,
			"resolver self-test: %s answers rcode %u for the "
			"root's SOA",
			text, trial->rcode);
	else
		snprintf(err, errsize,
			"resolver self-test: %s does not validate: no AD bit "
			"for the root's SOA",
			text);
	return -1;
}

/* Each is asked; the time limit is for all together. */
static void
run_trials(struct stub *stub, struct trial trials[SERVER_LIST_MAX])
{
	uint64_t now_ms = clock_ms();
	uint64_t end_ms = now_ms + stub->config.timeout_ms;
	struct exchange *exchanges[SERVER_LIST_MAX] = {NULL};
	size_t left = stub->config.stub_count;
	uint8_t query[MESSAGE_QUERY_SIZE];

	for (size_t i = 0; i < stub->config.stub_count; i++) {
		size_t len = message_query(query, ".", ANSWER_TYPE_SOA,
			peers_id(stub->peers), MESSAGE_RD | MESSAGE_AD);

		trials[i].stub = stub;
		exchanges[i] = peers_ask(stub->peers, &stub->servers[i].address,
			query, len, on_trial, &trials[i]);
	}
	while (left > 0 && now_ms < end_ms) {
		peers_poll(stub->peers, SELFTEST_POLL_MS);
		now_ms = clock_ms();
		peers_tick(stub->peers, now_ms);
		left = 0;
		for (size_t i = 0; i < stub->config.stub_count; i++)
			left += exchanges[i] && !trials[i].done;
	}
	for (size_t i = 0; i < stub->config.stub_count; i++)
		if (exchanges[i] && !trials[i].done)
			peers_forget(exchanges[i]);
}

static int
selftest(struct stub *stub, char *err, size_t errsize)
{
	struct trial trials[SERVER_LIST_MAX] = {{0}};
	bool proved = false;

	run_trials(stub, trials);
	for (size_t i = 0; i < stub->config.stub_count; i++) {
		int rc = judge(
			&trials[i], &stub->servers[i].address, err, errsize);

		if (rc < 0)
			return -1;
		proved |= rc == 1;
	}
	return proved ? 0 : -1;
}

/* Birth. */

static const struct backend_ops stub_ops = {
	.free = stub_free,
	.watch = stub_watch,
	.ask = stub_ask,
	.ready = stub_ready,
	.tick = stub_tick,
	.stats = stub_stats,
};

static struct stub *
create(const struct resolver_config *config)
{
	unsigned share = config->timeout_ms / (2 * (1 + TRIES));
	struct peers_config peers = {
		.timeout_ms = share < TRY_MS ? share : TRY_MS,
		.tries = TRIES,
		.lanes = ASKED_MAX / ASKED_PER_LANE,
	};
	struct stub *stub = calloc(1, sizeof(*stub));

	if (!stub)
		return NULL;
	stub->resolver.ops = &stub_ops;
	stub->config = *config;
	stub->config.stubs = NULL;
	for (size_t i = 0; i < config->stub_count; i++)
		stub->servers[i].address = config->stubs[i];
	TAILQ_INIT(&stub->open);
	TAILQ_INIT(&stub->waiting);
	stub->peers = peers_new(&peers);
	if (!stub->peers) {
		free(stub);
		return NULL;
	}
	return stub;
}

struct resolver *
cares_new(const struct resolver_config *config, char *err, size_t errsize)
{
	struct stub *stub;

	assert(config->stub_count <= SERVER_LIST_MAX);
	stub = create(config);
	if (!stub) {
		snprintf(err, errsize, "resolver: %s", strerror(errno));
		return NULL;
	}
	if (selftest(stub, err, errsize) != 0) {
		stub_free(&stub->resolver);
		return NULL;
	}
	return &stub->resolver;
}
