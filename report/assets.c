/* What assets.mk has made of the files. */
#include "report/assets.h"

#include <assert.h>
#include <string.h>

#include "report/assets.inc"

const struct asset *
assets_at(size_t i)
{
	return i < sizeof(ASSETS) / sizeof(*ASSETS) ? &ASSETS[i] : NULL;
}

const struct asset *
assets_find(const char *name)
{
	size_t i = 0;

	while (strcmp(ASSETS[i].name, name) != 0) {
		i++;
		assert(i < sizeof(ASSETS) / sizeof(*ASSETS));
	}
	return &ASSETS[i];
}
