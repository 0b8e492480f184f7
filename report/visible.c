/* Makes hostile text harmless and visible. */
#include "report/visible.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "store/text.h"

static const char REPLACEMENT[] = "\xef\xbf\xbd";
static const char ELLIPSIS[] = "\xe2\x80\xa6";

enum {
	NBSP = 0xa0
};

struct range {
	uint32_t first;
	uint32_t last;
};

/* Format characters of Unicode, blanks that are none of the usual, and letters
   that show as nothing. */
static const struct range unseen[] = {
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x61c, 0x61c},
	{0x115f, 0x1160},
	{0x1680, 0x1680},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x2000, 0x200f},
	{0x2028, 0x202f},
	{0x205f, 0x206f},
	{0x2800, 0x2800},
	{0x3000, 0x3000},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

/* One well-formed sequence. */
static uint32_t
decode(const uint8_t *p, size_t *len)
{
	static const uint8_t mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point;

	*len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	point = p[0] & mask[*len];
	for (size_t i = 1; i < *len; i++)
		point = point << 6 | (p[i] & 0x3f);
	return point;
}

static bool
is_unseen(uint32_t point)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(*unseen); i++)
		if (point >= unseen[i].first && point <= unseen[i].last)
			return true;
	return false;
}

static bool
is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point & 0xfffe) == 0xfffe;
}

static void
add_point(struct buffer *out, uint32_t point, const char *octets, size_t len)
{
	if (point == '\t' || point == '\n' || point == '\r' || point == NBSP)
		buffer_byte(out, ' ');
	else if (is_control(point))
		buffer_text(out, REPLACEMENT);
	else if (is_unseen(point))
		buffer_format(out, "[U+%04X]", (unsigned)point);
	else
		buffer_add(out, octets, len);
}

void
visible_add(struct buffer *out, const char *text, size_t limit)
{
	size_t size = strlen(text);
	size_t valid = text_valid(text, size);
	size_t at = 0;

	for (size_t shown = 0; at < size; shown++) {
		size_t len = 1;

		if (limit != VISIBLE_ALL && shown == limit) {
			buffer_text(out, ELLIPSIS);
			return;
		}
		if (at < valid) {
			uint32_t point = decode(
				(const uint8_t *)text + at, &len);

			add_point(out, point, text + at, len);
		} else {
			buffer_text(out, REPLACEMENT);
			valid = at + 1 +
				text_valid(text + at + 1, size - at - 1);
		}
		at += len;
	}
}

void
visible_name(struct buffer *out, const char *text, size_t limit)
{
	size_t begin = out->len;

	visible_add(out, text, limit);
	text = buffer_string(out) + begin;
	if (text[strspn(text, " ")] == '\0')
		buffer_text(out, "(empty)");
}
