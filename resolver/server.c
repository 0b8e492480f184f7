/*
 * Addresses of name servers that are asked by address. Pure.
 */
#include "resolver/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	DNS_PORT = 53
};

int
server_parse(const char *address, uint16_t port, struct server_address *server)
{
	memset(server, 0, sizeof(*server));
	server->port = port;
	if (inet_pton(AF_INET, address, server->octets) == 1)
		server->len = 4;
	else if (inet_pton(AF_INET6, address, server->octets) == 1)
		server->len = 16;
	else
		return -1;
	return 0;
}

static int
parse_port(const char *text, uint16_t *port)
{
	unsigned long value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return -1;
	for (size_t i = 0; i < len; i++)
		value = 10 * value + (unsigned long)(text[i] - '0');
	if (value == 0 || value > UINT16_MAX)
		return -1;
	*port = (uint16_t)value;
	return 0;
}

/* One item of the list, len octets long. */
static int
parse_item(const char *item, size_t len, struct server_address *server)
{
	char text[SERVER_TEXT_SIZE];
	uint16_t port = DNS_PORT;
	char *at;

	if (len >= sizeof(text))
		return -1;
	memcpy(text, item, len);
	text[len] = '\0';
	at = strchr(text, '@');
	if (at) {
		*at = '\0';
		if (parse_port(at + 1, &port) != 0)
			return -1;
	}
	return server_parse(text, port, server);
}

size_t
server_parse_list(const char *text, struct server_address list[SERVER_LIST_MAX])
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(text, ",");

		if (n == SERVER_LIST_MAX ||
			parse_item(text, len, &list[n]) != 0)
			return 0;
		n++;
		if (text[len] == '\0')
			return n;
		text += len + 1;
	}
}

bool
server_is_loopback(const struct server_address *server)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	if (server->len == 4)
		return server->octets[0] == 127;
	return memcmp(server->octets, loopback6, sizeof(loopback6)) == 0;
}

void
server_text(const struct server_address *server, char out[SERVER_TEXT_SIZE])
{
	size_t len;

	inet_ntop(server->len == 4 ? AF_INET : AF_INET6, server->octets, out,
		SERVER_TEXT_SIZE);
	if (server->port == DNS_PORT)
		return;
	len = strlen(out);
	snprintf(out + len, SERVER_TEXT_SIZE - len, "@%u",
		(unsigned)server->port);
}
