/*
 * Canaries: while questions are open, one label that nobody has asked for below
 * a name that must resolve is asked every other second, so that no cache can
 * answer. core/canary.h says what follows from the answers.
 *
 * Where no names are given they are the top-level domains of the first names
 * that resolved securely. Below those alone a validator cannot answer by
 * itself: in a small signed zone it knows after some questions which names are
 * not there (RFC 8198).
 */
#ifndef SCANNER_CANARIES_H
#define SCANNER_CANARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/name.h"
#include "resolver/resolver.h"
#include "scanner/core/canary.h"
#include "scanner/core/fact.h"

enum {
	CANARIES_MAX = 8,
	CANARIES_DERIVED = 4
};

struct canaries;

struct canaries_config {
	bool enabled;
	const char *names; /* with commas between them; NULL: derived */
	unsigned window;   /* credits without a fault */
};

struct canaries_stats {
	char names[CANARIES_MAX][NAME_SIZE];
	size_t name_count;
	uint64_t asked;
	uint64_t failed;
	struct canary law;
};

struct canaries *canaries_new(
	const struct canaries_config *config, struct resolver *resolver);
/* Questions that are open get no callback any more. */
void canaries_free(struct canaries *canaries);

/* A domain whose MX was looked up: perhaps a canary is to be had from it. */
void canaries_learn(struct canaries *canaries, const struct fact_domain *fact);

/* Ask, if it is time; count what has waited too long. busy: other questions
   are open. */
void canaries_turn(
	struct canaries *canaries, bool busy, uint64_t now_ms, int64_t wall_us);

/* Do they fail now? And the credits that there are. */
bool canaries_failing(const struct canaries *canaries);
unsigned canaries_window(const struct canaries *canaries);

void canaries_stats(
	const struct canaries *canaries, struct canaries_stats *stats);

#endif
