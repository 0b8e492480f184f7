/*
 * RDATA parsers for the record types that decide about DANE. Pure: octets in,
 * plain values out, no allocation. Each returns 0, or -1 for malformed RDATA.
 */
#ifndef RESOLVER_RDATA_H
#define RESOLVER_RDATA_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/name.h"

struct rdata_mx {
	uint16_t preference;
	char exchange[NAME_TEXT_SIZE]; /* as name_from_wire gives it */
};

/* TLSA (RFC 6698 section 2.1); data points into the RDATA. */
struct rdata_tlsa {
	uint8_t usage;
	uint8_t selector;
	uint8_t mtype;
	const uint8_t *data;
	size_t len; /* 0 is possible; the caller decides about usability */
};

/* DS (RFC 4034 section 5.1), without its digest. */
struct rdata_ds {
	uint16_t tag;
	uint8_t algorithm;
	uint8_t digest_type;
};

/* DNSKEY (RFC 4034 section 2.1), without the key itself. */
struct rdata_dnskey {
	uint16_t tag; /* RFC 4034 appendix B */
	uint16_t flags;
	uint8_t algorithm;
};

/* NSEC3PARAM (RFC 5155 section 4.1), and the first fields of NSEC3, which are
   the same but for the flags. */
struct rdata_nsec3param {
	uint8_t hash;
	uint8_t flags;
	uint16_t iterations;
	uint8_t salt_len;
};

int rdata_mx(const uint8_t *data, size_t len, struct rdata_mx *mx);
int rdata_name(const uint8_t *data, size_t len, char out[NAME_TEXT_SIZE]);
int rdata_tlsa(const uint8_t *data, size_t len, struct rdata_tlsa *tlsa);
int rdata_ds(const uint8_t *data, size_t len, struct rdata_ds *ds);
int rdata_dnskey(const uint8_t *data, size_t len, struct rdata_dnskey *key);
int rdata_nsec3param(
	const uint8_t *data, size_t len, struct rdata_nsec3param *param);

/*
 * The character-strings of TXT (RFC 1035 section 3.3.14) one behind the other,
 * as the records of RFC 8461 section 3.1 and RFC 8460 section 3 are read. out
 * has room for len octets; *used of them are written. No NUL is added, and any
 * octet may be among them.
 */
int rdata_txt(const uint8_t *data, size_t len, char *out, size_t *used);

#endif
