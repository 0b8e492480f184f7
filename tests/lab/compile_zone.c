/*
 * One zone on its way into the file: its records in canonical order, its empty
 * non-terminals, cuts and glue, its denial, its signatures to be.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lab/compile.h"

#define TYPE_NS 2
#define TYPE_DS 43
#define TYPE_NSEC 47
#define TYPE_NSEC3 50
#define TYPE_NSEC3PARAM 51
#define MAX_RDATA 65535

struct writer {
	struct zone *zone;
	struct output *output;
	struct octets scratch; /* the node being written */
	struct node *nodes;
	size_t count;
};

void
octets_add(struct octets *octets, const void *data, size_t size)
{
	if (octets->room - octets->length < size) {
		octets->room = octets->room * 2 + size + 64;
		octets->data = realloc(octets->data, octets->room);
		if (octets->data == NULL)
			die("out of memory", "");
	}
	memcpy(octets->data + octets->length, data, size);
	octets->length += size;
}

/* Labels from the apex downwards, a zero after each: memcmp() puts these into
 * canonical order. The apex has none. */
static void
add_key(struct zone *zone, struct record *record, const uint8_t *name)
{
	const uint8_t *labels[128];
	size_t count = 0;
	size_t above = zonedb_name_length(name) - zone->apex_length;

	for (const uint8_t *at = name; at < name + above; at += *at + 1)
		labels[count++] = at;
	record->key = zone->text.length;
	while (count-- > 0) {
		octets_add(&zone->text, labels[count] + 1, *labels[count]);
		octets_add(&zone->text, "", 1);
	}
	record->key_length = (uint16_t)(zone->text.length - record->key);
}

void
zone_add(struct zone *zone, const uint8_t *name, uint16_t type, uint32_t ttl,
	const void *data, size_t size)
{
	size_t length = zonedb_name_length(name);
	struct record *record;

	if (length < zone->apex_length ||
		memcmp(name + length - zone->apex_length, zone->apex,
			zone->apex_length) != 0)
		die("a record outside of its zone", "");
	if (zone->count == zone->room) {
		zone->room = zone->room * 2 + 16;
		zone->records = realloc(
			zone->records, zone->room * sizeof(*zone->records));
		if (zone->records == NULL)
			die("out of memory", "");
	}
	record = &zone->records[zone->count++];
	*record = (struct record){
		.type = type, .ttl = ttl, .size = (uint16_t)size};
	record->name = zone->text.length;
	octets_add(&zone->text, name, length);
	record->data = zone->text.length;
	octets_add(&zone->text, data, size);
	add_key(zone, record, name);
}

bool
zone_spoils(const struct zone *zone, enum fault_kind kind, uint16_t type)
{
	for (size_t i = 0; i < zone->fault_count; i++)
		if (zone->faults[i].kind == kind &&
			(zone->faults[i].type == 0 ||
				zone->faults[i].type == type))
			return true;
	return false;
}

static int
compare_octets(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : a_size < b_size ? -1 : a_size > b_size;
}

static int
compare_records(const void *a, const void *b, void *arg)
{
	const struct record *x = a, *y = b;
	const uint8_t *text = arg;
	int order = compare_octets(
		text + x->key, x->key_length, text + y->key, y->key_length);

	if (order == 0)
		order = (int)x->type - (int)y->type;
	if (order == 0)
		order = compare_octets(
			text + x->data, x->size, text + y->data, y->size);
	return order;
}

static bool
same_owner(const struct record *a, const struct record *b, const uint8_t *text)
{
	return a->key_length == b->key_length &&
	       memcmp(text + a->key, text + b->key, a->key_length) == 0;
}

static void
add_node(struct writer *writer, struct node node)
{
	if ((writer->count & (writer->count - 1)) == 0)
		writer->nodes = realloc(writer->nodes,
			(writer->count * 2 + 1) * sizeof(*writer->nodes));
	if (writer->nodes == NULL)
		die("out of memory", "");
	writer->nodes[writer->count++] = node;
}

/* Names above this one that are not above the one before it: they come first
 * here, and nothing but names below them makes them exist. */
static void
add_empty(struct writer *writer, const struct record *record,
	const struct record *before)
{
	const uint8_t *text = writer->zone->text.data;
	const uint8_t *key = text + record->key;
	size_t labels = 0, depth;

	for (size_t i = 0; i < record->key_length; i++)
		labels += key[i] == 0;
	depth = labels;
	for (size_t i = 0; i + 1 < record->key_length; i++) {
		const uint8_t *name = text + record->name;

		if (key[i] != 0)
			continue;
		depth--;
		if (before != NULL && before->key_length > i &&
			memcmp(text + before->key, key, i + 1) == 0)
			continue;
		for (size_t skip = depth; skip > 0; skip--)
			name += *name + 1;
		add_node(writer, (struct node){.name = name});
	}
}

