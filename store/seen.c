/* Which hosts have their row in the database, and what it says. */
#include "store/seen.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct seen_host {
	uint64_t digest;
	int64_t run;
	char host[];
};

static int
compare(const void *a, const void *b)
{
	const struct seen_host *left = a;
	const struct seen_host *right = b;

	return strcmp(left->host, right->host);
}

enum seen_status
seen_put(struct seen *seen, const char *host, uint64_t digest, int64_t *run)
{
	size_t len = strlen(host);
	struct seen_host *entry = malloc(sizeof(*entry) + len + 1);

	if (entry == NULL)
		abort();
	entry->digest = digest;
	entry->run = *run;
	memcpy(entry->host, host, len + 1);
	struct seen_host **slot = tsearch(entry, &seen->tree, compare);
	if (slot == NULL)
		abort();
	if (*slot == entry)
		return SEEN_NEW;
	free(entry);
	*run = (*slot)->run;
	return (*slot)->digest == digest ? SEEN_SAME : SEEN_OTHER;
}

/* FNV-1a */
uint64_t
seen_digest(uint64_t digest, const struct buffer *rows)
{
	digest ^= 0xcbf29ce484222325;
	for (size_t i = 0; i < rows->len; i++) {
		digest ^= (unsigned char)rows->data[i];
		digest *= 0x100000001b3;
	}
	return digest;
}

void
seen_free(struct seen *seen)
{
	tdestroy(seen->tree, free);
	seen->tree = NULL;
}
