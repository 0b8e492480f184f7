/*
 * A made-up outside world in virtual time.
 */
#include "tests/scenario/fake_shells.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/probe/probe.h"
#include "store/json.h"
#include "tests/scenario/fake_answers.h"
#include "tests/scenario/fake_direct.h"

/* Something that will happen: an answer or the end of a conversation. */
struct event {
	uint64_t at_ms;
	const struct fake_record *record;
	resolver_cb on_answer;
	enum answer_type type;
	probe_cb on_probe;
	void *arg;
	struct fact_endpoint *endpoint;
	enum reason failure;
	struct fact_tls *tls;
	struct event *next;
};

/* Stand-ins for the opaque structs of the shells. */
struct resolver {
	struct fake_world *world;
	struct event *events;
};

struct prober {
	struct fake_world *world;
	struct event *events;
};

struct list {
	struct fake_world *world;
};

struct store {
	struct fake_world *world;
	store_committed_cb committed;
	void *arg;
	bool finished;
};

struct fake_parts {
	struct resolver resolver;
	struct direct *direct;
	struct prober prober;
	struct list list;
	struct store store;
};

static const struct fake_record unknown = {
	.status = ANSWER_NXDOMAIN, .trust = ANSWER_SECURE};

/* Events: kept in order of time, those of one moment in order of arrival. */

static void
schedule(struct event **events, struct event *event)
{
	while (*events != NULL && (*events)->at_ms <= event->at_ms)
		events = &(*events)->next;
	event->next = *events;
	*events = event;
}

static struct event *
due(struct event **events, uint64_t now_ms)
{
	struct event *event = *events;

	if (event == NULL || event->at_ms > now_ms)
		return NULL;
	*events = event->next;
	return event;
}

static void
drop(struct event *event)
{
	while (event != NULL) {
		struct event *next = event->next;

		free(event);
		event = next;
	}
}

/* The resolver. */

static bool
is_of(const char *pattern, const char *name)
{
	size_t len = strlen(name), tail = strlen(pattern) - 1;

	if (pattern[0] != '*')
		return strcmp(pattern, name) == 0;
	return len > tail && strcmp(pattern + 1, name + len - tail) == 0;
}

static const struct fake_record *
find_record(const struct fake_record *records, size_t count, const char *name,
	enum answer_type type)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].type == type && is_of(records[i].name, name))
			return &records[i];
	return NULL;
}

static const struct fake_record *
record_of(
	const struct fake_world *world, const char *name, enum answer_type type)
{
	const struct fake_record *record = NULL;

	if (world->now_ms < world->early_until_ms)
		record = find_record(world->early_records,
			world->early_record_count, name, type);
	if (record == NULL)
		record = find_record(
			world->records, world->record_count, name, type);
	return record != NULL ? record : &unknown;
}

void
resolver_renew(struct resolver *resolver, uint64_t now_ms)
{
	(void)now_ms;
	resolver->world->renewed++;
}

size_t
resolver_queues(const struct resolver *resolver)
{
	(void)resolver;
	return 1;
}

size_t
resolver_queue(const struct resolver *resolver, const char *name)
{
	(void)resolver;
	(void)name;
	return 0;
}

int
resolver_ask(struct resolver *resolver, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	struct fake_world *world = resolver->world;
	struct event *event = calloc(1, sizeof(*event));

	if (world->unasked != NULL && strstr(name, world->unasked) != NULL)
		abort();
	event->record = record_of(world, name, type);
	event->type = type;
	event->at_ms = now_ms + 1 +
		       (event->record->delay_ms > 0 ? event->record->delay_ms
						    : world->default_delay_ms);
	event->on_answer = cb;
	event->arg = arg;
	schedule(&resolver->events, event);
	world->asked++;
	world->asked_by_type[type]++;
	if (++world->open_by_type[type] > world->most_open_by_type[type])
		world->most_open_by_type[type] = world->open_by_type[type];
	return 0;
}

