/*
 * listline: a name that comes out is normalised, a bad line has a reason, and
 * tags are UTF-8. The first octet of the input chooses the format.
 */
#include "scanner/listline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tag(const char *text)
{
	json_t *json = json_string(text);

	CHECK(json != NULL);
	json_decref(json);
}

static void
check(const struct listline *list, enum listline_status status)
{
	char again[NAME_SIZE];

	CHECK((status == LISTLINE_BAD) == (list->problem != NULL));
	if (status != LISTLINE_NAME)
		return;
	CHECK(name_normalise(list->name, strlen(list->name), again) == NAME_OK);
	CHECK(strcmp(list->name, again) == 0);
	for (size_t i = 0; i < list->tag_count; i++) {
		check_tag(list->tags[i].name);
		check_tag(list->tags[i].value);
	}
}

static void
parse(struct listline *list, const uint8_t *data, size_t len)
{
	uint8_t *line = malloc(len > 0 ? len : 1);
	char text[64];

	memcpy(line, data, len);
	check(list, listline_parse(list, line, len));
	listline_printable(line, len, text, sizeof(text));
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listline *list = malloc(sizeof(*list));

	if (size > INPUT_LINE_MAX)
		size = INPUT_LINE_MAX;
	if (size > 0) {
		listline_start(list, (enum list_format)(data[0] % 4),
			(data[0] & 0x80) != 0);
		data++;
		size--;
	}
	while (size > 0) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline != NULL ? (size_t)(newline - data) : size;

		parse(list, data, len);
		len += newline != NULL;
		data += len;
		size -= len;
	}
	free(list);
	return 0;
}
