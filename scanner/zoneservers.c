/*
 * Who serves a zone. Three asynchronous edges: the NS question, the questions
 * for the servers' addresses, and one to the zone above.
 */
#include "scanner/zoneservers.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/name.h"
#include "resolver/rdata.h"
#include "scanner/core/parents.h"

enum {
	/* Servers of the zone above that are asked for a delegation. */
	ABOVE_MAX = 2,
};

struct zoneservers {
	struct zoneservers_config config;
	struct parents *parents;
	uint64_t now_ms;
};

struct zoneservers *
zoneservers_new(const struct zoneservers_config *config)
{
	struct zoneservers *zoneservers = calloc(1, sizeof(*zoneservers));

	if (zoneservers == NULL)
		arena_out_of_memory();
	zoneservers->config = *config;
	zoneservers->parents = parents_new();
	return zoneservers;
}

void
zoneservers_free(struct zoneservers *zoneservers)
{
	if (zoneservers == NULL)
		return;
	parents_free(zoneservers->parents);
	free(zoneservers);
}

void
zoneservers_renew(struct zoneservers *zoneservers)
{
	parents_free(zoneservers->parents);
	zoneservers->parents = parents_new();
}

/* To be called once for each time that a state's questions are all done. */
static void
close_question(struct zone_search *search)
{
	if (--search->open == 0)
		search->post(search->arg);
}

/* A zone whose servers do not answer does not tell who they are either. */
static void
pass_over(struct zone_search *search)
{
	const char *above = opinion_next_zone(search->zone, true);

	if (above == NULL)
		return;
	search->zone = above;
	search->sick = true;
}

void
zone_search_begin(struct zoneservers *zoneservers, struct zone_search *search)
{
	search->zoneservers = zoneservers;
	search->state = ZONE_SEARCH_ZONE;
	search->zone = opinion_first_zone(search->question);
	if (search->unanswered)
		pass_over(search);
}

/* Edge 1: where the zone begins, and who serves it. */

static void
add_name(struct zone_search *search, const char *name)
{
	if (search->name_count < OPINION_SERVERS_MAX)
		search->names[search->name_count++] = arena_strdup(
			search->arena, name);
}

static void
on_ns(void *arg, const struct answer *answer)
{
	struct zone_search *search = arg;
	char name[NAME_TEXT_SIZE];

	search->sick |= answer->trust == ANSWER_BOGUS ||
			answer_failed(answer->status);
	for (size_t i = 0; i < answer->count; i++)
		if (rdata_name(answer->rdata[i].data, answer->rdata[i].len,
			    name) == 0)
			add_name(search, name);
	if (search->name_count == 0)
		search->zone = opinion_next_zone(search->zone, search->sick);
	close_question(search);
}

static void
start_ns(struct zone_search *search)
{
	static const struct answer unaskable = {.status = ANSWER_SERVFAIL};
	struct zoneservers *zoneservers = search->zoneservers;

	search->open = 1;
	if (resolver_ask(zoneservers->config.resolver, search->zone,
		    ANSWER_TYPE_NS, zoneservers->now_ms, on_ns, search) < 0)
		on_ns(search, &unaskable);
}

/* Edge 2: the servers' addresses. */

static void
add_server(struct zone_search *search, const char *name,
	const struct fact_address *address)
{
	struct fact_server *server;

	for (size_t i = 0; i < search->count; i++)
		if (fact_address_equal(&search->servers[i].address, address))
			return;
	if (search->count == OPINION_SERVERS_MAX)
		return;
	server = &search->servers[search->count++];
	server->name = name;
	server->address = *address;
	server->type = search->question->type;
}

static struct fact_address
address_of(const uint8_t *octets, size_t len)
{
	struct fact_address address = {.ipv6 = len == 16};

	memcpy(address.bytes, octets, len);
	return address;
}

static void
on_address(void *arg, const struct answer *answer)
{
	struct zone_address_question *question = arg;
	struct zone_search *search = question->search;
	size_t len = question->ipv6 ? 16 : 4;

	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];
		struct fact_address address;

		if (rdata->len != len)
			continue;
		address = address_of(rdata->data, len);
		add_server(search, question->name, &address);
	}
	close_question(search);
}

static bool
is_listed_name(const struct zoneservers *zoneservers, const char *name)
{
	const struct blocklist *blocklist = zoneservers->config.blocklist;

	return blocklist != NULL && blocklist_has_name(blocklist, name);
}

static void
start_address(struct zone_search *search, size_t i, const char *name, bool ipv6)
{
	static const struct answer unaskable = {.status = ANSWER_SERVFAIL};
	struct zoneservers *zoneservers = search->zoneservers;
	struct zone_address_question *question = &search->addresses[i];

	question->search = search;
	question->name = name;
	question->ipv6 = ipv6;
	search->open++;
	if (is_listed_name(zoneservers, name) ||
		resolver_ask(zoneservers->config.resolver, name,
			ipv6 ? ANSWER_TYPE_AAAA : ANSWER_TYPE_A,
			zoneservers->now_ms, on_address, question) < 0)
		on_address(question, &unaskable);
}

