/*
 * blocklist: a bad line has a reason, and what a line names is in the list once
 * it is sealed; the order of the lines makes no difference to its size.
 */
#include "scanner/core/blocklist.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/name.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

enum {
	LINES_MAX = 64
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
	const uint8_t *data;
	size_t len;
	enum blocklist_status status;
};

static size_t
split(const uint8_t *data, size_t size, struct line lines[LINES_MAX])
{
	size_t count = 0;

	while (size > 0 && count < LINES_MAX) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline != NULL ? (size_t)(newline - data) : size;

		lines[count++] = (struct line){.data = data, .len = len};
		len += newline != NULL;
		data += len;
		size -= len;
	}
	return count;
}

static void
add(struct blocklist *list, struct line *line)
{
	uint8_t *copy = malloc(line->len > 0 ? line->len : 1);
	const char *problem;

	memcpy(copy, line->data, line->len);
	line->status = blocklist_add(list, copy, line->len, &problem);
	CHECK((line->status == BLOCKLIST_BAD) == (problem != NULL));
	free(copy);
}

/* A line that is nothing but a name or an address is found again. */
static void
ask(const struct blocklist *list, const struct line *line)
{
	struct fact_address address = {0};
	char text[256], name[NAME_SIZE];

	if (line->status != BLOCKLIST_ENTRY || line->len >= sizeof(text))
		return;
	memcpy(text, line->data, line->len);
	text[line->len] = '\0';
	if (fact_address_parse(text, &address) == 0)
		CHECK(blocklist_has_address(list, &address));
	else if (name_normalise(text, line->len, name) == NAME_OK)
		CHECK(blocklist_has_name(list, name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocklist *forward = blocklist_new();
	struct blocklist *backward = blocklist_new();
	struct line lines[LINES_MAX];
	size_t count = split(data, size, lines);

	for (size_t i = count; i > 0; i--)
		add(backward, &lines[i - 1]);
	for (size_t i = 0; i < count; i++)
		add(forward, &lines[i]);
	blocklist_seal(forward);
	blocklist_seal(backward);
	CHECK(blocklist_names(forward) == blocklist_names(backward));
	CHECK(blocklist_ranges(forward) == blocklist_ranges(backward));
	for (size_t i = 0; i < count; i++) {
		ask(forward, &lines[i]);
		ask(backward, &lines[i]);
	}
	blocklist_free(forward);
	blocklist_free(backward);
	return 0;
}
