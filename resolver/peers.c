/*
 * Wire questions to name servers by address, through c-ares.
 *
 * c-ares carries octets and no more; it is told of EDNS only because it cuts
 * answers at 512 octets otherwise. Truncation is seen to here, so that its
 * outcome is known: TCP has channels of its own, for one exchange each, since
 * answers that follow one another closely on one connection get lost.
 */
#include "resolver/peers.h"

#include <ares.h>
#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <uthash.h>

#include "resolver/message.h"

enum {
	TICK_MS = 250,
	PAUSE_MS = 1000, /* of the caller; then what waits is read first */
	IDLE_MS = 10000, /* a channel is kept for so long without use */
	TCP_MAX = 64,	 /* connections at once */
	SPARE_MAX = 256, /* channels kept for exchanges to come */
	RECEIVE_BUFFER = 1 << 20,
	IDS = 128,
};

/* No padding: compared and hashed as octets. */
struct channel_key {
	struct server_address server;
	uint16_t lane;
};

struct channel {
	struct channel_key key;
	bool tcp;
	bool own; /* for one exchange at a time, and in no hash */
	ares_channel ares;
	struct peers *peers;
	unsigned open;
	uint64_t used_ms;
	UT_hash_handle hh;
	LIST_ENTRY(channel) link;
};

/* A descriptor of c-ares. */
struct socket {
	int fd;
	unsigned events;
	struct channel *channel;
	UT_hash_handle hh;
};

struct exchange {
	TAILQ_ENTRY(exchange) link; /* in done, or in waiting */
	struct channel *channel;
	struct peers *peers;
	struct server_address server;
	peers_cb cb; /* NULL: forgotten */
	void *arg;
	bool tcp;
	enum peers_outcome outcome;
	uint8_t *wire;
	size_t wire_len;
	size_t query_len;
	uint8_t query[];
};

TAILQ_HEAD(exchange_list, exchange);

struct peers {
	struct peers_config config;
	struct channel *by_key;
	LIST_HEAD(, channel) channels;
	/* Without a server or a socket: to set one up costs c-ares more than an
	   exchange does, since it reads the system's configuration. */
	LIST_HEAD(, channel) spare;
	unsigned spare_count;
	struct socket *sockets;
	struct exchange_list done;
	struct exchange_list waiting; /* for a TCP connection */
	unsigned tcp_open;
	unsigned lane;
	bool freeing;
	uint64_t now_ms;
	uint64_t ticked_ms;
	bool paused; /* … after a pause of the caller */
	resolver_watch_cb watch;
	void *watch_arg;
	uint16_t ids[IDS];
	unsigned ids_left;
};

struct peers *
peers_new(const struct peers_config *config)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (!p || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(p);
		return NULL;
	}
	p->config = *config;
	LIST_INIT(&p->channels);
	LIST_INIT(&p->spare);
	TAILQ_INIT(&p->done);
	TAILQ_INIT(&p->waiting);
	return p;
}

/* Sockets. */

static struct socket *
find_socket(const struct peers *p, int fd)
{
	struct socket *s;

	HASH_FIND_INT(p->sockets, &fd, s);
	return s;
}

static void
tell_watcher(const struct peers *p, int fd, unsigned events)
{
	if (p->watch)
		p->watch(p->watch_arg, fd, events);
}

/* Called by c-ares; with neither, right before it closes fd. */
static void
on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = arg;
	struct peers *p = channel->peers;
	struct socket *s = find_socket(p, fd);
	unsigned events = (readable ? RESOLVER_READ : 0u) |
			  (writable ? RESOLVER_WRITE : 0u);

	if (s && events == 0) {
		HASH_DEL(p->sockets, s);
		free(s);
	} else if (!s && events != 0) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return; /* the question times out */
		s->fd = fd;
		HASH_ADD_INT(p->sockets, fd, s);
	} else if (!s || s->events == events) {
		return;
	}
	if (events != 0) {
		s->channel = channel;
		s->events = events;
	}
	tell_watcher(p, fd, events);
}

/* Channels. */

