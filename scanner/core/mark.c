/*
 * Facts that are either so or not, by name.
 */
#include "scanner/core/mark.h"

#include <stdbool.h>
#include <string.h>

#include "scanner/core/fact.h"

enum {
	MARKS_MAX = 8
};

struct mark {
	const char *label;
	size_t offset; /* of the bool */
};

#define DOMAIN(label, member)                               \
	{                                                   \
		label, offsetof(struct fact_domain, member) \
	}
#define HOST(label, member)                               \
	{                                                 \
		label, offsetof(struct fact_host, member) \
	}
#define ENDPOINT(label, member)                               \
	{                                                     \
		label, offsetof(struct fact_endpoint, member) \
	}

static const struct mark marks[MARK_KINDS][MARKS_MAX] = {
	[MARK_DOMAIN] = {DOMAIN("mx-unsupported", mx.unsupported),
		DOMAIN("null-mx", null_mx),
		DOMAIN("null-mx-pref", null_mx_pref),
		DOMAIN("null-mx-mixed", null_mx_mixed),
		DOMAIN("cname-loop", cname_loop),
		DOMAIN("tlsa-misplaced", tlsa_misplaced),
		DOMAIN("truncated", truncated)},
	[MARK_HOST] = {HOST("a-unsupported", a.unsupported),
		HOST("aaaa-unsupported", aaaa.unsupported),
		HOST("tlsa-unsupported", tlsa.unsupported),
		HOST("tlsa-wildcard", tlsa_wildcard),
		HOST("tlsa-misplaced", tlsa_misplaced),
		HOST("cname-loop", cname_loop), HOST("truncated", truncated)},
	[MARK_ENDPOINT] = {ENDPOINT("insecure", insecure),
		ENDPOINT("selective", selective)},
};

const char *
mark_at(enum mark_of of, size_t i)
{
	return i < MARKS_MAX ? marks[of][i].label : NULL;
}

const char *const *
mark_labels(
	enum mark_of of, const void *fact, size_t *count, struct arena *arena)
{
	const struct mark *mark = marks[of];
	const char *set[MARKS_MAX];

	*count = 0;
	for (size_t i = 0; i < MARKS_MAX && mark[i].label != NULL; i++)
		if (*(const bool *)((const char *)fact + mark[i].offset))
			set[(*count)++] = mark[i].label;
	return arena_copy(arena, set, *count * sizeof(*set));
}

void
mark_set(enum mark_of of, void *fact, const char *label)
{
	const struct mark *mark = marks[of];

	for (size_t i = 0; i < MARKS_MAX && mark[i].label != NULL; i++)
		if (strcmp(mark[i].label, label) == 0)
			*(bool *)((char *)fact + mark[i].offset) = true;
}