void
resolver_tick(struct resolver *resolver, uint64_t now_ms)
{
	struct event *event;

	while ((event = due(&resolver->events, now_ms)) != NULL) {
		struct answers *answers = fake_answers_from(event->record);

		if (resolver->world->alias != NULL &&
			event->record->type == ANSWER_TYPE_A &&
			strcmp(event->record->name, resolver->world->alias) ==
				0)
			answers->answer.alias = resolver->world->alias_end;
		resolver->world->open_by_type[event->type]--;
		event->on_answer(event->arg, &answers->answer);
		free(answers);
		free(event);
	}
}

/* The prober. */

/* The end of a conversation with this server, for a client with this wish. */
static void
converse(struct event *event, const struct fake_server *server,
	const struct probe_wish *wish, struct arena *arena)
{
	const char *key = wish->key == FACT_KEY_ANY ? server->key
						    : server->other;

	event->failure = server->failure;
	event->at_ms = server->delay_ms;
	if (server->failure != REASON_NONE)
		return;
	event->failure = key == NULL ? REASON_TLS_ALERT_40 : REASON_NONE;
	if (key == NULL)
		return;
	event->tls = arena_alloc(arena, sizeof(*event->tls));
	event->tls->version = event->tls->cipher = "fake";
	event->tls->key = key;
}

static const struct fake_server *
find_server(
	const struct fake_server *servers, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(servers[i].address, address) == 0)
			return &servers[i];
	return NULL;
}

static const struct fake_server *
server_of(const struct fake_world *world, const char *address)
{
	const struct fake_server *server = NULL;

	if (world->now_ms < world->early_until_ms)
		server = find_server(world->early_servers,
			world->early_server_count, address);
	return server != NULL ? server
			      : find_server(world->servers, world->server_count,
					address);
}

void
probe_start(struct prober *prober, struct fact_endpoint *endpoint,
	const struct probe_wish *wish, struct arena *arena, probe_cb cb,
	void *arg)
{
	struct fake_world *world = prober->world;
	struct event *event = calloc(1, sizeof(*event));
	const struct fake_server *server;
	char address[46];

	fact_address_text(&endpoint->address, address);
	event->failure = REASON_TCP_REFUSED;
	server = server_of(world, address);
	if (server != NULL)
		converse(event, server, wish, arena);
	if (event->tls != NULL) {
		event->tls->chain = world->certificate;
		event->tls->chain_len = world->certificate != NULL;
	}
	event->at_ms += world->now_ms + 1;
	event->on_probe = cb;
	event->arg = arg;
	event->endpoint = endpoint;
	schedule(&prober->events, event);
	if (world->probed < sizeof(world->probed_at_ms) / sizeof(uint64_t))
		world->probed_at_ms[world->probed] = world->now_ms;
	world->probed++;
}

static void
probes_tick(struct prober *prober, uint64_t now_ms)
{
	struct event *event;

	while ((event = due(&prober->events, now_ms)) != NULL) {
		event->endpoint->phase = event->tls != NULL ? FACT_PHASE_DONE
					 : event->failure == REASON_TLS_ALERT_40
						 ? FACT_PHASE_HANDSHAKE
						 : FACT_PHASE_CONNECT;
		event->endpoint->failure = event->failure;
		event->endpoint->tls = event->tls;
		event->on_probe(event->arg, event->endpoint);
		free(event);
	}
}

/* The list. */

enum list_status
list_next(struct list *list, struct list_entry *entry)
{
	struct fake_world *world = list->world;

	if (world->fail_list_after > 0 &&
		world->listed == world->fail_list_after)
		return LIST_FAILED;
	if (world->listed == world->name_count)
		return LIST_END;
	if (world->listed == world->pause_list_after &&
		world->now_ms < world->pause_until_ms)
		return LIST_AGAIN;
	memset(entry, 0, sizeof(*entry));
	entry->line = world->listed + 1;
	if (world->names != NULL)
		snprintf(entry->name, sizeof(entry->name), "%s",
			world->names[world->listed]);
	else
		snprintf(entry->name, sizeof(entry->name), "name%zu.test",
			world->listed + 1);
	world->listed++;
	return LIST_NAME;
}

