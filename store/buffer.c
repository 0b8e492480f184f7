/* A growing run of octets, and the one place where memory runs out. */
#include "store/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIZE_FIRST = 1024
};

char *
buffer_room(struct buffer *buffer, size_t more)
{
	if (buffer->data == NULL || buffer->size - buffer->len < more) {
		size_t size = buffer->size > 0 ? buffer->size : SIZE_FIRST;
		while (size - buffer->len < more)
			size *= 2;
		char *data = realloc(buffer->data, size);
		if (data == NULL)
			abort();
		buffer->data = data;
		buffer->size = size;
	}
	return buffer->data + buffer->len;
}

void
buffer_add(struct buffer *buffer, const void *data, size_t len)
{
	char *room = buffer_room(buffer, len);
	if (len > 0)
		memcpy(room, data, len);
	buffer->len += len;
}

void
buffer_byte(struct buffer *buffer, char byte)
{
	*buffer_room(buffer, 1) = byte;
	buffer->len++;
}

void
buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_hex(struct buffer *buffer, const void *data, size_t len)
{
	const uint8_t *octet = data;
	char *room = buffer_room(buffer, len * 2);

	for (size_t i = 0; i < len; i++) {
		*room++ = "0123456789abcdef"[octet[i] >> 4];
		*room++ = "0123456789abcdef"[octet[i] & 15];
	}
	buffer->len += len * 2;
}

void
buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	va_list again;

	va_start(args, format);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	char *room = buffer_room(buffer, (size_t)len + 1);
	(void)vsnprintf(room, (size_t)len + 1, format, again);
	va_end(again);
	buffer->len += (size_t)len;
}

const char *
buffer_string(struct buffer *buffer)
{
	*buffer_room(buffer, 1) = '\0';
	return buffer->data;
}

void
buffer_clear(struct buffer *buffer, size_t keep)
{
	buffer->len = 0;
	if (buffer->size > keep)
		buffer_free(buffer);
}

void
buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
