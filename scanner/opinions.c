/*
 * Second opinions. Four asynchronous edges: the NS question, the questions for
 * the servers' addresses, one to the zone above, and those to the servers
 * themselves.
 *
 * A zone whose servers are sick may not even tell who they are. The closest
 * zone above that is well is then asked whom it delegates to.
 */
#include "scanner/opinions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <utlist.h>

#include "resolver/rdata.h"
#include "resolver/reserved.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/pace.h"

enum {
	/* Under way at once: a great failure does not hold up the scan, nor
	 * make it a burden to those who fail. */
	OPINIONS_MAX = 256,
	/* Servers of the zone above that are asked for a delegation. */
	ABOVE_MAX = 2,
	DNS_PORT = 53,
};

static const struct pace_limits limits = {
	.total = 128,
	.per_network = 8,
	.interval_ms = 50, /* between two questions to one server */
};

enum opinion_state {
	OPINION_ZONE,	   /* the NS RRset is looked for, name by name */
	OPINION_ADDRESSES, /* the servers' addresses are */
	OPINION_ABOVE,	   /* they are of the zone above, and asked for NS */
	OPINION_SERVERS,   /* … and they are asked */
};

/* The address of one server name in one family. */
struct address_question {
	struct opinion *opinion;
	const char *name;
	bool ipv6;
};

/* One server, on its way to be asked. */
struct server_question {
	struct opinion *opinion;
	struct fact_server *server;
	struct pace_ticket ticket; /* its owner is this question */
	bool control;		   /* is it silent to everything? */
};

struct opinion {
	struct opinion *prev, *next; /* of all under way */
	STAILQ_ENTRY(opinion) ready;
	struct opinions *opinions;
	struct arena *arena;	   /* holds this struct */
	struct arena *their_arena; /* for the result */
	opinions_cb cb;
	void *arg;
	struct opinion_question question;
	enum opinion_state state;
	const char *zone;
	bool heard;    /* some server has answered */
	bool sick;     /* the zone itself does not tell its servers */
	bool referred; /* … but the one above did */
	size_t above;  /* next server of that one to ask */
	const char *names[OPINION_SERVERS_MAX];
	size_t name_count;
	struct address_question addresses[2 * OPINION_SERVERS_MAX];
	struct fact_server servers[OPINION_SERVERS_MAX];
	size_t server_count;
	struct server_question questions[OPINION_SERVERS_MAX];
	unsigned open; /* questions of the state */
};

struct opinions {
	struct opinions_config config;
	struct pace *pace;
	struct opinion *all;
	unsigned open;
	STAILQ_HEAD(, opinion) ready;
	uint64_t now_ms;
};

struct opinions *
opinions_new(const struct opinions_config *config)
{
	struct opinions *opinions = calloc(1, sizeof(*opinions));

	if (opinions == NULL)
		arena_out_of_memory();
	opinions->config = *config;
	opinions->pace = pace_new(&limits);
	STAILQ_INIT(&opinions->ready);
	return opinions;
}

static void
end_opinion(struct opinion *opinion)
{
	opinion->opinions->open--;
	DL_DELETE(opinion->opinions->all, opinion);
	arena_free(opinion->arena);
}

void
opinions_free(struct opinions *opinions)
{
	if (opinions == NULL)
		return;
	while (opinions->all != NULL)
		end_opinion(opinions->all);
	pace_free(opinions->pace);
	free(opinions);
}

/* To be called once for each time that a state's questions are all done. */
static void
post(struct opinion *opinion)
{
	STAILQ_INSERT_TAIL(&opinion->opinions->ready, opinion, ready);
}

static void
close_question(struct opinion *opinion)
{
	if (--opinion->open == 0)
		post(opinion);
}

bool
opinions_ask(struct opinions *opinions, const struct opinion_question *question,
	struct arena *arena, opinions_cb cb, void *arg)
{
	struct arena *own;
	struct opinion *opinion;