const char *
list_error(const struct list *list)
{
	(void)list;
	return "the list broke off";
}

/* The sink. */

void
store_watch(struct store *store, store_watch_cb watch,
	store_committed_cb committed, void *arg)
{
	(void)watch;
	store->committed = committed;
	store->arg = arg;
}

void
store_add_certificate(
	struct store *store, const struct row_certificate *certificate)
{
	(void)store;
	(void)certificate;
}

static char *
text_of_hosts(const struct row_mx *hosts, size_t count)
{
	struct buffer text = {0};
	char *copy;

	for (size_t i = 0; i < count; i++)
		json_mx(&text, &hosts[i]);
	copy = strdup(buffer_string(&text));
	assert(copy != NULL);
	buffer_free(&text);
	return copy;
}

void
store_add_host(struct store *store, const struct row_host *host)
{
	const struct row_mx mx = {.preference = 10, .host = host};
	struct fake_world *world = store->world;

	if (world->hosts_stored < sizeof(world->hosts) / sizeof(char *)) {
		world->hosts[world->hosts_stored] = text_of_hosts(&mx, 1);
		snprintf(world->host_names[world->hosts_stored], FAKE_NAME_SIZE,
			"%s", host->host);
	}
	world->hosts_stored++;
}

void
store_know_host(struct store *store, const struct row_host *host, int64_t run)
{
	(void)host;
	assert(run > 0);
	store->world->hosts_known++;
}

void
store_add_domain(struct store *store, const struct row_domain *domain)
{
	struct fake_world *world = store->world;
	struct fake_row *row = &world->rows[world->row_count++];

	snprintf(row->domain, sizeof(row->domain), "%s", domain->domain);
	snprintf(row->class, sizeof(row->class), "%s", domain->class);
	snprintf(row->reason, sizeof(row->reason), "%s",
		domain->reason != NULL ? domain->reason : "");
	row->hosts = text_of_hosts(domain->hosts, domain->host_count);
	row->extras = domain->extras != NULL;
	if (domain->host_count > 0 && domain->hosts[0].host->record_count > 0 &&
		domain->hosts[0].host->records[0].hint != NULL)
		snprintf(row->hint, sizeof(row->hint), "%s",
			domain->hosts[0].host->records[0].hint);
	row->line = domain->line;
	row->passes = domain->passes;
	row->flagged = domain->flag_count > 0;
	row->at_ms = world->now_ms;
}

void
store_end_chunk(struct store *store, uint32_t chunk)
{
	struct fake_world *world = store->world;

	world->ends[world->end_count].chunk = chunk;
	world->ends[world->end_count++].row = world->row_count;
}

static void
tell_fleet(struct fake_world *world, size_t ripe)
{
	for (size_t i = world->committed; i < ripe; i++)
		fake_fleet_row(world->fleet, world->rows[i].domain);
	while (world->ended < world->end_count &&
		(world->ends[world->ended].row < ripe ||
			world->row_count == ripe))
		fake_fleet_ended(
			world->fleet, world->ends[world->ended++].chunk);
	for (; !world->stalled && world->hosts_told < world->hosts_stored &&
		world->hosts_told < sizeof(world->host_names) / FAKE_NAME_SIZE;
		world->hosts_told++)
		fake_fleet_stored(
			world->fleet, world->host_names[world->hosts_told]);
}

