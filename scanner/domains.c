/*
 * The domains under way.
 *
 * Five asynchronous edges: the MX question, a second opinion on its answer or
 * because there is none, questions on the side, the hosts, which have their own
 * questions and conversations in hosts.c, and further look-ups beside them.
 */
#include "scanner/domains.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <utlist.h>

#include "scanner/asides.h"
#include "scanner/core/backlog.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/domain.h"
#include "scanner/core/passing.h"
#include "scanner/core/retry.h"

enum {
	/* By how much a question is behind those that were asked later, before
	   it is slow: several time limits of an unknown name server, so that a
	   lost datagram does not suffice. */
	SLOW_MS = 2000,
	/* When it fails after so long, its servers did not answer: an rcode
	   comes sooner, unless the machine is overloaded. */
	UNANSWERED_MS = 4000,
	/* Domains that wait for dead name servers and are counted as such. */
	ASIDE_MAX = 8192,
};

struct job;

/* One queue of questions at the validator. */
struct queue {
	struct passing passing;
	TAILQ_HEAD(, job) asking; /* in the order of their questions */
};

/* One domain under way. Its memory, this struct included, is in arena. */
struct job {
	struct domains *domains;
	struct job *prev, *next; /* of all under way */
	STAILQ_ENTRY(job) ready;
	struct queue *queue;	 /* of the MX question */
	TAILQ_ENTRY(job) asking; /* until the answer comes, or it is slow */
	uint64_t asked_ms;	 /* the MX question was */
	bool open;		 /* … and not answered */
	bool slow;		 /* … while others have passed it */
	bool concluded;		 /* … so that its answer is not waited for */
	bool finished;		 /* but for that answer */
	struct arena *arena;
	struct fact_domain fact;
	struct domain_exchanges exchanges;
	const struct judge_host *hosts[DOMAIN_HOSTS_MAX];
	size_t waiting; /* hosts, and further look-ups, that are not done */
	bool linked;	/* the hosts have been named to hosts.c */
	bool recalled;	/* … and are in hosts, what they are */
	bool doubted;	/* a second opinion was thought of */
	struct opinion *opinion; /* is under way */
	/* It has come before the answer. */
	bool told;
	bool heard;
	const struct fact_server *servers;
	size_t server_count;
	struct asides asides;
	struct record_line line;
	uint32_t chunk;
};

struct domains {
	struct domains_config config;
	struct job *jobs;	  /* all under way */
	STAILQ_HEAD(, job) ready; /* in the order of their answers */
	struct queue *queues;
	size_t queue_count;
	bool ended;		/* there are no more to be asked */
	struct backlog backlog; /* of those that are not slow */
	unsigned slow;		/* jobs whose question is open */
	unsigned finished;	/* of these */
	unsigned doubting;	/* jobs that wait for an opinion alone */
	uint64_t now_ms;
	int64_t wall_us;
	unsigned questions_open;
	bool provisional; /* a further pass is to come */
	unsigned pass;
	uint64_t flags;
};

static void
post_job(struct job *job)
{
	STAILQ_INSERT_TAIL(&job->domains->ready, job, ready);
}

static void
end_job(struct job *job)
{
	DL_DELETE(job->domains->jobs, job);
	arena_free(job->arena);
}

/* The validator still has the question: the memory is kept until it answers. */
static void
finish_open(struct job *job)
{
	job->finished = true;
	job->domains->finished++;
}

static void
end_finished(struct job *job)
{
	job->domains->finished--;
	end_job(job);
}

/* Edge 1: the MX question. */

/*
 * Passed by others, or, in a further pass, open for so long: its rate is low,
 * nothing queues up, and if all its names are at dead servers, none is passed.
 */
static bool
is_slow(const struct job *job)
{
	const struct domains *domains = job->domains;
	uint64_t behind_ms = domains->now_ms - job->asked_ms;

	if (domains->pass == 1)
		behind_ms = passing_behind(&job->queue->passing, job->asked_ms,
			domains->now_ms, domains->ended);
	return behind_ms >= SLOW_MS;
}

static void start_early(struct job *job);

static void
find_slow(struct domains *domains, struct queue *queue)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&queue->asking)) != NULL && is_slow(job)) {
		TAILQ_REMOVE(&queue->asking, job, asking);
		job->slow = true;
		domains->slow++;
		start_early(job);
	}
}

static void
stop_asking(struct job *job)
{
	struct domains *domains = job->domains;

	job->open = false;
	domains->questions_open--;
	if (job->slow) {
		domains->slow--;
	} else {
		TAILQ_REMOVE(&job->queue->asking, job, asking);
		passing_answer(
			&job->queue->passing, job->asked_ms, domains->now_ms);
		backlog_answered(&domains->backlog, domains->now_ms);
	}
}

static void heed_early(struct job *job);

static void
on_mx(void *arg, const struct answer *answer)
{
	struct job *job = arg;

	stop_asking(job);
	if (job->finished) {
		end_finished(job);
		return;
	}
	if (job->concluded)
		return;
	domain_take_mx(&job->fact, answer, job->arena, &job->exchanges);
	heed_early(job);
}

