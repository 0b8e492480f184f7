/*
 * The verdicts of a stored scan anew: all of its rows are handed in once more,
 * the database finds out which are others than those that it has, and replaces
 * these. One transaction, which locks the scan against others who would change
 * it; all functions block.
 */
#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct rewrite;

/* version: of the rules by which the new verdicts are derived; words: that
   their rows may hold. NULL with one line in err, also for a scan whose facts
   do not suffice. */
struct rewrite *rewrite_open(const char *dsn, int64_t scan, int version,
	const struct row_words *words, char *err, size_t errsize);
/* The version by which its verdicts were derived so far. */
int rewrite_version(const struct rewrite *rewrite);
/* Without rewrite_commit() before, nothing has changed. */
void rewrite_free(struct rewrite *rewrite);

/* Every host, then every domain, as struct store takes them. 0, or -1 with one
   line in err. */
int rewrite_host(struct rewrite *rewrite, int64_t run,
	const struct row_host *host, char *err, size_t errsize);
int rewrite_domain(struct rewrite *rewrite, const int64_t *runs,
	const struct row_domain *domain, char *err, size_t errsize);

/* A domain that has changed: "class/reason", and which other parts differ. */
struct rewrite_change {
	const char *domain;
	const char *was;
	const char *now;
	const char *parts;
};
typedef void (*rewrite_change_cb)(
	void *arg, const struct rewrite_change *change);
/* Domains by class before and after. */
typedef void (*rewrite_total_cb)(
	void *arg, const char *was, const char *now, const char *count);

struct rewrite_counts {
	int64_t hosts;
	int64_t domains;
};

/* Replace what differs. changed is called in the order of the input, total
   afterwards, the most frequent first. */
int rewrite_apply(struct rewrite *rewrite, struct rewrite_counts *counts,
	rewrite_change_cb changed, rewrite_total_cb total, void *arg, char *err,
	size_t errsize);
int rewrite_commit(struct rewrite *rewrite, char *err, size_t errsize);

#endif
