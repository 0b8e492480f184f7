#include "tests/scenario/fake_fleet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEWS_MS = 1000
};

struct fleet {
	struct fake_database *database;
	int64_t token;
	struct fleet_list list;
	struct fleet_listener listener;
	bool alive;
	bool shares;
	uint64_t domains;
	uint64_t news_ms; /* next */
	uint64_t due_ms;  /* next turn */
	bool told;	  /* of the opt-out */
	bool wants_chunk;
	bool again;
	char hosts[FAKE_CLAIMS_MAX][FAKE_NAME_SIZE];
	size_t host_count;
	char addresses[FAKE_CLAIMS_MAX][FAKE_NAME_SIZE];
	size_t address_count;
	unsigned interval_ms;
};

struct fleet_chunk {
	uint32_t number;
	const struct fake_chunk *of;
	bool done[FAKE_CHUNK_NAMES_MAX]; /* when it was taken */
	size_t size;
	size_t next;
};

static void
copy(char out[FAKE_NAME_SIZE], const char *name)
{
	assert(strlen(name) < FAKE_NAME_SIZE);
	strcpy(out, name);
}

/* Members. */

struct fleet *
fake_fleet_join(struct fake_database *database)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	assert(fleet != NULL && database->member_count < FAKE_MEMBERS_MAX);
	database->members[database->member_count++] = fleet;
	fleet->database = database;
	fleet->token = (int64_t)database->member_count;
	fleet->shares = fleet->token > 1;
	fleet->alive = true;
	fleet->list.line = database->line;
	fleet->list.chunks = (uint32_t)database->published;
	fleet->list.whole = database->whole;
	for (size_t i = 0; i < database->published; i++)
		fleet->list.names += database->chunks[i].size;
	database->chunk_count = database->published;
	return fleet;
}

void
fake_fleet_leave(struct fleet *fleet)
{
	struct fake_database *database = fleet->database;

	fleet->alive = false;
	for (size_t i = 0; i < database->chunk_count; i++)
		if (database->chunks[i].holder == fleet->token)
			database->chunks[i].holder = 0;
	for (size_t i = 0; i < database->host_count; i++)
		if (database->hosts[i].holder == fleet->token &&
			!database->hosts[i].stored)
			database->hosts[i].holder = 0;
	for (size_t i = 0; i < database->address_count; i++)
		if (database->addresses[i].holder == fleet->token)
			database->addresses[i].released = true;
	database->members[fleet->token - 1] = NULL;
	free(fleet);
}

static struct fake_claim *
find(struct fake_claim *claims, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(claims[i].name, name) == 0)
			return &claims[i];
	return NULL;
}

static struct fake_claim *
find_or_add(struct fake_claim *claims, size_t *count, const char *name)
{
	struct fake_claim *claim = find(claims, *count, name);

	if (claim != NULL)
		return claim;
	assert(*count < FAKE_CLAIMS_MAX);
	claim = &claims[(*count)++];
	copy(claim->name, name);
	return claim;
}

const struct fake_claim *
fake_fleet_host(struct fake_database *database, const char *host)
{
	return find(database->hosts, database->host_count, host);
}

const struct fake_claim *
fake_fleet_address(struct fake_database *database, const char *address)
{
	return find(database->addresses, database->address_count, address);
}

/* Chunks. */

uint32_t
fleet_chunk_number(const struct fleet_chunk *chunk)
{
	return chunk->number;
}

size_t
fleet_chunk_size(const struct fleet_chunk *chunk)
{
	return chunk->size;
}

bool
fleet_chunk_next(struct fleet_chunk *chunk, struct fleet_name *name)
{
	while (chunk->next < chunk->of->size && chunk->done[chunk->next])
		chunk->next++;
	if (chunk->next == chunk->of->size)
		return false;
	*name = (struct fleet_name){
		.line = chunk->of->names[chunk->next].line,
		.name = chunk->of->names[chunk->next].name,
	};
	chunk->next++;
	return true;
}

void
fleet_chunk_free(struct fleet_chunk *chunk)
{
	free(chunk);
}

