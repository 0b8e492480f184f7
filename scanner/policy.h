/*
 * Policies of MTA-STS, fetched from their hosts (RFC 8461 section 3.3): looked
 * up through the resolver, over HTTPS from a host that proves its name, no
 * redirects, at most 64 KiB. A few at once, and one at a time from an address.
 */
#ifndef SCANNER_POLICY_H
#define SCANNER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/core/arena.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/fact.h"

struct policy;

/* The strings must live as long as the policy. */
struct policy_config {
	struct resolver *resolver;
	const char *ca_file;	 /* issuers to trust */
	const char *source_ipv4; /* or NULL */
	const char *source_ipv6;
	bool no_ipv4;
	bool no_ipv6;
	bool allow_reserved; /* special-purpose addresses are contacted too */
	const struct blocklist *blocklist; /* the caller's, or NULL */
	unsigned connect_timeout_ms;
	unsigned timeout_ms; /* of one fetch, look-ups apart */
	uint16_t port;	     /* 443 */
};

/* fact is in the arena that was given. */
typedef void (*policy_cb)(void *arg, const struct fact_policy *fact);

/* NULL when libcurl cannot be set up. */
struct policy *policy_new(const struct policy_config *config);
/* Fetches under way get no callback any more. */
void policy_free(struct policy *policy);

/* Fetch the policy of domain, a normalised name, which is copied. There will
   be one callback, from policy_turn(). arena must live until then. */
void policy_fetch(struct policy *policy, const char *domain,
	struct arena *arena, policy_cb cb, void *arg);

/* Step every fetch that is ready, begin those whose turn it is. */
void policy_turn(struct policy *policy, uint64_t now_ms);

/* Is there something to step at once? */
bool policy_busy(const struct policy *policy);

/* As the functions of the same name in resolver.h; events are those that fd is
   ready for. */
void policy_watch(struct policy *policy, resolver_watch_cb cb, void *arg);
void policy_ready(struct policy *policy, int fd, unsigned events);
void policy_tick(struct policy *policy, uint64_t now_ms);

#endif
