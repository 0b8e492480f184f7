/*
 * The file of --blocklist: read at the start, and again when asked to. It may
 * be compressed, like any list. And what the database has besides: who opts out
 * while scans run.
 */
#ifndef SCANNER_BLOCKFILE_H
#define SCANNER_BLOCKFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/core/blocklist.h"

struct blockfile;

/*
 * path may be NULL: there is no file. NULL, with one line in err, when the file
 * cannot be read, is no regular file, or has a bad line: to begin in spite of
 * an entry that is not understood would be to contact whoever it is about.
 */
struct blockfile *blockfile_open(const char *path, char *err, size_t errsize);
void blockfile_free(struct blockfile *file);

/* One more line, whatever the file says. One that is not understood is reported
   on standard error. */
void blockfile_opt_out(struct blockfile *file, const char *entry);

/* Stays the same through all readings. */
const struct blocklist *blockfile_list(const struct blockfile *file);

/*
 * Read the file again, whole, and only then change the list. Each bad line is
 * reported on standard error with its number, up to a bound, and the others
 * hold. False: the file cannot be read, which is reported too, and the list is
 * what it was. A million entries hold up the caller for about a quarter of a
 * second.
 */
bool blockfile_reload(struct blockfile *file);

#endif
