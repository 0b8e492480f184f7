/*
 * Open addressing with linear probing. The key is its own hash, so a slot is
 * 16 octets and nothing else; the table doubles at three quarters full.
 */
#include "scanner/core/nameset.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "resolver/name.h"

enum {
	FIRST_CAPACITY = 1024
};

/* Fixed: the set need not be the same twice, but a defect should be. */
static const uint64_t seed_high = 0x9ae16a3b2f90404fU;
static const uint64_t seed_low = 0xc949c7defeabbad1U;

/* All zero: free. */
struct slot {
	uint64_t high;
	uint64_t low;
};

struct nameset {
	struct slot *slots;
	size_t capacity; /* a power of two */
	size_t count;
};

struct nameset *
nameset_new(void)
{
	struct nameset *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->capacity = FIRST_CAPACITY;
	set->slots = calloc(set->capacity, sizeof(*set->slots));
	if (set->slots == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

void
nameset_free(struct nameset *set)
{
	if (set == NULL)
		return;
	free(set->slots);
	free(set);
}

/* Where key is, or the free slot where it belongs. */
static struct slot *
find(struct slot *slots, size_t capacity, struct slot key)
{
	size_t i = (size_t)key.high & (capacity - 1);

	for (;;) {
		struct slot *slot = &slots[i];

		if (slot->high == 0 && slot->low == 0)
			return slot;
		if (slot->high == key.high && slot->low == key.low)
			return slot;
		i = (i + 1) & (capacity - 1);
	}
}

static bool
grow(struct nameset *set)
{
	size_t capacity = set->capacity * 2;
	struct slot *slots = calloc(capacity, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < set->capacity; i++) {
		struct slot key = set->slots[i];

		if (key.high != 0 || key.low != 0)
			*find(slots, capacity, key) = key;
	}
	free(set->slots);
	set->slots = slots;
	set->capacity = capacity;
	return true;
}

static struct slot
key_of(const char *name)
{
	return (struct slot){
		.high = name_hash(name, seed_high),
		.low = name_hash(name, seed_low) | 1, /* never a free slot */
	};
}

bool
nameset_has(const struct nameset *set, const char *name)
{
	return find(set->slots, set->capacity, key_of(name))->low != 0;
}

enum nameset_result
nameset_add(struct nameset *set, const char *name)
{
	struct slot key = key_of(name);
	struct slot *slot = find(set->slots, set->capacity, key);

	if (slot->low != 0)
		return NAMESET_SEEN;
	if (set->count >= set->capacity / 4 * 3) {
		if (!grow(set))
			return NAMESET_NO_MEMORY;
		slot = find(set->slots, set->capacity, key);
	}
	*slot = key;
	set->count++;
	return NAMESET_NEW;
}

size_t
nameset_count(const struct nameset *set)
{
	return set->count;
}

size_t
nameset_memory(const struct nameset *set)
{
	return set->capacity * sizeof(*set->slots);
}
