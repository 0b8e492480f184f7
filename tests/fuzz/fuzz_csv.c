/* csv: the fields lie in the buffer, one after the other, each with its NUL. */
#include "scanner/csv.h"

#include <stdlib.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *buffer = malloc(size + 1);
	const char *at = buffer;
	struct csv_record record;

	if (csv_split(data, size, buffer, &record) == CSV_OK) {
		CHECK(record.count > 0 && record.count <= CSV_FIELDS);
		for (size_t i = 0; i < record.count; i++) {
			CHECK(record.fields[i].text == at);
			CHECK(at[record.fields[i].len] == '\0');
			at += record.fields[i].len + 1;
		}
		CHECK(at <= buffer + size + 1);
	}
	free(buffer);
	return 0;
}
