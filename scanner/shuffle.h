/*
 * A block of names in shuffled order, so that neighbours on a list, often of
 * one provider, are not taken up one right after the other. Pure.
 *
 * Names are added until the block is full, and are then taken out in an order
 * that the seed and the names alone decide. A name leaves with its own block:
 * the order of the list is kept but for the length of one.
 */
#ifndef SCANNER_SHUFFLE_H
#define SCANNER_SHUFFLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/list.h"

struct shuffle;

enum {
	/* Names of one block, and octets of their text and tags: with all of
	   its tables a block takes at most 24 MB. */
	SHUFFLE_NAMES = 100000,
	SHUFFLE_OCTETS = 16 * 1024 * 1024,
};

/* names: in a block, 1 … SHUFFLE_NAMES; 1 keeps the order. */
struct shuffle *shuffle_new(size_t names, uint64_t seed);
void shuffle_free(struct shuffle *shuffle);

/* Must not be full. The entry is copied. */
void shuffle_add(struct shuffle *shuffle, const struct list_entry *entry);
bool shuffle_full(const struct shuffle *shuffle);

/* The next name of the block, valid until the next call; false: it is empty,
   and can be filled again. */
bool shuffle_take(struct shuffle *shuffle, struct list_entry *entry);

#endif