	if (opinions->config.direct == NULL || opinions->open == OPINIONS_MAX)
		return false;
	own = arena_new();
	opinion = arena_alloc(own, sizeof(*opinion));
	opinion->opinions = opinions;
	opinion->arena = own;
	opinion->their_arena = arena;
	opinion->cb = cb;
	opinion->arg = arg;
	opinion->question = *question;
	opinion->zone = opinion_first_zone(&opinion->question);
	opinions->open++;
	DL_APPEND(opinions->all, opinion);
	post(opinion);
	return true;
}

/* Edge 1: where the zone begins, and who serves it. */

static void
add_name(struct opinion *opinion, const char *name)
{
	if (opinion->name_count < OPINION_SERVERS_MAX)
		opinion->names[opinion->name_count++] = arena_strdup(
			opinion->arena, name);
}

static void
on_ns(void *arg, const struct answer *answer)
{
	struct opinion *opinion = arg;
	char name[NAME_TEXT_SIZE];

	opinion->sick |= answer->trust == ANSWER_BOGUS ||
			 answer_failed(answer->status);
	for (size_t i = 0; i < answer->count; i++)
		if (rdata_name(answer->rdata[i].data, answer->rdata[i].len,
			    name) == 0)
			add_name(opinion, name);
	if (opinion->name_count == 0)
		opinion->zone = opinion_next_zone(opinion->zone, opinion->sick);
	close_question(opinion);
}

static void
start_ns(struct opinion *opinion)
{
	static const struct answer unaskable = {.status = ANSWER_SERVFAIL};
	struct opinions *opinions = opinion->opinions;

	opinion->open = 1;
	if (resolver_ask(opinions->config.resolver, opinion->zone,
		    ANSWER_TYPE_NS, opinions->now_ms, on_ns, opinion) < 0)
		on_ns(opinion, &unaskable);
}

/* Edge 2: the servers' addresses. */

static void
add_server(struct opinion *opinion, const char *name, const uint8_t *octets,
	size_t len)
{
	struct fact_address address = {.ipv6 = len == 16};
	struct fact_server *server;

	memcpy(address.bytes, octets, len);
	for (size_t i = 0; i < opinion->server_count; i++)
		if (fact_address_equal(&opinion->servers[i].address, &address))
			return;
	if (opinion->server_count == OPINION_SERVERS_MAX)
		return;
	server = &opinion->servers[opinion->server_count++];
	server->name = name;
	server->address = address;
	server->type = opinion->question.type;
}

static void
on_address(void *arg, const struct answer *answer)
{
	struct address_question *question = arg;
	struct opinion *opinion = question->opinion;
	size_t len = question->ipv6 ? 16 : 4;

	for (size_t i = 0; i < answer->count; i++)
		if (answer->rdata[i].len == len)
			add_server(opinion, question->name,
				answer->rdata[i].data, len);
	close_question(opinion);
}

static void
start_address(struct opinion *opinion, size_t i, const char *name, bool ipv6)
{
	static const struct answer unaskable = {.status = ANSWER_SERVFAIL};
	struct opinions *opinions = opinion->opinions;
	struct address_question *question = &opinion->addresses[i];

	question->opinion = opinion;
	question->name = name;
	question->ipv6 = ipv6;
	opinion->open++;
	if (resolver_ask(opinions->config.resolver, name,
		    ipv6 ? ANSWER_TYPE_AAAA : ANSWER_TYPE_A, opinions->now_ms,
		    on_address, question) < 0)
		on_address(question, &unaskable);
}

/* The first one is held open, so that the last answer is the end. */
static void
start_addresses(struct opinion *opinion)
{
	const struct opinions_config *config = &opinion->opinions->config;

	opinion->state = OPINION_ADDRESSES;
	opinion->open = 1;
	for (size_t i = 0; i < opinion->name_count; i++) {
		if (!config->no_ipv4)
			start_address(opinion, 2 * i, opinion->names[i], false);
		if (!config->no_ipv6)
			start_address(
				opinion, 2 * i + 1, opinion->names[i], true);
	}
	close_question(opinion);
}

