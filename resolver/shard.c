/*
 * One place for a resolver process, and the questions that belong to it.
 */
#include "resolver/shard.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <unbound.h>

#include "resolver/process.h"

enum {
	/* Dead processes that a question was with before it is given up. */
	DEATHS_MAX = 3,
	/* Questions on their last chance with one process at a time: one that
	 * kills its validator takes no more than these with it. */
	SUSPECTS = 8,

	/* A process that lived shorter died at once. The wait before the next
	 * one then doubles, up to the limit. */
	QUICK_DEATH_MS = 10000,
	RESTART_MS = 100,
	RESTART_DOUBLINGS = 6,

	/* Busy and silent for so long: asked for a sign of life; and killed
	 * when none comes. */
	PING_AFTER_MS = 3000,
	KILL_AFTER_MS = 5000,
};

/* One that has a last chance. */
static bool
is_suspect(const struct question *q)
{
	return q->deaths == DEATHS_MAX - 1;
}

static struct question_list *
queue_of(struct shard *s, const struct question *q)
{
	return is_suspect(q) ? &s->suspects : &s->waiting;
}

static void
enqueue(struct shard *s, struct question *q)
{
	q->state = QUESTION_WAITING;
	TAILQ_INSERT_TAIL(queue_of(s, q), q, link);
}

/* Takes q out of the list of what the process works on. */
static void
unask(struct shard *s, struct question *q)
{
	assert(q->state == QUESTION_ASKED);
	TAILQ_REMOVE(&s->asked, q, link);
	if (is_suspect(q))
		s->suspects_asked--;
}

static void
free_late(struct shard *s, struct question *q)
{
	TAILQ_REMOVE(&s->late, q, link);
	s->nlate--;
	free(q);
}

/* Called inside process_take(). */
static void
on_answer(void *arg, int err, struct ub_result *ub)
{
	struct question *q = arg;
	struct shard *s = q->shard;

	if (q->state == QUESTION_LATE) {
		ub_resolve_free(ub);
		free_late(s, q);
		return;
	}
	unask(s, q);
	q->state = QUESTION_ANSWERED;
	q->err = err;
	q->ub = ub;
	s->answered(s->arg, q);
}

static void
fail(struct shard *s, struct question *q, const char *why)
{
	q->state = QUESTION_ANSWERED;
	q->failed = why;
	s->answered(s->arg, q);
}

/* Asks the first question of a queue. False: no more can be asked now. */
static bool
ask_first(struct shard *s, struct question_list *queue)
{
	struct question *q = TAILQ_FIRST(queue);

	switch (process_ask(s->process, q->name, (int)q->type, q)) {
	case PROCESS_ASKED:
		TAILQ_REMOVE(queue, q, link);
		TAILQ_INSERT_TAIL(&s->asked, q, link);
		q->state = QUESTION_ASKED;
		if (is_suspect(q))
			s->suspects_asked++;
		return true;
	case PROCESS_NOMEM:
		TAILQ_REMOVE(queue, q, link);
		fail(s, q, "out of memory");
		return true;
	case PROCESS_FULL:
	case PROCESS_DEAD: /* which its descriptor tells soon */
		return false;
	}
	return false;
}

static void
ask_waiting(struct shard *s)
{
	bool more = s->process != NULL;

	while (more && !TAILQ_EMPTY(&s->suspects) &&
		s->suspects_asked < SUSPECTS)
		more = ask_first(s, &s->suspects);
	while (more && !TAILQ_EMPTY(&s->waiting))
		more = ask_first(s, &s->waiting);
}

/* died: the process that worked on them; they may have been the cause. */
static void
requeue_asked(struct shard *s, bool died)
{
	struct question *q;

	while ((q = TAILQ_FIRST(&s->asked))) {
		unask(s, q);
		q->deaths += died;
		if (q->deaths == DEATHS_MAX) {
			fail(s, q, "resolver process died on this question");
			continue;
		}
		enqueue(s, q);
		s->again(s->arg, q);
	}
}

static void
stop_process(struct shard *s)
{
	/* Its late questions are known to nobody else, and it must not be able
	 * to answer them any more when they are freed. */
	process_stop(s->process);
	s->process = NULL;
	while (!TAILQ_EMPTY(&s->late))
		free_late(s, TAILQ_FIRST(&s->late));
}

