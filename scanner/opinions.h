/*
 * Second opinions: finds a zone's servers through the validating resolver, and
 * asks each of them directly. A few at once, and the others wait: whoever asks
 * holds a credit, so that the window bounds them.
 */
#ifndef SCANNER_OPINIONS_H
#define SCANNER_OPINIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/direct.h"
#include "resolver/resolver.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/opinion.h"

struct opinions;
struct opinion;

struct opinions_config {
	struct resolver *resolver;
	struct direct *direct; /* NULL: there are no second opinions */
	bool no_ipv4;
	bool no_ipv6;
	bool allow_reserved; /* special-purpose addresses are asked too */
	const struct blocklist *blocklist; /* or NULL */
};

/* servers, none perhaps, are in the arena that was given. heard: some server,
   of these or of the zone above, answered something. */
typedef void (*opinions_cb)(
	void *arg, const struct fact_server *servers, size_t count, bool heard);

struct opinions *opinions_new(const struct opinions_config *config);
/* Opinions under way get no callback any more. */
void opinions_free(struct opinions *opinions);

/*
 * There will be one callback, from opinions_turn(), once those before it leave
 * room; the opinion is valid until then. NULL: none, since nobody can be asked.
 * unanswered is a hint, and where it is wrong a detour: the servers do not
 * answer. Who they are is asked of the zone above at once, and of them first
 * whether they are there.
 */
struct opinion *opinions_ask(struct opinions *opinions,
	const struct opinion_question *question, bool unanswered,
	struct arena *arena, opinions_cb cb, void *arg);

/* The callback is not wanted any more, and the arena not needed. */
void opinions_forget(struct opinion *opinion);

/* Forget which servers were silent: a further pass asks them again. */
void opinions_renew(struct opinions *opinions);

/* Step every opinion that is ready, ask the servers whose turn it is. */
void opinions_turn(struct opinions *opinions, uint64_t now_ms);

/* Is there something to step at once? */
bool opinions_ready(const struct opinions *opinions);

#endif
