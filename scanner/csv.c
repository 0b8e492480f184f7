/* Splits a CSV line; quotation marks as in RFC 4180 section 2. */
#include "scanner/csv.h"

#include <string.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	char *out;
};

const char *
csv_status_text(enum csv_status status)
{
	switch (status) {
	case CSV_OK:
		break;
	case CSV_OPEN_QUOTE:
		return "CSV: a quoted field does not end on its line";
	case CSV_STRAY_QUOTE:
		return "CSV: text after a quoted field";
	case CSV_MANY_FIELDS:
		return "CSV: more than 64 fields";
	}
	return "";
}

/* RFC 4180 section 2, 7: a doubled quotation mark stands for one. */
static enum csv_status
quoted(struct cursor *c)
{
	for (c->at++; c->at < c->end; c->at++) {
		if (*c->at == '"') {
			if (c->at + 1 == c->end || c->at[1] != '"')
				break;
			c->at++;
		}
		*c->out++ = (char)*c->at;
	}
	if (c->at == c->end)
		return CSV_OPEN_QUOTE;
	c->at++;
	return c->at == c->end || *c->at == ',' ? CSV_OK : CSV_STRAY_QUOTE;
}

static void
plain(struct cursor *c)
{
	const uint8_t *comma = memchr(c->at, ',', (size_t)(c->end - c->at));
	size_t len = (size_t)((comma != NULL ? comma : c->end) - c->at);

	memcpy(c->out, c->at, len);
	c->out += len;
	c->at += len;
}

enum csv_status
csv_split(const uint8_t *line, size_t len, char *buffer,
	struct csv_record *record)
{
	struct cursor c = {line, line + len, buffer};

	record->count = 0;
	for (;;) {
		enum csv_status status = CSV_OK;
		struct csv_field *field = &record->fields[record->count];
		char *start = c.out;

		if (record->count == CSV_FIELDS)
			return CSV_MANY_FIELDS;
		if (c.at < c.end && *c.at == '"')
			status = quoted(&c);
		else if (c.at < c.end)
			plain(&c);
		if (status != CSV_OK)
			return status;
		*field = (struct csv_field){start, (size_t)(c.out - start)};
		*c.out++ = '\0';
		record->count++;
		if (c.at == c.end)
			return CSV_OK;
		c.at++; /* the comma: another field follows */
	}
}
