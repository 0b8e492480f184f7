/*
 * The passes of a scan. A domain with a fact that may be another one soon (see
 * core/retry.h) gets no row, but waits for the next pass; in the last one every
 * outcome is final.
 */
#ifndef SCANNER_PASSES_H
#define SCANNER_PASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/vocabulary.h"
#include "scanner/domains.h"
#include "scanner/spool.h"

struct passes;

struct passes_config {
	unsigned retries;  /* passes after the first one */
	unsigned delay_ms; /* that each name waits at least */
};

struct passes_stats {
	unsigned pass;	   /* under way, from 1 */
	unsigned most;	   /* … that there was */
	uint64_t deferred; /* domains that were put off in the first pass */
	uint64_t mended;   /* … and in a later one had nothing transient */
	uint64_t stayed;   /* … and had, in the last one */
	uint64_t waiting;  /* for the next pass now */
	uint64_t due_ms;   /* when that may begin, if names wait */
	/* Domains by their class in the first pass, final or not. */
	uint64_t first[CLASS_COUNT];
};

enum passes_outcome {
	PASSES_FINAL,
	PASSES_PUT_OFF,
	PASSES_FAILED, /* put off, but there is no room: passes_error() */
};

struct passes *passes_new(const struct passes_config *config);
void passes_free(struct passes *passes);

/* What becomes of a domain that is judged; one that is put off is copied. */
enum passes_outcome passes_take(struct passes *passes,
	const struct domains_done *done, uint64_t now_ms);

/* Are outcomes of now final? */
bool passes_is_last(const struct passes *passes);

/* Do names wait, and have they waited long enough? To be asked when the names
   of this pass are all taken. */
bool passes_pending(const struct passes *passes);
bool passes_due(const struct passes *passes, uint64_t now_ms);

/* The next pass begins. Returns the names, for it to take as many as wait. */
struct spool *passes_begin(struct passes *passes);

/* Names come that were in no pass: the first one begins again. None waits. */
void passes_restart(struct passes *passes);

const char *passes_error(const struct passes *passes);
void passes_stats(const struct passes *passes, struct passes_stats *stats);

#endif
