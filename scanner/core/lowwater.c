/*
 * The low-water line: a ring of the lines under way. Pure.
 */
#include "scanner/core/lowwater.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "scanner/core/arena.h"

struct slot {
	uint64_t line;
	bool done;
};

/*
 * Tickets count up; the slot of a ticket is its remainder. The ring is as wide
 * as the oldest open line makes it, so it grows where one slow line holds many
 * done ones above it.
 */
struct lowwater {
	struct slot *slots;
	uint64_t size;
	uint64_t oldest; /* ticket of the first slot in use */
	uint64_t next;	 /* ticket of the next admission */
	uint64_t read;	 /* last line read */
	uint64_t parked; /* lines put off that are not done */
	uint64_t first_parked;
};

static struct slot *
slot_of(const struct lowwater *lowwater, uint64_t ticket)
{
	return &lowwater->slots[ticket % lowwater->size];
}

static void *
slots_new(uint64_t size)
{
	void *slots = calloc((size_t)size, sizeof(struct slot));

	if (slots == NULL)
		arena_out_of_memory();
	return slots;
}

struct lowwater *
lowwater_new(unsigned window, uint64_t line)
{
	struct lowwater *lowwater = calloc(1, sizeof(*lowwater));

	if (lowwater == NULL)
		arena_out_of_memory();
	lowwater->size = window > 0 ? window : 1;
	lowwater->slots = slots_new(lowwater->size);
	lowwater->read = line;
	return lowwater;
}

void
lowwater_free(struct lowwater *lowwater)
{
	if (lowwater == NULL)
		return;
	free(lowwater->slots);
	free(lowwater);
}

void
lowwater_read(struct lowwater *lowwater, uint64_t line)
{
	if (line > lowwater->read)
		lowwater->read = line;
}

static void
grow(struct lowwater *lowwater)
{
	struct lowwater bigger = *lowwater;

	bigger.size *= 2;
	bigger.slots = slots_new(bigger.size);
	for (uint64_t t = lowwater->oldest; t < lowwater->next; t++)
		*slot_of(&bigger, t) = *slot_of(lowwater, t);
	free(lowwater->slots);
	*lowwater = bigger;
}

uint64_t
lowwater_admit(struct lowwater *lowwater, uint64_t line)
{
	struct slot *slot;

	lowwater_read(lowwater, line);
	if (lowwater->next - lowwater->oldest == lowwater->size)
		grow(lowwater);
	slot = slot_of(lowwater, lowwater->next);
	slot->line = line;
	slot->done = false;
	return lowwater->next++;
}

void
lowwater_done(struct lowwater *lowwater, uint64_t ticket)
{
	assert(ticket >= lowwater->oldest && ticket < lowwater->next);
	slot_of(lowwater, ticket)->done = true;
	while (lowwater->oldest < lowwater->next &&
		slot_of(lowwater, lowwater->oldest)->done)
		lowwater->oldest++;
}

void
lowwater_park(struct lowwater *lowwater, uint64_t ticket)
{
	uint64_t line = slot_of(lowwater, ticket)->line;

	if (lowwater->parked == 0 || line < lowwater->first_parked)
		lowwater->first_parked = line;
	lowwater->parked++;
	lowwater_done(lowwater, ticket);
}

void
lowwater_unpark(struct lowwater *lowwater)
{
	assert(lowwater->parked > 0);
	lowwater->parked--;
}

static uint64_t
below_open(const struct lowwater *lowwater)
{
	if (lowwater->oldest == lowwater->next)
		return lowwater->read;
	return slot_of(lowwater, lowwater->oldest)->line - 1;
}

uint64_t
lowwater_line(const struct lowwater *lowwater)
{
	uint64_t line = below_open(lowwater);

	if (lowwater->parked > 0 && lowwater->first_parked <= line)
		return lowwater->first_parked - 1;
	return line;
}