/* Nothing at all is asked about a domain that is listed. */
static bool
refuse_listed(struct job *job)
{
	const struct blocklist *blocklist = job->domains->config.blocklist;

	if (blocklist == NULL || !blocklist_has_name(blocklist, job->fact.name))
		return false;
	job->fact.refused = REASON_BLOCKLISTED;
	post_job(job);
	return true;
}

static void
start_mx(struct job *job)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	struct domains *domains = job->domains;

	domains->questions_open++;
	job->open = true;
	job->asked_ms = domains->now_ms;
	job->queue = &domains->queues[resolver_queue(
		domains->config.resolver, job->fact.name)];
	passing_ask(&job->queue->passing, domains->now_ms);
	TAILQ_INSERT_TAIL(&job->queue->asking, job, asking);
	if (resolver_ask(domains->config.resolver, job->fact.name,
		    ANSWER_TYPE_MX, domains->now_ms, on_mx, job) < 0)
		on_mx(job, &unaskable);
}

/* Edge 2: a second opinion. */

/* Nobody answers, as the validator will find too. */
static void
conclude(struct job *job)
{
	static const struct answer timeout = {.status = ANSWER_TIMEOUT};

	job->concluded = job->doubted = true;
	domain_take_mx(&job->fact, &timeout, job->arena, &job->exchanges);
	opinion_take_domain(
		&job->fact, job->servers, job->server_count, job->heard);
	post_job(job);
}

/* On its own the opinion decides where there is nothing but silence. */
static void
on_opinion(
	void *arg, const struct fact_server *servers, size_t count, bool heard)
{
	struct job *job = arg;

	job->opinion = NULL;
	job->told = true;
	job->servers = servers;
	job->server_count = count;
	job->heard = heard;
	if (!job->open) {
		job->domains->doubting--;
		opinion_take_domain(&job->fact, servers, count, heard);
		post_job(job);
	} else if (opinion_is_silence(servers, count, heard)) {
		conclude(job);
	}
}

static bool
ask_opinion(struct job *job, const struct opinion_question *question,
	bool unanswered)
{
	job->opinion = opinions_ask(job->domains->config.opinions, question,
		unanswered, job->arena, on_opinion, job);
	return job->opinion != NULL;
}

/* The servers of a question that takes so long are asked while it goes on. */
static void
start_early(struct job *job)
{
	struct opinion_question question;

	if (job->domains->provisional)
		return;
	opinion_for_unanswered(job->fact.name, &question);
	ask_opinion(job, &question, true);
}

/* The answer has come: the opinion that was asked for early is one on it, or
   there is no need for it. */
static void
heed_early(struct job *job)
{
	struct opinion_question question;
	bool wanted = opinion_for_domain(&job->fact, &question);

	if (wanted && job->opinion != NULL) {
		job->doubted = true;
		job->domains->doubting++;
		return;
	}
	if (job->opinion != NULL)
		opinions_forget(job->opinion);
	job->opinion = NULL;
	if (wanted && job->told) {
		job->doubted = true;
		opinion_take_domain(&job->fact, job->servers, job->server_count,
			job->heard);
	}
	post_job(job);
}

/* True: one is to come. */
static bool
start_opinion(struct job *job)
{
	struct opinion_question question;

	if (job->doubted)
		return false;
	job->doubted = true;
	if (!opinion_for_domain(&job->fact, &question))
		return false;
	if (!ask_opinion(job, &question,
		    job->domains->now_ms - job->asked_ms >= UNANSWERED_MS))
		return false;
	job->domains->doubting++;
	return true;
}

/* Edge 3: the hosts, each examined once. */

static void
link_hosts(struct job *job)
{
	struct hosts_waiter *waiters = arena_alloc(
		job->arena, job->exchanges.count * sizeof(*waiters));

	job->linked = true;
	for (size_t i = 0; i < job->exchanges.count; i++) {
		waiters[i].job = job;
		job->waiting += hosts_wait(job->domains->config.hosts,
			job->exchanges.list[i].name,
			job->exchanges.list[i].refused, &waiters[i]);
	}
}

void
domains_wake(struct domains *domains, struct hosts_waiter *waiters)
{
	for (struct hosts_waiter *w = waiters; w != NULL; w = w->next) {
		struct job *job = w->job;

		if (--job->waiting == 0)
			STAILQ_INSERT_TAIL(&domains->ready, job, ready);
	}
}

/* All are done. */
static void
recall_hosts(struct job *job)
{
	if (job->recalled)
		return;
	job->recalled = true;
	for (size_t i = 0; i < job->exchanges.count; i++)
		job->hosts[i] = hosts_judged(job->domains->config.hosts,
			job->exchanges.list[i].name, job->arena);
}

/* Edge 4: further look-ups. */

static void
on_extras(void *arg)
{
	struct job *job = arg;

	if (--job->waiting == 0)
		post_job(job);
}

static void
start_extras(struct job *job)
{
	job->waiting += extras_ask_domain(job->domains->config.extras,
		&job->fact, job->arena, on_extras, job);
}

