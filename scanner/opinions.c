/*
 * Second opinions. Five asynchronous edges: the NS question, the questions for
 * the servers' addresses, one to the zone above, those to the servers
 * themselves, and where they differ, those for their serials.
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
#include "scanner/servers.h"

enum {
	/* Under way at once; the others wait, and nobody goes without one, so
	 * that no reason depends on how many fail at the same time. */
	OPINIONS_MAX = 4096,
	/* Servers of the zone above that are asked for a delegation. */
	ABOVE_MAX = 2,
};

enum opinion_state {
	OPINION_ZONE,	   /* the NS RRset is looked for, name by name */
	OPINION_ADDRESSES, /* the servers' addresses are */
	OPINION_ABOVE,	   /* they are of the zone above, and asked for NS */
	OPINION_SERVERS,   /* … and they are asked */
	OPINION_SERIALS,   /* … and differ */
};

/* The address of one server name in one family. */
struct address_question {
	struct opinion *opinion;
	const char *name;
	bool ipv6;
};

/* One server that is asked. */
struct server_question {
	struct opinion *opinion;
	struct fact_server *server;
	struct servers_question asked;
};

struct opinion {
	struct opinion *prev, *next; /* of all */
	STAILQ_ENTRY(opinion) queue; /* of those that wait, or are ready */
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
	size_t above;  /* servers of that one that were asked */
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
	struct servers *servers;
	struct opinion *all;
	unsigned open; /* under way */
	STAILQ_HEAD(, opinion) waiting;
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
	opinions->servers = servers_new(&(struct servers_config){
		.direct = config->direct,
		.allow_reserved = config->allow_reserved,
		.blocklist = config->blocklist,
	});
	STAILQ_INIT(&opinions->waiting);
	STAILQ_INIT(&opinions->ready);
	return opinions;
}

static void
end_opinion(struct opinion *opinion)
{
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
	servers_free(opinions->servers);
	free(opinions);
}

/* To be called once for each time that a state's questions are all done. */
static void
post(struct opinion *opinion)
{
	STAILQ_INSERT_TAIL(&opinion->opinions->ready, opinion, queue);
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

	if (opinions->config.direct == NULL)
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
	DL_APPEND(opinions->all, opinion);
	STAILQ_INSERT_TAIL(&opinions->waiting, opinion, queue);
	return true;
}

static bool
may_begin(const struct opinions *opinions)
{
	return opinions->open < OPINIONS_MAX &&
	       !STAILQ_EMPTY(&opinions->waiting);
}

static void
begin_waiting(struct opinions *opinions)
{
	struct opinion *opinion;

	while (may_begin(opinions)) {
		opinion = STAILQ_FIRST(&opinions->waiting);
		STAILQ_REMOVE_HEAD(&opinions->waiting, queue);
		opinions->open++;
		post(opinion);
	}
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

static bool
is_listed_name(const struct opinions *opinions, const char *name)
{
	const struct blocklist *blocklist = opinions->config.blocklist;

	return blocklist != NULL && blocklist_has_name(blocklist, name);
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
	if (is_listed_name(opinions, name) ||
		resolver_ask(opinions->config.resolver, name,
			ipv6 ? ANSWER_TYPE_AAAA : ANSWER_TYPE_A,
			opinions->now_ms, on_address, question) < 0)
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

/* A question to the server, which has its own slot. */
static struct servers_question *
question_to(struct opinion *opinion, size_t i, direct_cb cb)
{
	struct server_question *question = &opinion->questions[i];

	question->opinion = opinion;
	question->server = &opinion->servers[i];
	question->asked = (struct servers_question){
		.server = question->server,
		.cb = cb,
		.arg = question,
	};
	opinion->open++;
	return &question->asked;
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

	opinion->name_count = 0;
	opinion->heard |= outcome_is_answer(result->outcome);
	opinion->referred = is_whole(result->outcome);
	if (delegation != NULL && opinion_is_delegation(opinion->question.name,
					  delegation->zone, opinion->zone)) {
		take_delegation(opinion, delegation);
		opinion->referred = true;
	}
	close_question(opinion);
}

/* The servers of a great zone are asked in turn, so that no single one gets the
   questions for all that is sick below it. False: there is nobody more to
   ask. */
static bool
start_above(struct opinion *opinion)
{
	struct servers_question *asked;
	size_t i;

	if (opinion->above == ABOVE_MAX ||
		opinion->above >= opinion->server_count)
		return false;
	i = (name_hash(opinion->question.name, 0) + opinion->above++) %
	    opinion->server_count;
	opinion->state = OPINION_ABOVE;
	asked = question_to(opinion, i, on_above);
	asked->name = opinion_first_zone(&opinion->question);
	asked->type = ANSWER_TYPE_NS;
	asked->above = true;
	servers_ask(opinion->opinions->servers, asked);
	return true;
}

/* Edge 4: the servers themselves. */

static void
on_server(void *arg, const struct direct_result *result)
{
	struct server_question *question = arg;

	/* One with OUTCOME_TIMEOUT has told its SOA. */
	question->opinion->heard |= result->outcome != OUTCOME_NONE &&
				    result->outcome != OUTCOME_SILENT;
	question->server->outcome = result->outcome;
	question->server->digest = result->digest;
	close_question(question->opinion);
}

/* Held open, as the addresses are. */
static void
start_servers(struct opinion *opinion)
{
	opinion->state = OPINION_SERVERS;
	opinion->open = 1;
	for (size_t i = 0; i < opinion->server_count; i++) {
		struct servers_question *asked = question_to(
			opinion, i, on_server);

		asked->name = opinion->question.name;
		asked->type = opinion->question.type;
		asked->zone = opinion->zone;
		servers_ask(opinion->opinions->servers, asked);
	}
	close_question(opinion);
}

/* Edge 5: which version of the zone each of them has. */

static void
on_serial(void *arg, const struct direct_result *result)
{
	struct server_question *question = arg;

	question->server->has_serial = result->has_serial;
	question->server->serial = result->serial;
	close_question(question->opinion);
}

static void
start_serials(struct opinion *opinion)
{
	opinion->state = OPINION_SERIALS;
	opinion->open = 1;
	for (size_t i = 0; i < opinion->server_count; i++) {
		struct servers_question *asked;

		if (!outcome_is_answer(opinion->servers[i].outcome))
			continue;
		asked = question_to(opinion, i, on_serial);
		asked->name = opinion->zone;
		asked->type = ANSWER_TYPE_SOA;
		servers_ask(opinion->opinions->servers, asked);
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
	opinion->opinions->open--;
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
		if (opinion_differs(opinion->servers, opinion->server_count))
			start_serials(opinion);
		else
			finish(opinion, opinion->server_count);
		return;
	case OPINION_SERIALS:
		finish(opinion, opinion->server_count);
		return;
	}
}

void
opinions_renew(struct opinions *opinions)
{
	servers_renew(opinions->servers);
}

void
opinions_turn(struct opinions *opinions, uint64_t now_ms)
{
	struct opinion *opinion;

	opinions->now_ms = now_ms;
	servers_turn(opinions->servers, now_ms);
	begin_waiting(opinions);
	while ((opinion = STAILQ_FIRST(&opinions->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&opinions->ready, queue);
		step(opinion);
		begin_waiting(opinions);
	}
	servers_turn(opinions->servers, now_ms);
}

bool
opinions_ready(const struct opinions *opinions)
{
	return !STAILQ_EMPTY(&opinions->ready) || may_begin(opinions);
}
