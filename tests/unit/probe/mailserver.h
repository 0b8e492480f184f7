/*
 * A mail server in a thread, for one connection: it says and hears what its
 * script has, in order, and keeps the first thing that went otherwise.
 */
#ifndef TESTS_UNIT_PROBE_MAILSERVER_H
#define TESTS_UNIT_PROBE_MAILSERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <openssl/ssl.h>

enum {
	MAILSERVER_LIMIT_S = 120, /* nothing takes longer, or the test fails */
	MAILSERVER_STEPS = 16,
};

enum mailserver_act {
	END,	/* close the connection */
	SAY,	/* text */
	HEAR,	/* exactly text */
	TLS,	/* a handshake that succeeds */
	NO_TLS, /* one that fails */
	DRIP,	/* text again and again until the client is gone */
	FLOOD,	/* the same without a pause */
	NOTIFY, /* hear close_notify */
	GONE,	/* hear nothing more until the client closes */
	SHUT,	/* say no more: the client sees the end of the stream */
	RST,	/* reset the connection */
};

struct mailserver_step {
	enum mailserver_act act;
	const char *text;
	size_t len; /* 0: of the string */
};

struct mailserver {
	const struct mailserver_step *steps; /* up to END */
	SSL_CTX *tls;
	uint16_t port;
	char peer[INET6_ADDRSTRLEN];
	char error[256]; /* empty, or what went wrong */

	int listener;
	int fd;
	SSL *ssl;
	pthread_t thread;
};

static inline void
mailserver_say(struct mailserver *server, const char *text, size_t len)
{
	if (server->ssl)
		SSL_write(server->ssl, text, (int)len);
	else
		send(server->fd, text, len, MSG_NOSIGNAL);
}

static inline int
mailserver_read(struct mailserver *server, char *data, size_t size)
{
	if (server->ssl)
		return SSL_read(server->ssl, data, (int)size);
	return (int)recv(server->fd, data, size, 0);
}

static inline void
mailserver_hear(struct mailserver *server, const char *text)
{
	char data[1000];
	size_t want = strlen(text), have = 0;
	int len;

	while (have < want) {
		len = mailserver_read(server, data + have, want - have);
		if (len <= 0)
			break;
		have += (size_t)len;
	}
	if (have != want || memcmp(data, text, want) != 0)
		snprintf(server->error, sizeof(server->error),
			"heard '%.*s', not '%s'", (int)have, data, text);
}

static inline void
mailserver_drip(
	struct mailserver *server, const char *text, size_t len, int pause_ms)
{
	struct pollfd client = {.fd = server->fd, .events = POLLRDHUP};

	while (poll(&client, 1, pause_ms) == 0)
		mailserver_say(server, text, len);
}

static inline void
mailserver_gone(struct mailserver *server)
{
	char data[1000];

	while (recv(server->fd, data, sizeof(data), 0) > 0)
		;
}

static inline void
mailserver_tls(struct mailserver *server, int expected)
{
	server->ssl = SSL_new(server->tls);
	SSL_set_fd(server->ssl, server->fd);
	if (SSL_accept(server->ssl) != expected)
		snprintf(server->error, sizeof(server->error), "TLS: %s",
			expected == 1 ? "failed" : "did not fail");
}

static inline void
mailserver_notify(struct mailserver *server)
{
	char octet;

	if (SSL_read(server->ssl, &octet, 1) != 0 ||
		SSL_get_error(server->ssl, 0) != SSL_ERROR_ZERO_RETURN)
		snprintf(server->error, sizeof(server->error),
			"no close_notify");
}

static inline void
mailserver_step(struct mailserver *server, const struct mailserver_step *step)
{
	struct linger at_once = {.l_onoff = 1};
	size_t len = step->text && !step->len ? strlen(step->text) : step->len;

	switch (step->act) {
	case SAY:
		mailserver_say(server, step->text, len);
		break;
	case HEAR:
		mailserver_hear(server, step->text);
		break;
	case TLS:
	case NO_TLS:
		mailserver_tls(server, step->act == TLS ? 1 : -1);
		break;
	case DRIP:
	case FLOOD:
		mailserver_drip(
			server, step->text, len, step->act == DRIP ? 20 : 0);
		break;
	case NOTIFY:
		mailserver_notify(server);
		break;
	case GONE:
		mailserver_gone(server);
		break;
	case SHUT:
		shutdown(server->fd, SHUT_WR);
		break;
	case RST:
		setsockopt(server->fd, SOL_SOCKET, SO_LINGER, &at_once,
			sizeof(at_once));
		break;
	case END:
		break;
	}
}

static inline void *
mailserver_run(void *arg)
{
	struct mailserver *server = arg;
	struct timeval limit = {.tv_sec = MAILSERVER_LIMIT_S};
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	const struct mailserver_step *step;

	server->fd = accept(server->listener, (struct sockaddr *)&from, &len);
	if (server->fd < 0)
		return NULL;
	setsockopt(server->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(server->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (from.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&from)->sin6_addr,
			server->peer, sizeof(server->peer));
	else
		inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr,
			server->peer, sizeof(server->peer));
	for (step = server->steps; step->act != END && !server->error[0];
		step++)
		mailserver_step(server, step);
	SSL_free(server->ssl);
	close(server->fd);
	return NULL;
}

/* A listener at address, with a port of the system's choice. -1: cannot. */
static inline int
mailserver_listen(const char *address, int backlog, uint16_t *port)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	int ipv6 = strchr(address, ':') != NULL;
	struct sockaddr *at = ipv6 ? (struct sockaddr *)&in6
				   : (struct sockaddr *)&in4;
	socklen_t len = ipv6 ? sizeof(in6) : sizeof(in4);
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(at->sa_family, address,
		ipv6 ? (void *)&in6.sin6_addr : (void *)&in4.sin_addr);
	if (bind(fd, at, len) < 0 || listen(fd, backlog) < 0 ||
		getsockname(fd, at, &len) < 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(ipv6 ? in6.sin6_port : in4.sin_port);
	return fd;
}

static inline int
mailserver_start(struct mailserver *server, const char *address,
	const struct mailserver_step *steps, SSL_CTX *tls)
{
	memset(server, 0, sizeof(*server));
	server->steps = steps;
	server->tls = tls;
	server->listener = mailserver_listen(address, 5, &server->port);
	if (server->listener < 0)
		return -1;
	return pthread_create(&server->thread, NULL, mailserver_run, server);
}

/* When the script has been played; or nobody came, and nobody will. */
static inline void
mailserver_join(struct mailserver *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

#endif
