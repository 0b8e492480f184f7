/*
 * The zone that a domain is in: who serves it, and how it is signed. Pure.
 */
#ifndef SCANNER_CORE_EXTRA_ZONE_H
#define SCANNER_CORE_EXTRA_ZONE_H

#include <stddef.h>

#include "resolver/answer.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

/* Each takes what one answer tells; all strings are of arena. */
void extra_zone_take_servers(struct fact_zone *zone,
	const struct answer *answer, struct arena *arena);
void extra_zone_take_ds(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena);
void extra_zone_take_dnskey(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena);
void extra_zone_take_nsec3param(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena);
void extra_zone_take_nsec3(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena);

/* A zone that does not tell its servers: those that the zone above delegates
   to, as a second opinion found them. */
void extra_zone_use_servers(struct fact_zone *zone,
	const struct fact_server *servers, size_t count, struct arena *arena);

#endif
