/*
 * The choice of a backend, and what a name must be like for any of them.
 */
#include "resolver/resolver.h"

#include <ares.h>
#include <stdbool.h>
#include <string.h>

#include "resolver/backend.h"
#include "resolver/name.h"

struct resolver *
resolver_new(const struct resolver_config *config, char *err, size_t errsize)
{
	if (config->stub_count > 0)
		return cares_new(config, err, errsize);
	return unbound_new(config, err, errsize);
}

void
resolver_free(struct resolver *r)
{
	if (r)
		r->ops->free(r);
}

void
resolver_watch(struct resolver *r, resolver_watch_cb cb, void *arg)
{
	r->ops->watch(r, cb, arg);
}

/*
 * libunbound takes blanks, escapes and worse as they come. Here labels need
 * only be well formed: a TLSA owner is no host name, and an alias is whatever
 * its zone says.
 */
static bool
can_be_asked(const char *name)
{
	size_t len = 0, label = 0;

	if (strcmp(name, ".") == 0)
		return true;
	for (; name[len]; len++) {
		char c = name[len];

		if (c == '.' && label == 0)
			return false;
		label = c == '.' ? 0 : label + 1;
		if (c <= ' ' || c > '~' || c == '\\' || label > 63)
			return false;
	}
	return label > 0 && len < NAME_SIZE;
}

int
resolver_ask(struct resolver *r, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	return can_be_asked(name) ? r->ops->ask(r, name, type, now_ms, cb, arg)
				  : -1;
}

void
resolver_ready(struct resolver *r, int fd, uint64_t now_ms)
{
	r->ops->ready(r, fd, now_ms);
}

void
resolver_tick(struct resolver *r, uint64_t now_ms)
{
	r->ops->tick(r, now_ms);
}

void
resolver_renew(struct resolver *r, uint64_t now_ms)
{
	if (r->ops->renew)
		r->ops->renew(r, now_ms);
}

void
resolver_stats(const struct resolver *r, struct resolver_stats *stats)
{
	r->ops->stats(r, stats);
}

size_t
resolver_pids(const struct resolver *r, int *pids, size_t n)
{
	return r->ops->pids ? r->ops->pids(r, pids, n) : 0;
}

size_t
resolver_queues(const struct resolver *r)
{
	return r->ops->queues ? r->ops->queues(r) : 1;
}

size_t
resolver_queue(const struct resolver *r, const char *name)
{
	return r->ops->queue ? r->ops->queue(r, name) : 0;
}

void
resolver_observe(struct resolver *r, resolver_observe_cb cb, void *arg)
{
	r->observe = cb;
	r->observe_arg = arg;
}

void
backend_observe(const struct resolver *r, enum answer_type type,
	enum answer_status status, uint64_t asked_ms, uint64_t now_ms)
{
	if (r->observe)
		r->observe(r->observe_arg, type, status,
			now_ms > asked_ms ? now_ms - asked_ms : 0);
}

const char *
resolver_version(void)
{
	return unbound_version();
}

const char *
resolver_cares_version(void)
{
	return ares_version(NULL);
}
