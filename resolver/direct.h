/*
 * Questions to one authoritative server at a time, by its address: no
 * recursion, no cache, no validation, so that what each server says is seen
 * for itself.
 */
#ifndef RESOLVER_DIRECT_H
#define RESOLVER_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/message.h"
#include "resolver/outcome.h"
#include "resolver/resolver.h"
#include "resolver/server.h"

struct direct;

struct direct_config {
	const char *source_ipv4; /* or NULL */
	const char *source_ipv6;
};

struct direct_result {
	enum outcome outcome;
	uint64_t digest; /* of the RRset; the same in any order of it */
	bool has_serial; /* the answer is a SOA */
	uint32_t serial;
	/* Whom else it refers to, or NULL; valid only inside the callback. */
	const struct message_delegation *delegation;
};

typedef void (*direct_cb)(void *arg, const struct direct_result *result);

/* NULL when there is no memory. */
struct direct *direct_new(const struct direct_config *config);
/* Open questions get no callback any more. */
void direct_free(struct direct *direct);

/*
 * Ask server for name and type, with DO and without RD. 0: there will be one
 * callback, never inside this call, within some 5 s. -1: none; the name
 * cannot be asked, or no memory.
 */
int direct_ask(struct direct *direct, const struct server_address *server,
	const char *name, enum answer_type type, direct_cb cb, void *arg);

/* As the functions of the same name in resolver.h. */
void direct_watch(struct direct *direct, resolver_watch_cb cb, void *arg);
void direct_ready(struct direct *direct, int fd);
void direct_tick(struct direct *direct, uint64_t now_ms);

#endif
