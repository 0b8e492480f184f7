/*
 * The MX hosts of a scan, each examined once. Four asynchronous edges: the
 * questions of a host, its conversations, a second opinion on a look-up, and
 * further look-ups.
 */
#include "scanner/hosts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "scanner/asides.h"
#include "scanner/core/attempt.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/retry.h"
#include "scanner/finished.h"
#include "scanner/stored.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

/* Names the slot that an answer is for. */
struct question {
	struct entry *entry;
	enum host_slot slot;
};

/* One address of the host, on its way to the prober, once or more often. */
struct probe {
	struct entry *entry;
	struct fact_endpoint *endpoint;
	struct host_probe next;	   /* conversation to have, or being had */
	struct fact_endpoint seen; /* … what it brings */
	struct pace_ticket ticket; /* its owner is this probe */
};

/* A host while it is being examined. Its memory, this struct included, is in
   arena. */
struct entry {
	struct hosts *hosts;
	struct arena *arena;
	const char *name;
	UT_hash_handle hh;
	struct claims_host claim;
	STAILQ_ENTRY(entry) ready;
	bool posted; /* in the ready queue */
	struct hosts_waiter *waiters;
	struct host host; /* the state machine with its facts */
	struct question questions[HOST_SLOTS];
	struct probe *probes;
	size_t probes_left;
	bool doubted; /* a second opinion was thought of */
	bool looked;  /* further look-ups were */
	struct opinion_question opinion;
	struct asides asides;
};

struct hosts {
	struct hosts_config config;
	bool provisional; /* a further pass is to come */
	struct pace *pace;
	struct entry *entries; /* by name */
	struct finished *finished;
	STAILQ_HEAD(, entry) ready;
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
	hosts->finished = finished_new();
	hosts->pace = pace_new(&config->limits);
	return hosts;
}

void
hosts_free(struct hosts *hosts)
{
	struct entry *entry, *next;

	if (hosts == NULL)
		return;
	HASH_ITER (hh, hosts->entries, entry, next) {
		HASH_DEL(hosts->entries, entry);
		arena_free(entry->arena);
	}
	finished_free(hosts->finished);
	pace_free(hosts->pace);
	free(hosts);
}

static void
post(struct entry *entry)
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

static struct entry *
entry_new(struct hosts *hosts, const char *name, enum reason refused)
{
	struct arena *arena = arena_new();
	struct entry *entry = arena_alloc(arena, sizeof(*entry));

	entry->hosts = hosts;
	entry->arena = arena;
	entry->name = arena_strdup(arena, name);
	host_init(&entry->host, entry->name, refused, &hosts->config.policy,
		arena);
	entry->asides = (struct asides){
		.resolver = hosts->config.resolver,
		.port = hosts->config.policy.port,
		.now_ms = &hosts->now_ms,
		.cb = on_aside,
		.arg = entry,
	};
	for (unsigned slot = 0; slot < HOST_SLOTS; slot++) {
		entry->questions[slot].entry = entry;
		entry->questions[slot].slot = (enum host_slot)slot;
	}
	return entry;
}

static bool
is_listed_name(const struct hosts *hosts, const char *name)
{
	const struct blocklist *blocklist = hosts->config.blocklist;

	return blocklist != NULL && name != NULL &&
	       blocklist_has_name(blocklist, name);
}

static struct entry *
add(struct hosts *hosts, const char *name, enum reason refused)
{
	struct entry *entry;

	if (refused == REASON_NONE && is_listed_name(hosts, name))
		refused = REASON_BLOCKLISTED;
	entry = entry_new(hosts, name, refused);
	HASH_ADD_KEYPTR(
		hh, hosts->entries, entry->name, strlen(entry->name), entry);
	hosts->stats.hosts++;
	hosts->stats.open++;
	if (hosts->config.claims == NULL ||
		!claims_host(hosts->config.claims, &entry->claim, entry->name))
		post(entry);
	return entry;
}

static struct entry *
find(const struct hosts *hosts, const char *name)
{
	struct entry *entry;

	HASH_FIND(hh, hosts->entries, name, strlen(name), entry);
	return entry;
}

bool
hosts_wait(struct hosts *hosts, const char *name, enum reason refused,
	struct hosts_waiter *waiter)
{
	struct entry *entry;
	size_t len;

	if (finished_find(hosts->finished, name, &len) != NULL)
		return false;
	entry = find(hosts, name);
	if (entry == NULL)
		entry = add(hosts, name, refused);
	waiter->next = entry->waiters;
	entry->waiters = waiter;
	return true;
}

const struct judge_host *
hosts_judged(const struct hosts *hosts, const char *name, struct arena *arena)
{
	size_t len;
	const uint8_t *octets = finished_find(hosts->finished, name, &len);

	assert(octets != NULL);
	return judge_unpack(hosts->config.judge, name, octets, len, arena);
}