/* The first one is held open, so that the last answer is the end. */
static void
start_addresses(struct zone_search *search)
{
	const struct zoneservers_config *config = &search->zoneservers->config;

	search->state = ZONE_SEARCH_ADDRESSES;
	search->open = 1;
	for (size_t i = 0; i < search->name_count; i++) {
		if (!config->no_ipv4)
			start_address(search, 2 * i, search->names[i], false);
		if (!config->no_ipv6)
			start_address(
				search, 2 * i + 1, search->names[i], true);
	}
	close_question(search);
}

/* Edge 3: whom the zone above delegates to. */

/* From here on the servers are those of the zone below. */
static void
take_delegation(
	struct zone_search *search, const struct message_delegation *delegation)
{
	const struct zoneservers_config *config = &search->zoneservers->config;

	search->zone = arena_strdup(search->arena, delegation->zone);
	search->name_count = search->count = 0;
	for (size_t i = 0; i < delegation->count; i++) {
		const struct message_server *server = &delegation->servers[i];
		struct fact_address address;

		if (server->address.len == 0) {
			add_name(search, server->name);
			continue;
		}
		address = address_of(
			server->address.octets, server->address.len);
		if (address.ipv6 ? !config->no_ipv6 : !config->no_ipv4)
			add_server(search,
				arena_strdup(search->arena, server->name),
				&address);
	}
}

/* A zone above that knows of no cut is the zone itself. */
static bool
is_whole(enum outcome outcome)
{
	return outcome == OUTCOME_NODATA ||
	       outcome == OUTCOME_NODATA_UNPROVED ||
	       outcome == OUTCOME_NXDOMAIN ||
	       outcome == OUTCOME_NXDOMAIN_UNPROVED;
}

static void
on_above(void *arg, const struct direct_result *result)
{
	struct zone_search *search = arg;
	const struct message_delegation *delegation = result->delegation;

	search->name_count = 0;
	search->heard |= outcome_is_answer(result->outcome);
	search->referred = is_whole(result->outcome);
	if (delegation != NULL && opinion_is_delegation(search->question->name,
					  delegation->zone, search->zone)) {
		take_delegation(search, delegation);
		search->referred = true;
	}
	close_question(search);
}

static void
keep_parent(struct zone_search *search)
{
	struct zoneservers *zoneservers = search->zoneservers;

	if (search->count > 0)
		parents_keep(zoneservers->parents, search->zone,
			search->servers, search->count, zoneservers->now_ms);
}

/* Are the servers of a zone above known from another search? */
static bool
recall_parent(struct zone_search *search)
{
	const struct zoneservers *zoneservers = search->zoneservers;
	size_t count;
	const struct fact_server *servers = parents_find(zoneservers->parents,
		search->zone, zoneservers->now_ms, &count);

	for (size_t i = 0; i < count; i++)
		add_server(search, arena_strdup(search->arena, servers[i].name),
			&servers[i].address);
	return count > 0;
}

/* The servers of a great zone are asked in turn, so that no single one gets the
   questions for all that is sick below it. False: there is nobody more to
   ask. */
static bool
start_above(struct zone_search *search)
{
	size_t i;

	if (search->above == ABOVE_MAX || search->above >= search->count)
		return false;
	i = (name_hash(search->question->name, 0) + search->above++) %
	    search->count;
	search->state = ZONE_SEARCH_ABOVE;
	search->open = 1;
	search->asked = (struct servers_question){
		.server = &search->servers[i],
		.name = opinion_first_zone(search->question),
		.type = ANSWER_TYPE_NS,
		.above = true,
		.cb = on_above,
		.arg = search,
	};
	servers_ask(search->zoneservers->config.servers, &search->asked);
	return true;
}

/* The end. */

static bool
asks_above(const struct zone_search *search)
{
	return search->sick && !search->referred;
}

/* Servers have been found: of the zone itself, or of the one above. */
static bool
take_servers(struct zone_search *search)
{
	if (!asks_above(search))
		return true;
	if (start_above(search))
		return false;
	search->count = 0;
	return true;
}

bool
zone_search_step(struct zone_search *search, uint64_t now_ms)
{
	search->zoneservers->now_ms = now_ms;
	if (search->state != ZONE_SEARCH_ADDRESSES && search->name_count > 0) {
		start_addresses(search);
		return false;
	}
	switch (search->state) {
	case ZONE_SEARCH_ZONE:
		if (search->zone == NULL)
			return true;
		if (search->sick && recall_parent(search))
			return take_servers(search);
		start_ns(search);
		return false;
	case ZONE_SEARCH_ADDRESSES:
		if (asks_above(search))
			keep_parent(search);
		return take_servers(search);
	case ZONE_SEARCH_ABOVE:
		return take_servers(search);
	}
	return true;
}
