/*
 * The files of the site. New ones are written beside the old site and take
 * their places only when all is there: a run that fails leaves the old site
 * whole. SHA256SUMS lists what the program has made; nothing else is ever
 * replaced or removed.
 */
#ifndef REPORT_TREE_H
#define REPORT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct tree;

struct tree_counts {
	size_t files;
	size_t changed; /* new ones too */
	size_t removed;
};

/* Makes dir where it is missing. NULL with one line in err, also when another
   run is at work on it. */
struct tree *tree_open(const char *dir, char *err, size_t errsize);
/* Removes what was not published. */
void tree_free(struct tree *tree);

/*
 * A new file of the site; path has no first slash and the folders on it are
 * made. Never NULL: an error shows in tree_error(). Each path once.
 */
FILE *tree_create(struct tree *tree, const char *path);
void tree_close(struct tree *tree, FILE *file);
void tree_put(
	struct tree *tree, const char *path, const char *data, size_t len);

/* Files of the old site whose paths begin so stay, where no new one is; but
   not those that begin with one of but. */
void tree_keep(struct tree *tree, const char *prefix, const char *const *but,
	size_t count);
/* Has the old site files whose paths begin so? */
bool tree_has(const struct tree *tree, const char *prefix);

/* The first error in one line, or NULL. */
const char *tree_error(const struct tree *tree);

/* Put the new site in the old one's place. 0, or -1: tree_error(). */
int tree_publish(struct tree *tree, struct tree_counts *counts);

#endif
