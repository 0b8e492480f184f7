/*
 * Any text as a policy record: the value is a part of the text, and nothing is
 * read beyond it.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/extra_txt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(enum fact_txt state, const char *text, size_t size, const char *value,
	size_t len)
{
	if (state != FACT_TXT_PRESENT)
		return;
	assert(len > 0 && value >= text && value + len <= text + size);
	for (size_t i = 0; i < len; i++)
		assert((value[i] >= ' ' && value[i] <= '~') ||
			value[i] == '\t');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Its own block, so that the sanitizer sees every step too far. */
	char *text = malloc(size > 0 ? size : 1);
	const char *value;
	size_t len;
	enum fact_txt state;

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	state = extra_txt_mtasts(text, size, &value, &len);
	check(state, text, size, value, len);
	assert(state != FACT_TXT_PRESENT || len <= 32);
	state = extra_txt_tlsrpt(text, size, &value, &len);
	check(state, text, size, value, len);
	free(text);
	return 0;
}
