/*
 * The MX hosts of a scan, each examined once. Four asynchronous edges: the
 * questions of a host, its conversations, a second opinion on a look-up, and
 * further look-ups.
 */
#include "scanner/hosts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/attempt.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/retry.h"

struct hosts {
	struct hosts_config config;
	bool provisional; /* a further pass is to come */
	struct pace *pace;
	struct hosts_entry *entries; /* by name */
	STAILQ_HEAD(, hosts_entry) ready;
	struct hosts_stats stats;
	uint64_t now_ms;
	int64_t wall_us;
};

struct hosts *
hosts_new(const struct hosts_config *config)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		arena_out_of_memory();
	hosts->config = *config;
	STAILQ_INIT(&hosts->ready);
	hosts->pace = pace_new(&config->limits);
	return hosts;
}

static void
entry_free(struct hosts_entry *entry)
{
	if (entry->work != NULL)
		arena_free(entry->work->arena);
	arena_free(entry->kept);
	free(entry);
}

/* Octets of memory for a host that is done. */
static size_t
size_of(const struct hosts_entry *entry)
{
	return sizeof(*entry) + strlen(entry->name) + 1 +
	       arena_size(entry->kept);
}

void
hosts_free(struct hosts *hosts)
{
	struct hosts_entry *entry, *next;

	if (hosts == NULL)
		return;
	HASH_ITER (hh, hosts->entries, entry, next) {
		HASH_DEL(hosts->entries, entry);
		entry_free(entry);
	}
	pace_free(hosts->pace);
	free(hosts);
}

static void
post(struct hosts_entry *entry)
{
	struct hosts *hosts = entry->hosts;

	if (entry->posted)
		return;
	entry->posted = true;
	STAILQ_INSERT_TAIL(&hosts->ready, entry, ready);
}

static void
on_aside(void *arg)
{
	post(arg);
}

static struct hosts_work *
work_new(struct hosts_entry *entry, enum reason refused)
{
	struct arena *arena = arena_new();
	struct hosts_work *work = arena_alloc(arena, sizeof(*work));
	struct hosts *hosts = entry->hosts;

	work->arena = arena;
	host_init(&work->host, entry->name, refused, &hosts->config.policy,
		arena);
	work->asides = (struct asides){
		.resolver = hosts->config.resolver,
		.port = hosts->config.policy.port,
		.now_ms = &hosts->now_ms,
		.cb = on_aside,
		.arg = entry,
	};
	for (unsigned slot = 0; slot < HOST_SLOTS; slot++) {
		work->questions[slot].entry = entry;
		work->questions[slot].slot = (enum host_slot)slot;
	}
	return work;
}

static struct hosts_entry *
entry_new(
	struct hosts *hosts, const char *name, size_t len, enum reason refused)
{
	struct hosts_entry *entry = calloc(1, sizeof(*entry) + len + 1);

	if (entry == NULL)
		arena_out_of_memory();
	entry->hosts = hosts;
	memcpy(entry->name, name, len);
	entry->work = work_new(entry, refused);
	return entry;
}

static bool
is_listed_name(const struct hosts *hosts, const char *name)
{
	const struct blocklist *blocklist = hosts->config.blocklist;

	return blocklist != NULL && name != NULL &&
	       blocklist_has_name(blocklist, name);
}

struct hosts_entry *
hosts_get(struct hosts *hosts, const char *name, enum reason refused)
{
	struct hosts_entry *entry;
	size_t len = strlen(name);

	HASH_FIND(hh, hosts->entries, name, len, entry);
	if (entry != NULL)
		return entry;
	if (refused == REASON_NONE && is_listed_name(hosts, name))
		refused = REASON_BLOCKLISTED;
	entry = entry_new(hosts, name, len, refused);
	HASH_ADD_KEYPTR(hh, hosts->entries, entry->name, len, entry);
	hosts->stats.hosts++;
	hosts->stats.open++;
	post(entry);
	return entry;
}

void
hosts_forget(struct hosts *hosts)
{
	struct hosts_entry *entry, *next;

	assert(hosts->stats.open == 0);
	HASH_ITER (hh, hosts->entries, entry, next) {
		if (!retry_host(entry->judged.verdict.fact))
			continue;
		HASH_DEL(hosts->entries, entry);
		hosts->stats.hosts--;
		hosts->stats.kept -= size_of(entry);
		entry_free(entry);
	}
}

void
hosts_provisional(struct hosts *hosts, bool provisional)
{
	hosts->provisional = provisional;
}

void
hosts_wait(struct hosts_entry *entry, struct hosts_waiter *waiter)
{
	waiter->next = entry->waiters;
	entry->waiters = waiter;
}

