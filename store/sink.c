/* What every sink has in common. */
#include "store/sink.h"

#include <stdarg.h>
#include <stdio.h>

void
sink_watch(struct store *store, int fd, int events)
{
	if (store->watch != NULL)
		store->watch(store->arg, fd, events);
}

void
sink_committed(struct store *store, size_t count)
{
	store->stats.committed += count;
	if (store->committed != NULL && count > 0)
		store->committed(store->arg, count);
}

void
sink_fail(struct store *store, const char *format, ...)
{
	va_list args;

	if (sink_failed(store))
		return;
	va_start(args, format);
	(void)vsnprintf(store->failure, sizeof(store->failure), format, args);
	va_end(args);
}

bool
sink_failed(const struct store *store)
{
	return store->failure[0] != '\0';
}
