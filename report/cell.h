/* One value of a table, as CSV and JSON have it. */
#ifndef REPORT_CELL_H
#define REPORT_CELL_H

#include <jansson.h>

#include "store/buffer.h"

enum cell_form {
	CELL_TEXT,
	CELL_NUMBER, /* digits, a sign, a point: as PostgreSQL writes them */
};

/*
 * Append value as RFC 4180 quotes it, in the form of visible_add(). Text that a
 * spreadsheet would take for a formula (= + - @ at its beginning, also after
 * blanks, and tabs or line ends there) gets an apostrophe before it. NULL: an
 * empty cell.
 */
void cell_csv(struct buffer *out, const char *value, enum cell_form form);

/* The same as a JSON value, text unaltered; what is no UTF-8 is left out. */
json_t *cell_json(const char *value, enum cell_form form);

#endif
