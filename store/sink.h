/* What every sink has in common: its operations and its counters. */
#ifndef STORE_SINK_H
#define STORE_SINK_H

#include "store/store.h"

struct store_ops {
	/* The callbacks are set now; begin to watch. */
	void (*watch)(struct store *store);
	/* All that is no add_domain(), and report, may be NULL: the sink has no
	   use for it. */
	void (*add_certificate)(
		struct store *store, const struct row_certificate *certificate);
	void (*add_host)(struct store *store, const struct row_host *host);
	void (*know_host)(
		struct store *store, const struct row_host *host, int64_t run);
	void (*end_chunk)(struct store *store, uint32_t chunk);
	void (*add_domain)(
		struct store *store, const struct row_domain *domain);
	void (*flush)(struct store *store);
	void (*ready)(struct store *store, int fd, int events, uint64_t now_ms);
	void (*tick)(struct store *store, uint64_t now_ms);
	void (*report)(struct store *store, const char *report);
	void (*finish)(struct store *store, const char *state);
	void (*free)(struct store *store);
};

/* First member of each sink's own struct. */
struct store {
	const struct store_ops *ops;
	store_watch_cb watch;
	store_committed_cb committed;
	void *arg;
	struct store_stats stats;
	bool closed;
	char failure[256]; /* "" while there is none */
};

/* Pass to the callbacks; nothing happens before they are set. */
void sink_watch(struct store *store, int fd, int events);
void sink_committed(struct store *store, size_t count);

/* Set the failure, unless there is one already. */
void sink_fail(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool sink_failed(const struct store *store);

#endif
