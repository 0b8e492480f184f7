/*
 * The further look-ups of --extras, about one domain or one host at a time:
 * asks the questions that core/extra.c wants, one after the other.
 */
#ifndef SCANNER_EXTRAS_H
#define SCANNER_EXTRAS_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/core/arena.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/fact.h"
#include "scanner/opinions.h"
#include "scanner/policy.h"

struct extras;

struct extras_config {
	struct resolver *resolver;
	struct opinions *opinions;	   /* NULL: nobody is asked directly */
	struct policy *policy;		   /* NULL: policies are not fetched */
	const struct blocklist *blocklist; /* or NULL */
	unsigned wanted;		   /* 1 << enum extra */
	uint16_t port;			   /* of the TLSA records */
};

/* The fact that was given has its extras, in the arena that was given. */
typedef void (*extras_cb)(void *arg);

struct extras *extras_new(const struct extras_config *config);
/* What is under way gets no callback any more. */
void extras_free(struct extras *extras);

/*
 * Begin, when the MX answer, or the look-ups of the host, are complete. True:
 * there will be one callback, from extras_turn(). False: none, nothing is
 * wanted. fact and arena must live as long.
 */
bool extras_ask_domain(struct extras *extras, struct fact_domain *fact,
	struct arena *arena, extras_cb cb, void *arg);
bool extras_ask_host(struct extras *extras, struct fact_host *fact,
	struct arena *arena, extras_cb cb, void *arg);

/* Step everything that is ready, policies too. */
void extras_turn(struct extras *extras, uint64_t now_ms);

/* Is there something to step at once? */
bool extras_ready(const struct extras *extras);

#endif