static void
collect_nodes(struct writer *writer)
{
	const struct zone *zone = writer->zone;
	const struct record *before = NULL;
	const struct record *cut = NULL;

	for (size_t i = 0, end; i < zone->count; i = end) {
		const struct record *first = &zone->records[i];
		struct node node = {
			.first = i, .name = zone->text.data + first->name};

		for (end = i;
			end < zone->count &&
			same_owner(first, &zone->records[end], zone->text.data);
			end++)
			if (zone->records[end].type == TYPE_NS &&
				first->key_length > 0)
				node.cut = true;
		node.count = end - i;
		node.glue = cut != NULL &&
			    first->key_length > cut->key_length &&
			    memcmp(zone->text.data + cut->key,
				    zone->text.data + first->key,
				    cut->key_length) == 0;
		if (node.cut && !node.glue)
			cut = first;
		add_empty(writer, first, before);
		add_node(writer, node);
		before = first;
	}
}

/* The RRset as it goes into the file; sign: with a signature to be. */
static void
write_rrset(struct writer *writer, const uint8_t *name, uint16_t type,
	uint32_t ttl, const struct octets *records, size_t count, bool sign)
{
	struct output *output = writer->output;
	struct octets *scratch = &writer->scratch;
	uint8_t rrsig[18 + ZONEDB_NAME + SIGNATURE_SIZE] = {0};
	uint16_t sizes[2] = {(uint16_t)records->length, 0};
	uint16_t number = (uint16_t)count;
	struct pending pending;

	if (sign && !zone_spoils(writer->zone, FAULT_NO_SIGS, type))
		sizes[1] = (uint16_t)(sign_prepare(output, writer->zone, name,
					      type, ttl, records->data, count,
					      rrsig, pending.digest) +
				      SIGNATURE_SIZE);
	octets_add(scratch, &type, sizeof(type));
	octets_add(scratch, &number, sizeof(number));
	octets_add(scratch, &ttl, sizeof(ttl));
	octets_add(scratch, sizes, sizeof(sizes));
	octets_add(scratch, records->data, records->length);
	octets_add(scratch, rrsig, sizes[1]);
	if (sizes[1] > 0) {
		pending.place = output->place + scratch->length -
				SIGNATURE_SIZE;
		octets_add(&output->pending, &pending, sizeof(pending));
	}
}

static void
add_rdata(struct octets *records, const uint8_t *data, size_t size)
{
	uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)size};

	octets_add(records, length, sizeof(length));
	octets_add(records, data, size);
}

static size_t
write_records(struct writer *writer, const struct node *node)
{
	const struct zone *zone = writer->zone;
	const struct record *end = zone->records + node->first + node->count;
	const struct record *record = zone->records + node->first;
	struct octets records = {0};
	size_t rrsets = 0;

	while (record < end) {
		const struct record *first = record;
		bool sign = zone->is_signed && !node->glue &&
			    (!node->cut || first->type == TYPE_DS);

		records.length = 0;
		for (; record < end && record->type == first->type; record++)
			add_rdata(&records, zone->text.data + record->data,
				record->size);
		write_rrset(writer, node->name, first->type, first->ttl,
			&records, (size_t)(record - first), sign);
		rrsets++;
	}
	free(records.data);
	return rrsets;
}

static void
begin_node(struct writer *writer, const uint8_t *name)
{
	uint8_t length = (uint8_t)zonedb_name_length(name);

	writer->scratch.length = 0;
	octets_add(&writer->scratch, &length, 1);
	octets_add(&writer->scratch, name, length);
	octets_add(&writer->scratch, "", 1);
}

/* Returns where the node is in the file. */
static uint64_t
end_node(struct writer *writer, size_t rrsets)
{
	struct output *output = writer->output;
	uint64_t place = output->place;

	writer->scratch.data[1 + writer->scratch.data[0]] = (uint8_t)rrsets;
	if (fwrite(writer->scratch.data, writer->scratch.length, 1,
		    output->file) != 1)
		die("cannot write", "");
	output->place += writer->scratch.length;
	return place;
}

