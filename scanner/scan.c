/*
 * The conductor: one domain from its list line to its row.
 *
 * Four asynchronous edges: the MX question, a second opinion on its answer, the
 * commit of rows, and the hosts, which have their own questions and
 * conversations in hosts.c.
 */
#include "scanner/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <utlist.h>

#include "scanner/admission.h"
#include "scanner/certificates.h"
#include "scanner/core/domain.h"
#include "scanner/core/lowwater.h"
#include "scanner/hosts.h"
#include "scanner/opinions.h"

/* Domains admitted in one turn, so that answers are not kept waiting. */
enum {
	ADMIT_PER_TURN = 256
};

/* One domain under way. Its memory, this struct included, is in arena. */
struct job {
	struct scan *scan;
	struct job *prev, *next; /* of all under way */
	STAILQ_ENTRY(job) ready;
	struct arena *arena;
	struct fact_domain fact;
	struct domain_exchanges exchanges;
	const struct judge_host *hosts[DOMAIN_HOSTS_MAX];
	size_t waiting; /* hosts that are not done */
	bool linked;	/* the hosts above have been looked up */
	bool doubted;	/* a second opinion was thought of */
	struct record_line line;
	uint64_t ticket; /* of lowwater */
};

/* One of parts.stores, and how far it is. */
struct sink {
	struct scan *scan;
	struct store *store;
	uint64_t committed;
};

struct scan {
	struct scan_config config;
	struct scan_parts parts;
	enum scan_state state;
	const char *error;
	uint64_t now_ms;
	int64_t wall_us;

	struct judge *judge;
	struct opinions *opinions;
	struct hosts *hosts;
	struct certificates *certificates;
	struct admission *admission;
	struct lowwater *lowwater;
	struct sink sinks[SCAN_STORES];
	struct job *jobs;	  /* all under way */
	STAILQ_HEAD(, job) ready; /* in the order of their answers */

	bool complete; /* finishing a scan that was not interrupted */
	struct scan_stats stats;
	scan_result_cb on_result;
	void *on_result_arg;
	scan_watch_cb watch;
	void *watch_arg;
};

static void
post_job(struct job *job)
{
	STAILQ_INSERT_TAIL(&job->scan->ready, job, ready);
}

/* Edge 1: the MX question. */

static void
on_mx(void *arg, const struct answer *answer)
{
	struct job *job = arg;

	job->scan->stats.questions_open--;
	domain_take_mx(&job->fact, answer, job->arena, &job->exchanges);
	post_job(job);
}

static void
start_mx(struct job *job)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	struct scan *scan = job->scan;

	scan->stats.questions_open++;
	if (resolver_ask(scan->parts.resolver, job->fact.name, ANSWER_TYPE_MX,
		    scan->now_ms, on_mx, job) < 0)
		on_mx(job, &unaskable);
}

/* Edge 2: a second opinion on the answer. */

static void
on_opinion(
	void *arg, const struct fact_server *servers, size_t count, bool heard)
{
	struct job *job = arg;

	opinion_take_domain(&job->fact, servers, count, heard);
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
	return opinion_for_domain(&job->fact, &question) &&
	       opinions_ask(job->scan->opinions, &question, job->arena,
		       on_opinion, job);
}

/* Edge 3: the commit of rows. */

static void
on_committed(void *arg, size_t count)
{
	struct sink *sink = arg;

	sink->committed += count;
}

static void
on_sink_watch(void *arg, int fd, int events)
{
	struct sink *sink = arg;
	struct scan *scan = sink->scan;

	scan->watch(scan->watch_arg, sink->store, fd, events);
}

void
scan_watch(struct scan *scan, scan_watch_cb watch, void *arg)
{
	scan->watch = watch;
	scan->watch_arg = arg;
	for (size_t i = 0; i < scan->parts.store_count; i++)
		store_watch(scan->parts.stores[i], on_sink_watch, on_committed,
			&scan->sinks[i]);
}

static uint64_t
committed_by_all(const struct scan *scan)
{
	uint64_t least = scan->stats.done;

	for (size_t i = 0; i < scan->parts.store_count; i++)
		if (scan->sinks[i].committed < least)
			least = scan->sinks[i].committed;
	return least;
}

/* Edge 4: the hosts, each examined once. */

static void
store_host(struct scan *scan, const struct hosts_entry *entry)
{
	const struct fact_host *fact = &entry->host.fact;

	for (size_t i = 0; i < fact->endpoint_count; i++) {
		certificates_store(scan->certificates, fact->endpoints[i].tls,
			scan->parts.stores, scan->parts.store_count);
		certificates_store(scan->certificates, fact->endpoints[i].other,
			scan->parts.stores, scan->parts.store_count);
	}
	for (size_t i = 0; i < scan->parts.store_count; i++)
		store_add_host(scan->parts.stores[i], entry->judged.row);
}

