/*
 * Who may be contacted now. Pure.
 *
 * An address with tickets is in exactly one place: busy (its conversation is
 * under way), resting (until its interval is over), blocked (in the queue of a
 * group, its network or the provider of its first ticket, that is at its limit)
 * or ready. As the interval is the same for all, the resting queue is ordered
 * by time without sorting, unless there is something to catch up with.
 */
#include "scanner/core/pace.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

enum {
	NETWORK_IPV4 = 3,
	NETWORK_IPV6 = 6,
	KEY_SIZE = 17,
	/* What the rate may catch up with after a pause: the caller does not
	   come every millisecond. */
	RATE_CREDIT_MS = 100,
};

/* Why a ticket waited. */
enum {
	WAITED_ADDRESS = 1,
	WAITED_NETWORK = 2,
	WAITED_PROVIDER = 4,
};

/* A network or a provider. */
struct pace_group {
	unsigned limit;	  /* 0 = none */
	unsigned open;	  /* conversations under way */
	unsigned members; /* addresses, or tickets, that point here */
	struct address *blocked;
	UT_hash_handle hh;
	uint8_t key[];
};

enum state {
	STATE_READY,
	STATE_BLOCKED,
	STATE_BUSY,
	STATE_RESTING
};

struct address {
	uint8_t key[KEY_SIZE];
	enum state state;
	uint64_t until_ms;    /* of resting */
	uint64_t total_stops; /* those of pace when it became ready */
	uint64_t rate_stops;
	struct pace_group *network;
	struct pace_ticket *first, *last; /* that wait */
	struct address *prev, *next;	  /* in the queue of its state */
	UT_hash_handle hh;
};

struct pace {
	struct pace_limits limits;
	struct address *addresses; /* by key */
	struct pace_group *networks;
	struct pace_group *providers;
	struct address *ready;
	struct address *resting;
	unsigned open;
	unsigned waiting;
	double next_ms;	      /* when the rate allows another */
	uint64_t total_stops; /* times that it held up who was ready */
	uint64_t rate_stops;
	struct pace_stats stats;
};

static void *
allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		arena_out_of_memory();
	return memory;
}

struct pace *
pace_new(const struct pace_limits *limits)
{
	struct pace *pace = allocate(sizeof(*pace));

	pace->limits = *limits;
	return pace;
}

/* Groups. */

static struct pace_group *
join(struct pace_group **groups, const void *key, size_t len, unsigned limit)
{
	struct pace_group *group;

	HASH_FIND(hh, *groups, key, len, group);
	if (group == NULL) {
		group = allocate(sizeof(*group) + len);
		memcpy(group->key, key, len);
		group->limit = limit;
		HASH_ADD_KEYPTR(hh, *groups, group->key, len, group);
	}
	group->members++;
	return group;
}

static void
part(struct pace_group **groups, struct pace_group *group)
{
	if (group == NULL || --group->members > 0)
		return;
	assert(group->open == 0 && group->blocked == NULL);
	HASH_DEL(*groups, group);
	free(group);
}

static bool
has_room(const struct pace_group *group)
{
	return group == NULL || group->limit == 0 || group->open < group->limit;
}

static void
free_groups(struct pace_group *groups)
{
	struct pace_group *group, *next;

	HASH_ITER (hh, groups, group, next) {
		HASH_DEL(groups, group);
		free(group);
	}
}

void
pace_free(struct pace *pace)
{
	struct address *address, *next;

	if (pace == NULL)
		return;
	HASH_ITER (hh, pace->addresses, address, next) {
		HASH_DEL(pace->addresses, address);
		free(address);
	}
	free_groups(pace->networks);
	free_groups(pace->providers);
	free(pace);
}

/* Addresses. */

static void
make_key(const struct fact_address *from, size_t octets, uint8_t *key)
{
	memset(key, 0, KEY_SIZE);
	key[0] = from->ipv6;
	memcpy(key + 1, from->bytes, octets);
}

