/*
 * A server of canned responses.
 */
#include "tests/unit/resolver/responder.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
open_socket(int type, uint16_t *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(*port),
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) != 0 ||
		getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
		abort();
	*port = ntohs(addr.sin_port);
	return fd;
}

static const struct responder_rule *
find_rule(const struct responder_rule *rules, const char *name)
{
	for (; rules->label; rules++)
		if (strncasecmp(rules->label, name, strlen(rules->label)) == 0)
			return rules;
	return NULL;
}

/* The response to a question; 0: none. */
static size_t
respond(const struct responder_rule *rules, const uint8_t *query, size_t len,
	bool tcp, uint8_t out[WIRE_SIZE])
{
	const struct responder_rule *rule;
	ldns_pkt *packet = NULL;
	struct wire wire = {0};
	char *name, *type;
	size_t size = 0;

	if (ldns_wire2pkt(&packet, query, len) != LDNS_STATUS_OK)
		return 0;
	name = ldns_rdf2str(
		ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0)));
	type = ldns_rr_type2str(ldns_rr_get_type(
		ldns_rr_list_rr(ldns_pkt_question(packet), 0)));
	rule = find_rule(rules, name);
	if (rule && !(tcp ? rule->drop_tcp : rule->drop_udp)) {
		wire = ldns_pkt_cd(packet) ? rule->unchecked : rule->plain;
		wire.name = name;
		wire.type = type;
		wire.id = ldns_pkt_id(packet);
		if (rule->truncate && !tcp) {
			wire.flags |= WIRE_TC;
			wire.answer = NULL;
		}
		size = wire_response(&wire, out);
	}
	free(name);
	free(type);
	ldns_pkt_free(packet);
	return size;
}

static void
serve_udp(int fd, const struct responder_rule *rules)
{
	static uint8_t out[WIRE_SIZE];
	struct sockaddr_in from;
	socklen_t fromlen = sizeof(from);
	uint8_t query[1024];
	ssize_t got = recvfrom(fd, query, sizeof(query), 0,
		(struct sockaddr *)&from, &fromlen);
	size_t size;

	if (got <= 0)
		return;
	size = respond(rules, query, (size_t)got, false, out);
	if (size > 0)
		sendto(fd, out, size, 0, (struct sockaddr *)&from, fromlen);
}

/* One question a connection. */
static void
serve_tcp(int listener, const struct responder_rule *rules)
{
	static uint8_t out[2 + WIRE_SIZE];
	uint8_t query[1024];
	int fd = accept(listener, NULL, NULL);
	size_t have = 0, size = 0;
	ssize_t got;

	while (have < 2 || have < 2 + ((size_t)query[0] << 8 | query[1])) {
		got = read(fd, query + have, sizeof(query) - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	if (have > 2)
		size = respond(rules, query + 2, have - 2, true, out + 2);
	if (size > 0) {
		out[0] = (uint8_t)(size >> 8);
		out[1] = (uint8_t)size;
		/* In pieces, as a network may; to somebody who may be gone. */
		if (write(fd, out, 1) == 1)
			size = (size_t)write(fd, out + 1, size + 1);
	}
	close(fd);
}

static void
serve(int udp, int tcp, const struct responder_rule *rules)
{
	struct pollfd fds[2] = {
		{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			serve_udp(udp, rules);
		if (fds[1].revents)
			serve_tcp(tcp, rules);
	}
	_exit(1);
}

void
responder_start(struct responder *responder, const struct responder_rule *rules)
{
	int udp, tcp;

	responder->port = 0;
	tcp = open_socket(SOCK_STREAM, &responder->port);
	udp = open_socket(SOCK_DGRAM, &responder->port);
	if (listen(tcp, 16) != 0)
		abort();
	responder->pid = fork();
	if (responder->pid == 0)
		serve(udp, tcp, rules);
	close(udp);
	close(tcp);
}

void
responder_stop(struct responder *responder)
{
	kill(responder->pid, SIGKILL);
	waitpid(responder->pid, NULL, 0);
}

uint16_t
responder_closed_port(void)
{
	uint16_t port = 0;

	close(open_socket(SOCK_DGRAM, &port));
	return port;
}
