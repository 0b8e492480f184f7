/*
 * The answer of an authoritative server to one message: no I/O.
 */
#ifndef TESTS_LAB_AUTHORITY_ANSWER_H
#define TESTS_LAB_AUTHORITY_ANSWER_H

#include "tests/lab/zonedb.h"

#define ANSWER_MAX 65535
#define UDP_SIZE 1232

/* A question, with its name in lower case. */
struct question {
	uint8_t name[ZONEDB_NAME];
	size_t name_length;
	uint16_t type;
	uint16_t class;
	size_t end; /* of the question in the message */
	bool edns;
	bool bad_version;
	bool dnssec_ok;
	uint16_t udp_size;
};

/* Read the question of a message. False: not a query with one question. */
bool question_parse(
	struct question *question, const uint8_t *message, size_t length);

/* Answer as one of the servers of the zones (RFC 1034 section 4.3.2, RFC 4035
 * section 3.1, RFC 5155 section 7.2): REFUSED for other zones, a referral,
 * data, or a proof that there is none. What does not fit into room is cut, with
 * TC. Returns the length of the answer. */
size_t answer_make(const struct zonedb *db, uint16_t server,
	const struct question *question, const uint8_t *message, uint8_t *out,
	size_t room);

/* The question back with this rcode and nothing else. */
size_t answer_empty(const struct question *question, const uint8_t *message,
	uint8_t *out, unsigned rcode, bool truncated);

#endif
