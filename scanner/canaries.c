/*
 * Canaries: names that must resolve.
 */
#include "scanner/canaries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "scanner/core/arena.h"

enum {
	ASK_MS = 2000,
	/* Far more than a resolver needs that works. */
	LIMIT_MS = 5000,
	OPEN_MAX = 16
};

/* One question. */
struct flight {
	struct canaries *canaries;
	bool open;    /* its callback is to come */
	bool counted; /* as a failure, before that */
	uint64_t asked_ms;
	int64_t asked_us;
};

struct canaries {
	struct canaries_config config;
	struct resolver *resolver;
	struct canaries_stats stats;
	size_t next; /* name to ask below */
	uint64_t asked_ms;
	int64_t wall_us;
	struct flight flights[OPEN_MAX];
};

static void
add_name(struct canaries *canaries, const char *name, size_t len)
{
	struct canaries_stats *stats = &canaries->stats;

	if (len == 0 || len >= NAME_SIZE || stats->name_count == CANARIES_MAX)
		return;
	snprintf(stats->names[stats->name_count++], NAME_SIZE, "%.*s", (int)len,
		name);
}

struct canaries *
canaries_new(const struct canaries_config *config, struct resolver *resolver)
{
	struct canaries *canaries = calloc(1, sizeof(*canaries));

	if (canaries == NULL)
		arena_out_of_memory();
	canaries->config = *config;
	canaries->resolver = resolver;
	canary_init(&canaries->stats.law, config->window);
	for (size_t i = 0; i < OPEN_MAX; i++)
		canaries->flights[i].canaries = canaries;
	for (const char *name = config->names; name != NULL;) {
		const char *comma = strchrnul(name, ',');

		add_name(canaries, name, (size_t)(comma - name));
		name = *comma == ',' ? comma + 1 : NULL;
	}
	return canaries;
}

void
canaries_free(struct canaries *canaries)
{
	free(canaries);
}

void
canaries_learn(struct canaries *canaries, const struct fact_domain *fact)
{
	struct canaries_stats *stats = &canaries->stats;
	const char *tld = name_last_labels(fact->name, 1);

	if (!canaries->config.enabled || canaries->config.names != NULL ||
		stats->name_count == CANARIES_DERIVED ||
		fact->mx.trust != ANSWER_SECURE ||
		fact->mx.status != ANSWER_DATA)
		return;
	for (size_t i = 0; i < stats->name_count; i++)
		if (strcmp(stats->names[i], tld) == 0)
			return;
	add_name(canaries, tld, strlen(tld));
}

static void
take(struct canaries *canaries, bool answered, int64_t at_us)
{
	canaries->stats.failed += !answered;
	canary_take(&canaries->stats.law, answered, at_us);
}

static void
on_answer(void *arg, const struct answer *answer)
{
	struct flight *flight = arg;
	struct canaries *canaries = flight->canaries;
	bool answered = canary_is_answer(answer);

	flight->open = false;
	/* Too late is a failure, whatever it is. */
	if (flight->counted)
		return;
	take(canaries, answered,
		answered ? canaries->wall_us : flight->asked_us);
}

static struct flight *
free_flight(struct canaries *canaries)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (!canaries->flights[i].open)
			return &canaries->flights[i];
	return NULL;
}

static void
ask(struct canaries *canaries, uint64_t now_ms)
{
	struct canaries_stats *stats = &canaries->stats;
	struct flight *flight = free_flight(canaries);
	char name[NAME_SIZE + 20];
	uint64_t label = 0;

	canaries->asked_ms = now_ms;
	if (flight == NULL ||
		getrandom(&label, sizeof(label), GRND_NONBLOCK) < 0)
		return;
	snprintf(name, sizeof(name), "c%016" PRIx64 ".%s", label,
		stats->names[canaries->next++ % stats->name_count]);
	flight->open = true;
	flight->counted = false;
	flight->asked_ms = now_ms;
	flight->asked_us = canaries->wall_us;
	if (resolver_ask(canaries->resolver, name, ANSWER_TYPE_A, now_ms,
		    on_answer, flight) < 0) {
		flight->open = false;
		return;
	}
	stats->asked++;
}

/* Those that wait are as old as they are, in whatever order. */
static void
expire(struct canaries *canaries, uint64_t now_ms)
{
	for (size_t i = 0; i < OPEN_MAX; i++) {
		struct flight *flight = &canaries->flights[i];

		if (!flight->open || flight->counted ||
			now_ms - flight->asked_ms < LIMIT_MS)
			continue;
		flight->counted = true;
		take(canaries, false, flight->asked_us);
	}
}

void
canaries_turn(
	struct canaries *canaries, bool busy, uint64_t now_ms, int64_t wall_us)
{
	canaries->wall_us = wall_us;
	if (!canaries->config.enabled || canaries->stats.name_count == 0)
		return;
	expire(canaries, now_ms);
	/* A fault has an end, even if nothing else is asked any more. */
	if ((busy || canaries->stats.law.failing) &&
		now_ms - canaries->asked_ms >= ASK_MS)
		ask(canaries, now_ms);
}

bool
canaries_failing(const struct canaries *canaries)
{
	return canaries->stats.law.failing;
}

unsigned
canaries_window(const struct canaries *canaries)
{
	return canaries->stats.law.window;
}

void
canaries_stats(const struct canaries *canaries, struct canaries_stats *stats)
{
	*stats = canaries->stats;
}
