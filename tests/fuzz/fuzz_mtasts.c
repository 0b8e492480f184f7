/*
 * mtasts: the patterns of a policy that can be read lie within its text, and
 * each allows the host that it names.
 */
#include "scanner/core/mtasts.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pattern(
	const struct mtasts_pattern *pattern, const char *text, size_t len)
{
	char host[300];

	CHECK(pattern->text >= text && pattern->len > 0 &&
		pattern->text + pattern->len <= text + len);
	CHECK(pattern->len <= 255);
	memcpy(host, pattern->text, pattern->len);
	host[pattern->len] = '\0';
	CHECK(strlen(host) == pattern->len);
	if (host[0] == '*')
		host[0] = 'a';
	CHECK(mtasts_matches(pattern, host));
	CHECK(!mtasts_matches(pattern, ""));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *text = malloc(size > 0 ? size : 1);
	struct mtasts_policy policy;
	enum mtasts_error error;

	memcpy(text, data, size);
	error = mtasts_parse(text, size, &policy);
	CHECK(mtasts_error_text(error)[0] != '\0');
	CHECK(policy.mx_count <= MTASTS_MX_MAX);
	if (error == MTASTS_OK) {
		CHECK(policy.max_age_s <= MTASTS_MAX_AGE_S);
		CHECK(policy.mode == MTASTS_NONE || policy.mx_count > 0);
		for (size_t i = 0; i < policy.mx_count; i++)
			check_pattern(&policy.mx[i], (const char *)text, size);
	}
	free(text);
	return 0;
}
