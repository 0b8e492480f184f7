/*
 * Who may be contacted now. Pure.
 *
 * An address with tickets is in exactly one place: busy (its conversation is
 * under way), resting (until its interval is over), blocked (in the queue of a
 * network that is at its limit) or ready. As the interval is the same for all,
 * the resting queue is ordered by time without sorting.
 */
#include "scanner/core/pace.h"

#include <assert.h>
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
	KEY_SIZE = 17
};

struct network {
	uint8_t key[KEY_SIZE];
	unsigned open;	  /* conversations under way */
	unsigned members; /* addresses that point here */
	struct address *blocked;
	UT_hash_handle hh;
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
	uint64_t until_ms; /* of resting */
	struct network *network;
	struct pace_ticket *first, *last; /* that wait */
	struct address *prev, *next;	  /* in the queue of its state */
	UT_hash_handle hh;
};

struct pace {
	struct pace_limits limits;
	struct address *addresses; /* by key */
	struct network *networks;
	struct address *ready;
	struct address *resting;
	unsigned open;
	unsigned waiting;
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

void
pace_free(struct pace *pace)
{
	struct address *address, *next_address;
	struct network *network, *next_network;

	if (pace == NULL)
		return;
	HASH_ITER (hh, pace->addresses, address, next_address) {
		HASH_DEL(pace->addresses, address);
		free(address);
	}
	HASH_ITER (hh, pace->networks, network, next_network) {
		HASH_DEL(pace->networks, network);
		free(network);
	}
	free(pace);
}

static void
make_key(const struct fact_address *from, size_t octets, uint8_t *key)
{
	memset(key, 0, KEY_SIZE);
	key[0] = from->ipv6;
	memcpy(key + 1, from->bytes, octets);
}

static struct network *
network_of(struct pace *pace, const struct fact_address *from)
{
	uint8_t key[KEY_SIZE];
	struct network *network;

	make_key(from, from->ipv6 ? NETWORK_IPV6 : NETWORK_IPV4, key);
	HASH_FIND(hh, pace->networks, key, KEY_SIZE, network);
	if (network == NULL) {
		network = allocate(sizeof(*network));
		memcpy(network->key, key, KEY_SIZE);
		HASH_ADD(hh, pace->networks, key, KEY_SIZE, network);
	}
	return network;
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

static struct address *
add(struct pace *pace, const struct fact_address *from)
{
	struct address *address = allocate(sizeof(*address));

	make_key(from, from->ipv6 ? 16 : 4, address->key);
	address->network = network_of(pace, from);
	address->network->members++;
	HASH_ADD(hh, pace->addresses, key, KEY_SIZE, address);
	address->state = STATE_READY;
	DL_APPEND(pace->ready, address);
	return address;
}

static void
forget(struct pace *pace, struct address *address)
{
	struct network *network = address->network;

	HASH_DEL(pace->addresses, address);
	free(address);
	if (--network->members > 0)
		return;
	HASH_DEL(pace->networks, network);
	free(network);
}

void
pace_enter(struct pace *pace, struct pace_ticket *ticket)
{
	struct address *address = find(pace, &ticket->address);

	if (address == NULL)
		address = add(pace, &ticket->address);
	ticket->next = NULL;
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
		if (address->first == NULL) {
			forget(pace, address);
			continue;
		}
		address->state = STATE_READY;
		DL_APPEND(pace->ready, address);
	}
}

static struct pace_ticket *
begin(struct pace *pace, struct address *address)
{
	struct pace_ticket *ticket = address->first;

	address->first = ticket->next;
	address->state = STATE_BUSY;
	address->network->open++;
	pace->open++;
	pace->waiting--;
	return ticket;
}

struct pace_ticket *
pace_next(struct pace *pace, uint64_t now_ms)
{
	struct address *address;

	wake_rested(pace, now_ms);
	if (pace->open >= pace->limits.total)
		return NULL;
	while ((address = pace->ready) != NULL) {
		struct network *network = address->network;

		DL_DELETE(pace->ready, address);
		if (pace->limits.per_network == 0 ||
			network->open < pace->limits.per_network)
			return begin(pace, address);
		address->state = STATE_BLOCKED;
		DL_APPEND(network->blocked, address);
	}
	return NULL;
}

static void
unblock(struct pace *pace, struct network *network)
{
	struct address *address = network->blocked;

	if (address == NULL)
		return;
	DL_DELETE(network->blocked, address);
	address->state = STATE_READY;
	DL_APPEND(pace->ready, address);
}

void
pace_leave(struct pace *pace, const struct pace_ticket *ticket, uint64_t now_ms)
{
	struct address *address = find(pace, &ticket->address);

	assert(address != NULL && address->state == STATE_BUSY);
	pace->open--;
	address->network->open--;
	unblock(pace, address->network);
	address->state = STATE_RESTING;
	address->until_ms = now_ms + pace->limits.interval_ms;
	DL_APPEND(pace->resting, address);
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
