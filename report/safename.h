/* A value of the data as the name of a file or folder of the site. */
#ifndef REPORT_SAFENAME_H
#define REPORT_SAFENAME_H

#include "store/buffer.h"

/*
 * Append a name of at most 200 octets out of a-z, 0-9, "-", "." and "_" that
 * no other value has, that is safe in a path and in a URL, on file systems that
 * tell capital letters from small ones and on those that do not. Lower-case
 * domain names stay as they are. Other octets become "_" and two hexadecimal
 * digits; of a name that is too long, the end becomes "__" and the SHA-256 of
 * the whole.
 */
void safename_add(struct buffer *out, const char *value);

#endif
