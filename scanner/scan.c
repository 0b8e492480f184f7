/*
 * The conductor: takes names from the list, has domains.c and hosts.c examine
 * them, and sees to it that every row is committed.
 */
#include "scanner/scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "scanner/admission.h"
#include "scanner/canaries.h"
#include "scanner/core/retry.h"
#include "scanner/domains.h"
#include "scanner/extras.h"
#include "scanner/hosts.h"
#include "scanner/member.h"
#include "scanner/names.h"
#include "scanner/opinions.h"
#include "scanner/passes.h"
#include "scanner/report.h"
#include "scanner/sinks.h"

enum {
	/* Domains admitted in one turn, so that answers are not kept waiting.
	 */
	ADMIT_PER_TURN = 256,
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
	struct extras *extras;
	struct hosts *hosts;
	struct domains *domains;
	struct admission *admission;
	struct names *names;   /* NULL: they come in chunks */
	struct member *member; /* NULL: there is no fleet */
	struct passes *passes;
	struct canaries *canaries;
	struct sinks *sinks;

	bool complete; /* finishing a scan that was not interrupted */
	struct scan_stats stats;
	scan_result_cb on_result;
	void *on_result_arg;
};

void
scan_watch(struct scan *scan, sinks_watch_cb watch, void *arg)
{
	sinks_watch(scan->sinks, watch, arg);
}

static uint64_t
committed(const struct scan *scan)
{
	return sinks_committed(scan->sinks, scan->stats.done);
}

/* Hosts and domains that are done. */

static void
on_host(void *arg, const struct judge_host *judged, int64_t run,
	struct hosts_waiter *waiters)
{
	struct scan *scan = arg;

	/* One that is examined again is named by no row before that. */
	if (run != 0)
		sinks_know_host(scan->sinks, judged, run);
	else if (passes_is_last(scan->passes) ||
		 !retry_host(judged->verdict.fact))
		sinks_add_host(scan->sinks, judged);
	else if (scan->member != NULL)
		claims_put_off(member_claims(scan->member),
			judged->verdict.fact->name);
	domains_wake(scan->domains, waiters);
}

/* Tell of a failure of our own, and end what is under way. */
static void
give_up(struct scan *scan, const char *error)
{
	if (scan->error == NULL)
		scan->error = error;
	scan_drain(scan);
}

static void
put_off(struct scan *scan, const struct domains_done *done)
{
	scan->stats.put_off++;
	if (done->chunk != 0 && done->line->passes == 1)
		feed_put_off(member_feed(scan->member), done->chunk);
}

/* The chunk ends in the transaction of its last row. */
static void
leave_chunk(struct scan *scan, const struct domains_done *done)
{
	if (done->chunk != 0 && feed_done(member_feed(scan->member),
					done->chunk, done->line->passes > 1))
		sinks_end_chunk(scan->sinks, done->chunk);
}

static void
store_domain(struct scan *scan, const struct domains_done *done)
{
	scan->stats.done++;
	scan->stats.classes[done->result->verdict.class]++;
	leave_chunk(scan, done);
	sinks_add_domain(scan->sinks, done->result->row);
	if (scan->on_result != NULL)
		scan->on_result(scan->on_result_arg, done->result);
}

static void
on_domain(void *arg, const struct domains_done *done)
{
	struct scan *scan = arg;

	canaries_learn(scan->canaries, done->result->fact);
	switch (passes_take(scan->passes, done, scan->now_ms)) {
	case PASSES_FINAL:
		store_domain(scan, done);
		return;
	case PASSES_FAILED:
		give_up(scan, passes_error(scan->passes));
		put_off(scan, done);
		return;
	case PASSES_PUT_OFF:
		put_off(scan, done);
		return;
	}
}

static bool
anything_ready(const struct scan *scan)
{
	return domains_ready(scan->domains) || hosts_ready(scan->hosts) ||
	       opinions_ready(scan->opinions) || extras_ready(scan->extras);
}

/* A host that is done makes domains ready, a domain may name new hosts. */
static void
step_ready(struct scan *scan)
{
	do {
		opinions_turn(scan->opinions, scan->now_ms);
		extras_turn(scan->extras, scan->now_ms);
		hosts_turn(scan->hosts, scan->now_ms, scan->wall_us);
		domains_turn(scan->domains, scan->now_ms, scan->wall_us);
	} while (anything_ready(scan));
}

/* Is the fault ours? Then less is asked for, and the rows say so. */
static void
heed_canaries(struct scan *scan)
{
	struct hosts_stats hosts;
	bool busy;

	hosts_stats(scan->hosts, &hosts);
	busy = domains_questions_open(scan->domains) + hosts.questions_open > 0;
	canaries_turn(scan->canaries, busy, scan->now_ms, scan->wall_us);
	admission_limit(scan->admission, canaries_window(scan->canaries));
	domains_flag(scan->domains, canaries_failing(scan->canaries)
					    ? FLAG_BIT(FLAG_CANARY_FAILING)
					    : 0);
}