static struct address *
find(struct pace *pace, const struct fact_address *from)
{
	uint8_t key[KEY_SIZE];
	struct address *address;

	make_key(from, from->ipv6 ? 16 : 4, key);
	HASH_FIND(hh, pace->addresses, key, KEY_SIZE, address);
	return address;
}

static void
make_ready(struct pace *pace, struct address *address)
{
	address->state = STATE_READY;
	address->total_stops = pace->total_stops;
	address->rate_stops = pace->rate_stops;
	DL_APPEND(pace->ready, address);
}

static struct address *
add(struct pace *pace, const struct fact_address *from)
{
	struct address *address = allocate(sizeof(*address));
	uint8_t network[KEY_SIZE];

	make_key(from, from->ipv6 ? NETWORK_IPV6 : NETWORK_IPV4, network);
	make_key(from, from->ipv6 ? 16 : 4, address->key);
	address->network = join(
		&pace->networks, network, KEY_SIZE, pace->limits.per_network);
	HASH_ADD(hh, pace->addresses, key, KEY_SIZE, address);
	make_ready(pace, address);
	return address;
}

static void
forget(struct pace *pace, struct address *address)
{
	HASH_DEL(pace->addresses, address);
	part(&pace->networks, address->network);
	free(address);
}

/* Tickets. */

/* Each reason counts once a ticket. */
static void
note_wait(struct pace_ticket *ticket, unsigned reason, uint64_t *count)
{
	if (ticket->waited & reason)
		return;
	ticket->waited |= reason;
	(*count)++;
}

void
pace_enter(struct pace *pace, struct pace_ticket *ticket)
{
	struct address *address = find(pace, &ticket->address);

	pace->stats.tickets++;
	ticket->waited = 0;
	ticket->next = NULL;
	ticket->group = NULL;
	if (ticket->provider != NULL && pace->limits.per_provider > 0)
		ticket->group = join(&pace->providers, ticket->provider,
			strlen(ticket->provider), pace->limits.per_provider);
	if (address == NULL)
		address = add(pace, &ticket->address);
	else
		note_wait(ticket, WAITED_ADDRESS, &pace->stats.waited_address);
	if (address->first == NULL)
		address->first = ticket;
	else
		address->last->next = ticket;
	address->last = ticket;
	pace->waiting++;
}

static void
wake_rested(struct pace *pace, uint64_t now_ms)
{
	struct address *address;

	while ((address = pace->resting) != NULL &&
		address->until_ms <= now_ms) {
		DL_DELETE(pace->resting, address);
		if (address->first == NULL)
			forget(pace, address);
		else
			make_ready(pace, address);
	}
}

static void
unblock(struct pace *pace, struct pace_group *group)
{
	struct address *address = group != NULL ? group->blocked : NULL;

	if (address == NULL || !has_room(group))
		return;
	DL_DELETE(group->blocked, address);
	make_ready(pace, address);
}

/* The address waits for group. What it was woken for in the other one, another
   may take. */
static void
block(struct pace *pace, struct address *address, struct pace_group *group,
	struct pace_group *other)
{
	address->state = STATE_BLOCKED;
	DL_APPEND(group->blocked, address);
	unblock(pace, other);
}

/* May the limits for all together let one begin? */
static bool
is_open(struct pace *pace, uint64_t now_ms)
{
	if (pace->open >= pace->limits.total) {
		pace->total_stops += pace->ready != NULL;
		return false;
	}
	if (pace->limits.rate > 0 && (double)now_ms < pace->next_ms) {
		pace->rate_stops += pace->ready != NULL;
		return false;
	}
	return true;
}

static void
spend_rate(struct pace *pace, uint64_t now_ms)
{
	double earliest = (double)now_ms - RATE_CREDIT_MS;

	if (pace->limits.rate <= 0)
		return;
	if (pace->next_ms < earliest)
		pace->next_ms = earliest;
	pace->next_ms += 1000 / pace->limits.rate;
}

