/*
 * What the parts of compile share: the file being written (compile.c), one zone
 * being built (compile_zone.c), and the key that signs (compile_sign.c).
 */
#ifndef TESTS_LAB_COMPILE_H
#define TESTS_LAB_COMPILE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/lab/zonedb.h"

#define TTL_S 3600
#define NEGATIVE_TTL_S 300
#define SIGNATURE_SIZE 64
#define DIGEST_SIZE 32
#define DNSKEY_SIZE 68
#define MAX_FAULTS 4

/* A growing array of octets; what grows moves. */
struct octets {
	uint8_t *data;
	size_t length;
	size_t room;
};

enum fault_kind {
	FAULT_EXPIRED_SIGS,
	FAULT_BAD_SIG,
	FAULT_NO_SIGS,
	FAULT_NO_DENIAL,
	FAULT_KINDS
};

struct fault {
	enum fault_kind kind;
	uint16_t type; /* 0: all */
};

/* A signature still to be made: where it goes and of what. */
struct pending {
	uint64_t place;
	uint8_t digest[DIGEST_SIZE];
};

struct record {
	size_t key;  /* canonical order: labels reversed, in zone.text */
	size_t name; /* wire format, in zone.text */
	size_t data; /* in zone.text */
	uint16_t key_length;
	uint16_t size;
	uint16_t type;
	uint32_t ttl;
};

/* One zone, before it goes into the file. */
struct zone {
	uint8_t apex[ZONEDB_NAME];
	size_t apex_length;
	struct octets text;
	struct record *records;
	size_t count;
	size_t room;
	bool is_signed;
	bool nsec3;
	bool optout;
	uint16_t iterations;
	uint16_t servers[ZONEDB_SERVERS];
	uint8_t server_count;
	struct fault faults[MAX_FAULTS];
	size_t fault_count;
};

/* The file being made. */
struct output {
	FILE *file;
	uint64_t place; /* octets written */
	struct octets zones;
	struct octets nodes;
	struct octets hashes;
	struct octets pending;
	uint32_t inception;
	uint32_t expiration;
	uint8_t dnskey[DNSKEY_SIZE];
	uint16_t key_tag;
	EVP_PKEY *key;
};

/* End the program with a line on standard error. */
_Noreturn void die(const char *what, const char *detail);

void octets_add(struct octets *octets, const void *data, size_t size);

/* compile_zone.c */

void zone_add(struct zone *zone, const uint8_t *name, uint16_t type,
	uint32_t ttl, const void *data, size_t size);

bool zone_spoils(const struct zone *zone, enum fault_kind kind, uint16_t type);

/* Put a zone with its denial and its signatures into the file, empty it. */
void zone_write(struct zone *zone, struct output *output);

void zone_free(struct zone *zone);

/* compile_denial.c: NSEC or NSEC3 records. */

/* A node of the zone being written: records of one owner. */
struct node {
	size_t first; /* of zone.records */
	size_t count; /* 0: an empty non-terminal */
	const uint8_t *name;
	bool cut;  /* a delegation */
	bool glue; /* below a delegation */
	uint8_t hash[ZONEDB_HASH];
};

/* Windows and bits (RFC 4034 section 4.1.2) of a node's types and one more. */
size_t denial_bitmap(const struct zone *zone, const struct node *node,
	uint16_t more, uint8_t *out);

/* Is the name part of the chain? */
bool denial_has(const struct zone *zone, const struct node *node);

/* RDATA of an NSEC record (RFC 4034 section 4.1). */
size_t denial_nsec(const struct zone *zone, const struct node *node,
	const uint8_t *next, uint8_t *out);

/* RDATA of an NSEC3 record (RFC 5155 section 3.2). */
size_t denial_nsec3(const struct zone *zone, const struct node *node,
	const uint8_t *next_hash, uint8_t *out);

/* The owner name of the NSEC3 record of a hash. */
void denial_hash_name(
	const struct zone *zone, const uint8_t *hash, uint8_t *name);

/* compile_sign.c */

/* Make the one key: DNSKEY RDATA and key tag into the output. */
void sign_start(struct output *output);

/* DS RDATA (RFC 4034 section 5.1, SHA-256) of the key at this apex. */
size_t sign_ds(const struct output *output, const uint8_t *apex, uint8_t *out);

/* RDATA of an RRSIG without its signature, and the digest of what is signed.
 * The records have their canonical order. Returns its size. */
size_t sign_prepare(const struct output *output, const struct zone *zone,
	const uint8_t *name, uint16_t type, uint32_t ttl,
	const uint8_t *records, size_t count, uint8_t *rdata,
	uint8_t digest[DIGEST_SIZE]);

/* Make all pending signatures in the file mapped at base. */
void sign_all(const struct output *output, uint8_t *base);

#endif
