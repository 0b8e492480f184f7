/*
 * Questions to authoritative servers, each at its pace.
 */
#include "scanner/servers.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/reserved.h"
#include "scanner/core/arena.h"
#include "scanner/core/silence.h"

enum {
	DNS_PORT = 53,
	/* Questions to zones above under way at once: of those whose servers
	   do not answer. */
	ABOVE_OPEN_MAX = 128,
};

static const struct pace_limits limits = {
	.total = 1024,
	.per_network = 8,
	.interval_ms =
		50, /* from an answer of one server to its next question */
};

/* A ticket is given back when its question is sent: up to a hundred a second to
   each server, whether they have been answered or not. */
static const struct pace_limits limits_above = {
	.total = 1,
	.interval_ms = 10,
	.credit_ms = 100,
};

struct servers {
	struct servers_config config;
	struct pace *pace;
	struct pace *above; /* for the servers of zones above */
	unsigned above_open;
	struct silence *silence;
	STAILQ_HEAD(, servers_question) known; /* callbacks to be made */
	uint64_t now_ms;
};

struct servers *
servers_new(const struct servers_config *config)
{
	struct servers *servers = calloc(1, sizeof(*servers));

	if (servers == NULL)
		arena_out_of_memory();
	servers->config = *config;
	servers->pace = pace_new(&limits);
	servers->above = pace_new(&limits_above);
	servers->silence = silence_new();
	STAILQ_INIT(&servers->known);
	return servers;
}

void
servers_free(struct servers *servers)
{
	if (servers == NULL)
		return;
	pace_free(servers->pace);
	pace_free(servers->above);
	silence_free(servers->silence);
	free(servers);
}

void
servers_renew(struct servers *servers)
{
	silence_free(servers->silence);
	servers->silence = silence_new();
}

static bool
may_ask(const struct servers *servers, const struct fact_server *server)
{
	const struct servers_config *config = &servers->config;
	const struct fact_address *address = &server->address;

	if (config->blocklist != NULL &&
		(blocklist_has_name(config->blocklist, server->name) ||
			blocklist_has_address(config->blocklist, address)))
		return false;
	return config->allow_reserved ||
	       !reserved_contains(address->bytes, address->ipv6 ? 16 : 4);
}

/* Is the outcome known, or is there to be none, without asking? */
static bool
is_known(struct servers_question *question)
{
	const struct servers *servers = question->servers;

	question->outcome = OUTCOME_NONE;
	if (!may_ask(servers, question->server))
		return true;
	question->outcome = silence_outcome(servers->silence,
		&question->server->address, question->type, servers->now_ms);
	return question->outcome != OUTCOME_NONE;
}

void
servers_ask(struct servers *servers, struct servers_question *question)
{
	question->servers = servers;
	question->ticket.address = question->server->address;
	question->ticket.owner = question;
	question->control = question->unanswered && question->zone != NULL;
	question->there = question->missed = false;
	if (is_known(question))
		STAILQ_INSERT_TAIL(&servers->known, question, queue);
	else
		pace_enter(question->above ? servers->above : servers->pace,
			&question->ticket);
}

static void
leave(struct servers_question *question, const struct direct_result *result)
{
	struct servers *servers = question->servers;

	if (question->above)
		servers->above_open--;
	else
		pace_leave(servers->pace, &question->ticket, servers->now_ms);
	question->cb(question->arg, result);
}

static void ask(struct servers_question *question);

static void
settle(struct servers_question *question, const struct direct_result *result)
{
	struct servers *servers = question->servers;

	silence_note(servers->silence, &question->server->address,
		question->type, result->outcome, servers->now_ms);
	leave(question, result);
}

/* What came of the question itself, or of the one for the SOA: which of them
   goes first makes no difference to what they tell together. */
static void
on_direct(void *arg, const struct direct_result *result)
{
	static const struct direct_result silent = {.outcome = OUTCOME_SILENT},
					  timeout = {
						  .outcome = OUTCOME_TIMEOUT};
	struct servers_question *question = arg;
	bool timed_out = result->outcome == OUTCOME_TIMEOUT;

	if (question->control) {
		question->there = !timed_out;
		if (timed_out) {
			settle(question, &silent);
		} else if (question->missed) {
			settle(question, &timeout);
		} else {
			question->control = false;
			ask(question);
		}
	} else if (timed_out && !question->there && question->zone != NULL) {
		question->missed = question->control = true;
		ask(question);
	} else {
		settle(question, result);
	}
}

static void
ask(struct servers_question *question)
{
	static const struct direct_result unaskable = {.outcome = OUTCOME_NONE};
	const struct fact_address *server = &question->server->address;
	struct server_address to = {
		.port = DNS_PORT, .len = server->ipv6 ? 16 : 4};

	memcpy(to.octets, server->bytes, to.len);
	if (direct_ask(question->servers->config.direct, &to,
		    question->control ? question->zone : question->name,
		    question->control ? ANSWER_TYPE_SOA : question->type,
		    on_direct, question) < 0)
		on_direct(question, &unaskable);
}

static void
tell(struct servers_question *question)
{
	const struct direct_result known = {.outcome = question->outcome};

	question->cb(question->arg, &known);
}

static bool
has_room(const struct servers *servers, const struct pace *pace)
{
	return pace != servers->above || servers->above_open < ABOVE_OPEN_MAX;
}

/* Those whose turn it is. */
static void
ask_paced(struct servers *servers, struct pace *pace)
{
	struct servers_question *question;
	struct pace_ticket *ticket;

	while (has_room(servers, pace) &&
		(ticket = pace_next(pace, servers->now_ms)) != NULL) {
		question = ticket->owner;
		/* Once more: the blocklist may have changed while it waited,
		   and others may have met with silence. */
		if (is_known(question)) {
			pace_leave_unused(pace, ticket);
			tell(question);
			continue;
		}
		if (question->above) {
			pace_leave(pace, ticket, servers->now_ms);
			servers->above_open++;
		}
		ask(question);
	}
}

void
servers_turn(struct servers *servers, uint64_t now_ms)
{
	struct servers_question *question;

	servers->now_ms = now_ms;
	while ((question = STAILQ_FIRST(&servers->known)) != NULL) {
		STAILQ_REMOVE_HEAD(&servers->known, queue);
		tell(question);
	}
	ask_paced(servers, servers->above);
	ask_paced(servers, servers->pace);
}
