/*
 * Made-up name servers that are asked directly.
 */
#include "tests/scenario/fake_direct.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer that will come. */
struct event {
	uint64_t at_ms;
	const struct fake_nameserver *nameserver;
	enum answer_type type;
	char name[NAME_SIZE];
	direct_cb cb;
	void *arg;
	struct event *next;
};

struct direct {
	struct fake_world *world;
	struct event *events; /* by time, then in order of arrival */
};

struct direct *
fake_direct_new(struct fake_world *world)
{
	struct direct *direct = calloc(1, sizeof(*direct));

	direct->world = world;
	return direct;
}

static void
schedule(struct direct *direct, struct event *event)
{
	struct event **at = &direct->events;

	while (*at != NULL && (*at)->at_ms <= event->at_ms)
		at = &(*at)->next;
	event->next = *at;
	*at = event;
}

static struct event *
due(struct direct *direct, uint64_t now_ms)
{
	struct event *event = direct->events;

	if (event == NULL || event->at_ms > now_ms)
		return NULL;
	direct->events = event->next;
	return event;
}

void
fake_direct_free(struct direct *direct)
{
	struct event *event;

	while (direct != NULL && (event = due(direct, UINT64_MAX)) != NULL)
		free(event);
	free(direct);
}

static const struct fake_nameserver nobody = {.outcome = OUTCOME_TIMEOUT};

static const struct fake_nameserver *
nameserver_at(const struct fake_world *world, const char *address)
{
	for (size_t i = 0; i < world->nameserver_count; i++)
		if (strcmp(world->nameservers[i].address, address) == 0)
			return &world->nameservers[i];
	return &nobody;
}

static struct fake_asked *
asked_of(struct fake_world *world, const struct fake_nameserver *nameserver)
{
	return &world->direct[nameserver - world->nameservers];
}

static void
count_begin(struct fake_asked *asked, enum answer_type type, uint64_t now_ms)
{
	uint64_t gap = now_ms - asked->ended_ms;

	/* The control question belongs to the one before. */
	if (asked->asked > 0 && type != ANSWER_TYPE_SOA &&
		(asked->least_gap_ms == 0 || gap < asked->least_gap_ms))
		asked->least_gap_ms = gap;
	asked->asked++;
	asked->by_type[type]++;
	if (++asked->open > asked->most_open)
		asked->most_open = asked->open;
}

static enum outcome
outcome_for(const struct fake_nameserver *nameserver, enum answer_type type)
{
	if (type == ANSWER_TYPE_SOA && nameserver->alive)
		return OUTCOME_DATA;
	if (type == ANSWER_TYPE_NS && nameserver->delegates != NULL)
		return OUTCOME_LAME;
	return nameserver->outcome;
}

int
direct_ask(struct direct *direct, const struct server_address *server,
	const char *name, enum answer_type type, direct_cb cb, void *arg)
{
	struct fake_world *world = direct->world;
	struct event *event = calloc(1, sizeof(*event));
	char address[SERVER_TEXT_SIZE];

	server_text(server, address);
	event->nameserver = nameserver_at(world, address);
	event->type = type;
	snprintf(event->name, sizeof(event->name), "%s", name);
	event->at_ms = world->now_ms + 1;
	if (outcome_for(event->nameserver, type) == OUTCOME_TIMEOUT)
		event->at_ms += FAKE_TIMEOUT_MS;
	event->cb = cb;
	event->arg = arg;
	schedule(direct, event);
	if (event->nameserver != &nobody)
		count_begin(asked_of(world, event->nameserver), type,
			world->now_ms);
	return 0;
}

/* Of the name that was asked for. */
static const struct message_delegation *
delegation_of(const struct event *event)
{
	static struct message_delegation delegation;
	const char *address = strchr(event->nameserver->delegates, ' ');
	struct message_server *server = &delegation.servers[0];

	memset(&delegation, 0, sizeof(delegation));
	snprintf(delegation.zone, sizeof(delegation.zone), "%s", event->name);
	snprintf(server->name, sizeof(server->name), "%.*s",
		(int)(address - event->nameserver->delegates),
		event->nameserver->delegates);
	server_parse(address + 1, 53, &server->address);
	delegation.count = 1;
	return &delegation;
}

void
fake_direct_step(struct direct *direct, uint64_t now_ms)
{
	struct event *event;

	while (direct != NULL && (event = due(direct, now_ms)) != NULL) {
		const struct fake_nameserver *server = event->nameserver;
		struct direct_result result = {
			.outcome = outcome_for(server, event->type),
			.digest = server->digest,
			.has_serial = event->type == ANSWER_TYPE_SOA,
			.serial = server->serial,
		};

		if (event->type == ANSWER_TYPE_NS && server->delegates != NULL)
			result.delegation = delegation_of(event);
		if (server != &nobody) {
			asked_of(direct->world, server)->open--;
			asked_of(direct->world, server)->ended_ms = now_ms;
		}
		event->cb(event->arg, &result);
		free(event);
	}
}
