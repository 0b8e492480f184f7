/*
 * The MX hosts that are done.
 */
#include "scanner/finished.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

struct host {
	UT_hash_handle hh;
	bool transient;
	uint32_t len;	  /* of what is packed */
	uint8_t octets[]; /* the name with its NUL, then what is packed */
};

struct finished {
	struct host *hosts; /* by name */
	uint64_t memory;
};

struct finished *
finished_new(void)
{
	struct finished *finished = calloc(1, sizeof(*finished));

	if (finished == NULL)
		arena_out_of_memory();
	return finished;
}

static const char *
name_of(const struct host *host)
{
	return (const char *)host->octets;
}

static size_t
size_of(const struct host *host)
{
	return sizeof(*host) + strlen(name_of(host)) + 1 + host->len;
}

static void
forget(struct finished *finished, struct host *host)
{
	HASH_DEL(finished->hosts, host);
	finished->memory -= size_of(host);
	free(host);
}

void
finished_free(struct finished *finished)
{
	struct host *host, *next;

	if (finished == NULL)
		return;
	HASH_ITER (hh, finished->hosts, host, next)
		forget(finished, host);
	free(finished);
}

void
finished_keep(struct finished *finished, const char *name,
	const uint8_t *octets, size_t len, bool transient)
{
	size_t name_size = strlen(name) + 1;
	struct host *host = malloc(sizeof(*host) + name_size + len);

	if (host == NULL || len > UINT32_MAX)
		arena_out_of_memory();
	host->transient = transient;
	host->len = (uint32_t)len;
	memcpy(host->octets, name, name_size);
	memcpy(host->octets + name_size, octets, len);
	HASH_ADD_KEYPTR(
		hh, finished->hosts, name_of(host), name_size - 1, host);
	finished->memory += size_of(host);
}

const uint8_t *
finished_find(const struct finished *finished, const char *name, size_t *len)
{
	size_t name_len = strlen(name);
	struct host *host;

	HASH_FIND(hh, finished->hosts, name, name_len, host);
	if (host == NULL)
		return NULL;
	*len = host->len;
	return host->octets + name_len + 1;
}

void
finished_transient(const struct finished *finished, finished_cb cb, void *arg)
{
	const struct host *host;

	for (host = finished->hosts; host != NULL; host = host->hh.next)
		if (host->transient)
			cb(arg, name_of(host));
}

uint64_t
finished_forget(struct finished *finished)
{
	struct host *host, *next;
	uint64_t count = 0;

	HASH_ITER (hh, finished->hosts, host, next) {
		if (!host->transient)
			continue;
		forget(finished, host);
		count++;
	}
	return count;
}

uint64_t
finished_memory(const struct finished *finished)
{
	return finished->memory;
}
