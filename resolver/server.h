/*
 * Addresses of name servers that are asked by address. Pure.
 */
#ifndef RESOLVER_SERVER_H
#define RESOLVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SERVER_LIST_MAX = 8,
	SERVER_TEXT_SIZE = 56,
};

/* No padding, so that it can be compared and hashed as octets. */
struct server_address {
	uint8_t octets[16]; /* network order; zero after len */
	uint16_t port;
	uint16_t len; /* 4 or 16 */
};

/*
 * Parse "ADDR[@PORT][,...]"; the port is 53 unless given. Returns how many,
 * or 0 when the text is no such list or one of more than SERVER_LIST_MAX.
 */
size_t server_parse_list(
	const char *text, struct server_address list[SERVER_LIST_MAX]);

/* From an address in presentation form. 0, or -1. */
int server_parse(
	const char *address, uint16_t port, struct server_address *server);

/* Is it this machine (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3)? */
bool server_is_loopback(const struct server_address *server);

/* "192.0.2.1", and "192.0.2.1@5300" when the port is not 53. */
void server_text(
	const struct server_address *server, char out[SERVER_TEXT_SIZE]);

#endif
