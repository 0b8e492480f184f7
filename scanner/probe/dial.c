/*
 * Sockets are opened by hand, because a source address must not cost a port
 * of its own: with bind() alone every port serves one connection only.
 */
#include "scanner/probe/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t
socket_address(const struct fact_address *address, uint16_t port,
	struct sockaddr_storage *out)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in4 = {.sin_family = AF_INET};

	memset(out, 0, sizeof(*out));
	if (address->ipv6) {
		in6.sin6_port = htons(port);
		memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	in4.sin_port = htons(port);
	memcpy(&in4.sin_addr, address->bytes, sizeof(in4.sin_addr));
	memcpy(out, &in4, sizeof(in4));
	return sizeof(in4);
}

/* Without a port: connect() chooses it, knowing the other end. */
static int
bind_source(int fd, const struct fact_address *source)
{
	struct sockaddr_storage from;
	socklen_t len = socket_address(source, 0, &from);
	int on = 1;

	/* Sockets of both families have this option at the level of IPv4. */
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		    sizeof(on)) < 0)
		return -1;
	return bind(fd, (const struct sockaddr *)&from, len);
}

/* 0, or a libuv error. */
static int
open_socket(uv_tcp_t *tcp, bool ipv6, const struct fact_address *source)
{
	int fd = socket(ipv6 ? AF_INET6 : AF_INET,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int status = 0;

	if (fd < 0)
		return uv_translate_sys_error(errno);
	if (source && bind_source(fd, source) < 0)
		status = uv_translate_sys_error(errno);
	else
		status = uv_tcp_open(tcp, fd);
	if (status < 0)
		close(fd);
	return status;
}

int
dial_source(const char *text, bool ipv6, struct fact_address *source, char *err,
	size_t errsize)
{
	const char *problem = NULL;
	int fd;

	if (fact_address_parse(text, source) < 0 || source->ipv6 != ipv6) {
		snprintf(err, errsize, "source address: not an address");
		return -1;
	}
	fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind_source(fd, source) < 0)
		problem = strerror(errno);
	if (problem != NULL)
		snprintf(err, errsize, "source address %s: %s", text, problem);
	if (fd >= 0)
		close(fd);
	return problem != NULL ? -1 : 0;
}

enum reason
dial_reason(int status)
{
	switch (status) {
	case UV_ECONNREFUSED:
		return REASON_TCP_REFUSED;
	case UV_ETIMEDOUT:
		return REASON_TCP_TIMEOUT;
	case UV_ENETUNREACH:
	case UV_EHOSTUNREACH:
	case UV_EHOSTDOWN:
	case UV_ENETDOWN:
	case UV_ENONET:
	case UV_ENOPROTOOPT:
	case UV_EPROTO:
		return REASON_TCP_UNREACHABLE;
	default:
		return REASON_INTERNAL;
	}
}

bool
dial_was_reset(const uv_tcp_t *tcp)
{
	int error = 0;
	socklen_t len = sizeof(error);
	uv_os_fd_t fd;

	/* When data and a reset come together, libuv hands on the data, sees
	   the hang-up, and does not look for its cause. */
	return uv_fileno((const uv_handle_t *)tcp, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
	       error != 0;
}

/* connect() refused by itself: nothing was sent. */
static enum reason
local_reason(int status, bool ipv6)
{
	/* No route at all, or no address to send from: a machine without IPv6
	   (CONFORMANCE D45). IPv4 is taken for granted. */
	if (ipv6 && (status == UV_ENETUNREACH || status == UV_EADDRNOTAVAIL))
		return REASON_NO_LOCAL_V6;
	return dial_reason(status);
}

enum reason
dial_start(uv_connect_t *request, uv_tcp_t *tcp,
	const struct fact_address *address, uint16_t port,
	const struct fact_address *source, uv_connect_cb cb, char *text,
	size_t size)
{
	struct sockaddr_storage to;
	int status = open_socket(tcp, address->ipv6, source);

	if (status < 0) {
		uv_strerror_r(status, text, size);
		if (status == UV_EAFNOSUPPORT)
			return address->ipv6 ? REASON_NO_LOCAL_V6
					     : REASON_NO_LOCAL_V4;
		return REASON_INTERNAL;
	}
	socket_address(address, port, &to);
	status = uv_tcp_connect(request, tcp, (const struct sockaddr *)&to, cb);
	if (status == 0)
		return REASON_NONE;
	uv_strerror_r(status, text, size);
	return local_reason(status, address->ipv6);
}
