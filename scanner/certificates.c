/*
 * The certificates of a scan, each given to the sinks once.
 */
#include "scanner/certificates.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"
#include "scanner/core/record.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

struct seen {
	uint8_t sha256[32];
	UT_hash_handle hh;
};

struct certificates {
	struct seen *seen;
};

struct certificates *
certificates_new(void)
{
	struct certificates *certificates = calloc(1, sizeof(*certificates));

	if (certificates == NULL)
		arena_out_of_memory();
	return certificates;
}

void
certificates_free(struct certificates *certificates)
{
	struct seen *seen, *next;

	if (certificates == NULL)
		return;
	HASH_ITER (hh, certificates->seen, seen, next) {
		HASH_DEL(certificates->seen, seen);
		free(seen);
	}
	free(certificates);
}

/* True the first time. */
static bool
note(struct certificates *certificates, const uint8_t *sha256)
{
	struct seen *seen;

	HASH_FIND(hh, certificates->seen, sha256, sizeof(seen->sha256), seen);
	if (seen != NULL)
		return false;
	seen = calloc(1, sizeof(*seen));
	if (seen == NULL)
		arena_out_of_memory();
	memcpy(seen->sha256, sha256, sizeof(seen->sha256));
	HASH_ADD(hh, certificates->seen, sha256, sizeof(seen->sha256), seen);
	return true;
}

static void
store_one(const struct fact_certificate *certificate,
	struct store *const *stores, size_t store_count)
{
	struct arena *arena = arena_new();
	const struct row_certificate *row = record_certificate(
		certificate, arena);

	for (size_t i = 0; row != NULL && i < store_count; i++)
		store_add_certificate(stores[i], row);
	arena_free(arena);
}

void
certificates_store(struct certificates *certificates,
	const struct fact_tls *tls, struct store *const *stores,
	size_t store_count)
{
	if (tls == NULL)
		return;
	for (size_t i = 0; i < tls->chain_len; i++)
		if (note(certificates, tls->chain[i].sha256))
			store_one(&tls->chain[i], stores, store_count);
}
