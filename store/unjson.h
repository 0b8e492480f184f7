/*
 * Values of a JSON object, as the columns of a row need them. Strings are the
 * object's; what has to be made is of a pool, which is freed at once.
 */
#ifndef STORE_UNJSON_H
#define STORE_UNJSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unjson_block;
struct unjson_pool {
	struct unjson_block *blocks;
};

/* Zeroed memory. */
void *unjson_take(struct unjson_pool *pool, size_t size);
void unjson_free(struct unjson_pool *pool);

/* Of a member that is missing or of another type: NULL, none, false. */
const char *unjson_text(const json_t *object, const char *name);
int64_t unjson_int(const json_t *object, const char *name, int64_t none);
bool unjson_bool(const json_t *object, const char *name);
/* How many. */
size_t unjson_texts(struct unjson_pool *pool, const json_t *object,
	const char *name, const char *const **out);
/* "\x…", the form of bytea; how many octets. */
size_t unjson_bytes(
	struct unjson_pool *pool, const json_t *value, const uint8_t **out);

#endif
