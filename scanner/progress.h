/*
 * The status line of a scan: a pure formatter, and a thin shell that draws it.
 * On a terminal one line is redrawn once a second; elsewhere a plain line is
 * written every ten seconds.
 */
#ifndef SCANNER_PROGRESS_H
#define SCANNER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "scanner/core/vocabulary.h"

struct progress_numbers {
	uint64_t done;	   /* domains with a verdict */
	uint64_t total;	   /* 0: unknown */
	uint64_t rejected; /* lines without a valid name */
	uint64_t admitted; /* domains begun */
	double rate;	   /* domains a second; the shell fills it in */
	uint64_t dns;	   /* questions in flight */
	uint64_t smtp;	   /* conversations in flight */
	uint64_t hosts_done;
	uint64_t hosts_waiting;
	uint64_t classes[CLASS_COUNT];
	unsigned pass;	   /* from 1 */
	uint64_t deferred; /* domains that wait for the next pass */
	uint64_t pause_ms; /* before that begins, while there is nothing
			      else to do; else 0 */
	unsigned lowered;  /* window because of a fault of our own; else 0 */
	bool failing;	   /* … which lasts */
	uint64_t rows_waiting; /* not yet committed */
	const char *problem;   /* what the database waits for, or NULL */
	uint64_t elapsed_ms;   /* since the scan began */
};

/*
 * One line without line end, printable ASCII, shorter than columns (0: no
 * limit) and than size. Too narrow for all, it shortens counts, then leaves
 * out what is in flight; the rate, the first two classes and what holds the
 * scan up stay longest.
 */
void progress_format(const struct progress_numbers *numbers, unsigned columns,
	char *out, size_t size);

enum {
	PROGRESS_SAMPLES = 11
};

/* Rate over the last ten seconds or so; all zero at the start. */
struct progress_rate {
	uint64_t at_ms[PROGRESS_SAMPLES];
	uint64_t done[PROGRESS_SAMPLES];
	size_t count;
};

/* Adds a reading, at most one a second is kept; domains a second. */
double progress_rate(
	struct progress_rate *rate, uint64_t elapsed_ms, uint64_t done);

/* The shell. Each function but progress_open() takes NULL for "quiet". */
struct progress;

/* out is not closed by progress_close(). */
struct progress *progress_open(FILE *out);
/* Draws when it is time; to be called several times a second. */
void progress_show(
	struct progress *progress, const struct progress_numbers *numbers);
/* A line for a person above the status line; NULL: to stderr. */
void progress_print(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Takes the status line away. */
void progress_close(struct progress *progress);

#endif
