/*
 * Names and addresses never to contact. Pure.
 *
 * Names are a set of hashes, 16 octets each in a table at most three quarters
 * full, asked for a name and each one above it. Addresses are sorted ranges
 * that do not touch, 32 octets each.
 */
#include "scanner/core/blocklist.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/name.h"
#include "resolver/reserved.h"
#include "scanner/core/arena.h"
#include "scanner/core/nameset.h"

enum {
	OCTETS_IPV4 = 4,
	OCTETS_IPV6 = 16,
	/* Nothing that can be an entry is longer: every octet of a name may be
	   a UTF-8 sequence of four. */
	ENTRY_MAX = 1024,
};

/* From first to last, in network order; of IPv4 the first 4 octets. */
struct range {
	uint8_t first[OCTETS_IPV6];
	uint8_t last[OCTETS_IPV6];
};

struct ranges {
	struct range *list;
	size_t count;
	size_t capacity;
};

struct blocklist {
	struct nameset *names;
	struct ranges ipv4;
	struct ranges ipv6;
	bool sealed;
	const struct blocklist *further; /* or NULL */
};

struct blocklist *
blocklist_new(void)
{
	struct blocklist *list = calloc(1, sizeof(*list));

	if (list == NULL)
		arena_out_of_memory();
	list->names = nameset_new();
	if (list->names == NULL)
		arena_out_of_memory();
	return list;
}

void
blocklist_free(struct blocklist *list)
{
	if (list == NULL)
		return;
	nameset_free(list->names);
	free(list->ipv4.list);
	free(list->ipv6.list);
	free(list);
}

void
blocklist_swap(struct blocklist *list, struct blocklist *fresh)
{
	struct blocklist old = *list;

	assert(list->sealed && fresh->sealed);
	*list = *fresh;
	*fresh = old;
	fresh->further = list->further;
	list->further = old.further;
}

void
blocklist_extend(struct blocklist *list, const struct blocklist *further)
{
	list->further = further;
}

/* Reading. */

static struct range *
new_range(struct ranges *ranges)
{
	if (ranges->count == ranges->capacity) {
		ranges->capacity = ranges->capacity > 0 ? 2 * ranges->capacity
							: 16;
		ranges->list = reallocarray(
			ranges->list, ranges->capacity, sizeof(*ranges->list));
		if (ranges->list == NULL)
			arena_out_of_memory();
	}
	ranges->list[ranges->count] = (struct range){0};
	return &ranges->list[ranges->count++];
}

/* Set, or clear, all bits from the given one on. */
static void
fill_bits(uint8_t *octets, size_t len, unsigned from, bool one)
{
	for (unsigned i = from / 8; i < len; i++) {
		uint8_t mask = (uint8_t)(0xff >>
					 (i == from / 8 ? from % 8 : 0));

		octets[i] = (uint8_t)(one ? octets[i] | mask
					  : octets[i] & ~mask);
	}
}

/* A prefix length up to most, in plain decimal; -1: it is none. */
static int
prefix_length(const char *text, int most)
{
	int bits = 0;

	if (*text == '\0' || strlen(text) > 3)
		return -1;
	for (; *text != '\0'; text++) {
		if (!isdigit((unsigned char)*text))
			return -1;
		bits = 10 * bits + (*text - '0');
	}
	return bits <= most ? bits : -1;
}

static enum blocklist_status
bad(const char **problem, const char *why)
{
	*problem = why;
	return BLOCKLIST_BAD;
}

/* prefix: what follows the slash, or NULL for one address. */
static enum blocklist_status
add_range(struct blocklist *list, const uint8_t *octets, size_t len,
	const char *prefix, const char **problem)
{
	int most = 8 * (int)len;
	int bits = prefix != NULL ? prefix_length(prefix, most) : most;
	uint8_t first[OCTETS_IPV6] = {0};
	struct range *range;

	if (bits < 0)
		return bad(problem, "not a prefix length");
	memcpy(first, octets, len);
	fill_bits(first, len, (unsigned)bits, false);
	/* Whichever was meant, the address or the block, it is a mistake. */
	if (memcmp(first, octets, len) != 0)
		return bad(problem, "address bits are set after the prefix");
	range = new_range(len == OCTETS_IPV4 ? &list->ipv4 : &list->ipv6);
	memcpy(range->first, first, len);
	memcpy(range->last, first, len);
	fill_bits(range->last, len, (unsigned)bits, true);
	return BLOCKLIST_ENTRY;
}