static int
set_server(struct channel *channel)
{
	const struct server_address *server = &channel->key.server;
	const struct peers_config *config = &channel->peers->config;
	struct ares_addr_port_node node = {
		.family = server->len == 4 ? AF_INET : AF_INET6,
		.udp_port = server->port,
		.tcp_port = server->port,
	};
	uint8_t source[16];

	memcpy(&node.addr, server->octets, server->len);
	if (config->source_ipv4 &&
		inet_pton(AF_INET, config->source_ipv4, source) == 1)
		ares_set_local_ip4(channel->ares,
			(unsigned)source[0] << 24 | (unsigned)source[1] << 16 |
				(unsigned)source[2] << 8 | source[3]);
	if (config->source_ipv6 &&
		inet_pton(AF_INET6, config->source_ipv6, source) == 1)
		ares_set_local_ip6(channel->ares, source);
	return ares_set_servers_ports(channel->ares, &node);
}

static int
open_ares(struct channel *channel)
{
	const struct peers_config *config = &channel->peers->config;
	char lookups[] = "b";
	struct ares_options options = {
		/* An rcode is an answer, whatever it says. */
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS |
			 (channel->tcp ? ARES_FLAG_USEVC : ARES_FLAG_IGNTC),
		.ednspsz = MESSAGE_UDP_SIZE,
		.timeout = (int)config->timeout_ms,
		.tries = channel->tcp ? 1 : (int)config->tries,
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = channel,
	};

	/* A connection takes a round trip more, and nobody asks again. */
	if (channel->tcp)
		options.timeout *= 2;
	if (ares_init_options(&channel->ares, &options,
		    ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
			    ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF |
			    ARES_OPT_LOOKUPS | ARES_OPT_NOROTATE |
			    ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
		return -1;
	if (set_server(channel) == ARES_SUCCESS)
		return 0;
	ares_destroy(channel->ares);
	return -1;
}

static struct channel *
new_channel(struct peers *p, const struct channel_key *key, bool tcp, bool own)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel)
		return NULL;
	channel->key = *key;
	channel->tcp = tcp;
	channel->own = own;
	channel->peers = p;
	if (open_ares(channel) != 0) {
		free(channel);
		return NULL;
	}
	LIST_INSERT_HEAD(&p->channels, channel, link);
	p->tcp_open += tcp;
	if (!own)
		HASH_ADD(hh, p->by_key, key, sizeof(channel->key), channel);
	return channel;
}

/* To be called only where c-ares is not on the stack. */
static void
free_channel(struct channel *channel)
{
	struct peers *p = channel->peers;

	LIST_REMOVE(channel, link);
	p->tcp_open -= channel->tcp;
	if (!channel->own)
		HASH_DEL(p->by_key, channel);
	ares_destroy(channel->ares);
	free(channel);
}

/* A server that does not know of EDNS makes c-ares do without it, for good: it
   would cut what the next server answers at 512 octets. */
static bool
is_unchanged(const struct channel *channel)
{
	struct ares_options options;
	int mask;
	bool unchanged;

	if (ares_save_options(channel->ares, &options, &mask) != ARES_SUCCESS)
		return false;
	unchanged = (options.flags & ARES_FLAG_EDNS) != 0;
	ares_destroy_options(&options);
	return unchanged;
}

/* c-ares has closed the socket of a channel without open questions, and gives
   the next server one of its own. */
static bool
keep_channel(struct channel *channel)
{
	struct peers *p = channel->peers;

	if (channel->tcp || p->spare_count == SPARE_MAX ||
		!is_unchanged(channel))
		return false;
	LIST_REMOVE(channel, link);
	LIST_INSERT_HEAD(&p->spare, channel, link);
	p->spare_count++;
	return true;
}

static struct channel *
own_channel(struct peers *p, const struct channel_key *key, bool tcp)
{
	struct channel *channel = LIST_FIRST(&p->spare);

	if (tcp || !channel)
		return new_channel(p, key, tcp, true);
	LIST_REMOVE(channel, link);
	LIST_INSERT_HEAD(&p->channels, channel, link);
	p->spare_count--;
	channel->key = *key;
	if (set_server(channel) == ARES_SUCCESS)
		return channel;
	free_channel(channel);
	return NULL;
}

