/*
 * Names that wait for a further pass, with line and tags, in the order in which
 * they came: a queue in a file without a name. Memory is the same for one name
 * and for millions.
 */
#ifndef SCANNER_SPOOL_H
#define SCANNER_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/list.h"

struct spool;

/* No file is there before the first entry. */
struct spool *spool_new(void);
void spool_free(struct spool *spool);

/* entry is copied. 0, or -1: the file cannot be written, spool_error(). */
int spool_put(struct spool *spool, const struct list_entry *entry);

/*
 * Take the first entry; its tags are valid until the next call. 1: there is
 * one, 0: none, -1: the file cannot be read, spool_error().
 */
int spool_next(struct spool *spool, struct list_entry *entry);

/* Entries that wait. */
uint64_t spool_count(const struct spool *spool);

/* What went wrong, one line, or NULL. */
const char *spool_error(const struct spool *spool);

#endif
