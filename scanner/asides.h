/*
 * Asks the questions of scanner/core/aside.h, one after the other, and keeps
 * what they tell in the facts.
 */
#ifndef SCANNER_ASIDES_H
#define SCANNER_ASIDES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/core/aside.h"
#include "scanner/core/fact.h"
#include "scanner/judge.h"

typedef void (*asides_cb)(void *arg);

/* Of one domain or host; part of its job, and dies with it. */
struct asides {
	struct resolver *resolver;
	uint16_t port;
	const uint64_t *now_ms;
	asides_cb cb;
	void *arg;

	/* Private. */
	struct aside aside;
	bool had[2]; /* by enum aside_kind */
	bool *result;
};

/*
 * True: there will be one callback of asides->cb, after which the facts are
 * complete. False: there is nothing to ask, or it was asked before.
 */
bool asides_domain(struct asides *asides, struct fact_domain *domain);
bool asides_host(struct asides *asides, struct fact_host *host);
/* … once all hosts of the domain are done. */
bool asides_hosts(struct asides *asides, struct fact_domain *domain,
	const struct judge_host *const *hosts, size_t count);

#endif
