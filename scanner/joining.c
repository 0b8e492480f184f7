/*
 * What the members of a fleet have in common.
 */
#include "scanner/joining.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "scanner/core/arena.h"
#include "scanner/options.h"

static const char *const shared[] = {
	"probe",
	"extras",
	"smtp-port",
	"no-ipv4",
	"no-ipv6",
	"sha1-is-insecure",
	"retries",
	"retry-delay",
	"per-address-interval",
	"dns-timeout",
	"connect-timeout",
	"smtp-timeout",
	"session-timeout",
};

/* As a user would write it; an empty list is "none". */
static const char *
text_of_list(const json_t *list, struct arena *arena)
{
	const char *text = "none";

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		text = i == 0 ? word : arena_printf(arena, "%s,%s", text, word);
	}
	return text;
}

static const char *
text_of(const json_t *value, struct arena *arena)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
	case JSON_REAL:
		return arena_printf(arena, "%.12g", json_number_value(value));
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	case JSON_ARRAY:
		return text_of_list(value, arena);
	case JSON_OBJECT:
	case JSON_NULL:
		break;
	}
	return NULL;
}

static int
take(struct config *config, const char *name, const json_t *value, char *err,
	size_t errsize)
{
	const char *text = value != NULL ? text_of(value, config->arena) : NULL;
	char problem[OPTIONS_PROBLEM];

	/* A scan that was begun before there was the option has its default. */
	if (text == NULL || options_set(config, options_find(name), text,
				    OPTIONS_COMMAND_LINE, problem) == 0)
		return 0;
	snprintf(err, errsize, "the scan's %s = %.80s: %.200s", name, text,
		problem);
	return -1;
}

int
joining_take(
	struct config *config, const char *recorded, char *err, size_t errsize)
{
	json_t *object = json_loads(recorded, 0, NULL);
	int status = 0;

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		if (status == 0)
			status = take(config, shared[i],
				json_object_get(object, shared[i]), err,
				errsize);
	json_decref(object);
	return status;
}