static struct fleet_chunk *
take_chunk(struct fleet *fleet)
{
	struct fake_database *database = fleet->database;

	for (size_t i = 0; i < database->published; i++) {
		struct fake_chunk *of = &database->chunks[i];
		struct fleet_chunk *chunk;

		if (of->done || of->holder != 0)
			continue;
		of->holder = fleet->token;
		chunk = calloc(1, sizeof(*chunk));
		assert(chunk != NULL);
		chunk->number = (uint32_t)i + 1;
		chunk->of = of;
		for (size_t j = 0; j < of->size; j++) {
			chunk->done[j] = of->names[j].done;
			chunk->size += !of->names[j].done;
		}
		return chunk;
	}
	return NULL;
}

static bool
is_done(const struct fake_database *database)
{
	for (size_t i = 0; i < database->published; i++)
		if (!database->chunks[i].done)
			return false;
	return true;
}

/* What the sink commits. */

void
fake_fleet_row(struct fleet *fleet, const char *name)
{
	struct fake_database *database = fleet->database;

	database->rows++;
	fleet->domains++;
	for (size_t i = 0; i < database->chunk_count; i++)
		for (size_t j = 0; j < database->chunks[i].size; j++)
			if (strcmp(database->chunks[i].names[j].name, name) ==
				0) {
				assert(!database->chunks[i].names[j].done);
				database->chunks[i].names[j].done = true;
			}
}

void
fake_fleet_ended(struct fleet *fleet, uint32_t chunk)
{
	struct fake_chunk *of = &fleet->database->chunks[chunk - 1];

	assert(of->holder == fleet->token && !of->done);
	for (size_t j = 0; j < of->size; j++)
		assert(of->names[j].done);
	of->done = true;
}

void
fake_fleet_stored(struct fleet *fleet, const char *host)
{
	struct fake_database *database = fleet->database;
	struct fake_claim *claim = find_or_add(
		database->hosts, &database->host_count, host);

	assert(!claim->stored);
	claim->holder = fleet->token;
	claim->stored = true;
}

/* Turns. */

static void
tell_news(struct fleet *fleet)
{
	struct fake_database *database = fleet->database;
	struct fleet_news news = {.members = 1, .ready = true};

	for (size_t i = 0; i < database->member_count; i++) {
		const struct fleet *other = database->members[i];

		if (other == NULL || other == fleet)
			continue;
		news.members++;
		news.ready = news.ready && other->shares;
		news.domains += other->domains;
	}
	news.complete = database->whole && is_done(database);
	if (database->opt_out != NULL && !fleet->told) {
		fleet->told = true;
		fleet->listener.opt_out(fleet->listener.arg, database->opt_out);
	}
	fleet->listener.news(fleet->listener.arg, &news);
}

static enum fleet_host
claim_host(struct fleet *fleet, const char *name)
{
	struct fake_database *database = fleet->database;
	struct fake_claim *claim = find_or_add(
		database->hosts, &database->host_count, name);

	if (claim->stored)
		return FLEET_HOST_DONE;
	if (claim->holder == 0 || (claim->put_off && fleet->again)) {
		claim->holder = fleet->token;
		claim->put_off = false;
	}
	if (claim->put_off)
		return FLEET_HOST_PUT_OFF;
	return claim->holder == fleet->token ? FLEET_HOST_MINE
					     : FLEET_HOST_ELSEWHERE;
}

static void
tell_hosts(struct fleet *fleet)
{
	char names[FAKE_CLAIMS_MAX][FAKE_NAME_SIZE];
	size_t count = fleet->host_count;

	memcpy(names, fleet->hosts, sizeof(names));
	fleet->host_count = 0;
	for (size_t i = 0; i < count; i++) {
		enum fleet_host status = claim_host(fleet, names[i]);
		const struct fake_claim *claim = fake_fleet_host(
			fleet->database, names[i]);
		const struct fleet_facts facts = {
			.run = claim != NULL ? claim->holder : 0,
			.row = fleet->database->row,
		};

		fleet->listener.host(fleet->listener.arg, names[i], status,
			status == FLEET_HOST_DONE ? &facts : NULL);
	}
}

static bool
claim_address(struct fleet *fleet, const char *address)
{
	struct fake_database *database = fleet->database;
	struct fake_claim *claim = find_or_add(
		database->addresses, &database->address_count, address);

	if (claim->holder != 0 && claim->holder != fleet->token &&
		!claim->released)
		return false;
	if (claim->released &&
		claim->released_ms + fleet->interval_ms > database->now_ms)
		return false;
	claim->holder = fleet->token;
	claim->released = false;
	return true;
}

