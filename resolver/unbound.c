/*
 * The embedded validator: questions, their time limits, and the processes that
 * they are shared out to.
 */
#include "resolver/resolver.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unbound.h>

#include "resolver/name.h"
#include "resolver/process.h"
#include "resolver/result.h"
#include "resolver/selftest.h"
#include "resolver/shard.h"

struct resolver {
	struct resolver_config config;
	FILE *log; /* the null device */
	struct shard *shards;
	unsigned nshards;
	/* All questions have the same limit, so the list is by deadline. */
	struct question_list open;
	struct question_list answered; /* callbacks to be made */
	uint64_t now_ms;
	struct resolver_stats stats;
};

static void
on_answered(void *arg, struct question *q)
{
	struct resolver *r = arg;

	TAILQ_REMOVE(&r->open, q, age);
	TAILQ_INSERT_TAIL(&r->answered, q, link);
}

static void
on_again(void *arg, struct question *q)
{
	struct resolver *r = arg;

	TAILQ_REMOVE(&r->open, q, age);
	q->deadline_ms = r->now_ms + r->config.timeout_ms;
	TAILQ_INSERT_TAIL(&r->open, q, age);
}

static struct resolver *
create(const struct resolver_config *config)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	TAILQ_INIT(&r->open);
	TAILQ_INIT(&r->answered);
	r->log = fopen("/dev/null", "r+e");
	r->shards = calloc(config->processes, sizeof(*r->shards));
	r->config = *config;
	if (!r->log || !r->shards) {
		resolver_free(r);
		return NULL;
	}
	return r;
}

static int
start_shards(struct resolver *r, char *err, size_t errsize)
{
	while (r->nshards < r->config.processes) {
		struct shard *s = &r->shards[r->nshards++];

		s->config = &r->config;
		s->log = r->log;
		s->answered = on_answered;
		s->again = on_again;
		s->arg = r;
		if (shard_start(s, err, errsize) != 0)
			return -1;
	}
	return 0;
}

struct resolver *
resolver_new(const struct resolver_config *config, char *err, size_t errsize)
{
	struct resolver *r;

	assert(config->processes >= 1 && config->trust_anchor);
	/* A question to a process that has just died must be an error of
	 * write(), not the end of the scan. */
	signal(SIGPIPE, SIG_IGN);
	r = create(config);
	if (!r) {
		snprintf(err, errsize, "resolver: %s", strerror(errno));
		return NULL;
	}
	if (start_shards(r, err, errsize) != 0 ||
		selftest_run(r->shards, r->nshards, &r->config, err, errsize)) {
		resolver_free(r);
		return NULL;
	}
	return r;
}

static void
free_question(struct question *q)
{
	ub_resolve_free(q->ub);
	free(q);
}

void
resolver_free(struct resolver *r)
{
	struct question *q;

	if (!r)
		return;
	for (unsigned i = 0; i < r->nshards; i++)
		shard_stop(&r->shards[i]);
	while ((q = TAILQ_FIRST(&r->open))) {
		TAILQ_REMOVE(&r->open, q, age);
		free_question(q);
	}
	while ((q = TAILQ_FIRST(&r->answered))) {
		TAILQ_REMOVE(&r->answered, q, link);
		free_question(q);
	}
	free(r->shards);
	if (r->log)
		fclose(r->log);
	free(r);
}

void
resolver_watch(struct resolver *r, resolver_watch_cb cb, void *arg)
{
	for (unsigned i = 0; i < r->nshards; i++) {
		struct shard *s = &r->shards[i];

		s->watch = cb;
		s->watch_arg = arg;
		if (s->process)
			cb(arg, process_fd(s->process), true);
	}
}

/*
 * The library takes blanks, escapes and worse as they come. Here labels need
 * only be well formed: a TLSA owner is no host name, and an alias is whatever
 * its zone says.
 */
static bool
can_be_asked(const char *name)
{
	size_t len = 0, label = 0;

	if (strcmp(name, ".") == 0)
		return true;
	for (; name[len]; len++) {
		char c = name[len];

		if (c == '.' && label == 0)
			return false;
		label = c == '.' ? 0 : label + 1;
		if (c <= ' ' || c > '~' || c == '\\' || label > 63)
			return false;
	}
	return label > 0 && len < NAME_SIZE;
}

