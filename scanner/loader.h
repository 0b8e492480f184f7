/*
 * The list becomes the chunks of a fleet. It is loaded as fast as the database
 * takes it; what is in memory is a block of names and a few chunks.
 */
#ifndef SCANNER_LOADER_H
#define SCANNER_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"
#include "store/fleet.h"

struct loader;

/* The list goes on after what the fleet has of it. */
struct loader *loader_new(
	struct fleet *fleet, struct list *list, bool shuffled, uint64_t seed);
void loader_free(struct loader *loader);

/* Load what there is room for. False: the list cannot be read any further. */
bool loader_turn(struct loader *loader);
const char *loader_error(const struct loader *loader);

#endif