static void
tell_addresses(struct fleet *fleet)
{
	char names[FAKE_CLAIMS_MAX][FAKE_NAME_SIZE];
	size_t count = fleet->address_count;

	memcpy(names, fleet->addresses, sizeof(names));
	fleet->address_count = 0;
	for (size_t i = 0; i < count; i++)
		if (claim_address(fleet, names[i]))
			fleet->listener.address(fleet->listener.arg, names[i]);
	if (count > 0)
		fleet->listener.addresses_answered(fleet->listener.arg);
}

void
fake_fleet_step(struct fleet *fleet, uint64_t now_ms)
{
	struct fake_database *database = fleet->database;

	database->now_ms = now_ms;
	if (database->away || now_ms < fleet->due_ms)
		return;
	fleet->due_ms = now_ms + database->delay_ms;
	if (now_ms >= fleet->news_ms) {
		fleet->news_ms = now_ms + NEWS_MS;
		tell_news(fleet);
	}
	if (fleet->wants_chunk) {
		fleet->wants_chunk = false;
		fleet->listener.chunk(fleet->listener.arg, take_chunk(fleet));
	}
	tell_hosts(fleet);
	tell_addresses(fleet);
}

/* What is asked for. */

void
fleet_listen(struct fleet *fleet, const struct fleet_listener *listener)
{
	fleet->listener = *listener;
}

const struct fleet_list *
fleet_list(const struct fleet *fleet)
{
	return &fleet->list;
}

bool
fleet_is_first(const struct fleet *fleet)
{
	return fleet->token == 1;
}

void
fleet_want_chunk(struct fleet *fleet, unsigned in_hand)
{
	(void)in_hand;
	fleet->wants_chunk = true;
}

void
fleet_want_host(struct fleet *fleet, const char *host, bool again)
{
	assert(fleet->host_count < FAKE_CLAIMS_MAX);
	fleet->again = again;
	copy(fleet->hosts[fleet->host_count++], host);
}

void
fleet_put_off_host(struct fleet *fleet, const char *host)
{
	struct fake_database *database = fleet->database;
	struct fake_claim *claim = find_or_add(
		database->hosts, &database->host_count, host);

	if (claim->holder == 0)
		claim->holder = fleet->token;
	claim->put_off = claim->holder == fleet->token || claim->put_off;
}

void
fleet_want_address(
	struct fleet *fleet, const char *address, unsigned interval_ms)
{
	assert(fleet->address_count < FAKE_CLAIMS_MAX);
	fleet->interval_ms = interval_ms;
	copy(fleet->addresses[fleet->address_count++], address);
}

void
fleet_release_address(struct fleet *fleet, const char *address)
{
	struct fake_database *database = fleet->database;
	struct fake_claim *claim = find_or_add(
		database->addresses, &database->address_count, address);

	if (claim->holder != 0 && claim->holder != fleet->token)
		return;
	claim->holder = fleet->token;
	claim->released = true;
	claim->released_ms = database->now_ms;
}

void
fleet_share(struct fleet *fleet)
{
	fleet->shares = true;
}

bool
fleet_may_load(const struct fleet *fleet)
{
	return !fleet->database->away;
}

void
fleet_load_name(struct fleet *fleet, const struct fleet_name *name)
{
	struct fake_database *database = fleet->database;
	struct fake_chunk *chunk = &database->chunks[database->chunk_count];

	assert(database->chunk_count < FAKE_CHUNKS_MAX);
	assert(chunk->size < FAKE_CHUNK_NAMES_MAX);
	chunk->names[chunk->size].line = name->line;
	copy(chunk->names[chunk->size++].name, name->name);
}

void
fleet_load_chunk(struct fleet *fleet)
{
	struct fake_database *database = fleet->database;

	if (database->chunks[database->chunk_count].size > 0)
		database->chunk_count++;
}

void
fleet_publish(struct fleet *fleet, uint64_t line, bool whole)
{
	struct fake_database *database = fleet->database;

	fleet_load_chunk(fleet);
	database->published = database->chunk_count;
	database->line = line;
	database->whole = whole;
}
