/*
 * The sinks of a scan as one.
 */
#include "scanner/sinks.h"

#include <stdlib.h>

#include "scanner/certificates.h"
#include "scanner/core/arena.h"

/* One of them, and how far it is. */
struct sink {
	struct sinks *sinks;
	struct store *store;
	uint64_t committed;
};

struct sinks {
	sinks_watch_cb watch;
	void *arg;
	struct certificates *certificates;
	struct store *const *stores;
	size_t count;
	struct sink list[];
};

struct sinks *
sinks_new(struct store *const *stores, size_t count)
{
	struct sinks *sinks = calloc(
		1, sizeof(*sinks) + count * sizeof(sinks->list[0]));

	if (sinks == NULL)
		arena_out_of_memory();
	sinks->certificates = certificates_new();
	sinks->stores = stores;
	sinks->count = count;
	for (size_t i = 0; i < count; i++) {
		sinks->list[i].sinks = sinks;
		sinks->list[i].store = stores[i];
	}
	return sinks;
}

void
sinks_free(struct sinks *sinks)
{
	if (sinks == NULL)
		return;
	certificates_free(sinks->certificates);
	free(sinks);
}

static void
on_committed(void *arg, size_t count)
{
	struct sink *sink = arg;

	sink->committed += count;
}

static void
on_watch(void *arg, int fd, int events)
{
	struct sink *sink = arg;
	struct sinks *sinks = sink->sinks;

	sinks->watch(sinks->arg, sink->store, fd, events);
}

void
sinks_watch(struct sinks *sinks, sinks_watch_cb watch, void *arg)
{
	sinks->watch = watch;
	sinks->arg = arg;
	for (size_t i = 0; i < sinks->count; i++)
		store_watch(sinks->stores[i], on_watch, on_committed,
			&sinks->list[i]);
}

static void
add_certificates(struct sinks *sinks, const struct fact_host *fact)
{
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		certificates_store(sinks->certificates, fact->endpoints[i].tls,
			sinks->stores, sinks->count);
		certificates_store(sinks->certificates,
			fact->endpoints[i].other, sinks->stores, sinks->count);
	}
}

void
sinks_add_host(struct sinks *sinks, const struct judge_host *judged)
{
	struct arena *arena = arena_new();
	const struct row_host *row = judge_row(judged, arena);

	add_certificates(sinks, judged->verdict.fact);
	for (size_t i = 0; i < sinks->count; i++)
		store_add_host(sinks->stores[i], row);
	arena_free(arena);
}

void
sinks_know_host(
	struct sinks *sinks, const struct judge_host *judged, int64_t run)
{
	struct arena *arena = arena_new();
	const struct row_host *row = judge_row(judged, arena);

	for (size_t i = 0; i < sinks->count; i++)
		store_know_host(sinks->stores[i], row, run);
	arena_free(arena);
}

void
sinks_end_chunk(struct sinks *sinks, uint32_t chunk)
{
	for (size_t i = 0; i < sinks->count; i++)
		store_end_chunk(sinks->stores[i], chunk);
}

void
sinks_add_domain(struct sinks *sinks, const struct row_domain *domain)
{
	for (size_t i = 0; i < sinks->count; i++)
		store_add_domain(sinks->stores[i], domain);
}

void
sinks_flush(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		store_flush(sinks->stores[i]);
}

void
sinks_finish(struct sinks *sinks, const char *report, const char *state)
{
	for (size_t i = 0; i < sinks->count; i++) {
		store_report(sinks->stores[i], report);
		store_finish(sinks->stores[i], state);
	}
}

uint64_t
sinks_committed(const struct sinks *sinks, uint64_t done)
{
	uint64_t least = done;

	for (size_t i = 0; i < sinks->count; i++)
		if (sinks->list[i].committed < least)
			least = sinks->list[i].committed;
	return least;
}

bool
sinks_closed(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (!store_closed(sinks->stores[i]))
			return false;
	return true;
}

const char *
sinks_failed(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		if (store_failed(sinks->stores[i]) != NULL)
			return store_failed(sinks->stores[i]);
	return NULL;
}