/* From line to verdict. */

static void
keep_line(struct job *job, const struct list_entry *entry)
{
	struct row_tag *tags = arena_alloc(
		job->arena, entry->tag_count * sizeof(*tags));

	for (size_t i = 0; i < entry->tag_count; i++) {
		tags[i].name = arena_strdup(job->arena, entry->tags[i].name);
		tags[i].value = arena_strdup(job->arena, entry->tags[i].value);
	}
	job->line.line = entry->line;
	job->line.input = arena_strdup(job->arena, entry->input);
	job->line.passes = job->domains->pass;
	job->line.tags = tags;
	job->line.tag_count = entry->tag_count;
}

static void
on_aside(void *arg)
{
	post_job(arg);
}

void
domains_take_up(struct domains *domains, const struct list_entry *entry,
	uint64_t now_ms)
{
	struct arena *arena = arena_new();
	struct job *job = arena_alloc(arena, sizeof(*job));

	domains->now_ms = now_ms;
	job->domains = domains;
	job->arena = arena;
	job->chunk = entry->chunk;
	job->fact.name = arena_strdup(arena, entry->name);
	job->asides = (struct asides){
		.resolver = domains->config.resolver,
		.port = domains->config.port,
		.now_ms = &domains->now_ms,
		.cb = on_aside,
		.arg = job,
	};
	keep_line(job, entry);
	DL_APPEND(domains->jobs, job);
	if (!refuse_listed(job))
		start_mx(job);
}

static void
finish_job(struct job *job)
{
	struct domains *domains = job->domains;
	struct judge_domain domain = {
		.fact = &job->fact,
		.exchanges = &job->exchanges,
		.hosts = job->hosts,
		.line = job->line,
	};
	struct judge_result result;

	domain.line.time_us = domains->wall_us;
	domain.line.flags = domains->flags;
	judge_domain(domains->config.judge, &domain, job->arena, &result);
	domains->config.on_done(
		domains->config.arg, &(struct domains_done){
					     .result = &result,
					     .line = &domain.line,
					     .chunk = job->chunk,
				     });
	if (job->open)
		finish_open(job);
	else
		end_job(job);
}

static bool
comes_again(const struct job *job)
{
	return job->domains->provisional && retry_lookup(&job->fact.mx);
}

static void
step_job(struct job *job)
{
	if (comes_again(job)) {
		finish_job(job);
		return;
	}
	if (start_opinion(job) || asides_domain(&job->asides, &job->fact))
		return;
	if (!job->linked) {
		link_hosts(job);
		start_extras(job);
	}
	if (job->waiting > 0)
		return;
	recall_hosts(job);
	if (!asides_hosts(
		    &job->asides, &job->fact, job->hosts, job->exchanges.count))
		finish_job(job);
}

void
domains_turn(struct domains *domains, uint64_t now_ms, int64_t wall_us)
{
	struct job *job;

	domains->now_ms = now_ms;
	domains->wall_us = wall_us;
	while ((job = STAILQ_FIRST(&domains->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&domains->ready, ready);
		step_job(job);
	}
	for (size_t i = 0; i < domains->queue_count; i++)
		find_slow(domains, &domains->queues[i]);
}

void
domains_in_pass(struct domains *domains, unsigned pass)
{
	domains->pass = pass;
}

void
domains_provisional(struct domains *domains, bool provisional)
{
	domains->provisional = provisional;
}

void
domains_ended(struct domains *domains, bool ended)
{
	domains->ended = ended;
}

void
domains_flag(struct domains *domains, uint64_t flags)
{
	domains->flags = flags;
}

bool
domains_ready(const struct domains *domains)
{
	return !STAILQ_EMPTY(&domains->ready);
}

bool
domains_busy(const struct domains *domains)
{
	return domains->questions_open - domains->slow >=
	       backlog_limit(&domains->backlog, domains->now_ms);
}

unsigned
domains_aside(const struct domains *domains)
{
	unsigned count = domains->slow - domains->finished + domains->doubting;

	return count < ASIDE_MAX ? count : ASIDE_MAX;
}

unsigned
domains_questions_open(const struct domains *domains)
{
	return domains->questions_open;
}

/* Birth and death. */

struct domains *
domains_new(const struct domains_config *config)
{
	struct domains *domains = calloc(1, sizeof(*domains));

	if (domains == NULL)
		arena_out_of_memory();
	domains->config = *config;
	domains->pass = 1;
	STAILQ_INIT(&domains->ready);
	domains->queue_count = resolver_queues(config->resolver);
	domains->queues = calloc(
		domains->queue_count, sizeof(*domains->queues));
	if (domains->queues == NULL)
		arena_out_of_memory();
	for (size_t i = 0; i < domains->queue_count; i++)
		TAILQ_INIT(&domains->queues[i].asking);
	return domains;
}

void
domains_free(struct domains *domains)
{
	if (domains == NULL)
		return;
	while (domains->jobs != NULL)
		end_job(domains->jobs);
	free(domains->queues);
	free(domains);
}
