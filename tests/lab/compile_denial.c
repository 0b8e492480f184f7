/*
 * The RDATA of NSEC and NSEC3 records.
 */
#include <string.h>

#include "tests/lab/compile.h"

#define TYPE_NS 2
#define TYPE_DS 43
#define TYPE_RRSIG 46
#define TYPE_NSEC 47
#define NSEC3_SHA1 1
#define BASE32 "0123456789abcdefghijklmnopqrstuv"

static void
set_bit(uint8_t windows[256][33], uint16_t type)
{
	uint8_t *window = windows[type >> 8];
	uint8_t octet = (uint8_t)((type & 0xff) / 8);

	window[1 + octet] |= (uint8_t)(0x80 >> (type & 7));
	if (window[0] < octet + 1)
		window[0] = (uint8_t)(octet + 1);
}

static bool
has_type(const struct zone *zone, const struct node *node, uint16_t type)
{
	for (size_t i = 0; i < node->count; i++)
		if (zone->records[node->first + i].type == type)
			return true;
	return false;
}

size_t
denial_bitmap(const struct zone *zone, const struct node *node, uint16_t more,
	uint8_t *out)
{
	uint8_t windows[256][33] = {0};
	size_t length = 0;

	for (size_t i = 0; i < node->count; i++) {
		uint16_t type = zone->records[node->first + i].type;

		/* The parent knows of a cut only NS and DS. */
		if (!node->cut || type == TYPE_NS || type == TYPE_DS)
			set_bit(windows, type);
	}
	if (more == TYPE_NSEC)
		set_bit(windows, TYPE_NSEC);
	if (more == TYPE_NSEC ||
		(node->count > 0 &&
			(!node->cut || has_type(zone, node, TYPE_DS))))
		set_bit(windows, TYPE_RRSIG);
	for (int i = 0; i < 256; i++) {
		if (windows[i][0] == 0)
			continue;
		out[length++] = (uint8_t)i;
		memcpy(out + length, windows[i], windows[i][0] + 1u);
		length += windows[i][0] + 1u;
	}
	return length;
}

bool
denial_has(const struct zone *zone, const struct node *node)
{
	if (node->glue)
		return false;
	if (!zone->nsec3)
		return node->count > 0;
	return !(zone->optout && node->cut && !has_type(zone, node, TYPE_DS));
}

size_t
denial_nsec(const struct zone *zone, const struct node *node,
	const uint8_t *next, uint8_t *out)
{
	size_t length = zonedb_name_length(next);

	memcpy(out, next, length);
	return length + denial_bitmap(zone, node, TYPE_NSEC, out + length);
}

size_t
denial_nsec3(const struct zone *zone, const struct node *node,
	const uint8_t *next_hash, uint8_t *out)
{
	out[0] = NSEC3_SHA1;
	out[1] = zone->optout ? 1 : 0;
	out[2] = (uint8_t)(zone->iterations >> 8);
	out[3] = (uint8_t)zone->iterations;
	out[4] = 0; /* no salt */
	out[5] = ZONEDB_HASH;
	memcpy(out + 6, next_hash, ZONEDB_HASH);
	return 26 + denial_bitmap(zone, node, 0, out + 26);
}

void
denial_hash_name(const struct zone *zone, const uint8_t *hash, uint8_t *name)
{
	*name++ = 32;
	for (int group = 0; group < 4; group++, hash += 5, name += 8) {
		uint64_t bits = 0;

		for (int i = 0; i < 5; i++)
			bits = bits << 8 | hash[i];
		for (int i = 7; i >= 0; i--, bits >>= 5)
			name[i] = (uint8_t)BASE32[bits & 31];
	}
	memcpy(name, zone->apex, zone->apex_length);
}
