/*
 * The second opinion, straight from a zone's servers, on a look-up that failed
 * or that nobody can believe, or on TLSA records that match nothing: which
 * question to put to them, and what their answers mean (CONFORMANCE B20 to B26,
 * G28). Pure.
 */
#ifndef SCANNER_CORE_OPINION_H
#define SCANNER_CORE_OPINION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/name.h"
#include "scanner/core/fact.h"

/* Servers asked for one opinion. */
enum {
	OPINION_SERVERS_MAX = 8
};

struct opinion_question {
	enum answer_type type;
	char name[NAME_SIZE];
};

/* The question that a second opinion is worth having on; false: none. */
bool opinion_for_domain(
	const struct fact_domain *domain, struct opinion_question *question);
/* … while the MX question waits for an answer that does not come. */
void opinion_for_unanswered(
	const char *domain, struct opinion_question *question);
/* mismatch: the TLSA RRset is secure and some chain does not match it. */
bool opinion_for_host(const struct fact_host *host, bool mismatch,
	uint16_t port, struct opinion_question *question);

/*
 * The first name to look for a zone at, and the next one up; NULL: none. A
 * top-level domain is worth a look only for whom it delegates to.
 */
const char *opinion_first_zone(const struct opinion_question *question);
const char *opinion_next_zone(const char *zone, bool delegation);

/* Does zone lie below above, and name at zone or below it? */
bool opinion_is_delegation(
	const char *name, const char *zone, const char *above);

/*
 * Keep what the servers said, which is the arena's of the fact. Where most of
 * them failed in one way, that is how the look-up failed. heard: somebody
 * answered, so that the silence of others is not that of our own path.
 */
void opinion_take_domain(struct fact_domain *domain,
	const struct fact_server *servers, size_t count, bool heard);
void opinion_take_host(struct fact_host *host, enum answer_type type,
	const struct fact_server *servers, size_t count, bool heard);

/* Does none of a zone's servers answer anything? Then nobody else has got an
   answer from them either. */
bool opinion_is_silence(
	const struct fact_server *servers, size_t count, bool heard);

/* Do the servers say different things? */
bool opinion_differs(const struct fact_server *servers, size_t count);
/* … about the TLSA RRset itself, signatures and failures apart? */
bool opinion_disputes_tlsa(const struct fact_server *servers, size_t count);

#endif