/* Edge 1: the questions of a host. */

static void
on_answer(void *arg, const struct answer *answer)
{
	struct hosts_question *question = arg;
	struct hosts_entry *entry = question->entry;

	entry->hosts->stats.questions_open--;
	host_answer(&entry->work->host, question->slot, answer);
	post(entry);
}

static void
start_question(struct hosts_entry *entry, const struct host_question *question)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	struct hosts_question *slot = &entry->work->questions[question->slot];
	struct hosts *hosts = entry->hosts;

	/* An alias may lead to a name that is listed; and the list may have
	   changed since. */
	if (is_listed_name(hosts, question->name)) {
		host_refuse(
			&entry->work->host, question->slot, REASON_BLOCKLISTED);
		return;
	}
	hosts->stats.questions_open++;
	if (resolver_ask(hosts->config.resolver, question->name, question->type,
		    hosts->now_ms, on_answer, slot) < 0)
		on_answer(slot, &unaskable);
}

/* Edge 2: the conversations of a host. */

static time_t
wall_s(const struct hosts *hosts)
{
	return (time_t)(hosts->wall_us / 1000000);
}

/* By its address, or any name that stands for it. */
static bool
is_listed(const struct hosts_probe *probe)
{
	const struct hosts *hosts = probe->entry->hosts;
	const struct fact_host *fact = &probe->entry->work->host.fact;
	const struct blocklist *blocklist = hosts->config.blocklist;
	const struct fact_lookup *lookup = probe->endpoint->address.ipv6
						   ? &fact->aaaa
						   : &fact->a;

	return blocklist != NULL &&
	       (blocklist_has_address(blocklist, &probe->endpoint->address) ||
		       is_listed_name(hosts, fact->name) ||
		       is_listed_name(hosts, lookup->alias));
}

/* No conversation with the address from now on; what an earlier one told
   stays. */
static void
refuse_probe(struct hosts_probe *probe)
{
	if (probe->endpoint->attempts == 0)
		probe->endpoint->failure = REASON_BLOCKLISTED;
}

/* The conversation that is due next, if any. What may make one superfluous, a
   chain that matches, is looked at where it can only. */
static bool
next_probe(struct hosts_probe *probe)
{
	struct hosts_entry *entry = probe->entry;
	const struct host *host = &entry->work->host;

	if (host_next_probe(host, probe->endpoint, true, &probe->next))
		return true;
	return host_next_probe(host, probe->endpoint, false, &probe->next) &&
	       !judge_matches(entry->hosts->config.judge, &host->fact,
		       probe->endpoint, wall_s(entry->hosts));
}

/* Wait for the turn of the next conversation with the address, if there is to
   be one. */
static bool
queue_probe(struct hosts_probe *probe)
{
	struct hosts_entry *entry = probe->entry;

	if (!next_probe(probe))
		return false;
	if (is_listed(probe)) {
		refuse_probe(probe);
		return false;
	}
	pace_enter(entry->hosts->pace, &probe->ticket);
	return true;
}

static void
end_probe(struct hosts_entry *entry)
{
	if (--entry->work->probes_left > 0)
		return;
	host_probed(&entry->work->host);
	post(entry);
}

static void
on_probe(void *arg, struct fact_endpoint *seen)
{
	struct hosts_probe *probe = arg;
	struct hosts_entry *entry = probe->entry;
	struct hosts *hosts = entry->hosts;

	hosts->stats.probes++;
	pace_leave(hosts->pace, &probe->ticket, hosts->now_ms);
	attempt_take(probe->endpoint, probe->next.attempt, seen);
	if (!queue_probe(probe))
		end_probe(entry);
}

static void
start_probe(struct hosts *hosts, struct hosts_probe *probe)
{
	const struct probe_wish wish = {probe->next.sni, probe->next.key};

	/* The list may have changed while it waited. */
	if (is_listed(probe)) {
		refuse_probe(probe);
		pace_leave(hosts->pace, &probe->ticket, hosts->now_ms);
		end_probe(probe->entry);
		return;
	}
	probe->seen.address = probe->endpoint->address;
	probe->seen.port = probe->endpoint->port;
	probe_start(hosts->config.prober, &probe->seen, &wish,
		probe->entry->work->arena, on_probe, probe);
}

static void
start_probes(struct hosts *hosts)
{
	struct pace_ticket *ticket;

	while ((ticket = pace_next(hosts->pace, hosts->now_ms)) != NULL)
		start_probe(hosts, ticket->owner);
}