static bool
may_ask(const struct opinions *opinions, const struct fact_server *server)
{
	const struct opinions_config *config = &opinions->config;
	const struct fact_address *address = &server->address;

	if (config->blocklist != NULL &&
		(blocklist_has_name(config->blocklist, server->name) ||
			blocklist_has_address(config->blocklist, address)))
		return false;
	return config->allow_reserved ||
	       !reserved_contains(address->bytes, address->ipv6 ? 16 : 4);
}

static int
ask_directly(const struct opinion *opinion, const struct fact_server *server,
	const char *name, enum answer_type type, direct_cb cb, void *arg)
{
	const struct fact_address *address = &server->address;
	struct server_address to = {
		.port = DNS_PORT, .len = address->ipv6 ? 16 : 4};

	/* Once more: the list may have changed while it waited. */
	if (!may_ask(opinion->opinions, server))
		return -1;
	memcpy(to.octets, address->bytes, to.len);
	return direct_ask(
		opinion->opinions->config.direct, &to, name, type, cb, arg);
}

static void
note_heard(struct opinion *opinion, enum outcome outcome)
{
	opinion->heard |= outcome != OUTCOME_NONE && outcome != OUTCOME_TIMEOUT;
}

/* Edge 3: whom the zone above delegates to. */

/* From here on the servers are those of the zone below. */
static void
take_delegation(
	struct opinion *opinion, const struct message_delegation *delegation)
{
	const struct opinions_config *config = &opinion->opinions->config;

