/* The nearest known word to a misspelt one. Pure. */
#ifndef SCANNER_SUGGEST_H
#define SCANNER_SUGGEST_H

#include <stdbool.h>

/*
 * Edits (insert, delete, replace, or swap two neighbours) that turn one word
 * into the other. Words over 31 octets are compared in their first 31.
 */
unsigned suggest_distance(const char *a, const char *b);

/* Is known near enough to word to be offered in its place? */
bool suggest_is_near(const char *word, const char *known);

#endif
