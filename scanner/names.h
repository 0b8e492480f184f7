/*
 * The names of the list in the order in which they are taken up: its own, or
 * shuffled in blocks.
 */
#ifndef SCANNER_NAMES_H
#define SCANNER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"

struct names;

struct names_config {
	struct list *list;
	bool shuffled;
	uint64_t seed;	/* of the order */
	uint64_t after; /* names up to this line are left out */
	uint64_t count; /* … which are so many; 0: not known */
};

struct names *names_new(const struct names_config *config);
void names_free(struct names *names);

/* The next name, valid until the next call; or why there is none, as of
   list_next(). A list whose part that is left out is not as it was fails. */
enum list_status names_next(struct names *names, struct list_entry *entry);
const char *names_error(const struct names *names);

/* Between two blocks the names of all lines up to names_line() are given. */
bool names_between(const struct names *names);
uint64_t names_line(const struct names *names);

#endif