static enum blocklist_status
add_name(struct blocklist *list, const char *text, const char **problem)
{
	char name[NAME_SIZE];
	enum name_error error;

	if (text[0] == '*' && text[1] == '.')
		text++;
	if (text[0] == '.')
		text++;
	error = name_normalise(text, strlen(text), name);
	if (error != NAME_OK)
		return bad(problem, name_error_text(error));
	if (nameset_add(list->names, name) == NAMESET_NO_MEMORY)
		arena_out_of_memory();
	return BLOCKLIST_ENTRY;
}

static enum blocklist_status
add_entry(struct blocklist *list, char *text, const char **problem)
{
	char *prefix = strchr(text, '/');
	uint8_t octets[OCTETS_IPV6];

	if (prefix != NULL)
		*prefix++ = '\0';
	if (inet_pton(AF_INET, text, octets) == 1)
		return add_range(list, octets, OCTETS_IPV4, prefix, problem);
	if (inet_pton(AF_INET6, text, octets) == 1)
		return add_range(list, octets, OCTETS_IPV6, prefix, problem);
	if (prefix != NULL)
		return bad(problem, "not a block of addresses");
	return add_name(list, text, problem);
}

enum blocklist_status
blocklist_add(struct blocklist *list, const uint8_t *line, size_t len,
	const char **problem)
{
	const uint8_t *comment = len > 0 ? memchr(line, '#', len) : NULL;
	char text[ENTRY_MAX + 1];

	list->sealed = false;
	*problem = NULL;
	if (comment != NULL)
		len = (size_t)(comment - line);
	while (len > 0 && isspace(line[len - 1]))
		len--;
	while (len > 0 && isspace(*line)) {
		line++;
		len--;
	}
	if (len == 0)
		return BLOCKLIST_SKIP;
	if (len > ENTRY_MAX)
		return bad(problem, "too long for an entry");
	if (memchr(line, '\0', len) != NULL)
		return bad(problem, "a NUL octet");
	memcpy(text, line, len);
	text[len] = '\0';
	return add_entry(list, text, problem);
}

/* Sealing. */

static int
by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return memcmp(x->first, y->first, sizeof(x->first));
}

/* Does b, which begins at a or later, begin within a or right after it? */
static bool
touches(const struct range *a, const struct range *b, size_t len)
{
	uint8_t next[OCTETS_IPV6];

	memcpy(next, a->last, sizeof(next));
	for (size_t i = len; i > 0 && ++next[i - 1] == 0; i--)
		continue;
	return memcmp(b->first, a->last, len) <= 0 ||
	       memcmp(b->first, next, len) == 0;
}

static void
merge(struct ranges *ranges, size_t len)
{
	size_t kept = 0;

	if (ranges->count == 0)
		return;
	qsort(ranges->list, ranges->count, sizeof(*ranges->list), by_first);
	for (size_t i = 1; i < ranges->count; i++) {
		struct range *last = &ranges->list[kept];
		const struct range *range = &ranges->list[i];

		if (!touches(last, range, len))
			ranges->list[++kept] = *range;
		else if (memcmp(range->last, last->last, len) > 0)
			memcpy(last->last, range->last, sizeof(last->last));
	}
	ranges->count = kept + 1;
}

void
blocklist_seal(struct blocklist *list)
{
	merge(&list->ipv4, OCTETS_IPV4);
	merge(&list->ipv6, OCTETS_IPV6);
	list->sealed = true;
}

/* Asking. */

size_t
blocklist_names(const struct blocklist *list)
{
	return nameset_count(list->names);
}

size_t
blocklist_ranges(const struct blocklist *list)
{
	return list->ipv4.count + list->ipv6.count;
}

bool
blocklist_has_name(const struct blocklist *list, const char *name)
{
	assert(list->sealed);
	if (list->further != NULL && blocklist_has_name(list->further, name))
		return true;
	if (nameset_count(list->names) == 0)
		return false;
	while (name != NULL) {
		if (nameset_has(list->names, name))
			return true;
		name = strchr(name, '.');
		if (name != NULL)
			name++;
	}
	return false;
}

/* In the last range that begins at or before the address? */
static bool
in_ranges(const struct ranges *ranges, const uint8_t *octets, size_t len)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(ranges->list[middle].first, octets, len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && memcmp(octets, ranges->list[low - 1].last, len) <= 0;
}

bool
blocklist_has_address(
	const struct blocklist *list, const struct fact_address *address)
{
	uint8_t ipv4[OCTETS_IPV4];

	assert(list->sealed);
	if (list->further != NULL &&
		blocklist_has_address(list->further, address))
		return true;
	if (!address->ipv6)
		return in_ranges(&list->ipv4, address->bytes, OCTETS_IPV4);
	return in_ranges(&list->ipv6, address->bytes, OCTETS_IPV6) ||
	       (reserved_embedded(address->bytes, ipv4) &&
		       in_ranges(&list->ipv4, ipv4, OCTETS_IPV4));
}
