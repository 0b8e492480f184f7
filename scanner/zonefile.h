/*
 * Delegations in a zone file (RFC 1035 section 5), line by line. Only the head
 * of a record is read (owner, TTL, class, type), so no type is unknown and a
 * registry's hundreds of millions of lines cost little. Pure.
 */
#ifndef SCANNER_ZONEFILE_H
#define SCANNER_ZONEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Presentation form with every octet as \DDD, and a NUL. */
enum {
	ZONEFILE_NAME = 1024
};

enum zonefile_status {
	ZONEFILE_DELEGATION, /* zone->owner is delegated */
	ZONEFILE_OTHER,	     /* another record, comment, directive, more of
				the record before, or another name server, or
				DS record, of the delegation before */
	ZONEFILE_BAD,	     /* zone->problem says why */
};

/* State between lines; all zero at the start of a file, but for only_signed. */
struct zonefile {
	bool only_signed;	   /* of delegations those with a DS record */
	char owner[ZONEFILE_NAME]; /* absolute, no trailing dot; of the last
				      record */
	char origin[ZONEFILE_NAME];
	char apex[ZONEFILE_NAME];      /* owner of the SOA record */
	char delegated[ZONEFILE_NAME]; /* the delegation returned last */
	bool has_owner;
	bool has_origin;
	bool has_apex;
	bool has_delegated;
	unsigned depth;	    /* of open parentheses */
	unsigned continued; /* lines inside them */
	const char *problem;
};

enum zonefile_status zonefile_line(
	struct zonefile *zone, const uint8_t *line, size_t len);

/* May a list that begins with this line be a zone file? */
bool zonefile_detect(const uint8_t *line, size_t len);

#endif