/* By zone, and so its keys and servers are in one cache only. */
static struct shard *
shard_of(struct resolver *r, const char *name)
{
	uint64_t hash = name_hash(name_last_labels(name, 2), 0);

	return &r->shards[hash % r->nshards];
}

int
resolver_ask(struct resolver *r, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	size_t size = strlen(name) + 1;
	struct question *q;

	if (!can_be_asked(name))
		return -1;
	q = calloc(1, sizeof(*q) + size);
	if (!q)
		return -1;
	memcpy(q->name, name, size);
	q->shard = shard_of(r, name);
	q->type = type;
	q->cb = cb;
	q->arg = arg;
	q->deadline_ms = now_ms + r->config.timeout_ms;
	TAILQ_INSERT_TAIL(&r->open, q, age);
	r->stats.asked++;
	r->stats.open++;
	shard_ask(q->shard, q);
	return 0;
}

static void
call_back(struct resolver *r, resolver_cb cb, void *arg,
	const struct answer *answer)
{
	r->stats.answered++;
	r->stats.open--;
	cb(arg, answer);
}

/*
 * Outside of the library and of every list: a callback may ask again, and what
 * it asks can at most be appended to a list here.
 */
static void
deliver(struct resolver *r)
{
	struct question *q;

	while ((q = TAILQ_FIRST(&r->answered))) {
		struct result result;

		TAILQ_REMOVE(&r->answered, q, link);
		if (q->failed)
			result_fail(&result, ANSWER_SERVFAIL, q->failed);
		else
			result_map(&result, q->err, q->ub);
		call_back(r, q->cb, q->arg, &result.answer);
		free_question(q);
	}
}

static void
time_out(struct resolver *r, struct question *q)
{
	resolver_cb cb = q->cb;
	void *arg = q->arg;
	struct answer answer = {.status = ANSWER_TIMEOUT, .trust = ANSWER_NONE};
	char why[64];

	snprintf(why, sizeof(why), "no answer within %g s",
		r->config.timeout_ms / 1000.0);
	answer.why = why;
	TAILQ_REMOVE(&r->open, q, age);
	if (shard_expire(q->shard, q))
		free_question(q);
	r->stats.timeouts++;
	call_back(r, cb, arg, &answer);
}

void
resolver_ready(struct resolver *r, int fd, uint64_t now_ms)
{
	r->now_ms = now_ms;
	for (unsigned i = 0; i < r->nshards; i++) {
		struct shard *s = &r->shards[i];

		if (s->process && process_fd(s->process) == fd) {
			shard_ready(s, now_ms);
			break;
		}
	}
	deliver(r);
}

static struct question *
first_expired(const struct resolver *r, uint64_t now_ms)
{
	struct question *q = TAILQ_FIRST(&r->open);

	return q && q->deadline_ms <= now_ms ? q : NULL;
}

void
resolver_tick(struct resolver *r, uint64_t now_ms)
{
	struct question *q;

	r->now_ms = now_ms;
	/* The loop may have been held up: what has come is not too late. */
	if (first_expired(r, now_ms))
		for (unsigned i = 0; i < r->nshards; i++)
			shard_poll(&r->shards[i], now_ms);
	for (unsigned i = 0; i < r->nshards; i++)
		shard_tick(&r->shards[i], now_ms);
	deliver(r);
	while ((q = first_expired(r, now_ms)))
		time_out(r, q);
}

void
resolver_stats(const struct resolver *r, struct resolver_stats *stats)
{
	*stats = r->stats;
	for (unsigned i = 0; i < r->nshards; i++) {
		stats->restarts += r->shards[i].restarts;
		stats->late += r->shards[i].nlate;
	}
}

size_t
resolver_pids(const struct resolver *r, int *pids, size_t n)
{
	size_t found = 0;

	for (unsigned i = 0; i < r->nshards && found < n; i++)
		if (r->shards[i].process)
			pids[found++] = process_pid(r->shards[i].process);
	return found;
}

const char *
resolver_version(void)
{
	return ub_version();
}
