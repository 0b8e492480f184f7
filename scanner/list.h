/*
 * The input: domain lists as a pull stream of names. Plain, CSV or zone file,
 * compressed or not; bad lines counted and reported, never fatal, never lost.
 */
#ifndef SCANNER_LIST_H
#define SCANNER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/name.h"
#include "store/row.h"

struct list;

enum list_format {
	LIST_AUTO,
	LIST_PLAIN,
	LIST_CSV,
	LIST_ZONE
};

enum list_status {
	LIST_NAME,   /* entry is filled in */
	LIST_AGAIN,  /* no name for now, ask again later: a pipe has nothing, or
			many lines went by without a name */
	LIST_END,    /* all lists are read */
	LIST_FAILED, /* a list cannot be read any further; list_error() */
};

/* One valid name, seen for the first time. Valid until the next call. */
struct list_entry {
	uint64_t line;	/* counted over all lists, from 1 */
	uint32_t chunk; /* of the fleet's, that it came with; 0: of none */
	char name[NAME_SIZE];
	const char *input; /* the name in UTF-8 as it was given, where that has
			      U-labels; else NULL */
	const struct row_tag *tags;
	size_t tag_count;
};

/* lines is the sum of the others. */
struct list_counts {
	uint64_t lines;	     /* read, of any kind */
	uint64_t names;	     /* returned by list_next() */
	uint64_t rejected;   /* no valid name */
	uint64_t duplicates; /* a name seen before */
	uint64_t skipped;    /* comments, blank lines, CSV header, and in a zone
				file all that is no delegation or is a further name
				server, or DS record, of the last one */
	uint64_t sampled_out; /* left out by sample or shard, seen or not */
};

enum {
	LIST_REASONS_MAX = 32
};

/* Rejected lines by reason, in the order in which the reasons came up. */
struct list_rejected {
	const char *reason; /* as in the file of rejects; NULL: no more */
	uint64_t lines;
};

/* One of the lists, as far as it is read. */
struct list_source {
	const char *name;	 /* path, or "standard input" */
	enum list_format format; /* LIST_AUTO: nothing in it told so far */
	struct list_counts counts;
	uint64_t octets; /* read so far, before any decompression */
	bool whole;	 /* read to its end, and sha256 is of all octets */
	uint8_t sha256[32];
};

struct list_config {
	/* "-": standard input. They must outlive the list. */
	const char *const *paths;
	size_t path_count;
	enum list_format format;
	bool only_signed; /* zone files only; of delegations those with a DS
			     record */
	/*
	 * File for rejected lines, or NULL: line number, reason, text, and
	 * list:line number in that list, separated by tabs.
	 */
	const char *rejects;
	double sample;	 /* share of the names, 0 … 1; 1 = all */
	uint64_t seed;	 /* of the sample */
	unsigned shard;	 /* 1 … shards; the same whatever the seed */
	unsigned shards; /* 1 = all */
};

/*
 * Opens every list, so that a missing file is known before anything is asked.
 * NULL with one line in err.
 */
struct list *list_open(
	const struct list_config *config, char *err, size_t errsize);
/*
 * The names themselves as a list, one a line; they must outlive it. NULL with
 * one line in err when one is not a valid name.
 */
struct list *list_open_names(
	const char *const *names, size_t count, char *err, size_t errsize);
enum list_status list_next(struct list *list, struct list_entry *entry);
/* One line that names the list, after LIST_FAILED; which stays. */
const char *list_error(const struct list *list);
void list_counts(const struct list *list, struct list_counts *counts);
/* LIST_REASONS_MAX entries; they live as long as the list. */
const struct list_rejected *list_rejected(const struct list *list);
/* False: there are no more than i lists. */
bool list_source(const struct list *list, size_t i, struct list_source *source);
/* Octets that the set of the names seen takes. */
size_t list_memory(const struct list *list);
/* Estimated total of names, from the octets read so far and the size of the
   files; 0 where it cannot be known (a pipe). */
uint64_t list_estimate(const struct list *list);
void list_close(struct list *list);

#endif
