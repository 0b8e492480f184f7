/* Text from the network, made fit for sinks that only take UTF-8. */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include <stddef.h>

#include "store/buffer.h"

/* How many octets at the start are well-formed UTF-8 (RFC 3629) without NUL. */
size_t text_valid(const char *text, size_t len);

/* Append what is well-formed, leaving out the octets that are not. */
void text_clean(struct buffer *buffer, const char *text, size_t len);

#endif
