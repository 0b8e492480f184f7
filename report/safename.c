/* File names from hostile data. */
#include "report/safename.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	LENGTH_MAX = 200,
	LENGTH_KEPT = 100,
};

static bool
is_own_ending(const char *text)
{
	static const char *const endings[] = {
		".html", ".csv", ".json", ".svg", ".txt"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (strcmp(text, endings[i]) == 0)
			return true;
	return false;
}

/* A dot at either end hides a file, leads upwards or is dropped by some file
   systems; a hyphen at the beginning is an option to programs; and the site's
   own files lie beside these, with such an ending. */
static bool
is_plain(const char *value, size_t i, size_t len)
{
	char c = value[i];

	if (c == '.')
		return i > 0 && i + 1 < len && value[i - 1] != '.' &&
		       !is_own_ending(value + i);
	if (c == '-')
		return i > 0;
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static void
add_octet(struct buffer *out, const char *value, size_t i, size_t len)
{
	if (is_plain(value, i, len)) {
		buffer_byte(out, value[i]);
		return;
	}
	buffer_byte(out, '_');
	buffer_hex(out, value + i, 1);
}

void
safename_add(struct buffer *out, const char *value)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	size_t len = strlen(value);
	size_t begin = out->len;
	size_t kept = begin;

	for (size_t i = 0; i < len && out->len - begin <= LENGTH_MAX; i++) {
		add_octet(out, value, i, len);
		if (out->len - begin <= LENGTH_KEPT)
			kept = out->len;
	}
	if (len > 0 && out->len - begin <= LENGTH_MAX)
		return;
	SHA256((const unsigned char *)value, len, sum);
	out->len = kept;
	buffer_text(out, "__");
	buffer_hex(out, sum, sizeof(sum));
}
