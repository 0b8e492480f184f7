/*
 * A growing run of octets. Running out of memory ends the program here, so
 * that encoders have no error to hand on.
 */
#ifndef STORE_BUFFER_H
#define STORE_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t len;
	size_t size;
};

/* Room for more octets after len; the caller fills them and adds to len. */
char *buffer_room(struct buffer *buffer, size_t more);
void buffer_add(struct buffer *buffer, const void *data, size_t len);
void buffer_byte(struct buffer *buffer, char byte);
void buffer_text(struct buffer *buffer, const char *text);
/* Hexadecimal digits, lower case. */
void buffer_hex(struct buffer *buffer, const void *data, size_t len);
void buffer_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The contents as a string: a NUL is put after them. */
const char *buffer_string(struct buffer *buffer);
/* Empty it and keep the memory, up to keep octets. */
void buffer_clear(struct buffer *buffer, size_t keep);
void buffer_free(struct buffer *buffer);

#endif
