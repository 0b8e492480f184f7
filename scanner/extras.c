/*
 * The further look-ups of --extras. Three asynchronous edges: the questions,
 * one at a time for each domain or host, the zone's servers themselves, and the
 * policy of MTA-STS.
 */
#include "scanner/extras.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "scanner/core/extra.h"
#include "scanner/provider.h"

/* What is being looked up about one domain or host. Its memory is of the arena
   that was given. */
struct look {
	STAILQ_ENTRY(look) link; /* in ready, or in waiting */
	struct extras *extras;
	struct extra_job job;
	struct fact_domain *domain; /* one of these is NULL */
	struct fact_host *host;
	struct arena *arena;
	extras_cb cb;
	void *arg;
	bool doubted; /* the servers were thought of */
	struct opinion_question servers;
	bool fetched; /* the policy was thought of */
};

STAILQ_HEAD(look_queue, look);

struct extras {
	struct extras_config config;
	struct provider *provider;
	struct look_queue ready;
	struct look_queue waiting; /* for room among the opinions */
	uint64_t now_ms;
};

struct extras *
extras_new(const struct extras_config *config)
{
	struct extras *extras = calloc(1, sizeof(*extras));

	if (extras == NULL)
		arena_out_of_memory();
	extras->config = *config;
	STAILQ_INIT(&extras->ready);
	STAILQ_INIT(&extras->waiting);
	if (config->wanted & EXTRA_OF_DOMAIN)
		extras->provider = provider_new();
	return extras;
}

void
extras_free(struct extras *extras)
{
	if (extras == NULL)
		return;
	provider_free(extras->provider);
	free(extras);
}

static void
post(struct look *look)
{
	STAILQ_INSERT_TAIL(&look->extras->ready, look, link);
}

static struct look *
look_new(struct extras *extras, struct arena *arena, extras_cb cb, void *arg)
{
	struct look *look = arena_alloc(arena, sizeof(*look));

	look->extras = extras;
	look->arena = arena;
	look->cb = cb;
	look->arg = arg;
	return look;
}

bool
extras_ask_domain(struct extras *extras, struct fact_domain *fact,
	struct arena *arena, extras_cb cb, void *arg)
{
	struct look *look;

	if (!(extras->config.wanted & EXTRA_OF_DOMAIN))
		return false;
	look = look_new(extras, arena, cb, arg);
	look->domain = fact;
	extra_domain(&look->job, fact, extras->config.wanted, arena);
	post(look);
	return true;
}

bool
extras_ask_host(struct extras *extras, struct fact_host *fact,
	struct arena *arena, extras_cb cb, void *arg)
{
	struct look *look;

	if (!(extras->config.wanted & EXTRA_OF_HOST))
		return false;
	look = look_new(extras, arena, cb, arg);
	look->host = fact;
	extra_host(&look->job, fact, extras->config.port, extras->config.wanted,
		arena);
	post(look);
	return true;
}

/* Edge 1: the questions. */

static void
on_answer(void *arg, const struct answer *answer)
{
	struct look *look = arg;

	extra_take(&look->job, answer);
	post(look);
}

static bool
is_listed(const struct extras *extras, const char *name)
{
	return extras->config.blocklist != NULL &&
	       blocklist_has_name(extras->config.blocklist, name);
}

static void
start_question(struct look *look, const struct opinion_question *question)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	static const struct answer not_to_ask = {.status = ANSWER_SKIPPED};
	struct extras *extras = look->extras;

	/* The list may have changed since the MX question. */
	if (is_listed(extras, question->name))
		on_answer(look, &not_to_ask);
	else if (resolver_ask(extras->config.resolver, question->name,
			 question->type, extras->now_ms, on_answer, look) < 0)
		on_answer(look, &unaskable);
}

/* Edge 2: the zone's servers. */

static void
on_servers(
	void *arg, const struct fact_server *servers, size_t count, bool heard)
{
	struct look *look = arg;

	(void)heard;
	extra_take_servers(&look->job, servers, count);
	post(look);
}

/* True: they are to be asked, as soon as there is room. */
static bool
queue_servers(struct look *look)
{
	struct extras *extras = look->extras;

	if (look->doubted || extras->config.opinions == NULL)
		return false;
	look->doubted = true;
	if (!extra_wants_servers(&look->job, &look->servers))
		return false;
	STAILQ_INSERT_TAIL(&extras->waiting, look, link);
	return true;
}

static void
start_servers(struct extras *extras)
{
	struct look *look;

	while ((look = STAILQ_FIRST(&extras->waiting)) != NULL) {
		if (opinions_ask(extras->config.opinions, &look->servers, false,
			    look->arena, on_servers, look) == NULL)
			return;
		STAILQ_REMOVE_HEAD(&extras->waiting, link);
	}
}

/* Edge 3: the policy that a record for MTA-STS speaks of. */

static void
on_policy(void *arg, const struct fact_policy *fact)
{
	struct look *look = arg;

	look->job.mtasts->policy = fact;
	post(look);
}

/* True: it is to come. */
static bool
start_policy(struct look *look)
{
	struct policy *policy = look->extras->config.policy;
	const struct fact_mtasts *mtasts = look->job.mtasts;

	if (look->fetched || policy == NULL || mtasts == NULL ||
		mtasts->state != FACT_TXT_PRESENT)
		return false;
	look->fetched = true;
	policy_fetch(policy, look->domain->name, look->arena, on_policy, look);
	return true;
}

/* The end. */

/* What the Public Suffix List knows of the zone and of those who serve it. */
static void
name_operator(const struct look *look)
{
	const struct provider *provider = look->extras->provider;
	struct fact_signing *signing = look->job.signing;
	struct fact_zone *zone = look->job.zone;

	if (zone != NULL && zone->server_count > 0)
		zone->provider = provider_of(provider, zone->servers[0]);
	if (signing != NULL && signing->zone != NULL)
		signing->registry = provider_of(provider, signing->zone) ==
				    NULL;
}

static void
finish(struct look *look)
{
	if (look->domain != NULL) {
		name_operator(look);
		look->domain->extras = extra_of_domain(&look->job);
	} else {
		look->host->extras = extra_of_host(&look->job);
	}
	look->cb(look->arg);
}

static void
step(struct look *look)
{
	struct opinion_question question;

	if (extra_next(&look->job, &question))
		start_question(look, &question);
	else if (!start_policy(look) && !queue_servers(look))
		finish(look);
}

void
extras_turn(struct extras *extras, uint64_t now_ms)
{
	struct look *look;

	extras->now_ms = now_ms;
	if (extras->config.policy != NULL)
		policy_turn(extras->config.policy, now_ms);
	while ((look = STAILQ_FIRST(&extras->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&extras->ready, link);
		step(look);
	}
	start_servers(extras);
}

bool
extras_ready(const struct extras *extras)
{
	return !STAILQ_EMPTY(&extras->ready) ||
	       (extras->config.policy != NULL &&
		       policy_busy(extras->config.policy));
}