	opinion->zone = arena_strdup(opinion->arena, delegation->zone);
	opinion->name_count = opinion->server_count = 0;
	for (size_t i = 0; i < delegation->count; i++) {
		const struct message_server *server = &delegation->servers[i];

		if (server->address.len == 0)
			add_name(opinion, server->name);
		else if (server->address.len == 16 ? !config->no_ipv6
						   : !config->no_ipv4)
			add_server(opinion,
				arena_strdup(opinion->arena, server->name),
				server->address.octets, server->address.len);
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
	struct server_question *question = arg;
	struct opinion *opinion = question->opinion;
	const struct message_delegation *delegation = result->delegation;

	pace_leave(opinion->opinions->pace, &question->ticket,
		opinion->opinions->now_ms);
	opinion->above++;
	opinion->name_count = 0;
	note_heard(opinion, result->outcome);
	opinion->referred = is_whole(result->outcome);
	if (delegation != NULL && opinion_is_delegation(opinion->question.name,
					  delegation->zone, opinion->zone)) {
		take_delegation(opinion, delegation);
		opinion->referred = true;
	}
	close_question(opinion);
}

static void
ask_above(struct server_question *question)
{
	static const struct direct_result unaskable = {.outcome = OUTCOME_NONE};
	struct opinion *opinion = question->opinion;

	if (ask_directly(opinion, question->server,
		    opinion_first_zone(&opinion->question), ANSWER_TYPE_NS,
		    on_above, question) < 0)
		on_above(question, &unaskable);
}

/* False: there is nobody more to ask. */
static bool
start_above(struct opinion *opinion)
{
	struct server_question *question = &opinion->questions[opinion->above];
	struct fact_server *server = &opinion->servers[opinion->above];

	if (opinion->above == ABOVE_MAX ||
		opinion->above >= opinion->server_count ||
		!may_ask(opinion->opinions, server))
		return false;
	opinion->state = OPINION_ABOVE;
	opinion->open = 1;
	question->opinion = opinion;
	question->server = server;
	question->ticket.address = server->address;
	question->ticket.owner = question;
	pace_enter(opinion->opinions->pace, &question->ticket);
	return true;
}

/* Edge 4: the servers themselves. */

static void on_server(void *arg, const struct direct_result *result);

/* For the question itself; or for the SOA of the zone, which every server that
   is there at all answers. */
static void
ask_server(struct server_question *question)
{
	static const struct direct_result unaskable = {.outcome = OUTCOME_NONE};
	const struct opinion *opinion = question->opinion;
	const struct opinion_question *asked = &opinion->question;

	if (ask_directly(opinion, question->server,
		    question->control ? opinion->zone : asked->name,
		    question->control ? ANSWER_TYPE_SOA : asked->type,
		    on_server, question) < 0)
		on_server(question, &unaskable);
}

static void
on_server(void *arg, const struct direct_result *result)
{
	struct server_question *question = arg;
	struct opinions *opinions = question->opinion->opinions;

	note_heard(question->opinion, result->outcome);
	if (question->control) {
		if (result->outcome == OUTCOME_TIMEOUT)
			question->server->outcome = OUTCOME_SILENT;
	} else {
		question->server->outcome = result->outcome;
		question->server->digest = result->digest;
		if (result->outcome == OUTCOME_TIMEOUT) {
			question->control = true;
			ask_server(question);
			return;
		}
	}
	pace_leave(opinions->pace, &question->ticket, opinions->now_ms);
	close_question(question->opinion);
}

static void
start_servers(struct opinion *opinion)
{
	struct opinions *opinions = opinion->opinions;

	opinion->state = OPINION_SERVERS;
	opinion->open = 1;
	for (size_t i = 0; i < opinion->server_count; i++) {
		struct server_question *question = &opinion->questions[i];

		question->opinion = opinion;
		question->server = &opinion->servers[i];
		question->ticket.address = question->server->address;
		question->ticket.owner = question;
		if (!may_ask(opinions, question->server))
			continue;
		opinion->open++;
		pace_enter(opinions->pace, &question->ticket);
	}
	close_question(opinion);
}

/* The end. */

static int
by_place(const void *a, const void *b)
{
	const struct fact_server *x = a, *y = b;
	int names = strcmp(x->name, y->name);

	if (names != 0)
		return names;
	if (x->address.ipv6 != y->address.ipv6)
		return x->address.ipv6 ? 1 : -1;
	return memcmp(
		x->address.bytes, y->address.bytes, sizeof(x->address.bytes));
}

static void
finish(struct opinion *opinion, size_t count)
{
	struct fact_server *servers = arena_copy(opinion->their_arena,
		opinion->servers, count * sizeof(*servers));

	for (size_t i = 0; i < count; i++)
		servers[i].name = arena_strdup(
			opinion->their_arena, servers[i].name);
	/* Answers come in any order; a record has one. */
	if (count > 0)
		qsort(servers, count, sizeof(*servers), by_place);
	opinion->cb(opinion->arg, servers, count, opinion->heard);
	end_opinion(opinion);
}

static void
step(struct opinion *opinion)
{
	bool above = opinion->sick && !opinion->referred;

	switch (opinion->state) {
	case OPINION_ZONE:
		if (opinion->name_count > 0)
			start_addresses(opinion);
		else if (opinion->zone != NULL)
			start_ns(opinion);
		else
			finish(opinion, 0);
		return;
	case OPINION_ADDRESSES:
	case OPINION_ABOVE:
		if (opinion->state == OPINION_ABOVE && opinion->name_count > 0)
			start_addresses(opinion);
		else if (!above)
			start_servers(opinion);
		else if (!start_above(opinion))
			finish(opinion, 0);
		return;
	case OPINION_SERVERS:
		finish(opinion, opinion->server_count);
		return;
	}
}

static void
ask_next(struct server_question *question)
{
	if (question->opinion->state == OPINION_ABOVE)
		ask_above(question);
	else
		ask_server(question);
}

void
opinions_turn(struct opinions *opinions, uint64_t now_ms)
{
	struct pace_ticket *ticket;
	struct opinion *opinion;

	opinions->now_ms = now_ms;
	while ((opinion = STAILQ_FIRST(&opinions->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&opinions->ready, ready);
		step(opinion);
	}
	while ((ticket = pace_next(opinions->pace, now_ms)) != NULL)
		ask_next(ticket->owner);
}

bool
opinions_ready(const struct opinions *opinions)
{
	return !STAILQ_EMPTY(&opinions->ready);
}
