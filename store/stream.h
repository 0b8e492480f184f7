/* A sink that writes rows as octets to a file or pipe, in order. */
#ifndef STORE_STREAM_H
#define STORE_STREAM_H

#include "store/buffer.h"
#include "store/store.h"

/* Append one domain, its line end included. */
typedef void (*stream_encode_cb)(struct buffer *buffer, const char *scan,
	const struct row_domain *domain);

/*
 * path "-": standard output. header is written first. NULL with one line in
 * err when path cannot be opened.
 */
struct store *stream_open(const char *path, const char *scan,
	const char *header, stream_encode_cb encode, char *err, size_t errsize);

#endif
