/*
 * Wire questions to name servers by address, through c-ares: over UDP, and
 * over TCP when the answer comes truncated.
 */
#ifndef RESOLVER_PEERS_H
#define RESOLVER_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "resolver/server.h"

struct peers;
struct exchange;

enum peers_outcome {
	PEERS_ANSWER,
	PEERS_TIMEOUT,
	PEERS_UNREACHABLE, /* no socket, or refused by the network */
	PEERS_TRUNCATED,   /* and no answer over TCP */
};

/* wire is valid only inside; NULL unless outcome is PEERS_ANSWER. */
typedef void (*peers_cb)(
	void *arg, enum peers_outcome outcome, const uint8_t *wire, size_t len);

struct peers_config {
	unsigned timeout_ms; /* of the first try; doubled for each other */
	unsigned tries;
	unsigned lanes; /* sockets to one server; 0: one for each exchange */
	const char *source_ipv4; /* or NULL */
	const char *source_ipv6;
};

/* NULL when c-ares cannot be set up. The strings stay the caller's. */
struct peers *peers_new(const struct peers_config *config);
/* Open exchanges get no callback any more. */
void peers_free(struct peers *peers);

/*
 * Send a question of len octets, whose ID is random, to server. Its callback
 * comes once, never inside this call; NULL: no memory, and none will come.
 */
struct exchange *peers_ask(struct peers *peers,
	const struct server_address *server, const uint8_t *query, size_t len,
	peers_cb cb, void *arg);
/* The callback is not wanted any more. */
void peers_forget(struct exchange *exchange);

/* As the functions of the same name in resolver.h. */
void peers_watch(struct peers *peers, resolver_watch_cb cb, void *arg);
void peers_ready(struct peers *peers, int fd);
void peers_tick(struct peers *peers, uint64_t now_ms);

/* Wait for events, for at most timeout_ms, and handle them: for the time when
   no loop runs. */
void peers_poll(struct peers *peers, int timeout_ms);

/* A number for the ID of a question. */
uint16_t peers_id(struct peers *peers);

#endif
