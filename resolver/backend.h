/* What every backend has in common: its operations. */
#ifndef RESOLVER_BACKEND_H
#define RESOLVER_BACKEND_H

#include "resolver/resolver.h"

struct backend_ops {
	void (*free)(struct resolver *resolver);
	void (*watch)(
		struct resolver *resolver, resolver_watch_cb cb, void *arg);
	/* name has been found fit to be asked. */
	int (*ask)(struct resolver *resolver, const char *name,
		enum answer_type type, uint64_t now_ms, resolver_cb cb,
		void *arg);
	void (*ready)(struct resolver *resolver, int fd, uint64_t now_ms);
	void (*tick)(struct resolver *resolver, uint64_t now_ms);
	/* NULL: there is no cache. */
	void (*renew)(struct resolver *resolver, uint64_t now_ms);
	void (*stats)(
		const struct resolver *resolver, struct resolver_stats *stats);
	/* NULL: there are no processes. */
	size_t (*pids)(const struct resolver *resolver, int *pids, size_t n);
	/* Both NULL: there is one queue. */
	size_t (*queues)(const struct resolver *resolver);
	size_t (*queue)(const struct resolver *resolver, const char *name);
};

/* First member of each backend's own struct. */
struct resolver {
	const struct backend_ops *ops;
	resolver_observe_cb observe; /* or NULL */
	void *observe_arg;
};

/* To be called before each callback. */
void backend_observe(const struct resolver *resolver, enum answer_type type,
	enum answer_status status, uint64_t asked_ms, uint64_t now_ms);

/* The embedded validator, and the stub; as resolver_new(). */
struct resolver *unbound_new(
	const struct resolver_config *config, char *err, size_t errsize);
struct resolver *cares_new(
	const struct resolver_config *config, char *err, size_t errsize);

/* Version of libunbound. */
const char *unbound_version(void);

#endif
