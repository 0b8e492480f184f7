/*
 * Names and addresses never to contact. Pure.
 *
 * A list has one entry a line: a domain or host name, which covers itself and
 * every name below it ("*." or "." before it changes nothing); an IPv4 or IPv6
 * address; or a block of them such as 192.0.2.0/24. # begins a comment.
 */
#ifndef SCANNER_CORE_BLOCKLIST_H
#define SCANNER_CORE_BLOCKLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/core/fact.h"

struct blocklist;

enum blocklist_status {
	BLOCKLIST_ENTRY, /* it is in the list now */
	BLOCKLIST_SKIP,	 /* comment or blank */
	BLOCKLIST_BAD,
};

/* An empty list. */
struct blocklist *blocklist_new(void);
void blocklist_free(struct blocklist *list);

/* Take one line, without its line end; problem says why it is bad. */
enum blocklist_status blocklist_add(struct blocklist *list, const uint8_t *line,
	size_t len, const char **problem);

/* To be called after the last line, before the list is asked; lines may follow,
   and it has to be called again. */
void blocklist_seal(struct blocklist *list);

/* What is in further, which stays the caller's and is sealed, is in list too.
 */
void blocklist_extend(struct blocklist *list, const struct blocklist *further);

/* list becomes what fresh is, and fresh what list was, but for what extends
   them. */
void blocklist_swap(struct blocklist *list, struct blocklist *fresh);

/* Names in the list, and ranges of addresses: those that overlap or touch are
   one. */
size_t blocklist_names(const struct blocklist *list);
size_t blocklist_ranges(const struct blocklist *list);

/* Is name (normalised), or a name above it, in the list? */
bool blocklist_has_name(const struct blocklist *list, const char *name);

/* Is the address, or the IPv4 address that it stands for (IPv4-mapped, NAT64,
   6to4), in the list? */
bool blocklist_has_address(
	const struct blocklist *list, const struct fact_address *address);

#endif
