/*
 * Keys that everybody has.
 */
#include "scanner/core/default_key.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *digest;
	const char *source;
} default_keys[] = {
#define DEFAULT(digest, source) {digest, source},
#include "scanner/core/default_keys.def"
#undef DEFAULT
};

const char *
default_key_source(const uint8_t spki_sha256[32])
{
	char hex[2 * 32 + 1];

	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", spki_sha256[i]);
	for (size_t i = 0; i < sizeof(default_keys) / sizeof(*default_keys);
		i++)
		if (strcmp(hex, default_keys[i].digest) == 0)
			return default_keys[i].source;
	return NULL;
}
