/*
 * Questions on the side, which change no verdict and tell why it is what it is:
 * whether a look-up failed over aliases that lead nowhere (CONFORMANCE A20,
 * B13), and whether TLSA records stand where nobody looks (B28). Pure.
 */
#ifndef SCANNER_CORE_ASIDE_H
#define SCANNER_CORE_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/name.h"
#include "scanner/core/fact.h"

enum {
	/* As many hops as resolvers commonly follow. */
	ASIDE_HOPS_MAX = 16
};

enum aside_kind {
	ASIDE_ALIASES,	 /* hop by hop from the name that failed */
	ASIDE_MISPLACED, /* TLSA under names that look like the right one */
};

struct aside {
	enum aside_kind kind;
	char name[NAME_SIZE]; /* to be asked for now */
	bool found;

	/* Private. */
	char other[NAME_SIZE]; /* an earlier hop; or the next name, "": none */
	unsigned hops;
};

/* The type to ask for. */
enum answer_type aside_type(const struct aside *aside);

/*
 * Is there a question worth asking? Of a domain before its hosts are looked at:
 * where its MX look-up failed. Of a host that is done: where a look-up of it
 * failed, or there is no TLSA record. A second opinion comes first: servers
 * that fail by themselves have no aliases to follow.
 */
bool aside_for_domain(struct aside *aside, const struct fact_domain *domain);
bool aside_for_host(
	struct aside *aside, const struct fact_host *host, uint16_t port);

/* … of a domain none of whose hosts has a TLSA record: is there one at the
   domain itself? */
bool aside_for_hosts(struct aside *aside, const struct fact_domain *domain,
	const struct fact_host *const *hosts, size_t count, uint16_t port);

/* An answer has come; true: ask for the name that is there now. */
bool aside_next(struct aside *aside, const struct answer *answer);

#endif
