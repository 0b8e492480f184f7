/*
 * A file with many signed zones, made by compile and read by authority.
 *
 * The file is mapped, so that it costs the memory of what is asked for. After
 * the header come, each where the header says: the data of the nodes, the zones
 * (in the order of their making), a hash table of their numbers, for all zones
 * the places of their nodes in canonical order (RFC 4034 section 6.1), and for
 * those with NSEC3 the records by their hash.
 *
 * A node is an owner name and its RRsets:
 *   1 octet length of the name, the name (wire format, lower case),
 *   1 octet number of RRsets, and of each RRset
 *   2 type, 2 number of records, 4 TTL, 2 size of its records, 2 size of the
 *   RDATA of its signature (0: none), records (2 length, RDATA), signature.
 * Numbers are in the byte order of the machine.
 */
#ifndef TESTS_LAB_ZONEDB_H
#define TESTS_LAB_ZONEDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONEDB_MAGIC "labzone1"
#define ZONEDB_NAME 255
#define ZONEDB_SERVERS 4
#define ZONEDB_HASH 20

enum zonedb_flags {
	ZONEDB_SIGNED = 1,
	ZONEDB_NSEC3 = 2
};

struct zonedb_header {
	char magic[8];
	uint64_t zones;
	uint64_t buckets; /* number of a zone + 1, 0: empty */
	uint64_t nodes;
	uint64_t hashes;
	uint64_t size; /* of the whole */
	uint32_t zone_count;
	uint32_t bucket_mask;
};

struct zonedb_zone {
	uint64_t name; /* place of the length octet */
	uint32_t first_node;
	uint32_t node_count;
	uint32_t first_hash;
	uint32_t hash_count;
	uint16_t iterations;
	uint8_t flags;
	uint8_t server_count;
	uint16_t servers[ZONEDB_SERVERS]; /* that answer for it */
};

struct zonedb_hash {
	uint8_t hash[ZONEDB_HASH];
	uint8_t unused[4];
	uint64_t node;
};

struct zonedb {
	const uint8_t *base;
	const struct zonedb_header *header;
	const struct zonedb_zone *zones;
	const uint32_t *buckets;
	const uint64_t *nodes;
	const struct zonedb_hash *hashes;
};

/* An RRset in the file; the pointers are into it. */
struct zonedb_rrset {
	uint16_t type;
	uint16_t count;
	uint32_t ttl;
	const uint8_t *records;
	size_t size;
	const uint8_t *signature;
	size_t signature_size; /* 0: not signed */
};

/* Length of a name in wire format with its last octet. */
size_t zonedb_name_length(const uint8_t *name);

/* Canonical order of two lower-case names. */
int zonedb_compare(const uint8_t *a, const uint8_t *b);

/* Where the search for a zone begins. */
uint32_t zonedb_hash_name(const uint8_t *name);

/* Iterated SHA-1 without salt (RFC 5155 section 5). */
void zonedb_nsec3_hash(
	const uint8_t *name, unsigned iterations, uint8_t hash[ZONEDB_HASH]);

/* Map a file. -1: it cannot be read, or is of another kind. */
int zonedb_open(struct zonedb *db, const char *path);

/* The zone with this apex, or NULL. */
const struct zonedb_zone *zonedb_zone(
	const struct zonedb *db, const uint8_t *apex);

/* Is this one of the zone's servers? */
bool zonedb_serves(const struct zonedb_zone *zone, uint16_t server);

/* Number of the node, or (exact is false) of the last one before the name. */
uint32_t zonedb_find(const struct zonedb *db, const struct zonedb_zone *zone,
	const uint8_t *name, bool *exact);

/* Place of the NSEC3 record with this hash, or (exact is false) of the one
 * whose interval has it; 0 where the zone has none. */
uint64_t zonedb_find_hash(const struct zonedb *db,
	const struct zonedb_zone *zone, const uint8_t hash[ZONEDB_HASH],
	bool *exact);

/* Name of the node at this place. */
const uint8_t *zonedb_node_name(const struct zonedb *db, uint64_t node);

/* Its RRset of a type, or false. */
bool zonedb_rrset(const struct zonedb *db, uint64_t node, uint16_t type,
	struct zonedb_rrset *rrset);

/* Its RRsets one after the other: *place is 0 at first. False: no more. */
bool zonedb_next(const struct zonedb *db, uint64_t node, uint64_t *place,
	unsigned *left, struct zonedb_rrset *rrset);

#endif
