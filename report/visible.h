/*
 * Text from the network as it may be shown to a person: nothing in it can
 * change how the text around it is read.
 */
#ifndef REPORT_VISIBLE_H
#define REPORT_VISIBLE_H

#include <stddef.h>

#include "store/buffer.h"

enum {
	VISIBLE_ALL = 0 /* no limit */
};

/*
 * Append text as UTF-8 that XML 1.0 can carry. White space becomes a blank;
 * what is no UTF-8, and control characters, U+FFFD; characters that direct the
 * writing or cannot be seen, their number, such as [U+202E]. Of more than limit
 * characters the rest is left out and "…" put in its place.
 */
void visible_add(struct buffer *out, const char *text, size_t limit);

/* The same of a name, value or label; of one without anything to see "(empty)".
 */
void visible_name(struct buffer *out, const char *text, size_t limit);

#endif