static void
store_step(struct store *store, uint64_t now_ms)
{
	struct fake_world *world = store->world;
	size_t ripe = world->committed;

	while (!world->stalled && ripe < world->row_count &&
		(ripe < world->flushed ||
			world->rows[ripe].at_ms + world->commit_delay_ms <=
				now_ms))
		ripe++;
	if (world->fleet != NULL)
		tell_fleet(world, ripe);
	if (ripe > world->committed)
		store->committed(store->arg, ripe - world->committed);
	world->committed = ripe;
}

void
store_flush(struct store *store)
{
	store->world->flushed = store->world->row_count;
}

void
store_report(struct store *store, const char *report)
{
	snprintf(store->world->report, sizeof(store->world->report), "%s",
		report);
}

void
store_finish(struct store *store, const char *state)
{
	snprintf(store->world->end, sizeof(store->world->end), "%s", state);
	store->finished = true;
}

bool
store_closed(const struct store *store)
{
	return store->finished;
}

const char *
store_failed(const struct store *store)
{
	return store->world->sink_failure;
}

/* The world. */

void
fake_begin(struct fake_world *world, struct scan_parts *parts)
{
	struct fake_parts *fake = calloc(1, sizeof(*fake));

	world->rows = calloc(world->name_count + 1, sizeof(*world->rows));
	world->parts = fake;
	fake->resolver.world = fake->prober.world = world;
	fake->list.world = fake->store.world = world;
	memset(parts, 0, sizeof(*parts));
	parts->resolver = &fake->resolver;
	if (world->nameserver_count > 0)
		parts->direct = fake->direct = fake_direct_new(world);
	parts->prober = &fake->prober;
	if (!world->is_worker)
		parts->list = &fake->list;
	parts->fleet = world->fleet;
	parts->stores[0] = &fake->store;
	parts->store_count = 1;
}

static void
ignore_watch(void *arg, struct store *store, int fd, int events)
{
	(void)arg;
	(void)store;
	(void)fd;
	(void)events;
}

struct scan *
fake_scan(struct fake_world *world, const struct scan_config *config)
{
	struct scan_parts parts;
	struct scan *scan;
	char err[200];

	fake_begin(world, &parts);
	scan = scan_new(config, &parts, err, sizeof(err));
	if (scan != NULL)
		scan_watch(scan, ignore_watch, NULL);
	return scan;
}

static bool
has_ended(const struct scan *scan)
{
	enum scan_state state = scan_state(scan);

	return state == SCAN_COMPLETE || state == SCAN_INTERRUPTED ||
	       state == SCAN_FAILED;
}

bool
fake_step(struct fake_world *world, struct scan *scan)
{
	struct fake_parts *fake = world->parts;

	if (has_ended(scan))
		return true;
	while (scan_turn(scan, world->now_ms, (int64_t)(world->now_ms * 1000)))
		continue;
	world->now_ms++;
	resolver_tick(&fake->resolver, world->now_ms);
	fake_direct_step(fake->direct, world->now_ms);
	probes_tick(&fake->prober, world->now_ms);
	store_step(&fake->store, world->now_ms);
	if (world->fleet != NULL)
		fake_fleet_step(world->fleet, world->now_ms);
	return has_ended(scan);
}

bool
fake_run(struct fake_world *world, struct scan *scan, uint64_t until_ms)
{
	while (!has_ended(scan) && world->now_ms < until_ms)
		fake_step(world, scan);
	return has_ended(scan);
}

const struct fake_row *
fake_row(const struct fake_world *world, const char *domain)
{
	for (size_t i = 0; i < world->row_count; i++)
		if (strcmp(world->rows[i].domain, domain) == 0)
			return &world->rows[i];
	return NULL;
}

void
fake_end(struct fake_world *world)
{
	drop(world->parts->resolver.events);
	fake_direct_free(world->parts->direct);
	drop(world->parts->prober.events);
	for (size_t i = 0; i < world->row_count; i++)
		free(world->rows[i].hosts);
	for (size_t i = 0; i < sizeof(world->hosts) / sizeof(char *); i++)
		free(world->hosts[i]);
	free(world->rows);
	free(world->parts);
}
