/* Rows in the text format of PostgreSQL's COPY. */
#include "store/copy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/text.h"

static const int64_t YEAR_1_S = -62135596800;
static const int64_t YEAR_10000_S = 253402300800;

/* The letter after a backslash that stands for c, or 0. */
static char
escape(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

static void
put_char(struct buffer *buffer, char c)
{
	char letter = escape(c);

	if (letter != 0) {
		buffer_byte(buffer, '\\');
		c = letter;
	}
	buffer_byte(buffer, c);
}

/* Octets known to be well-formed UTF-8. */
static void
put_run(struct buffer *buffer, const char *text, size_t len)
{
	char *room = buffer_room(buffer, len * 2);
	char *to = room;

	for (size_t i = 0; i < len; i++) {
		char letter = escape(text[i]);
		if (letter != 0)
			*to++ = '\\';
		*to++ = letter != 0 ? letter : text[i];
	}
	buffer->len += (size_t)(to - room);
}

static void
field_end(struct buffer *buffer)
{
	buffer_byte(buffer, '\t');
}

void
copy_null(struct buffer *buffer)
{
	buffer_add(buffer, "\\N\t", 3);
}

void
copy_octets(struct buffer *buffer, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t run = text_valid(text + at, len - at);
		put_run(buffer, text + at, run);
		at += run + 1;
	}
	field_end(buffer);
}

void
copy_text(struct buffer *buffer, const char *text)
{
	if (text == NULL)
		copy_null(buffer);
	else
		copy_octets(buffer, text, strlen(text));
}

/* Most of what is copied is numbers: snprintf() would take as long as all. */
static void
put_int(struct buffer *buffer, int64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		buffer_byte(buffer, '-');
	buffer_add(buffer, digits + at, sizeof(digits) - at);
}

void
copy_int(struct buffer *buffer, int64_t number)
{
	put_int(buffer, number);
	field_end(buffer);
}

void
copy_bool(struct buffer *buffer, bool value)
{
	buffer_add(buffer, value ? "t\t" : "f\t", 2);
}

void
copy_bytes(struct buffer *buffer, const uint8_t *data, size_t len)
{
	buffer_add(buffer, "\\\\x", 3);
	buffer_hex(buffer, data, len);
	field_end(buffer);
}

void
copy_digests(struct buffer *buffer, const uint8_t (*digests)[32], size_t count)
{
	buffer_byte(buffer, '{');
	for (size_t i = 0; i < count; i++) {
		/* \x, quoted once for the array and once for COPY. */
		buffer_text(buffer, i > 0 ? ",\"\\\\\\\\x" : "\"\\\\\\\\x");
		buffer_hex(buffer, digests[i], sizeof(digests[i]));
		buffer_byte(buffer, '"');
	}
	buffer_text(buffer, "}\t");
}

/* Quoted for the array first, then for COPY. */
static void
put_element(struct buffer *buffer, const char *text, size_t len)
{
	buffer_byte(buffer, '"');
	for (size_t at = 0; at < len; at++) {
		size_t end = at + text_valid(text + at, len - at);
		for (; at < end; at++) {
			if (text[at] == '"' || text[at] == '\\')
				put_char(buffer, '\\');
			put_char(buffer, text[at]);
		}
	}
	buffer_byte(buffer, '"');
}

void
copy_ints(struct buffer *buffer, const int16_t *numbers, size_t count)
{
	buffer_byte(buffer, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_byte(buffer, ',');
		put_int(buffer, numbers[i]);
	}
	buffer_text(buffer, "}\t");
}

void
copy_texts(struct buffer *buffer, const char *const *texts, size_t count)
{
	buffer_byte(buffer, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_byte(buffer, ',');
		put_element(buffer, texts[i], strlen(texts[i]));
	}
	buffer_text(buffer, "}\t");
}

/* Years outside ISO 8601's four digits are nothing that COPY would take. */
static bool
put_seconds(struct buffer *buffer, int64_t time_s)
{
	if (time_s < YEAR_1_S || time_s >= YEAR_10000_S) {
		buffer_text(buffer, time_s < 0 ? "-infinity\t" : "infinity\t");
		return false;
	}
	time_t unix_time = (time_t)time_s;
	struct tm tm;
	gmtime_r(&unix_time, &tm);
	buffer_format(buffer, "%04d-%02d-%02d %02d:%02d:%02d",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec);
	return true;
}

void
copy_seconds(struct buffer *buffer, int64_t time_s)
{
	if (put_seconds(buffer, time_s))
		buffer_text(buffer, "+00\t");
}

void
copy_time(struct buffer *buffer, int64_t time_us)
{
	int64_t seconds = time_us / 1000000;
	int64_t fraction = time_us % 1000000;

	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	if (put_seconds(buffer, seconds))
		buffer_format(buffer, ".%06d+00\t", (int)fraction);
}

void
copy_end(struct buffer *buffer)
{
	assert(buffer->len > 0 && buffer->data[buffer->len - 1] == '\t');
	buffer->data[buffer->len - 1] = '\n';
}