static void
on_host(void *arg, struct hosts_entry *entry)
{
	store_host(arg, entry);
	for (struct hosts_waiter *w = entry->waiters; w != NULL; w = w->next) {
		struct job *job = w->job;

		if (--job->waiting == 0)
			post_job(job);
	}
	entry->waiters = NULL;
}

/* Domains. */

static void
link_hosts(struct job *job)
{
	struct hosts_waiter *waiters = arena_alloc(
		job->arena, job->exchanges.count * sizeof(*waiters));

	job->linked = true;
	for (size_t i = 0; i < job->exchanges.count; i++) {
		struct hosts_entry *entry = hosts_get(job->scan->hosts,
			job->exchanges.list[i].name,
			job->exchanges.list[i].refused);

		job->hosts[i] = &entry->judged;
		if (entry->done)
			continue;
		waiters[i].job = job;
		hosts_wait(entry, &waiters[i]);
		job->waiting++;
	}
}

static void
store_domain(struct job *job, const struct row_domain *row)
{
	struct scan *scan = job->scan;

	lowwater_done(scan->lowwater, job->ticket);
	for (size_t i = 0; i < scan->parts.store_count; i++)
		store_add_domain(scan->parts.stores[i], row,
			lowwater_line(scan->lowwater));
}

static void
end_job(struct job *job)
{
	DL_DELETE(job->scan->jobs, job);
	arena_free(job->arena);
}

static void
free_jobs(struct scan *scan)
{
	while (scan->jobs != NULL)
		end_job(scan->jobs);
}

static void
finish_job(struct job *job)
{
	struct scan *scan = job->scan;
	struct judge_domain domain = {
		.fact = &job->fact,
		.exchanges = &job->exchanges,
		.hosts = job->hosts,
		.line = job->line,
	};
	struct judge_result result;

	domain.line.time_us = scan->wall_us;
	judge_domain(scan->judge, &domain, job->arena, &result);
	scan->stats.done++;
	scan->stats.classes[result.verdict.class]++;
	store_domain(job, result.row);
	if (scan->on_result != NULL)
		scan->on_result(scan->on_result_arg, &result);
	end_job(job);
}

static void
step_job(struct job *job)
{
	if (start_opinion(job))
		return;
	if (!job->linked)
		link_hosts(job);
	if (job->waiting == 0)
		finish_job(job);
}

static bool
anything_ready(const struct scan *scan)
{
	return !STAILQ_EMPTY(&scan->ready) || hosts_ready(scan->hosts) ||
	       opinions_ready(scan->opinions);
}

/* A host that is done makes jobs ready, a job may name new hosts. */
static void
step_ready(struct scan *scan)
{
	struct job *job;

	do {
		opinions_turn(scan->opinions, scan->now_ms);
		hosts_turn(scan->hosts, scan->now_ms, scan->wall_us);
		while ((job = STAILQ_FIRST(&scan->ready)) != NULL) {
			STAILQ_REMOVE_HEAD(&scan->ready, ready);
			step_job(job);
		}
	} while (anything_ready(scan));
}

/* Admission. */

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
	job->line.tags = tags;
	job->line.tag_count = entry->tag_count;
}

static void
take_up(struct scan *scan, const struct list_entry *entry)
{
	struct arena *arena = arena_new();
	struct job *job = arena_alloc(arena, sizeof(*job));

	job->scan = scan;
	job->arena = arena;
	job->ticket = lowwater_admit(scan->lowwater, entry->line);
	job->fact.name = arena_strdup(arena, entry->name);
	keep_line(job, entry);
	DL_APPEND(scan->jobs, job);
	scan->stats.admitted++;
	start_mx(job);
}

/* Take up one name; false when there is none now. */
static bool
admit_next(struct scan *scan)
{
	uint64_t out = scan->stats.admitted - committed_by_all(scan);
	struct list_entry entry;

	switch (admission_next(scan->admission, out, scan->now_ms, &entry)) {
	case ADMISSION_NAME:
		take_up(scan, &entry);
		return true;
	case ADMISSION_DONE:
		lowwater_read(scan->lowwater, entry.line);
		scan->stats.resumed++;
		return true;
	case ADMISSION_FAILED:
		scan->error = list_error(scan->parts.list);
		scan->state = SCAN_DRAINING;
		return false;
	case ADMISSION_WAIT:
	case ADMISSION_END:
		break;
	}
	return false;
}

/* True: the list may have more that can be taken up at once. */
static bool
admit(struct scan *scan)
{
	if (scan->state != SCAN_RUNNING)
		return false;
	for (unsigned i = 0; i < ADMIT_PER_TURN; i++)
		if (!admit_next(scan))
			return false;
	return true;
}

/* The end. */

static bool
sinks_closed(const struct scan *scan)
{
	for (size_t i = 0; i < scan->parts.store_count; i++)
		if (!store_closed(scan->parts.stores[i]))
			return false;
	return true;
}

