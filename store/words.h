/*
 * The codes under which the database stores words (sql/019_codes.sql). It gives
 * them; a program tells which words its rows may hold, and learns the codes.
 */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct pg_conn;
struct words;

/*
 * Blocking. The codes of all words of list, given now where they have none.
 * NULL with one line in err.
 */
struct words *words_learn(struct pg_conn *pg, const struct row_words *list,
	char *err, size_t errsize);
/* 0: it is not one of them. words may be NULL, for none. */
int16_t words_code(const struct words *words, const char *label);
void words_free(struct words *words);

#endif