/* Admission. */

/* Names taken up and not put off: each holds a credit until its commit. */
static uint64_t
kept(const struct scan *scan)
{
	return scan->stats.admitted - scan->stats.put_off;
}

/* Take up one name; false when there is none now. */
static bool
admit_next(struct scan *scan)
{
	uint64_t out = kept(scan) - committed(scan) -
		       domains_aside(scan->domains);
	struct list_entry entry;

	switch (admission_next(scan->admission, out, scan->now_ms, &entry)) {
	case ADMISSION_NAME:
		scan->stats.admitted++;
		domains_take_up(scan->domains, &entry, scan->now_ms);
		return true;
	case ADMISSION_FAILED:
		give_up(scan, admission_error(scan->admission));
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
	domains_ended(scan->domains, admission_ended(scan->admission));
	for (unsigned i = 0; i < ADMIT_PER_TURN; i++)
		if (domains_busy(scan->domains) || !admit_next(scan))
			return false;
	return true;
}

/* Ask and hear what the fleet has. */
static void
turn_member(struct scan *scan)
{
	bool taking = scan->state == SCAN_RUNNING &&
		      !admission_in_pass(scan->admission);

	if (scan->member != NULL &&
		!member_turn(scan->member, scan->now_ms, taking))
		give_up(scan, member_error(scan->member));
}

/* A chunk was done but for the word. */
static void
on_chunk_ended(void *arg, uint32_t chunk)
{
	struct scan *scan = arg;

	sinks_end_chunk(scan->sinks, chunk);
}

/* The end. */

static bool
check_sinks(struct scan *scan)
{
	const char *failed = sinks_failed(scan->sinks);

	if (failed == NULL)
		return true;
	scan->error = failed;
	scan->state = SCAN_FAILED;
	return false;
}

static void
finish(struct scan *scan, bool complete)
{
	struct scan_stats stats;
	char *report;

	scan_stats(scan, &stats);
	report = report_text(&stats);
	scan->complete = complete;
	scan->state = SCAN_FINISHING;
	sinks_finish(
		scan->sinks, report, complete ? "complete" : "interrupted");
	free(report);
}

/*
 * Do not let rows wait for more where they hold most of the credits: with a
 * small window, or one that slow domains fill, the others would wait for the
 * sinks' clock. At the end all credits are there.
 */
static void
flush_waiting(struct scan *scan)
{
	uint64_t under_way = kept(scan) - scan->stats.done -
			     domains_aside(scan->domains);
	uint64_t waiting = scan->stats.done - committed(scan);

	if (waiting > under_way)
		sinks_flush(scan->sinks);
}

static bool
all_committed(const struct scan *scan)
{
	return committed(scan) == kept(scan);
}

static bool
is_between_passes(const struct scan *scan)
{
	return scan->state == SCAN_RUNNING &&
	       admission_ended(scan->admission) &&
	       kept(scan) == scan->stats.done && passes_pending(scan->passes);
}

static void
note_last_pass(struct scan *scan)
{
	bool provisional = !passes_is_last(scan->passes);

	domains_provisional(scan->domains, provisional);
	hosts_provisional(scan->hosts, provisional);
	if (scan->member != NULL)
		claims_again(member_claims(scan->member),
			!provisional || admission_in_pass(scan->admission));
}

/* The next pass, when its time has come. */
static void
go_on(struct scan *scan)
{
	struct passes_stats stats;
	struct spool *spool;

	if (!passes_due(scan->passes, scan->now_ms))
		return;
	spool = passes_begin(scan->passes);
	passes_stats(scan->passes, &stats);
	domains_in_pass(scan->domains, stats.pass);
	hosts_forget(scan->hosts);
	admission_again(scan->admission, spool);
	note_last_pass(scan);
	resolver_renew(scan->parts.resolver, scan->now_ms);
	opinions_renew(scan->opinions);
}

/* What another member had may have returned while the passes were had. */
static void
start_over(struct scan *scan)
{
	passes_restart(scan->passes);
	domains_in_pass(scan->domains, 1);
	admission_restart(scan->admission);
	note_last_pass(scan);
}

/* All names that were taken are committed, and there are no more for now. */
static void
conclude(struct scan *scan)
{
	const struct fleet_news *news;

	if (scan->member == NULL) {
		finish(scan, true);
		return;
	}
	news = member_news(scan->member);
	if (admission_in_pass(scan->admission))
		start_over(scan);
	else if (news->complete || news->stuck)
		finish(scan, news->complete);
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
		if (is_between_passes(scan))
			go_on(scan);
		else if (!all_committed(scan))
			return;
		else if (scan->state == SCAN_DRAINING)
			finish(scan, false);
		else if (admission_ended(scan->admission))
			conclude(scan);
		return;
	case SCAN_FINISHING:
		if (!check_sinks(scan) || !sinks_closed(scan->sinks))
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
	heed_canaries(scan);
	step_ready(scan);
	turn_member(scan);
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

/* The parts that examine one name. */
static void
new_examiners(struct scan *scan)
{
	const struct scan_config *config = &scan->config;
	const struct scan_parts *parts = &scan->parts;

	scan->opinions = opinions_new(&(struct opinions_config){
		.resolver = parts->resolver,
		.direct = parts->direct,
		.no_ipv4 = config->policy.no_ipv4,
		.no_ipv6 = config->policy.no_ipv6,
		.allow_reserved = config->policy.allow_reserved,
		.blocklist = config->blocklist,
	});
	scan->extras = extras_new(&(struct extras_config){
		.resolver = parts->resolver,
		.opinions = parts->direct != NULL ? scan->opinions : NULL,
		.blocklist = config->blocklist,
		.policy = parts->policy,
		.wanted = config->extras,
		.port = config->policy.port,
	});
	scan->hosts = hosts_new(&(struct hosts_config){
		.resolver = parts->resolver,
		.opinions = scan->opinions,
		.extras = scan->extras,
		.claims = scan->member != NULL ? member_claims(scan->member)
					       : NULL,
		.prober = parts->prober,
		.judge = scan->judge,
		.policy = config->policy,
		.limits = config->limits,
		.blocklist = config->blocklist,
		.evidence = config->evidence,
		.on_done = on_host,
		.arg = scan,
	});
	scan->domains = domains_new(&(struct domains_config){
		.resolver = parts->resolver,
		.port = config->policy.port,
		.blocklist = config->blocklist,
		.opinions = scan->opinions,
		.extras = scan->extras,
		.hosts = scan->hosts,
		.judge = scan->judge,
		.on_done = on_domain,
		.arg = scan,
	});
	if (scan->member != NULL)
		member_listen(scan->member, scan->hosts);
}

/* Where the names come from. */
static void
new_source(struct scan *scan)
{
	const struct scan_config *config = &scan->config;
	const struct scan_parts *parts = &scan->parts;

	if (parts->fleet != NULL)
		scan->member = member_new(&(struct member_config){
			.fleet = parts->fleet,
			.list = parts->list,
			.shuffled = config->shuffled,
			.seed = config->seed,
			.interval_ms = config->limits.interval_ms,
			.on_ended = on_chunk_ended,
			.on_ended_arg = scan,
			.on_opt_out = config->on_opt_out,
			.on_opt_out_arg = config->on_opt_out_arg,
		});
	else
		scan->names = names_new(&(struct names_config){
			.list = parts->list,
			.shuffled = config->shuffled,
			.seed = config->seed,
		});
	scan->admission = admission_new(&(struct admission_config){
		.names = scan->names,
		.feed = scan->member != NULL ? member_feed(scan->member) : NULL,
		.window = config->window,
		.rate = config->rate,
	});
}

struct scan *
scan_new(const struct scan_config *config, const struct scan_parts *parts,
	char *err, size_t errsize)
{
	struct scan *scan = calloc(1, sizeof(*scan));

	if (scan == NULL)
		arena_out_of_memory();
	scan->config = *config;
	scan->parts = *parts;
	scan->judge = judge_new(parts->pkix);
	if (scan->judge == NULL) {
		snprintf(err, errsize, "OpenSSL cannot be set up for DANE");
		scan_free(scan);
		return NULL;
	}
	new_source(scan);
	new_examiners(scan);
	scan->passes = passes_new(&config->passes);
	note_last_pass(scan);
	scan->canaries = canaries_new(
		&(struct canaries_config){
			.enabled = config->canaries,
			.names = config->canary_names,
			.window = config->window,
		},
		parts->resolver);
	scan->sinks = sinks_new(scan->parts.stores, parts->store_count);
	return scan;
}

void
scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	domains_free(scan->domains);
	hosts_free(scan->hosts);
	extras_free(scan->extras);
	opinions_free(scan->opinions);
	passes_free(scan->passes);
	canaries_free(scan->canaries);
	admission_free(scan->admission);
	names_free(scan->names);
	member_free(scan->member);
	sinks_free(scan->sinks);
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
	stats->questions_open = domains_questions_open(scan->domains);
	stats->aside = domains_aside(scan->domains);
	stats->committed = committed(scan);
	if (scan->member != NULL) {
		stats->members = member_news(scan->member)->members;
		stats->others = member_news(scan->member)->domains;
		stats->names = member_news(scan->member)->names;
		stats->stuck = member_news(scan->member)->stuck;
	}
	hosts_stats(scan->hosts, &stats->hosts);
	passes_stats(scan->passes, &stats->passes);
	canaries_stats(scan->canaries, &stats->canaries);
	stats->between_passes = is_between_passes(scan);
}
