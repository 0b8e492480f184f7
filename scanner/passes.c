/*
 * The passes of a scan.
 */
#include "scanner/passes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/core/retry.h"

struct passes {
	struct passes_config config;
	struct spool *spool;
	uint64_t put_off_ms; /* when the last one was */
	struct passes_stats stats;
};

struct passes *
passes_new(const struct passes_config *config)
{
	struct passes *passes = calloc(1, sizeof(*passes));

	if (passes == NULL)
		arena_out_of_memory();
	passes->config = *config;
	passes->spool = spool_new();
	passes->stats.pass = passes->stats.most = 1;
	return passes;
}

void
passes_free(struct passes *passes)
{
	if (passes == NULL)
		return;
	spool_free(passes->spool);
	free(passes);
}

bool
passes_is_last(const struct passes *passes)
{
	return passes->stats.pass > passes->config.retries;
}

static int
put_off(struct passes *passes, const struct domains_done *done, uint64_t now_ms)
{
	struct list_entry entry = {
		.line = done->line->line,
		.chunk = done->chunk,
		.input = done->line->input,
		.tags = done->line->tags,
		.tag_count = done->line->tag_count,
	};

	snprintf(
		entry.name, sizeof(entry.name), "%s", done->result->fact->name);
	passes->put_off_ms = now_ms;
	return spool_put(passes->spool, &entry);
}

enum passes_outcome
passes_take(
	struct passes *passes, const struct domains_done *done, uint64_t now_ms)
{
	bool transient = retry_domain(done->result->fact);
	struct passes_stats *stats = &passes->stats;
	bool first = stats->pass == 1;

	if (first)
		stats->first[done->result->verdict.class]++;
	if (transient && !passes_is_last(passes)) {
		stats->deferred += first;
		return put_off(passes, done, now_ms) < 0 ? PASSES_FAILED
							 : PASSES_PUT_OFF;
	}
	if (!first && transient)
		stats->stayed++;
	else if (!first)
		stats->mended++;
	return PASSES_FINAL;
}

bool
passes_pending(const struct passes *passes)
{
	return spool_count(passes->spool) > 0;
}

bool
passes_due(const struct passes *passes, uint64_t now_ms)
{
	return passes_pending(passes) &&
	       now_ms >= passes->put_off_ms + passes->config.delay_ms;
}

struct spool *
passes_begin(struct passes *passes)
{
	passes->stats.pass++;
	if (passes->stats.pass > passes->stats.most)
		passes->stats.most = passes->stats.pass;
	return passes->spool;
}

void
passes_restart(struct passes *passes)
{
	assert(!passes_pending(passes));
	passes->stats.pass = 1;
}

const char *
passes_error(const struct passes *passes)
{
	return spool_error(passes->spool);
}

void
passes_stats(const struct passes *passes, struct passes_stats *stats)
{
	*stats = passes->stats;
	stats->waiting = spool_count(passes->spool);
	stats->due_ms = passes->put_off_ms + passes->config.delay_ms;
}