/* No restart storm when the fault is not in a question. */
static void
plan_restart(struct shard *s, uint64_t now_ms)
{
	unsigned doublings;

	s->restart_ms = now_ms;
	if (now_ms - s->started_ms >= QUICK_DEATH_MS) {
		s->quick_deaths = 0;
		return;
	}
	doublings = s->quick_deaths < RESTART_DOUBLINGS ? s->quick_deaths
							: RESTART_DOUBLINGS;
	if (s->quick_deaths++ > 0)
		s->restart_ms += (uint64_t)RESTART_MS << doublings;
}

/* Nobody waits for its self-test: questions do that work as well. */
static void
start_again(struct shard *s, uint64_t now_ms)
{
	char err[256];

	s->started_ms = now_ms;
	s->process = process_start(
		s->config, s->log, s->upstream, on_answer, err, sizeof(err));
	if (!s->process) {
		plan_restart(s, now_ms);
		return;
	}
	s->heard_ms = now_ms;
	s->pinged_ms = 0;
	if (s->watch)
		s->watch(s->watch_arg, process_fd(s->process), RESOLVER_READ);
}

static void
restart(struct shard *s, uint64_t now_ms)
{
	start_again(s, now_ms);
	s->restarts += s->process != NULL;
}

static void
part_from(struct shard *s)
{
	if (s->watch)
		s->watch(s->watch_arg, process_fd(s->process), 0);
	stop_process(s);
}

static void
bury(struct shard *s, uint64_t now_ms)
{
	part_from(s);
	requeue_asked(s, true);
	plan_restart(s, now_ms);
	if (s->restart_ms <= now_ms)
		restart(s, now_ms);
}

/*
 * A validator can be kept busy for minutes, or stop, without dying: then the
 * time limit answers all of its questions, and no new one gets a chance.
 */
static void
check_life(struct shard *s, uint64_t now_ms)
{
	if (TAILQ_EMPTY(&s->asked) && TAILQ_EMPTY(&s->late)) {
		s->heard_ms = now_ms;
		s->pinged_ms = 0;
	} else if (s->pinged_ms != 0) {
		if (now_ms - s->pinged_ms >= KILL_AFTER_MS)
			kill(process_pid(s->process), SIGKILL);
	} else if (now_ms - s->heard_ms >= PING_AFTER_MS) {
		process_ping(s->process);
		s->pinged_ms = now_ms;
	}
}

int
shard_start(struct shard *s, char *err, size_t errsize)
{
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->suspects);
	TAILQ_INIT(&s->asked);
	TAILQ_INIT(&s->late);
	s->process = process_start(
		s->config, s->log, s->upstream, on_answer, err, errsize);
	return s->process ? 0 : -1;
}

void
shard_stop(struct shard *s)
{
	if (s->process)
		stop_process(s);
}

void
shard_ask(struct shard *s, struct question *q)
{
	enqueue(s, q);
	ask_waiting(s);
}

bool
shard_expire(struct shard *s, struct question *q)
{
	if (q->state == QUESTION_WAITING) {
		TAILQ_REMOVE(queue_of(s, q), q, link);
		return true;
	}
	/* ub_cancel() would not end the work either, and the child would leak
	 * the question; and a late answer is in its cache for a second try. */
	unask(s, q);
	q->state = QUESTION_LATE;
	TAILQ_INSERT_TAIL(&s->late, q, link);
	s->nlate++;
	return false;
}

void
shard_ready(struct shard *s, uint64_t now_ms)
{
	if (!s->process)
		return;
	s->heard_ms = now_ms;
	s->pinged_ms = 0;
	if (process_take(s->process) != 0)
		bury(s, now_ms);
	ask_waiting(s);
}

void
shard_renew(struct shard *s, uint64_t now_ms)
{
	/* One that is to be started again will be new anyway. */
	if (!s->process)
		return;
	part_from(s);
	requeue_asked(s, false);
	start_again(s, now_ms);
	ask_waiting(s);
}

void
shard_poll(struct shard *s, uint64_t now_ms)
{
	if (s->process && process_readable(s->process))
		shard_ready(s, now_ms);
}

void
shard_tick(struct shard *s, uint64_t now_ms)
{
	if (s->process)
		check_life(s, now_ms);
	else if (s->restart_ms <= now_ms)
		restart(s, now_ms);
	ask_waiting(s);
}
