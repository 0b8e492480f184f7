/* zonefile: whatever the lines are, the state stays whole. */
#include "scanner/zonefile.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct zonefile *zone, enum zonefile_status status)
{
	CHECK(memchr(zone->owner, '\0', ZONEFILE_NAME) != NULL);
	CHECK(memchr(zone->origin, '\0', ZONEFILE_NAME) != NULL);
	CHECK(memchr(zone->apex, '\0', ZONEFILE_NAME) != NULL);
	CHECK((status == ZONEFILE_BAD) == (zone->problem != NULL));
	if (status == ZONEFILE_DELEGATION)
		CHECK(zone->owner[0] != '\0' &&
			strcmp(zone->owner, zone->delegated) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zonefile zone = {0};

	while (size > 0) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline != NULL ? (size_t)(newline - data) : size;
		/* Alone, so that reading past its end is seen. */
		uint8_t *line = malloc(len > 0 ? len : 1);

		memcpy(line, data, len);
		zonefile_detect(line, len);
		check(&zone, zonefile_line(&zone, line, len));
		free(line);
		len += newline != NULL;
		data += len;
		size -= len;
	}
	return 0;
}