static void
queue_probes(struct hosts_entry *entry)
{
	struct fact_host *fact = &entry->work->host.fact;

	entry->work->probes = arena_alloc(entry->work->arena,
		fact->endpoint_count * sizeof(*entry->work->probes));
	/* Held until all are queued, of which there may be none. */
	entry->work->probes_left = 1;
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		struct hosts_probe *probe = &entry->work->probes[i];

		probe->entry = entry;
		probe->endpoint = &fact->endpoints[i];
		probe->ticket.address = probe->endpoint->address;
		probe->ticket.provider = judge_provider(
			entry->hosts->config.judge, entry->name);
		probe->ticket.owner = probe;
		entry->work->probes_left += queue_probe(probe);
	}
	end_probe(entry);
}

/* Edge 3: a second opinion on a look-up that failed, or brought records that
   do not match. */

static void
on_opinion(
	void *arg, const struct fact_server *servers, size_t count, bool heard)
{
	struct hosts_entry *entry = arg;

	opinion_take_host(&entry->work->host.fact, entry->work->opinion.type,
		servers, count, heard);
	post(entry);
}

/* True: one is to come. */
static bool
start_opinion(struct hosts_entry *entry)
{
	const struct hosts_config *config = &entry->hosts->config;

	if (entry->work->doubted)
		return false;
	entry->work->doubted = true;
	return opinion_for_host(&entry->work->host.fact,
		       judge_mismatches(config->judge, &entry->work->host.fact,
			       wall_s(entry->hosts)),
		       config->policy.port, &entry->work->opinion) &&
	       opinions_ask(config->opinions, &entry->work->opinion,
		       entry->work->arena, on_opinion, entry);
}

/* What later domains need stays, the rest is freed. */
static void
keep(struct hosts_entry *entry)
{
	struct hosts *hosts = entry->hosts;

	entry->kept = judge_keep(
		hosts->config.judge, &entry->judged, hosts->config.evidence);
	arena_free(entry->work->arena);
	entry->work = NULL;
	hosts->stats.kept += size_of(entry);
}

/* Edge 4: further look-ups. */

static void
on_extras(void *arg)
{
	struct hosts_entry *entry = arg;

	post(entry);
}

/* True: they are to come. */
static bool
start_extras(struct hosts_entry *entry)
{
	if (entry->work->looked)
		return false;
	entry->work->looked = true;
	return extras_ask_host(entry->hosts->config.extras,
		&entry->work->host.fact, entry->work->arena, on_extras, entry);
}

static void
finish(struct hosts_entry *entry)
{
	struct hosts *hosts = entry->hosts;

	judge_host(hosts->config.judge, &entry->work->host.fact, wall_s(hosts),
		entry->work->arena, &entry->judged);
	entry->done = true;
	hosts->stats.open--;
	hosts->config.on_done(hosts->config.arg, entry);
	keep(entry);
}

/* Nothing more, or nothing that a further pass will not ask again. */
static bool
is_done(struct hosts_entry *entry)
{
	const struct fact_host *fact = &entry->work->host.fact;

	if (entry->hosts->provisional && retry_host(fact))
		return true;
	return !asides_host(&entry->work->asides, &entry->work->host.fact) &&
	       !start_opinion(entry) && !start_extras(entry);
}

static void
step(struct hosts_entry *entry)
{
	struct host_question question;

	while (host_ask(&entry->work->host, &question))
		start_question(entry, &question);
	switch (entry->work->host.state) {
	case HOST_STATE_ADDRESSES:
	case HOST_STATE_CNAME:
	case HOST_STATE_TLSA:
		break;
	case HOST_STATE_PROBES:
		if (entry->work->probes == NULL)
			queue_probes(entry);
		break;
	case HOST_STATE_DONE:
		if (is_done(entry))
			finish(entry);
		break;
	}
}

void
hosts_turn(struct hosts *hosts, uint64_t now_ms, int64_t wall_us)
{
	struct hosts_entry *entry;

	hosts->now_ms = now_ms;
	hosts->wall_us = wall_us;
	while ((entry = STAILQ_FIRST(&hosts->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&hosts->ready, ready);
		entry->posted = false;
		step(entry);
	}
	start_probes(hosts);
}

bool
hosts_ready(const struct hosts *hosts)
{
	return !STAILQ_EMPTY(&hosts->ready);
}

void
hosts_stats(const struct hosts *hosts, struct hosts_stats *stats)
{
	*stats = hosts->stats;
	stats->probes_open = pace_open(hosts->pace);
	stats->probes_waiting = pace_waiting(hosts->pace);
	pace_stats(hosts->pace, &stats->pace);
}