static struct pace_ticket *
begin(struct pace *pace, struct address *address, uint64_t now_ms)
{
	struct pace_ticket *ticket = address->first;

	pace->stats.waited_total += address->total_stops != pace->total_stops;
	pace->stats.waited_rate += address->rate_stops != pace->rate_stops;
	address->first = ticket->next;
	address->state = STATE_BUSY;
	address->network->open++;
	if (ticket->group != NULL)
		ticket->group->open++;
	pace->open++;
	pace->waiting--;
	spend_rate(pace, now_ms);
	return ticket;
}

struct pace_ticket *
pace_next(struct pace *pace, uint64_t now_ms)
{
	struct address *address;

	wake_rested(pace, now_ms);
	if (!is_open(pace, now_ms))
		return NULL;
	while ((address = pace->ready) != NULL) {
		struct pace_ticket *ticket = address->first;

		DL_DELETE(pace->ready, address);
		if (!has_room(address->network)) {
			note_wait(ticket, WAITED_NETWORK,
				&pace->stats.waited_network);
			block(pace, address, address->network, ticket->group);
		} else if (!has_room(ticket->group)) {
			note_wait(ticket, WAITED_PROVIDER,
				&pace->stats.waited_provider);
			block(pace, address, ticket->group, address->network);
		} else {
			return begin(pace, address, now_ms);
		}
	}
	return NULL;
}

/* Its address is in no state then. */
static struct address *
end(struct pace *pace, const struct pace_ticket *ticket)
{
	struct address *address = find(pace, &ticket->address);

	assert(address != NULL && address->state == STATE_BUSY);
	pace->open--;
	address->network->open--;
	unblock(pace, address->network);
	if (ticket->group != NULL) {
		ticket->group->open--;
		unblock(pace, ticket->group);
		part(&pace->providers, ticket->group);
	}
	return address;
}

/* Counted from when the last interval was over, which may have been a while
   ago. */
static uint64_t
rested_ms(
	const struct pace *pace, const struct address *address, uint64_t now_ms)
{
	const struct pace_limits *limits = &pace->limits;
	uint64_t from_ms = now_ms;

	if (address->until_ms != 0 && address->until_ms < now_ms)
		from_ms = now_ms - address->until_ms < limits->credit_ms
				  ? address->until_ms
				  : now_ms - limits->credit_ms;
	return from_ms + limits->interval_ms;
}

static int
by_time(const struct address *a, const struct address *b)
{
	return (a->until_ms > b->until_ms) - (a->until_ms < b->until_ms);
}

void
pace_leave(struct pace *pace, const struct pace_ticket *ticket, uint64_t now_ms)
{
	struct address *address = end(pace, ticket);

	address->until_ms = rested_ms(pace, address, now_ms);
	address->state = STATE_RESTING;
	if (pace->limits.credit_ms == 0)
		DL_APPEND(pace->resting, address);
	else
		DL_INSERT_INORDER(pace->resting, address, by_time);
}

void
pace_leave_unused(struct pace *pace, const struct pace_ticket *ticket)
{
	struct address *address = end(pace, ticket);

	if (address->first == NULL)
		forget(pace, address);
	else
		make_ready(pace, address);
}

void
pace_addresses(const struct pace *pace, pace_address_cb cb, void *arg)
{
	const struct address *one;

	for (one = pace->addresses; one != NULL; one = one->hh.next) {
		struct fact_address address = {.ipv6 = one->key[0] != 0};

		if (one->state != STATE_BUSY && one->state != STATE_RESTING)
			continue;
		memcpy(address.bytes, one->key + 1, sizeof(address.bytes));
		cb(arg, &address, one->state == STATE_BUSY);
	}
}

unsigned
pace_open(const struct pace *pace)
{
	return pace->open;
}

unsigned
pace_waiting(const struct pace *pace)
{
	return pace->waiting;
}

void
pace_stats(const struct pace *pace, struct pace_stats *stats)
{
	*stats = pace->stats;
}