static struct channel *
channel_for(struct peers *p, const struct exchange *exchange)
{
	struct channel_key key;
	struct channel *channel;

	memset(&key, 0, sizeof(key));
	key.server = exchange->server;
	if (exchange->tcp || p->config.lanes == 0)
		return own_channel(p, &key, exchange->tcp);
	key.lane = (uint16_t)(p->lane++ % p->config.lanes);
	HASH_FIND(hh, p->by_key, &key, sizeof(key), channel);
	return channel ? channel : new_channel(p, &key, false, false);
}

/* Exchanges. */

static void
free_exchange(struct exchange *exchange)
{
	free(exchange->wire);
	free(exchange);
}

static void
post(struct exchange *exchange, enum peers_outcome outcome)
{
	exchange->outcome = exchange->tcp && outcome != PEERS_ANSWER
				    ? PEERS_TRUNCATED
				    : outcome;
	TAILQ_INSERT_TAIL(&exchange->peers->done, exchange, link);
}

static void
keep_wire(struct exchange *exchange, const uint8_t *wire, size_t len)
{
	free(exchange->wire);
	exchange->wire = malloc(len > 0 ? len : 1);
	if (!exchange->wire) {
		post(exchange, PEERS_UNREACHABLE);
		return;
	}
	memcpy(exchange->wire, wire, len);
	exchange->wire_len = len;
	post(exchange, PEERS_ANSWER);
}

/* Called by c-ares, perhaps inside ares_send(). */
static void
on_ares(void *arg, int status, int timeouts, unsigned char *wire, int len)
{
	struct exchange *exchange = arg;

	(void)timeouts;
	exchange->channel->open--;
	if (exchange->peers->freeing)
		free_exchange(exchange);
	else if (wire && len > 0)
		keep_wire(exchange, wire, (size_t)len);
	else if (status == ARES_ETIMEOUT)
		post(exchange, PEERS_TIMEOUT);
	else
		post(exchange, PEERS_UNREACHABLE);
}

static void
begin(struct exchange *exchange)
{
	struct peers *p = exchange->peers;

	if (exchange->tcp && p->tcp_open >= TCP_MAX) {
		TAILQ_INSERT_TAIL(&p->waiting, exchange, link);
		return;
	}
	exchange->channel = channel_for(p, exchange);
	if (!exchange->channel) {
		post(exchange, PEERS_UNREACHABLE);
		return;
	}
	exchange->channel->open++;
	exchange->channel->used_ms = p->now_ms;
	ares_send(exchange->channel->ares, exchange->query,
		(int)exchange->query_len, on_ares, exchange);
}

struct exchange *
peers_ask(struct peers *p, const struct server_address *server,
	const uint8_t *query, size_t len, peers_cb cb, void *arg)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange) + len);

	if (!exchange)
		return NULL;
	exchange->peers = p;
	exchange->server = *server;
	exchange->cb = cb;
	exchange->arg = arg;
	exchange->query_len = len;
	memcpy(exchange->query, query, len);
	begin(exchange);
	return exchange;
}

void
peers_forget(struct exchange *exchange)
{
	exchange->cb = NULL;
}

static void
leave_channel(struct exchange *exchange)
{
	struct channel *channel = exchange->channel;

	exchange->channel = NULL;
	if (channel && channel->own && !keep_channel(channel))
		free_channel(channel);
}

static void
finish(struct exchange *exchange)
{
	leave_channel(exchange);
	if (exchange->outcome == PEERS_ANSWER && !exchange->tcp &&
		exchange->cb &&
		message_is_truncated(exchange->wire, exchange->wire_len)) {
		exchange->tcp = true;
		begin(exchange);
		return;
	}
	if (exchange->cb)
		exchange->cb(exchange->arg, exchange->outcome,
			exchange->outcome == PEERS_ANSWER ? exchange->wire
							  : NULL,
			exchange->wire_len);
	free_exchange(exchange);
}

