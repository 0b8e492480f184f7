/*
 * Second opinions. Three asynchronous edges: the search for the zone's servers,
 * the questions to them, and where they differ, those for their serials.
 */
#include "scanner/opinions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <utlist.h>

#include "scanner/servers.h"
#include "scanner/zoneservers.h"

enum {
	/* Under way at once; the others wait, and nobody goes without one, so
	 * that no reason depends on how many fail at the same time. */
	OPINIONS_MAX = 4096,
};

enum opinion_state {
	OPINION_SEARCH,	 /* the zone's servers are looked for */
	OPINION_SERVERS, /* … and asked */
	OPINION_SERIALS, /* … and differ */
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
	struct zone_search search;
	bool heard; /* one of the servers has answered */
	struct server_question questions[OPINION_SERVERS_MAX];
	unsigned open; /* questions of the state */
};

struct opinions {
	struct opinions_config config;
	struct servers *servers;
	struct zoneservers *zoneservers;
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
	opinions->zoneservers = zoneservers_new(&(struct zoneservers_config){
		.resolver = config->resolver,
		.servers = opinions->servers,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
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
	zoneservers_free(opinions->zoneservers);
	free(opinions);
}

/* To be called once for each time that a state's questions are all done. */
static void
post(void *arg)
{
	struct opinion *opinion = arg;

	STAILQ_INSERT_TAIL(&opinion->opinions->ready, opinion, queue);
}

static void
close_question(struct opinion *opinion)
{
	if (--opinion->open == 0)
		post(opinion);
}

struct opinion *
opinions_ask(struct opinions *opinions, const struct opinion_question *question,
	bool unanswered, struct arena *arena, opinions_cb cb, void *arg)
{
	struct arena *own;
	struct opinion *opinion;

	if (opinions->config.direct == NULL)
		return NULL;
	own = arena_new();
	opinion = arena_alloc(own, sizeof(*opinion));
	opinion->opinions = opinions;
	opinion->arena = own;
	opinion->their_arena = arena;
	opinion->cb = cb;
	opinion->arg = arg;
	opinion->question = *question;
	opinion->search = (struct zone_search){
		.question = &opinion->question,
		.unanswered = unanswered,
		.arena = own,
		.post = post,
		.arg = opinion,
	};
	zone_search_begin(opinions->zoneservers, &opinion->search);
	DL_APPEND(opinions->all, opinion);
	STAILQ_INSERT_TAIL(&opinions->waiting, opinion, queue);
	return opinion;
}

void
opinions_forget(struct opinion *opinion)
{
	opinion->cb = NULL;
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

/* Edge 2: the servers. */

/* A question to the server, which has its own slot. */
static struct servers_question *
question_to(struct opinion *opinion, size_t i, direct_cb cb)
{
	struct server_question *question = &opinion->questions[i];

	question->opinion = opinion;
	question->server = &opinion->search.servers[i];
	question->asked = (struct servers_question){
		.server = question->server,
		.cb = cb,
		.arg = question,
	};
	opinion->open++;
	return &question->asked;
}

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
	for (size_t i = 0; i < opinion->search.count; i++) {
		struct servers_question *asked = question_to(
			opinion, i, on_server);

		asked->name = opinion->question.name;
		asked->type = opinion->question.type;
		asked->zone = opinion->search.zone;
		asked->unanswered = opinion->search.unanswered;
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
	for (size_t i = 0; i < opinion->search.count; i++) {
		struct servers_question *asked;

		if (!outcome_is_answer(opinion->search.servers[i].outcome))
			continue;
		asked = question_to(opinion, i, on_serial);
		asked->name = opinion->search.zone;
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
tell(struct opinion *opinion)
{
	const struct zone_search *search = &opinion->search;
	size_t count = search->count;
	struct fact_server *servers = arena_copy(opinion->their_arena,
		search->servers, count * sizeof(*servers));

	for (size_t i = 0; i < count; i++)
		servers[i].name = arena_strdup(
			opinion->their_arena, servers[i].name);
	/* Answers come in any order; a record has one. */
	if (count > 0)
		qsort(servers, count, sizeof(*servers), by_place);
	opinion->cb(
		opinion->arg, servers, count, opinion->heard || search->heard);
}

static void
finish(struct opinion *opinion)
{
	if (opinion->cb != NULL)
		tell(opinion);
	opinion->opinions->open--;
	end_opinion(opinion);
}

static void
step(struct opinion *opinion)
{
	struct zone_search *search = &opinion->search;

	if (opinion->cb == NULL) {
		finish(opinion);
		return;
	}
	switch (opinion->state) {
	case OPINION_SEARCH:
		if (zone_search_step(search, opinion->opinions->now_ms))
			start_servers(opinion);
		return;
	case OPINION_SERVERS:
		if (opinion_differs(search->servers, search->count))
			start_serials(opinion);
		else
			finish(opinion);
		return;
	case OPINION_SERIALS:
		finish(opinion);
		return;
	}
}

void
opinions_renew(struct opinions *opinions)
{
	servers_renew(opinions->servers);
	zoneservers_renew(opinions->zoneservers);
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
