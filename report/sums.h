/* SHA-256 of files, and lists of them as sha256sum(1) writes them. */
#ifndef REPORT_SUMS_H
#define REPORT_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	SUMS_HEX = 65 /* the final NUL too */
};

struct sums_entry {
	char *path; /* relative, of the form that sums_path_is_safe() wants */
	char sum[SUMS_HEX];
};

struct sums {
	struct sums_entry *entries; /* sorted by path after sums_sort() */
	size_t count;
	size_t size;
};

/* No folder above, no empty part, nothing that a line cannot hold. */
bool sums_path_is_safe(const char *path);

/* Hash all of a file from where it stands. 0, or -1 with errno. */
int sums_hash(FILE *file, char sum[SUMS_HEX]);

void sums_add(struct sums *sums, const char *path, const char *sum);
/* By path, in the order of octets. */
void sums_sort(struct sums *sums);
/* In a sorted list; NULL: not there. */
const struct sums_entry *sums_find(const struct sums *sums, const char *path);
/* Is there a path in a sorted list that begins so? */
bool sums_has_prefix(const struct sums *sums, const char *prefix);

/* Lines that are not of the form are left out. */
void sums_read(struct sums *sums, FILE *in);
/* 0, or -1 with errno. */
int sums_write(const struct sums *sums, FILE *out);
void sums_free(struct sums *sums);

#endif
