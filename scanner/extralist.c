/* The list of further look-ups as the user writes it. */
#include "scanner/extralist.h"

#include <stdio.h>
#include <string.h>

#include "scanner/core/extra.h"
#include "scanner/suggest.h"

enum {
	WORD_SIZE = 32
};

/* A set of one, or of more; -1 for an unknown word. */
static int
set_of(const char *word)
{
	if (strcmp(word, "all") == 0)
		return EXTRA_ALL;
	if (strcmp(word, "none") == 0)
		return EXTRA_NONE;
	for (unsigned i = 0; i < EXTRAS; i++)
		if (strcmp(word, extra_label((enum extra)i)) == 0)
			return 1 << i;
	return -1;
}

static int
refuse(const char *word, char *problem, size_t size)
{
	const char *nearest = "all";
	bool near;

	for (unsigned i = 0; i < EXTRAS; i++) {
		const char *label = extra_label((enum extra)i);

		if (suggest_distance(word, label) <
			suggest_distance(word, nearest))
			nearest = label;
	}
	near = suggest_is_near(word, nearest);
	snprintf(problem, size,
		"unknown word \"%s\"%s%s%s; known are mta-sts, tlsrpt, ns, ds, "
		"denial, ports, all, none",
		word, near ? " (did you mean " : "", near ? nearest : "",
		near ? "?)" : "");
	return -1;
}

int
extralist_parse(unsigned *set, const char *text, char *problem, size_t size)
{
	*set = EXTRA_NONE;
	for (;;) {
		size_t len = strcspn(text, ",");
		char word[WORD_SIZE];
		int one;

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		one = len < sizeof(word) ? set_of(word) : -1;
		if (one < 0)
			return refuse(word, problem, size);
		*set |= (unsigned)one;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

json_t *
extralist_json(unsigned set)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < EXTRAS; i++)
		if (set & 1u << i)
			json_array_append_new(
				array, json_string(extra_label((enum extra)i)));
	return array;
}
