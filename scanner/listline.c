/* Recognises the format of a list and takes its lines apart. */
#include "scanner/listline.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct text {
	const uint8_t *at;
	size_t len;
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct text
trim(struct text text)
{
	while (text.len > 0 && is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

static bool
text_is(struct text text, const char *word)
{
	return text.len == strlen(word) &&
	       strncasecmp((const char *)text.at, word, text.len) == 0;
}

static struct text
field_text(const struct csv_field *field)
{
	return trim((struct text){(const uint8_t *)field->text, field->len});
}

void
listline_start(struct listline *list, enum list_format format, bool only_signed)
{
	memset(list, 0, sizeof(*list));
	list->format = format;
	list->zone.only_signed = only_signed;
}

static enum listline_status
bad(struct listline *list, const char *problem)
{
	list->problem = problem;
	return LISTLINE_BAD;
}

static bool
has_u_label(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return true;
	return false;
}

enum name_error
listline_take(struct listline *list, const char *text, size_t len)
{
	enum name_error error = name_normalise(text, len, list->name);

	list->input = NULL;
	if (error != NAME_OK || !has_u_label(text, len) ||
		len >= sizeof(list->input_text))
		return error;
	memcpy(list->input_text, text, len);
	list->input_text[len] = '\0';
	list->input = list->input_text;
	return NAME_OK;
}

static enum listline_status
take_name(struct listline *list, struct text text)
{
	enum name_error error = listline_take(
		list, (const char *)text.at, text.len);

	return error == NAME_OK ? LISTLINE_NAME
				: bad(list, name_error_text(error));
}

static enum listline_status
parse_plain(struct listline *list, struct text text)
{
	const uint8_t *comment = memchr(text.at, '#', text.len);

	if (comment != NULL)
		text.len = (size_t)(comment - text.at);
	return take_name(list, trim(text));
}

/* Octets of the UTF-8 sequence (RFC 3629 section 4) at p, 0 if it is none. */
static size_t
utf8_length(const uint8_t *p, size_t len)
{
	static const struct {
		uint8_t first, last, low, high; /* high, low: second octet */
		size_t len;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	while (i < sizeof(forms) / sizeof(*forms) &&
		(p[0] < forms[i].first || p[0] > forms[i].last))
		i++;
	if (i == sizeof(forms) / sizeof(*forms) || forms[i].len > len)
		return 0;
	if (forms[i].len > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
		return 0;
	for (size_t k = 2; k < forms[i].len; k++) {
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	}
	return forms[i].len;
}

/* Tags end in JSON: what is not UTF-8 becomes a question mark. */
static void
mend_utf8(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length((const uint8_t *)text + i, len - i);

		if (n == 0)
			text[i] = '?';
		i += n == 0 ? 1 : n;
	}
}

/* A header is a first line that names a domain column. */
static enum csv_status
read_header(struct listline *list, struct text line)
{
	struct csv_record *header = &list->header;
	enum csv_status status;

	list->header_read = true;
	mend_utf8(memcpy(list->record_text, line.at, line.len), line.len);
	status = csv_split((const uint8_t *)list->record_text, line.len,
		list->header_text, header);
	for (size_t i = 0; status == CSV_OK && i < header->count; i++) {
		if (text_is(field_text(&header->fields[i]), "domain")) {
			list->domain_column = i;
			return CSV_OK;
		}
	}
	header->count = 0;
	return status;
}

static enum listline_status
parse_ranked(struct listline *list)
{
	const struct csv_record *record = &list->record;
	const struct csv_field *rank = &record->fields[0];

	if (record->count != 2 || rank->len == 0 ||
		strspn(rank->text, "0123456789") != rank->len)
		return bad(list, "CSV: neither rank,domain nor a header line "
				 "with a domain column before it");
	list->tags[0] = (struct row_tag){"rank", rank->text};
	list->tag_count = 1;
	return take_name(list, field_text(&record->fields[1]));
}

static enum listline_status
parse_columns(struct listline *list)
{
	const struct csv_record *record = &list->record;

	if (record->count > list->header.count)
		return bad(list, "CSV: more fields than the header has");
	if (record->count <= list->domain_column)
		return bad(list, "CSV: no domain field");
	for (size_t i = 0; i < record->count; i++) {
		if (i == list->domain_column)
			continue;
		list->tags[list->tag_count++] = (struct row_tag){
			list->header.fields[i].text, record->fields[i].text};
	}
	return take_name(
		list, field_text(&record->fields[list->domain_column]));
}

static enum listline_status
parse_csv(struct listline *list, struct text line)
{
	enum csv_status status;

	if (!list->header_read) {
		status = read_header(list, line);
		if (status != CSV_OK)
			return bad(list, csv_status_text(status));
		if (list->header.count > 0)
			return LISTLINE_SKIP;
	}
	status = csv_split(line.at, line.len, list->record_text, &list->record);
	if (status != CSV_OK)
		return bad(list, csv_status_text(status));
	for (size_t i = 0; i < list->record.count; i++) {
		const struct csv_field *field = &list->record.fields[i];

		if (list->header.count == 0 || i != list->domain_column)
			mend_utf8(field->text, field->len);
	}
	return list->header.count > 0 ? parse_columns(list)
				      : parse_ranked(list);
}

static enum listline_status
parse_zone(struct listline *list, struct text line)
{
	switch (zonefile_line(&list->zone, line.at, line.len)) {
	case ZONEFILE_DELEGATION:
		break;
	case ZONEFILE_OTHER:
		return LISTLINE_SKIP;
	case ZONEFILE_BAD:
		return bad(list, list->zone.problem);
	}
	return take_name(list, (struct text){(const uint8_t *)list->zone.owner,
				       strlen(list->zone.owner)});
}

static enum list_format
detect(struct text line)
{
	struct text text = trim(line);

	if (zonefile_detect(line.at, line.len))
		return LIST_ZONE;
	if (memchr(text.at, ',', text.len) != NULL || text_is(text, "domain") ||
		text_is(text, "\"domain\""))
		return LIST_CSV;
	return LIST_PLAIN;
}

/* The byte order mark that some editors put at the front of UTF-8. */
static void
drop_mark(struct listline *list, struct text *line)
{
	if (!list->started && line->len >= 3 &&
		memcmp(line->at, "\xef\xbb\xbf", 3) == 0) {
		line->at += 3;
		line->len -= 3;
	}
	list->started = true;
}

enum listline_status
listline_parse(struct listline *list, const uint8_t *at, size_t len)
{
	struct text line = {at, len};
	struct text text;

	assert(len <= INPUT_LINE_MAX);
	list->tag_count = 0;
	list->problem = NULL;
	drop_mark(list, &line);
	text = trim(line);
	if (text.len == 0 || text.at[0] == '#' ||
		(text.at[0] == ';' && list->format != LIST_CSV))
		return LISTLINE_SKIP;
	if (memchr(line.at, '\0', line.len) != NULL)
		return bad(list, "a NUL octet in the line");
	if (list->format == LIST_AUTO)
		list->format = detect(line);
	switch (list->format) {
	case LIST_CSV:
		return parse_csv(list, line);
	case LIST_ZONE:
		return parse_zone(list, line);
	case LIST_AUTO:
	case LIST_PLAIN:
		break;
	}
	return parse_plain(list, text);
}

void
listline_printable(const uint8_t *text, size_t len, char *out, size_t size)
{
	static const char cut[] = "...";
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		bool plain = text[i] >= 0x20 && text[i] < 0x7f;

		if (used + 4 + sizeof(cut) > size) {
			memcpy(out + used, cut, sizeof(cut));
			return;
		}
		if (plain)
			out[used++] = (char)text[i];
		else
			used += (size_t)snprintf(
				out + used, size - used, "\\x%02X", text[i]);
	}
	out[used] = '\0';
}
