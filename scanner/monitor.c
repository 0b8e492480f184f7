/* What a running scan shows of itself. */
#include "scanner/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"
#include "scanner/metrics.h"
#include "scanner/replace.h"

enum {
	INTERVAL_MS = 10000,
	ERROR_SIZE = 512,
};

struct monitor {
	struct monitor_parts parts;
	struct buffer text;
	uint64_t due_ms;
	bool failed; /* and said so */
	char error[ERROR_SIZE];
};

int
monitor_try(const char *path, char *err, size_t errsize)
{
	return replace_file(path, "", 0, err, errsize);
}

struct monitor *
monitor_new(const struct monitor_parts *parts)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (monitor == NULL)
		arena_out_of_memory();
	monitor->parts = *parts;
	return monitor;
}

void
monitor_free(struct monitor *monitor)
{
	if (monitor == NULL)
		return;
	buffer_free(&monitor->text);
	free(monitor);
}

static void
fill_passes(const struct monitor_parts *parts, const struct scan_stats *stats,
	uint64_t now_ms, struct progress_numbers *numbers)
{
	if (stats->canaries.law.window < parts->window)
		numbers->lowered = stats->canaries.law.window;
	numbers->failing = stats->canaries.law.failing;
	numbers->pass = stats->passes.pass;
	numbers->deferred = stats->passes.waiting;
	if (stats->between_passes && stats->passes.due_ms > now_ms)
		numbers->pause_ms = stats->passes.due_ms - now_ms;
}

void
monitor_numbers(const struct monitor_parts *parts, uint64_t elapsed_ms,
	uint64_t now_ms, struct progress_numbers *numbers)
{
	struct list_counts counts;
	struct scan_stats stats;
	struct store_stats store;

	memset(numbers, 0, sizeof(*numbers));
	scan_stats(parts->scan, &stats);
	list_counts(parts->list, &counts);
	numbers->done = stats.done + stats.others;
	numbers->total = stats.names > 0 ? stats.names
					 : list_estimate(parts->list);
	numbers->rejected = counts.rejected;
	numbers->admitted = stats.admitted;
	numbers->dns = stats.questions_open + stats.hosts.questions_open;
	numbers->smtp = stats.hosts.probes_open;
	numbers->hosts_done = stats.hosts.hosts - stats.hosts.open;
	numbers->hosts_waiting = stats.hosts.open;
	memcpy(numbers->classes, stats.classes, sizeof(stats.classes));
	fill_passes(parts, &stats, now_ms, numbers);
	numbers->elapsed_ms = elapsed_ms;
	if (parts->database == NULL)
		return;
	store_stats(parts->database, &store);
	numbers->rows_waiting = store.added - store.committed;
	numbers->problem = store.problem;
}

/* The metrics file. */

static void
add_sink(struct metrics *metrics, const char *name, const struct store *store)
{
	struct metrics_sink *sink;

	if (store == NULL)
		return;
	sink = &metrics->sinks[metrics->sink_count++];
	sink->name = name;
	store_stats(store, &sink->stats);
}

static void
gather(const struct monitor_parts *parts, int64_t now_us,
	struct metrics *metrics)
{
	*metrics = (struct metrics){
		.label = parts->label,
		.state = scan_state(parts->scan),
		.started_us = parts->started_us,
		.now_us = now_us,
		.expected = list_estimate(parts->list),
		.window = parts->window,
		.window_wanted = parts->window_wanted,
		.probes = parts->probes,
		.descriptors = parts->descriptors,
		.tally = parts->tally,
		.rejected = list_rejected(parts->list),
	};
	if (parts->database != NULL)
		metrics->scan_id = store_postgres_scan_id(parts->database);
	list_counts(parts->list, &metrics->list);
	scan_stats(parts->scan, &metrics->scan);
	resolver_stats(parts->resolver, &metrics->resolver);
	add_sink(metrics, "database", parts->database);
	add_sink(metrics, "output", parts->output);
	machine_own(&metrics->scanner);
	machine_resolver(parts->resolver, &metrics->resolvers);
}

const char *
monitor_second(struct monitor *monitor, uint64_t elapsed_ms, int64_t now_us,
	bool ended)
{
	struct metrics metrics;
	int status;

	if (elapsed_ms < monitor->due_ms && !ended)
		return NULL;
	monitor->due_ms = elapsed_ms + INTERVAL_MS;
	gather(&monitor->parts, now_us, &metrics);
	monitor->text.len = 0;
	metrics_text(&metrics, &monitor->text);
	status = replace_file(monitor->parts.path, monitor->text.data,
		monitor->text.len, monitor->error, sizeof(monitor->error));
	if (status == 0 || monitor->failed)
		return NULL;
	monitor->failed = true;
	return monitor->error;
}
