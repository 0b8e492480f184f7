/*
 * Rows in the text format of PostgreSQL's COPY: fields end in a tab, rows in a
 * newline. Whatever the octets of a field, it cannot end its row or spoil the
 * transaction: NUL and what is not UTF-8 is left out.
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/buffer.h"

void copy_null(struct buffer *buffer);
/* NULL: SQL's NULL. */
void copy_text(struct buffer *buffer, const char *text);
void copy_octets(struct buffer *buffer, const char *text, size_t len);
void copy_int(struct buffer *buffer, int64_t number);
void copy_bool(struct buffer *buffer, bool value);
/* bytea */
void copy_bytes(struct buffer *buffer, const uint8_t *data, size_t len);
/* bytea[] of SHA-256 digests */
void copy_digests(
	struct buffer *buffer, const uint8_t (*digests)[32], size_t count);
/* smallint[] */
void copy_ints(struct buffer *buffer, const int16_t *numbers, size_t count);
/* text[] */
void copy_texts(struct buffer *buffer, const char *const *texts, size_t count);
/*
 * timestamptz, from Unix time in microseconds; -infinity and infinity for what
 * lies outside the years 1 to 9999.
 */
void copy_time(struct buffer *buffer, int64_t time_us);
void copy_seconds(struct buffer *buffer, int64_t time_s);
/* End the row. */
void copy_end(struct buffer *buffer);

#endif