static bool
check_sinks(struct scan *scan)
{
	for (size_t i = 0; i < scan->parts.store_count; i++) {
		const char *failed = store_failed(scan->parts.stores[i]);

		if (failed == NULL)
			continue;
		scan->error = failed;
		scan->state = SCAN_FAILED;
		return false;
	}
	return true;
}

static void
finish(struct scan *scan)
{
	const char *end = scan->state == SCAN_RUNNING ? "complete"
						      : "interrupted";

	scan->complete = scan->state == SCAN_RUNNING;
	scan->state = SCAN_FINISHING;
	for (size_t i = 0; i < scan->parts.store_count; i++)
		store_finish(scan->parts.stores[i], end);
}

/*
 * Do not let rows wait for more where they hold most of the credits: with a
 * small window, or one that slow domains fill, the others would wait for the
 * sinks' clock. At the end all credits are there.
 */
static void
flush_waiting(struct scan *scan)
{
	uint64_t under_way = scan->stats.admitted - scan->stats.done;
	uint64_t waiting = scan->stats.done - committed_by_all(scan);

	if (waiting <= under_way)
		return;
	for (size_t i = 0; i < scan->parts.store_count; i++)
		store_flush(scan->parts.stores[i]);
}

static bool
all_committed(const struct scan *scan)
{
	return committed_by_all(scan) == scan->stats.admitted;
}

/* Move on to the next state when this one has nothing left to do. */
static void
settle(struct scan *scan)
{
	switch (scan->state) {
	case SCAN_RUNNING:
	case SCAN_DRAINING:
		if (!check_sinks(scan))
			return;
		flush_waiting(scan);
		if (all_committed(scan) &&
			(admission_ended(scan->admission) ||
				scan->state == SCAN_DRAINING))
			finish(scan);
		return;
	case SCAN_FINISHING:
		if (!check_sinks(scan) || !sinks_closed(scan))
			return;
		scan->state = scan->error != NULL ? SCAN_FAILED
			      : scan->complete	  ? SCAN_COMPLETE
						  : SCAN_INTERRUPTED;
		return;
	case SCAN_COMPLETE:
	case SCAN_INTERRUPTED:
	case SCAN_FAILED:
		return;
	}
}

bool
scan_turn(struct scan *scan, uint64_t now_ms, int64_t wall_us)
{
	bool more;

	scan->now_ms = now_ms;
	scan->wall_us = wall_us;
	step_ready(scan);
	more = admit(scan);
	settle(scan);
	return more || anything_ready(scan);
}

void
scan_drain(struct scan *scan)
{
	if (scan->state == SCAN_RUNNING)
		scan->state = SCAN_DRAINING;
}

/* Birth and death. */

struct scan *
scan_new(const struct scan_config *config, const struct scan_parts *parts,
	char *err, size_t errsize)
{
	struct scan *scan = calloc(1, sizeof(*scan));

	if (scan == NULL)
		arena_out_of_memory();
	scan->config = *config;
	scan->parts = *parts;
	STAILQ_INIT(&scan->ready);
	scan->judge = judge_new();
	if (scan->judge == NULL) {
		snprintf(err, errsize, "OpenSSL cannot be set up for DANE");
		scan_free(scan);
		return NULL;
	}
	scan->opinions = opinions_new(&(struct opinions_config){
		.resolver = parts->resolver,
		.direct = parts->direct,
		.no_ipv4 = config->policy.no_ipv4,
		.no_ipv6 = config->policy.no_ipv6,
		.allow_reserved = config->policy.allow_reserved,
	});
	scan->hosts = hosts_new(&(struct hosts_config){
		.resolver = parts->resolver,
		.opinions = scan->opinions,
		.prober = parts->prober,
		.judge = scan->judge,
		.policy = config->policy,
		.limits = config->limits,
		.on_done = on_host,
		.arg = scan,
	});
	scan->certificates = certificates_new();
	scan->lowwater = lowwater_new(config->window,
		parts->done != NULL ? parts->done->low_water : 0);
	scan->admission = admission_new(
		parts->list, config->window, config->rate, parts->done);
	for (size_t i = 0; i < parts->store_count; i++) {
		scan->sinks[i].scan = scan;
		scan->sinks[i].store = parts->stores[i];
	}
	return scan;
}

void
scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	free_jobs(scan);
	hosts_free(scan->hosts);
	opinions_free(scan->opinions);
	certificates_free(scan->certificates);
	lowwater_free(scan->lowwater);
	admission_free(scan->admission);
	judge_free(scan->judge);
	free(scan);
}

void
scan_on_result(struct scan *scan, scan_result_cb cb, void *arg)
{
	scan->on_result = cb;
	scan->on_result_arg = arg;
}

enum scan_state
scan_state(const struct scan *scan)
{
	return scan->state;
}

const char *
scan_error(const struct scan *scan)
{
	return scan->error;
}

void
scan_stats(const struct scan *scan, struct scan_stats *stats)
{
	*stats = scan->stats;
	stats->committed = committed_by_all(scan);
	hosts_stats(scan->hosts, &stats->hosts);
}
