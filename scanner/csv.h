/*
 * One CSV record (RFC 4180) to its fields. A record is one line: a quoted line
 * break is not followed, because one stray quotation mark would then swallow
 * the lines after it. Pure.
 */
#ifndef SCANNER_CSV_H
#define SCANNER_CSV_H

#include <stddef.h>
#include <stdint.h>

enum {
	CSV_FIELDS = 64
};

struct csv_field {
	char *text; /* in the caller's buffer, ends with a NUL */
	size_t len;
};

struct csv_record {
	struct csv_field fields[CSV_FIELDS];
	size_t count;
};

enum csv_status {
	CSV_OK,
	CSV_OPEN_QUOTE,	 /* a quoted field has no end */
	CSV_STRAY_QUOTE, /* text after a quoted field */
	CSV_MANY_FIELDS, /* over CSV_FIELDS */
};

const char *csv_status_text(enum csv_status status);

/* buffer has len + 1 octets for the fields. An empty line is one empty field.
 */
enum csv_status csv_split(const uint8_t *line, size_t len, char *buffer,
	struct csv_record *record);

#endif
