/*
 * Which name servers leave questions unanswered. Pure.
 */
#include "scanner/core/silence.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

/* Family, address, type. */
enum {
	KEY_SIZE = 1 + 16 + 2
};

struct entry {
	uint8_t key[KEY_SIZE];
	enum outcome outcome;
	unsigned names; /* that got it, in a row */
	uint64_t last_ms;
	UT_hash_handle hh;
};

struct silence {
	struct entry *entries; /* the oldest first */
};

struct silence *
silence_new(void)
{
	struct silence *silence = calloc(1, sizeof(*silence));

	if (silence == NULL)
		arena_out_of_memory();
	return silence;
}

static void
forget(struct silence *silence, struct entry *entry)
{
	HASH_DEL(silence->entries, entry);
	free(entry);
}

void
silence_free(struct silence *silence)
{
	struct entry *entry, *next;

	if (silence == NULL)
		return;
	HASH_ITER (hh, silence->entries, entry, next)
		forget(silence, entry);
	free(silence);
}

static void
make_key(const struct fact_address *server, enum answer_type type, uint8_t *key)
{
	memset(key, 0, KEY_SIZE);
	key[0] = server->ipv6;
	memcpy(key + 1, server->bytes, server->ipv6 ? 16 : 4);
	key[17] = (uint8_t)(type >> 8);
	key[18] = (uint8_t)type;
}

static struct entry *
find(const struct silence *silence, const struct fact_address *server,
	enum answer_type type)
{
	uint8_t key[KEY_SIZE];
	struct entry *entry;

	make_key(server, type, key);
	HASH_FIND(hh, silence->entries, key, KEY_SIZE, entry);
	return entry;
}

static struct entry *
add(struct silence *silence, const struct fact_address *server,
	enum answer_type type)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		arena_out_of_memory();
	if (HASH_COUNT(silence->entries) == SILENCE_SERVERS_MAX)
		forget(silence, silence->entries);
	make_key(server, type, entry->key);
	HASH_ADD(hh, silence->entries, key, KEY_SIZE, entry);
	return entry;
}

void
silence_note(struct silence *silence, const struct fact_address *server,
	enum answer_type type, enum outcome outcome, uint64_t now_ms)
{
	struct entry *entry = find(silence, server, type);

	if (outcome == OUTCOME_NONE)
		return;
	if (outcome_is_answer(outcome)) {
		if (entry != NULL)
			forget(silence, entry);
		return;
	}
	if (entry == NULL)
		entry = add(silence, server, type);
	entry->names = entry->outcome == outcome ? entry->names + 1 : 1;
	entry->outcome = outcome;
	entry->last_ms = now_ms;
}

static unsigned
names_needed(enum outcome outcome)
{
	return outcome == OUTCOME_SILENT ? SILENCE_NAMES_SILENT : SILENCE_NAMES;
}

enum outcome
silence_outcome(const struct silence *silence,
	const struct fact_address *server, enum answer_type type,
	uint64_t now_ms)
{
	const struct entry *entry = find(silence, server, type);

	if (entry == NULL || entry->names < names_needed(entry->outcome) ||
		now_ms - entry->last_ms >= SILENCE_MS)
		return OUTCOME_NONE;
	return entry->outcome;
}
