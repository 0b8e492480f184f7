/* Text from the network, made fit for sinks that only take UTF-8. */
#include "store/text.h"

#include <stdbool.h>
#include <stdint.h>

static bool
is_tail(uint8_t octet)
{
	return (octet & 0xc0) == 0x80;
}

/*
 * Octets of the sequence at p, 0 when it is not well-formed. RFC 3629 section
 * 4: the range of the second octet excludes overlong forms, surrogates and
 * what lies above U+10FFFF.
 */
static size_t
sequence(const uint8_t *p, size_t len)
{
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] < 0xc2 || p[0] > 0xf4 || len < want)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++)
		if (!is_tail(p[i]))
			return 0;
	return want;
}

size_t
text_valid(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t i = 0;

	while (i < len) {
		size_t step = 1;
		if (p[i] == 0)
			break;
		if (p[i] >= 0x80)
			step = sequence(p + i, len - i);
		if (step == 0)
			break;
		i += step;
	}
	return i;
}

void
text_clean(struct buffer *buffer, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t run = text_valid(text + at, len - at);
		buffer_add(buffer, text + at, run);
		at += run + 1;
	}
}
