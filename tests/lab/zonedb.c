/*
 * Reads the file of signed zones that zonedb.h describes.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lab/zonedb.h"

#define MAX_LABELS 128

size_t
zonedb_name_length(const uint8_t *name)
{
	const uint8_t *at = name;

	while (*at != 0)
		at += *at + 1;
	return (size_t)(at - name) + 1;
}

static size_t
label_list(const uint8_t *name, const uint8_t *labels[MAX_LABELS])
{
	size_t count = 0;

	for (; *name != 0; name += *name + 1)
		labels[count++] = name;
	return count;
}

int
zonedb_compare(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *of_a[MAX_LABELS], *of_b[MAX_LABELS];
	size_t count_a = label_list(a, of_a), count_b = label_list(b, of_b);

	while (count_a > 0 && count_b > 0) {
		const uint8_t *x = of_a[--count_a], *y = of_b[--count_b];
		size_t common = *x < *y ? *x : *y;
		int order = memcmp(x + 1, y + 1, common);

		if (order == 0)
			order = *x - *y;
		if (order != 0)
			return order;
	}
	return count_a > 0 ? 1 : count_b > 0 ? -1 : 0;
}

uint32_t
zonedb_hash_name(const uint8_t *name)
{
	size_t length = zonedb_name_length(name);
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ name[i]) * 1099511628211u;
	return (uint32_t)(hash >> 32 ^ hash);
}

void
zonedb_nsec3_hash(
	const uint8_t *name, unsigned iterations, uint8_t hash[ZONEDB_HASH])
{
	const EVP_MD *sha1 = EVP_sha1();

	EVP_Digest(name, zonedb_name_length(name), hash, NULL, sha1, NULL);
	while (iterations-- > 0)
		EVP_Digest(hash, ZONEDB_HASH, hash, NULL, sha1, NULL);
}

int
zonedb_open(struct zonedb *db, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *base = MAP_FAILED;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 &&
		(size_t)status.st_size >= sizeof(struct zonedb_header))
		base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED,
			fd, 0);
	close(fd);
	if (base == MAP_FAILED)
		return -1;
	*db = (struct zonedb){.base = base, .header = base};
	if (memcmp(db->header->magic, ZONEDB_MAGIC, 8) != 0 ||
		db->header->size != (uint64_t)status.st_size) {
		munmap(base, (size_t)status.st_size);
		return -1;
	}
	db->zones = (const void *)(db->base + db->header->zones);
	db->buckets = (const void *)(db->base + db->header->buckets);
	db->nodes = (const void *)(db->base + db->header->nodes);
	db->hashes = (const void *)(db->base + db->header->hashes);
	return 0;
}

const struct zonedb_zone *
zonedb_zone(const struct zonedb *db, const uint8_t *apex)
{
	size_t length = zonedb_name_length(apex);
	uint32_t at = zonedb_hash_name(apex);

	for (;; at++) {
		uint32_t number = db->buckets[at & db->header->bucket_mask];
		const struct zonedb_zone *zone = &db->zones[number - 1];

		if (number == 0)
			return NULL;
		if (db->base[zone->name] == length &&
			memcmp(&db->base[zone->name + 1], apex, length) == 0)
			return zone;
	}
}

bool
zonedb_serves(const struct zonedb_zone *zone, uint16_t server)
{
	for (unsigned i = 0; i < zone->server_count; i++)
		if (zone->servers[i] == server)
			return true;
	return false;
}

const uint8_t *
zonedb_node_name(const struct zonedb *db, uint64_t node)
{
	return db->base + node + 1;
}

uint32_t
zonedb_find(const struct zonedb *db, const struct zonedb_zone *zone,
	const uint8_t *name, bool *exact)
{
	uint32_t low = 0, high = zone->node_count; /* low is never above name */
	const uint64_t *nodes = db->nodes + zone->first_node;

	*exact = false;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *other = zonedb_node_name(db, nodes[middle]);

		if (zonedb_compare(other, name) <= 0)
			low = middle;
		else
			high = middle;
	}
	*exact = zonedb_compare(zonedb_node_name(db, nodes[low]), name) == 0;
	return zone->first_node + low;
}

uint64_t
zonedb_find_hash(const struct zonedb *db, const struct zonedb_zone *zone,
	const uint8_t hash[ZONEDB_HASH], bool *exact)
{
	const struct zonedb_hash *hashes = db->hashes + zone->first_hash;
	uint32_t low = 0, high = zone->hash_count;

	*exact = false;
	if (high == 0)
		return 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(hashes[middle].hash, hash, ZONEDB_HASH) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* Before the first one is the interval of the last one. */
	low = low > 0 ? low - 1 : zone->hash_count - 1;
	*exact = memcmp(hashes[low].hash, hash, ZONEDB_HASH) == 0;
	return hashes[low].node;
}

bool
zonedb_next(const struct zonedb *db, uint64_t node, uint64_t *place,
	unsigned *left, struct zonedb_rrset *rrset)
{
	const uint8_t *at = db->base + *place;
	uint16_t size, signature_size;

	if (*place == 0) {
		at = db->base + node + 1 + db->base[node];
		*left = *at++;
	}
	if (*left == 0)
		return false;
	--*left;
	memcpy(&rrset->type, at, 2);
	memcpy(&rrset->count, at + 2, 2);
	memcpy(&rrset->ttl, at + 4, 4);
	memcpy(&size, at + 8, 2);
	memcpy(&signature_size, at + 10, 2);
	rrset->records = at + 12;
	rrset->size = size;
	rrset->signature = rrset->records + size;
	rrset->signature_size = signature_size;
	*place = (uint64_t)(rrset->signature + signature_size - db->base);
	return true;
}

bool
zonedb_rrset(const struct zonedb *db, uint64_t node, uint16_t type,
	struct zonedb_rrset *rrset)
{
	uint64_t place = 0;
	unsigned left = 0;

	while (zonedb_next(db, node, &place, &left, rrset))
		if (rrset->type == type)
			return true;
	return false;
}
