/*
 * Responses in wire form for the tests, from text.
 */
#ifndef TESTS_RESOLVER_WIRE_H
#define TESTS_RESOLVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_SIZE = 65535,
	/* Bits of flags besides those of ldns/packet.h. */
	WIRE_AA = 0x0400,
	WIRE_TC = 0x0200,
	WIRE_AD = 0x0020,
};

/*
 * A response to name and type (as text): rcode, flags, the records of the
 * three sections, a line each, and extended errors written as
 * "7 words", a line each; NULL for none. Returns its length.
 */
struct wire {
	const char *name;
	const char *type;
	unsigned rcode;
	unsigned flags;
	const char *answer;
	const char *authority;
	const char *additional;
	const char *errors;
	uint16_t id;
	bool no_edns; /* no OPT record */
};

size_t wire_response(const struct wire *wire, uint8_t out[WIRE_SIZE]);

#endif
