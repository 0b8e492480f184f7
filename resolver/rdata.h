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

int rdata_mx(const uint8_t *data, size_t len, struct rdata_mx *mx);
int rdata_name(const uint8_t *data, size_t len, char out[NAME_TEXT_SIZE]);
int rdata_tlsa(const uint8_t *data, size_t len, struct rdata_tlsa *tlsa);

#endif
