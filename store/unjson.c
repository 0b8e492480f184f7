/* Values of a JSON object, as the columns of a row need them. */
#include "store/unjson.h"

#include <stdlib.h>
#include <string.h>

struct unjson_block {
	struct unjson_block *next;
	max_align_t memory[];
};

void *
unjson_take(struct unjson_pool *pool, size_t size)
{
	struct unjson_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		abort();
	block->next = pool->blocks;
	pool->blocks = block;
	return block->memory;
}

void
unjson_free(struct unjson_pool *pool)
{
	struct unjson_block *next;

	for (; pool->blocks != NULL; pool->blocks = next) {
		next = pool->blocks->next;
		free(pool->blocks);
	}
}

const char *
unjson_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

int64_t
unjson_int(const json_t *object, const char *name, int64_t none)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : none;
}

bool
unjson_bool(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

size_t
unjson_texts(struct unjson_pool *pool, const json_t *object, const char *name,
	const char *const **out)
{
	const json_t *array = json_object_get(object, name);
	size_t size = json_array_size(array), count = 0;
	const char **texts = unjson_take(pool, size * sizeof(*texts));

	for (size_t i = 0; i < size; i++) {
		texts[count] = json_string_value(json_array_get(array, i));
		count += texts[count] != NULL;
	}
	*out = texts;
	return count;
}

static uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

size_t
unjson_bytes(struct unjson_pool *pool, const json_t *value, const uint8_t **out)
{
	const char *text = json_string_value(value);
	size_t len = text == NULL || strncmp(text, "\\x", 2) != 0
			     ? 0
			     : (strlen(text) - 2) / 2;
	uint8_t *bytes = unjson_take(pool, len);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(digit(text[2 + 2 * i]) << 4 |
				     digit(text[3 + 2 * i]));
	*out = bytes;
	return len;
}
