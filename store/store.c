/* The operations of store.h, handed to the sink that was opened. */
#include "store/store.h"

#include "store/sink.h"

void
store_watch(struct store *store, store_watch_cb watch,
	store_committed_cb committed, void *arg)
{
	store->watch = watch;
	store->committed = committed;
	store->arg = arg;
	store->ops->watch(store);
}

void
store_add_certificate(
	struct store *store, const struct row_certificate *certificate)
{
	if (store->ops->add_certificate != NULL && !sink_failed(store))
		store->ops->add_certificate(store, certificate);
}

void
store_add_host(struct store *store, const struct row_host *host)
{
	if (store->ops->add_host != NULL && !sink_failed(store))
		store->ops->add_host(store, host);
}

void
store_know_host(struct store *store, const struct row_host *host, int64_t run)
{
	if (store->ops->know_host != NULL && !sink_failed(store))
		store->ops->know_host(store, host, run);
}

void
store_end_chunk(struct store *store, uint32_t chunk)
{
	if (store->ops->end_chunk != NULL && !sink_failed(store))
		store->ops->end_chunk(store, chunk);
}

void
store_add_domain(struct store *store, const struct row_domain *domain)
{
	if (sink_failed(store))
		return;
	store->stats.added++;
	store->ops->add_domain(store, domain);
}

void
store_flush(struct store *store)
{
	if (!sink_failed(store))
		store->ops->flush(store);
}

void
store_ready(struct store *store, int fd, int events, uint64_t now_ms)
{
	if (!sink_failed(store))
		store->ops->ready(store, fd, events, now_ms);
}

void
store_tick(struct store *store, uint64_t now_ms)
{
	if (!sink_failed(store))
		store->ops->tick(store, now_ms);
}

void
store_report(struct store *store, const char *report)
{
	if (store->ops->report != NULL && !sink_failed(store))
		store->ops->report(store, report);
}

void
store_finish(struct store *store, const char *state)
{
	if (!sink_failed(store))
		store->ops->finish(store, state);
}

bool
store_closed(const struct store *store)
{
	return store->closed;
}

const char *
store_failed(const struct store *store)
{
	return sink_failed(store) ? store->failure : NULL;
}

void
store_stats(const struct store *store, struct store_stats *stats)
{
	*stats = store->stats;
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	store->watch = NULL;
	store->ops->free(store);
}
