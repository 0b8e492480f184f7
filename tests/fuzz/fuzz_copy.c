/*
 * copy: whatever the octets, the field stays one field of one row, is UTF-8
 * without NUL, and reads back as the input less what was not well-formed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/copy.h"
#include "store/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* What the server makes of a field; the delimiter is not reached. */
static void
decode(const char *field, size_t len, struct buffer *out)
{
	for (size_t i = 0; i < len; i++) {
		char c = field[i];
		require(c != '\t' && c != '\n' && c != '\r' && c != '\0');
		if (c == '\\') {
			require(++i < len);
			static const char letters[] = "tnr\\";
			const char *at = strchr(letters, field[i]);
			require(at != NULL && *at != '\0');
			c = "\t\n\r\\"[at - letters];
		}
		buffer_byte(out, c);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer row = {0};
	struct buffer back = {0};
	struct buffer clean = {0};

	copy_octets(&row, (const char *)data, size);
	require(row.data[row.len - 1] == '\t');
	decode(row.data, row.len - 1, &back);
	require(text_valid(buffer_string(&back), back.len) == back.len);
	text_clean(&clean, (const char *)data, size);
	require(back.len == clean.len);
	require(strcmp(buffer_string(&back), buffer_string(&clean)) == 0);

	row.len = 0;
	const char *texts[] = {buffer_string(&clean), ""};
	copy_texts(&row, texts, 2);
	for (size_t i = 0; i + 1 < row.len; i++)
		require(strchr("\t\n\r", row.data[i]) == NULL);
	buffer_free(&row);
	buffer_free(&back);
	buffer_free(&clean);
	return 0;
}