static void
write_nsec(struct writer *writer, size_t number)
{
	const struct node *node = &writer->nodes[number];
	uint8_t rdata[ZONEDB_NAME + 256 * 34];
	struct octets records = {0};
	size_t next = number + 1;

	while (next < writer->count &&
		!denial_has(writer->zone, &writer->nodes[next]))
		next++;
	next = next < writer->count ? next : 0;
	add_rdata(&records, rdata,
		denial_nsec(
			writer->zone, node, writer->nodes[next].name, rdata));
	write_rrset(writer, node->name, TYPE_NSEC, NEGATIVE_TTL_S, &records, 1,
		true);
	free(records.data);
}

static void
write_nodes(struct writer *writer, bool nsec)
{
	for (size_t i = 0; i < writer->count; i++) {
		const struct node *node = &writer->nodes[i];
		size_t rrsets;
		uint64_t place;

		begin_node(writer, node->name);
		rrsets = write_records(writer, node);
		if (nsec && denial_has(writer->zone, node)) {
			write_nsec(writer, i);
			rrsets++;
		}
		place = end_node(writer, rrsets);
		octets_add(&writer->output->nodes, &place, sizeof(place));
	}
}

static int
compare_hashes(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return memcmp((*x)->hash, (*y)->hash, ZONEDB_HASH);
}

static void
write_nsec3(
	struct writer *writer, const struct node *node, const struct node *next)
{
	uint8_t rdata[26 + 256 * 34];
	uint8_t name[ZONEDB_NAME + 33];
	struct octets records = {0};
	struct zonedb_hash entry = {0};

	denial_hash_name(writer->zone, node->hash, name);
	begin_node(writer, name);
	add_rdata(&records, rdata,
		denial_nsec3(writer->zone, node, next->hash, rdata));
	write_rrset(
		writer, name, TYPE_NSEC3, NEGATIVE_TTL_S, &records, 1, true);
	memcpy(entry.hash, node->hash, ZONEDB_HASH);
	entry.node = end_node(writer, 1);
	octets_add(&writer->output->hashes, &entry, sizeof(entry));
	free(records.data);
}

static size_t
write_hashes(struct writer *writer)
{
	struct node **chain = calloc(writer->count, sizeof(*chain));
	size_t count = 0;

	if (chain == NULL)
		die("out of memory", "");
	for (size_t i = 0; i < writer->count; i++) {
		struct node *node = &writer->nodes[i];

		if (!denial_has(writer->zone, node))
			continue;
		zonedb_nsec3_hash(
			node->name, writer->zone->iterations, node->hash);
		chain[count++] = node;
	}
	qsort(chain, count, sizeof(*chain), compare_hashes);
	for (size_t i = 0; i < count; i++)
		write_nsec3(writer, chain[i], chain[(i + 1) % count]);
	free(chain);
	return count;
}

static void
add_zone(const struct writer *writer, uint64_t name, size_t hashes)
{
	const struct zone *zone = writer->zone;
	struct output *output = writer->output;
	size_t nodes = output->nodes.length / sizeof(uint64_t);
	size_t all = output->hashes.length / sizeof(struct zonedb_hash);
	struct zonedb_zone entry = {.name = name,
		.first_node = (uint32_t)(nodes - writer->count),
		.node_count = (uint32_t)writer->count,
		.first_hash = (uint32_t)(all - hashes),
		.hash_count = (uint32_t)hashes,
		.iterations = zone->iterations,
		.flags = (uint8_t)((zone->is_signed ? ZONEDB_SIGNED : 0) |
				   (zone->nsec3 ? ZONEDB_NSEC3 : 0)),
		.server_count = zone->server_count};

	memcpy(entry.servers, zone->servers, sizeof(entry.servers));
	octets_add(&output->zones, &entry, sizeof(entry));
}

void
zone_write(struct zone *zone, struct output *output)
{
	struct writer writer = {.zone = zone, .output = output};
	bool denial = zone->is_signed && !zone_spoils(zone, FAULT_NO_DENIAL, 0);
	uint8_t param[5] = {1, 0, (uint8_t)(zone->iterations >> 8),
		(uint8_t)zone->iterations, 0};
	uint64_t first = output->place;
	size_t hashes = 0;

	if (denial && zone->nsec3)
		zone_add(zone, zone->apex, TYPE_NSEC3PARAM, TTL_S, param,
			sizeof(param));
	qsort_r(zone->records, zone->count, sizeof(*zone->records),
		compare_records, zone->text.data);
	collect_nodes(&writer);
	write_nodes(&writer, denial && !zone->nsec3);
	if (denial && zone->nsec3)
		hashes = write_hashes(&writer);
	add_zone(&writer, first, hashes);
	free(writer.nodes);
	free(writer.scratch.data);
	zone->count = 0;
	zone->text.length = 0;
}

void
zone_free(struct zone *zone)
{
	free(zone->records);
	free(zone->text.data);
}
