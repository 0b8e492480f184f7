/*
 * The words that rows hold where their lists are closed: what a database that
 * stores words as codes has to know. Pure.
 */
#ifndef SCANNER_CORE_RECORD_WORDS_H
#define SCANNER_CORE_RECORD_WORDS_H

#include "scanner/core/arena.h"
#include "store/row.h"

/*
 * All of the vocabulary, with its kinds, and those of look-ups, conversations
 * and verdicts that are no part of it ("severity", "half-dane", "status",
 * "trust", "phase", "fact"); from the arena.
 */
struct row_words record_words(struct arena *arena);

#endif