/* Only what is there now: a callback's own failure waits for the next time. */
static void
deliver(struct peers *p)
{
	struct exchange_list batch = TAILQ_HEAD_INITIALIZER(batch);
	struct exchange *exchange;

	TAILQ_CONCAT(&batch, &p->done, link);
	while ((exchange = TAILQ_FIRST(&batch))) {
		TAILQ_REMOVE(&batch, exchange, link);
		finish(exchange);
	}
	while (p->tcp_open < TCP_MAX && (exchange = TAILQ_FIRST(&p->waiting))) {
		TAILQ_REMOVE(&p->waiting, exchange, link);
		begin(exchange);
	}
}

/* Events. */

void
peers_watch(struct peers *p, resolver_watch_cb cb, void *arg)
{
	struct socket *s, *next;

	p->watch = cb;
	p->watch_arg = arg;
	HASH_ITER (hh, p->sockets, s, next)
		tell_watcher(p, s->fd, s->events);
}

static void
process(struct peers *p, int fd)
{
	struct socket *s = find_socket(p, fd);

	if (s)
		ares_process_fd(s->channel->ares, fd,
			s->events & RESOLVER_WRITE ? fd : ARES_SOCKET_BAD);
}

void
peers_ready(struct peers *p, int fd)
{
	process(p, fd);
	deliver(p);
}

/*
 * c-ares walks through all open questions to find the next time limit, which
 * is too dear for each event: it is told the time now and then.
 */
static void
process_limits(struct peers *p)
{
	struct channel *channel, *next;

	for (channel = LIST_FIRST(&p->channels); channel; channel = next) {
		next = LIST_NEXT(channel, link);
		if (channel->open > 0)
			ares_process_fd(channel->ares, ARES_SOCKET_BAD,
				ARES_SOCKET_BAD);
		else if (!channel->own &&
			 p->now_ms - channel->used_ms > IDLE_MS)
			free_channel(channel);
	}
}

void
peers_tick(struct peers *p, uint64_t now_ms)
{
	uint64_t since_ms = now_ms - p->ticked_ms;

	p->now_ms = now_ms;
	if (since_ms >= TICK_MS) {
		p->ticked_ms = now_ms;
		p->paused = since_ms >= PAUSE_MS && !p->paused;
		if (!p->paused)
			process_limits(p);
	}
	deliver(p);
}

void
peers_poll(struct peers *p, int timeout_ms)
{
	unsigned n = HASH_COUNT(p->sockets), i = 0;
	struct pollfd *fds = calloc(n + 1, sizeof(*fds));
	struct socket *s, *next;

	if (!fds)
		return;
	HASH_ITER (hh, p->sockets, s, next) {
		fds[i].fd = s->fd;
		if (s->events & RESOLVER_READ)
			fds[i].events |= POLLIN;
		if (s->events & RESOLVER_WRITE)
			fds[i].events |= POLLOUT;
		i++;
	}
	poll(fds, n, timeout_ms);
	for (i = 0; i < n; i++)
		if (fds[i].revents)
			process(p, fds[i].fd);
	free(fds);
	deliver(p);
}

uint16_t
peers_id(struct peers *p)
{
	if (p->ids_left == 0) {
		/* 256 octets at once cannot be interrupted (getrandom(2)). */
		ssize_t got = getrandom(p->ids, sizeof(p->ids), 0);

		assert(got == sizeof(p->ids));
		(void)got;
		p->ids_left = IDS;
	}
	return p->ids[--p->ids_left];
}

/* The end. */

static void
free_list(struct exchange_list *list)
{
	struct exchange *exchange;

	while ((exchange = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, exchange, link);
		free_exchange(exchange);
	}
}

void
peers_free(struct peers *p)
{
	struct channel *channel;

	if (!p)
		return;
	p->freeing = true;
	while ((channel = LIST_FIRST(&p->channels)))
		free_channel(channel);
	while ((channel = LIST_FIRST(&p->spare)))
		free_channel(channel);
	free_list(&p->done);
	free_list(&p->waiting);
	ares_library_cleanup();
	free(p);
}
