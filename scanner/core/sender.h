/*
 * What senders that depart from RFC 7672 make of a chain: Postfix, Exim, and
 * those without digest agility. Never changes a verdict. Pure.
 */
#ifndef SCANNER_CORE_SENDER_H
#define SCANNER_CORE_SENDER_H

#include <stdint.h>
#include <time.h>

#include "scanner/core/dane.h"
#include "scanner/core/fact.h"

/* A chain, and how it was judged. */
struct sender_case {
	const struct fact_host *host;
	const struct fact_tls *tls;
	const struct dane_names *names;
	time_t now;
	const struct dane_result *result;
};

/* All flags that sender_flags() may set. */
#define SENDER_FLAGS                                             \
	(FLAG_BIT(FLAG_AGILITY) | FLAG_BIT(FLAG_PF_WOULD_FAIL) | \
		FLAG_BIT(FLAG_PF_WOULD_PASS) | FLAG_BIT(FLAG_EXIM_WOULD_PASS))

/* 1 << enum flag each. */
uint64_t sender_flags(struct dane *dane, const struct sender_case *on);

#endif
