/*
 * Any octets as a name in text and as a name in wire form.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "resolver/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_text(const char *text, size_t size)
{
	char once[NAME_SIZE], twice[NAME_SIZE];

	if (name_normalise(text, size, once) != NAME_OK) {
		assert(once[0] == '\0');
		return;
	}
	assert(name_check_host(once) == NAME_OK);
	assert(name_normalise(once, strlen(once), twice) == NAME_OK);
	assert(strcmp(once, twice) == 0);
}

static void
fuzz_wire(const uint8_t *data, size_t size)
{
	char out[NAME_TEXT_SIZE];
	size_t used = name_from_wire(data, size, out);

	assert(used <= size && used <= 255);
	assert((used == 0) == (out[0] == '\0'));
	assert(strlen(out) < sizeof(out));
	name_check_host(out);
	name_last_labels(out, 2);
	name_registration(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_text((const char *)data, size);
	fuzz_wire(data, size);
	return 0;
}
