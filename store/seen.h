/* Which hosts have their row in the database, and what it says. */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include <stdint.h>

#include "store/buffer.h"

struct seen {
	void *tree;
};

enum seen_status {
	SEEN_NEW,
	SEEN_SAME,
	SEEN_OTHER
};

/* Compare with what was put under that name first; new ones are remembered.
 *run is of the one that is new, and becomes that of the first. */
enum seen_status seen_put(
	struct seen *seen, const char *host, uint64_t digest, int64_t *run);
/* Of encoded rows, for seen_put(). Tells honest differences, not forgeries. */
uint64_t seen_digest(uint64_t digest, const struct buffer *rows);
void seen_free(struct seen *seen);

#endif