void
hosts_forget(struct hosts *hosts)
{
	assert(hosts->stats.open == 0);
	hosts->stats.hosts -= finished_forget(hosts->finished);
}

void
hosts_provisional(struct hosts *hosts, bool provisional)
{
	hosts->provisional = provisional;
}

/* Edge 1: the questions of a host. */

static void
on_answer(void *arg, const struct answer *answer)
{
	struct question *question = arg;
	struct entry *entry = question->entry;

	entry->hosts->stats.questions_open--;
	host_answer(&entry->host, question->slot, answer);
	post(entry);
}

static void
start_question(struct entry *entry, const struct host_question *question)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	struct question *slot = &entry->questions[question->slot];
	struct hosts *hosts = entry->hosts;

	/* An alias may lead to a name that is listed; and the list may have
	   changed since. */
	if (is_listed_name(hosts, question->name)) {
		host_refuse(&entry->host, question->slot, REASON_BLOCKLISTED);
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
is_listed(const struct probe *probe)
{
	const struct hosts *hosts = probe->entry->hosts;
	const struct fact_host *fact = &probe->entry->host.fact;
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
refuse_probe(struct probe *probe)
{
	if (probe->endpoint->attempts == 0)
		probe->endpoint->failure = REASON_BLOCKLISTED;
}

/* The conversation that is due next, if any. What may make one superfluous, a
   chain that matches, is looked at where it can only. */
static bool
next_probe(struct probe *probe)
{
	struct entry *entry = probe->entry;
	const struct host *host = &entry->host;

	if (host_next_probe(host, probe->endpoint, true, &probe->next))
		return true;
	return host_next_probe(host, probe->endpoint, false, &probe->next) &&
	       !judge_matches(entry->hosts->config.judge, &host->fact,
		       probe->endpoint, wall_s(entry->hosts));
}

/* Wait for the turn of the next conversation with the address, if there is to
   be one. */
static bool
queue_probe(struct probe *probe)
{
	struct entry *entry = probe->entry;

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
end_probe(struct entry *entry)
{
	if (--entry->probes_left > 0)
		return;
	host_probed(&entry->host);
	post(entry);
}

/* No more with this address for now. */
static void
leave(struct probe *probe)
{
	struct hosts *hosts = probe->entry->hosts;

	pace_leave(hosts->pace, &probe->ticket, hosts->now_ms);
	if (hosts->config.claims != NULL)
		claims_release(hosts->config.claims, &probe->endpoint->address);
}

static void
on_probe(void *arg, struct fact_endpoint *seen)
{
	struct probe *probe = arg;
	struct entry *entry = probe->entry;
	struct hosts *hosts = entry->hosts;

	hosts->stats.probes++;
	leave(probe);
	attempt_take(probe->endpoint, probe->next.attempt, seen);
	if (!queue_probe(probe))
		end_probe(entry);
}

void
hosts_granted(void *owner)
{
	struct probe *probe = owner;
	struct hosts *hosts = probe->entry->hosts;
	const struct probe_wish wish = {probe->next.sni, probe->next.key};

	/* The list may have changed while it waited. */
	if (is_listed(probe)) {
		refuse_probe(probe);
		leave(probe);
		end_probe(probe->entry);
		return;
	}
	probe->seen.address = probe->endpoint->address;
	probe->seen.port = probe->endpoint->port;
	probe_start(hosts->config.prober, &probe->seen, &wish,
		probe->entry->arena, on_probe, probe);
}

static void
start_probes(struct hosts *hosts)
{
	struct claims *claims = hosts->config.claims;
	struct pace_ticket *ticket;

	while ((ticket = pace_next(hosts->pace, hosts->now_ms)) != NULL)
		if (claims == NULL || !claims_address(claims, &ticket->address,
					      ticket->owner))
			hosts_granted(ticket->owner);
}

static void
queue_probes(struct entry *entry)
{
	struct fact_host *fact = &entry->host.fact;

	entry->probes = arena_alloc(
		entry->arena, fact->endpoint_count * sizeof(*entry->probes));
	/* Held until all are queued, of which there may be none. */
	entry->probes_left = 1;
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		struct probe *probe = &entry->probes[i];

		probe->entry = entry;
		probe->endpoint = &fact->endpoints[i];
		probe->ticket.address = probe->endpoint->address;
		probe->ticket.provider = judge_provider(
			entry->hosts->config.judge, entry->name);
		probe->ticket.owner = probe;
		entry->probes_left += queue_probe(probe);
	}
	end_probe(entry);
}

/* Edge 3: a second opinion on a look-up that failed, or brought records that
   do not match. */

static void
on_opinion(
	void *arg, const struct fact_server *servers, size_t count, bool heard)
{
	struct entry *entry = arg;

	opinion_take_host(
		&entry->host.fact, entry->opinion.type, servers, count, heard);
	post(entry);
}

/* True: one is to come. */
static bool
start_opinion(struct entry *entry)
{
	const struct hosts_config *config = &entry->hosts->config;

	if (entry->doubted)
		return false;
	entry->doubted = true;
	return opinion_for_host(&entry->host.fact,
		       judge_mismatches(config->judge, &entry->host.fact,
			       wall_s(entry->hosts)),
		       config->policy.port, &entry->opinion) &&
	       opinions_ask(config->opinions, &entry->opinion, false,
		       entry->arena, on_opinion, entry) != NULL;
}

/* Edge 4: further look-ups. */

/* True: they are to come. */
static bool
start_extras(struct entry *entry)
{
	if (entry->looked)
		return false;
	entry->looked = true;
	return extras_ask_host(entry->hosts->config.extras, &entry->host.fact,
		entry->arena, on_aside, entry);
}

/* Nothing more, or nothing that a further pass will not ask again. */
static bool
is_done(struct entry *entry)
{
	const struct fact_host *fact = &entry->host.fact;

	if (entry->hosts->provisional && retry_host(fact))
		return true;
	return !start_opinion(entry) &&
	       !asides_host(&entry->asides, &entry->host.fact) &&
	       !start_extras(entry);
}

/* Keep what later domains need, and tell. */
static void
conclude(struct entry *entry, const struct judge_host *judged, int64_t run)
{
	struct hosts *hosts = entry->hosts;
	size_t len;
	const uint8_t *octets = judge_pack(
		judged, hosts->config.evidence, entry->arena, &len);

	HASH_DEL(hosts->entries, entry);
	hosts->stats.open--;
	finished_keep(hosts->finished, entry->name, octets, len,
		retry_host(judged->verdict.fact));
	hosts->config.on_done(hosts->config.arg, judged, run, entry->waiters);
	arena_free(entry->arena);
}

static void
finish(struct entry *entry)
{
	struct hosts *hosts = entry->hosts;
	struct judge_host judged = {.provider = NULL};

	judge_host(hosts->config.judge, &entry->host.fact, wall_s(hosts),
		entry->arena, &judged);
	conclude(entry, &judged, 0);
}

static void
step(struct entry *entry)
{
	struct host_question question;

	while (host_ask(&entry->host, &question))
		start_question(entry, &question);
	/* A question that could not be asked has its answer. */
	if (entry->posted)
		return;
	switch (entry->host.state) {
	case HOST_STATE_ADDRESSES:
	case HOST_STATE_CNAME:
	case HOST_STATE_TLSA:
		break;
	case HOST_STATE_PROBES:
		if (entry->probes == NULL)
			queue_probes(entry);
		break;
	case HOST_STATE_DONE:
		if (is_done(entry))
			finish(entry);
		break;
	}
}

/* What others examine. */

static void
take_facts(struct entry *entry, const struct fleet_facts *facts)
{
	struct judge_host judged = {.provider = NULL};

	stored_judge(entry->hosts->config.judge, facts, entry->arena, &judged);
	conclude(entry, &judged, facts->run);
}

void
hosts_claimed(struct hosts *hosts, const char *name, enum fleet_host status,
	const struct fleet_facts *facts)
{
	struct entry *entry = find(hosts, name);

	if (entry == NULL || !entry->claim.waits)
		return;
	entry->claim.waits = status == FLEET_HOST_ELSEWHERE;
	switch (status) {
	case FLEET_HOST_MINE:
		post(entry);
		break;
	case FLEET_HOST_ELSEWHERE:
		claims_host_again(hosts->config.claims, &entry->claim);
		break;
	case FLEET_HOST_PUT_OFF:
		host_put_off(&entry->host);
		finish(entry);
		break;
	case FLEET_HOST_DONE:
		take_facts(entry, facts);
		break;
	}
}

void
hosts_announce(struct hosts *hosts)
{
	struct claims *claims = hosts->config.claims;
	const struct entry *entry;

	for (entry = hosts->entries; entry != NULL; entry = entry->hh.next)
		claims_announce_host(claims, entry->name);
	finished_transient(hosts->finished, claims_announce_put_off, claims);
	pace_addresses(hosts->pace, claims_announce_address, claims);
}

void
hosts_turn(struct hosts *hosts, uint64_t now_ms, int64_t wall_us)
{
	struct entry *entry;

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
	stats->kept = finished_memory(hosts->finished);
	stats->probes_open = pace_open(hosts->pace);
	stats->probes_waiting = pace_waiting(hosts->pace);
	pace_stats(hosts->pace, &stats->pace);
}
