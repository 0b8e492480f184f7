/*
 * DNS messages for servers that are asked by address: a question in wire form,
 * and what a response says. Pure.
 */
#ifndef RESOLVER_MESSAGE_H
#define RESOLVER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/name.h"
#include "resolver/server.h"

enum {
	/* Header, name, type and class, OPT. */
	MESSAGE_QUERY_SIZE = 12 + 255 + 4 + 11,
	MESSAGE_RECORDS_MAX = 1024,
	MESSAGE_SERVERS_MAX = 16,
	MESSAGE_SIZE_MAX = 65535,
	MESSAGE_WHY_SIZE = 1024,
	/* What passes any path in one piece (DNS flag day 2020). */
	MESSAGE_UDP_SIZE = 1232,
};

/* Bits of a question besides DO, which is always set. */
enum message_flags {
	MESSAGE_RD = 1,
	MESSAGE_AD = 2, /* RFC 6840 section 5.7: tell whether it is secure */
	MESSAGE_CD = 4,
};

/* Extended errors (RFC 8914) of a response. */
enum message_ede {
	MESSAGE_EDE_NONE,   /* none, or none that speaks of a failure */
	MESSAGE_EDE_DNSSEC, /* validation failed */
	MESSAGE_EDE_OTHER,
};

/* A server that a zone is delegated to; its address is glue. */
struct message_server {
	char name[NAME_TEXT_SIZE];
	struct server_address address; /* len 0: none was given */
};

struct message_delegation {
	char zone[NAME_TEXT_SIZE];
	struct message_server servers[MESSAGE_SERVERS_MAX];
	size_t count;
};

/* What a response says, and the room for what answer points to. */
struct message {
	/* trust is ANSWER_NONE, alias and rdata as in every answer; why is the
	 * extended errors' words. */
	struct answer answer;
	enum message_ede ede;
	unsigned rcode; /* with its extended bits (RFC 6891 section 6.1.3) */
	bool authoritative;
	bool truncated;
	bool authentic;	    /* AD */
	bool signed_answer; /* an RRSIG covers the RRset asked for */
	bool sha1_only;	    /* an RRset of it has no signature but with SHA-1 */
	bool signed_denial; /* NSEC or NSEC3, with RRSIG, and SOA's RRSIG */
	bool referral;	    /* NS of another zone in place of an answer */

	struct message_delegation delegation; /* of a referral, else empty */
	struct answer_rdata rdata[MESSAGE_RECORDS_MAX];
	uint8_t data[MESSAGE_SIZE_MAX];
	char why[MESSAGE_WHY_SIZE];
	char alias[NAME_TEXT_SIZE];
};

/*
 * Write a question for name (as resolver_ask() takes it) and type in class IN.
 * Returns its length; 0 when the name has no wire form.
 */
size_t message_query(uint8_t out[MESSAGE_QUERY_SIZE], const char *name,
	enum answer_type type, uint16_t id, unsigned flags);

/* Is the TC bit set (RFC 1035 section 4.1.1)? */
bool message_is_truncated(const uint8_t *wire, size_t len);

/*
 * Read the response to that question. 0, or -1 when wire is malformed or is no
 * response to it.
 */
int message_parse(struct message *message, const uint8_t *wire, size_t len,
	const char *name, enum answer_type type);

#endif
