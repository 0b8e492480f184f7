/*
 * The embedded validator: questions, their time limits, and the processes that
 * they are shared out to.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unbound.h>

#include "resolver/backend.h"
#include "resolver/name.h"
#include "resolver/process.h"
#include "resolver/result.h"
#include "resolver/selftest.h"
#include "resolver/shard.h"
#include "resolver/upstream.h"

struct unbound {
	struct resolver resolver; /* first: a backend is one */
	struct resolver_config config;
	FILE *log;		 /* the null device */
	atomic_ullong *upstream; /* sent by all processes */
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
	struct unbound *r = arg;

	TAILQ_REMOVE(&r->open, q, age);
	TAILQ_INSERT_TAIL(&r->answered, q, link);
}

static void
on_again(void *arg, struct question *q)
{
	struct unbound *r = arg;

	TAILQ_REMOVE(&r->open, q, age);
	q->deadline_ms = r->now_ms + r->config.timeout_ms;
	TAILQ_INSERT_TAIL(&r->open, q, age);
}

static void
free_question(struct question *q)
{
	ub_resolve_free(q->ub);
	free(q);
}

static void
destroy(struct unbound *r)
{
	struct question *q;

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
	upstream_free(r->upstream);
	if (r->log)
		fclose(r->log);
	free(r);
}

static struct unbound *
create(const struct resolver_config *config)
{
	struct unbound *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	TAILQ_INIT(&r->open);
	TAILQ_INIT(&r->answered);
	r->log = fopen("/dev/null", "r+e");
	r->upstream = upstream_new();
	r->shards = calloc(config->processes, sizeof(*r->shards));
	r->config = *config;
	if (!r->log || !r->upstream || !r->shards) {
		destroy(r);
		return NULL;
	}
	return r;
}

static int
start_shards(struct unbound *r, char *err, size_t errsize)
{
	while (r->nshards < r->config.processes) {
		struct shard *s = &r->shards[r->nshards++];

		s->config = &r->config;
		s->log = r->log;
		s->upstream = r->upstream;
		s->answered = on_answered;
		s->again = on_again;
		s->arg = r;
		if (shard_start(s, err, errsize) != 0)
			return -1;
	}
	return 0;
}

static void
unbound_watch(struct resolver *resolver, resolver_watch_cb cb, void *arg)
{
	struct unbound *r = (struct unbound *)resolver;

	for (unsigned i = 0; i < r->nshards; i++) {
		struct shard *s = &r->shards[i];

		s->watch = cb;
		s->watch_arg = arg;
		if (s->process)
			cb(arg, process_fd(s->process), true);
	}
}

static size_t
unbound_queues(const struct resolver *resolver)
{
	return ((const struct unbound *)resolver)->nshards;
}

/* By zone, and so its keys and servers are in one cache only; but a registry's
   second level, such as co.uk, is shared out as a top-level domain is. */
static size_t
unbound_queue(const struct resolver *resolver, const char *name)
{
	const struct unbound *r = (const struct unbound *)resolver;

	return name_hash(name_registration(name), 0) % r->nshards;
}

static int
unbound_ask(struct resolver *resolver, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	struct unbound *r = (struct unbound *)resolver;
	size_t size = strlen(name) + 1;
	struct question *q;

	q = calloc(1, sizeof(*q) + size);
	if (!q)
		return -1;
	memcpy(q->name, name, size);
	q->shard = &r->shards[unbound_queue(resolver, name)];
	q->type = type;
	q->cb = cb;
	q->arg = arg;
	q->asked_ms = now_ms;
	q->deadline_ms = now_ms + r->config.timeout_ms;
	TAILQ_INSERT_TAIL(&r->open, q, age);
	r->stats.asked++;
	r->stats.open++;
	shard_ask(q->shard, q);
	return 0;
}

static void
call_back(struct unbound *r, resolver_cb cb, void *arg,
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
deliver(struct unbound *r)
{
	struct question *q;

	while ((q = TAILQ_FIRST(&r->answered))) {
		struct result result;

		TAILQ_REMOVE(&r->answered, q, link);
		if (q->failed)
			result_fail(&result, ANSWER_SERVFAIL, q->failed);
		else
			result_map(&result, q->err, q->ub);
		if (r->config.sha1_is_insecure)
			result_distrust_sha1(&result, q->ub);
		backend_observe(&r->resolver, q->type, result.answer.status,
			q->asked_ms, r->now_ms);
		call_back(r, q->cb, q->arg, &result.answer);
		free_question(q);
	}
}

static void
time_out(struct unbound *r, struct question *q)
{
	resolver_cb cb = q->cb;
	void *arg = q->arg;
	struct answer answer = {.status = ANSWER_TIMEOUT, .trust = ANSWER_NONE};
	char why[64];

	snprintf(why, sizeof(why), "no answer within %g s",
		r->config.timeout_ms / 1000.0);
	answer.why = why;
	TAILQ_REMOVE(&r->open, q, age);
	backend_observe(
		&r->resolver, q->type, answer.status, q->asked_ms, r->now_ms);
	if (shard_expire(q->shard, q))
		free_question(q);
	r->stats.timeouts++;
	call_back(r, cb, arg, &answer);
}

static void
unbound_ready(struct resolver *resolver, int fd, uint64_t now_ms)
{
	struct unbound *r = (struct unbound *)resolver;

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

static void
unbound_renew(struct resolver *resolver, uint64_t now_ms)
{
	struct unbound *r = (struct unbound *)resolver;

	r->now_ms = now_ms;
	for (unsigned i = 0; i < r->nshards; i++)
		shard_renew(&r->shards[i], now_ms);
}

static struct question *
first_expired(const struct unbound *r, uint64_t now_ms)
{
	struct question *q = TAILQ_FIRST(&r->open);

	return q && q->deadline_ms <= now_ms ? q : NULL;
}

static void
unbound_tick(struct resolver *resolver, uint64_t now_ms)
{
	struct unbound *r = (struct unbound *)resolver;
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

static void
unbound_stats(const struct resolver *resolver, struct resolver_stats *stats)
{
	const struct unbound *r = (const struct unbound *)resolver;

	*stats = r->stats;
	stats->sent = atomic_load(r->upstream);
	for (unsigned i = 0; i < r->nshards; i++) {
		stats->restarts += r->shards[i].restarts;
		stats->late += r->shards[i].nlate;
	}
}

static size_t
unbound_pids(const struct resolver *resolver, int *pids, size_t n)
{
	const struct unbound *r = (const struct unbound *)resolver;
	size_t found = 0;

	for (unsigned i = 0; i < r->nshards && found < n; i++)
		if (r->shards[i].process)
			pids[found++] = process_pid(r->shards[i].process);
	return found;
}

const char *
unbound_version(void)
{
	return ub_version();
}

static void
unbound_free(struct resolver *resolver)
{
	destroy((struct unbound *)resolver);
}

static const struct backend_ops unbound_ops = {
	.free = unbound_free,
	.watch = unbound_watch,
	.ask = unbound_ask,
	.ready = unbound_ready,
	.tick = unbound_tick,
	.renew = unbound_renew,
	.stats = unbound_stats,
	.pids = unbound_pids,
	.queues = unbound_queues,
	.queue = unbound_queue,
};

struct resolver *
unbound_new(const struct resolver_config *config, char *err, size_t errsize)
{
	struct unbound *r;

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
		destroy(r);
		return NULL;
	}
	r->resolver.ops = &unbound_ops;
	return &r->resolver;
}
