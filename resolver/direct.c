/*
 * Questions to one authoritative server at a time.
 */
#include "resolver/direct.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "resolver/message.h"
#include "resolver/peers.h"

enum {
	/* The first try, the second takes twice as long; and what answers the
	   first is still taken then. */
	TRY_MS = 750,
	TRIES = 2,
	SOA_NUMBERS = 20, /* octets */
};

struct inquiry {
	LIST_ENTRY(inquiry) link;
	struct direct *direct;
	enum answer_type type;
	direct_cb cb;
	void *arg;
	char name[];
};

struct direct {
	struct peers *peers;
	LIST_HEAD(, inquiry) open;
	struct message message; /* the one that is being read */
};

struct direct *
direct_new(const struct direct_config *config)
{
	struct peers_config peers = {
		.timeout_ms = TRY_MS,
		.tries = TRIES,
		.source_ipv4 = config->source_ipv4,
		.source_ipv6 = config->source_ipv6,
	};
	struct direct *direct = calloc(1, sizeof(*direct));

	if (!direct)
		return NULL;
	LIST_INIT(&direct->open);
	direct->peers = peers_new(&peers);
	if (!direct->peers) {
		free(direct);
		return NULL;
	}
	return direct;
}

void
direct_free(struct direct *direct)
{
	struct inquiry *inquiry;

	if (!direct)
		return;
	peers_free(direct->peers);
	while ((inquiry = LIST_FIRST(&direct->open))) {
		LIST_REMOVE(inquiry, link);
		free(inquiry);
	}
	free(direct);
}

/* FNV-1a of each record, added up: the order does not count. */
static uint64_t
digest_of(const struct answer *answer)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < answer->count; i++) {
		uint64_t hash = 0xcbf29ce484222325;

		for (size_t k = 0; k < answer->rdata[i].len; k++) {
			hash ^= answer->rdata[i].data[k];
			hash *= 0x100000001b3;
		}
		sum += hash;
	}
	return sum;
}

static enum outcome
outcome_of(const struct message *m)
{
	switch (m->answer.status) {
	case ANSWER_SERVFAIL:
		return OUTCOME_SERVFAIL;
	case ANSWER_REFUSED:
		return OUTCOME_REFUSED;
	case ANSWER_NOTIMP:
		return OUTCOME_NOTIMP;
	case ANSWER_FORMERR:
		return OUTCOME_FORMERR;
	case ANSWER_DATA:
	case ANSWER_NODATA:
	case ANSWER_NXDOMAIN:
	case ANSWER_SKIPPED:
	case ANSWER_TIMEOUT:
		break;
	}
	if (!m->authoritative)
		return OUTCOME_LAME;
	if (m->answer.status == ANSWER_DATA)
		return m->signed_answer ? OUTCOME_DATA : OUTCOME_DATA_UNSIGNED;
	if (m->answer.alias)
		return OUTCOME_ALIAS;
	if (m->answer.status == ANSWER_NODATA)
		return m->signed_denial ? OUTCOME_NODATA
					: OUTCOME_NODATA_UNPROVED;
	return m->signed_denial ? OUTCOME_NXDOMAIN : OUTCOME_NXDOMAIN_UNPROVED;
}

/* RFC 1035 section 3.3.13: five numbers after the two names. */
static void
read_serial(const struct answer *answer, struct direct_result *result)
{
	const struct answer_rdata *soa = answer->rdata;

	if (answer->count == 0 || soa->len < SOA_NUMBERS)
		return;
	result->has_serial = true;
	for (size_t i = 0; i < 4; i++)
		result->serial = result->serial << 8 |
				 soa->data[soa->len - SOA_NUMBERS + i];
}

static void
on_exchange(
	void *arg, enum peers_outcome outcome, const uint8_t *wire, size_t len)
{
	struct inquiry *inquiry = arg;
	struct message *m = &inquiry->direct->message;
	struct direct_result result = {.outcome = OUTCOME_TIMEOUT};

	LIST_REMOVE(inquiry, link);
	switch (outcome) {
	case PEERS_ANSWER:
		result.outcome = OUTCOME_MALFORMED;
		if (message_parse(m, wire, len, inquiry->name, inquiry->type))
			break;
		result.outcome = outcome_of(m);
		result.digest = digest_of(&m->answer);
		if (inquiry->type == ANSWER_TYPE_SOA)
			read_serial(&m->answer, &result);
		if (m->referral)
			result.delegation = &m->delegation;
		break;
	case PEERS_TIMEOUT:
	case PEERS_UNREACHABLE:
		break;
	case PEERS_TRUNCATED:
		result.outcome = OUTCOME_TRUNCATED;
		break;
	}
	inquiry->cb(inquiry->arg, &result);
	free(inquiry);
}

int
direct_ask(struct direct *direct, const struct server_address *server,
	const char *name, enum answer_type type, direct_cb cb, void *arg)
{
	size_t size = strlen(name) + 1;
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry) + size);
	uint8_t query[MESSAGE_QUERY_SIZE];
	size_t len = message_query(
		query, name, type, peers_id(direct->peers), 0);

	if (!inquiry)
		return -1;
	memcpy(inquiry->name, name, size);
	inquiry->direct = direct;
	inquiry->type = type;
	inquiry->cb = cb;
	inquiry->arg = arg;
	if (len == 0 || !peers_ask(direct->peers, server, query, len,
				on_exchange, inquiry)) {
		free(inquiry);
		return -1;
	}
	LIST_INSERT_HEAD(&direct->open, inquiry, link);
	return 0;
}

void
direct_watch(struct direct *direct, resolver_watch_cb cb, void *arg)
{
	peers_watch(direct->peers, cb, arg);
}

void
direct_ready(struct direct *direct, int fd)
{
	peers_ready(direct->peers, fd);
}

void
direct_tick(struct direct *direct, uint64_t now_ms)
{
	peers_tick(direct->peers, now_ms);
}
