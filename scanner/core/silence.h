/*
 * Name servers that leave questions unanswered, so that not every name behind
 * one of them costs its time limit. Pure: the time is a parameter.
 *
 * What several names in a row got from a server, no answer to a question of
 * this type, or none to anything, the next ones get without asking. After a
 * while one of them asks again.
 */
#ifndef SCANNER_CORE_SILENCE_H
#define SCANNER_CORE_SILENCE_H

#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/outcome.h"
#include "scanner/core/fact.h"

struct silence;

enum {
	/* In a row, until it is taken for granted. Who answers nothing at all
	   has left two questions of that name unanswered. */
	SILENCE_NAMES = 3,
	SILENCE_NAMES_SILENT = 1,
	SILENCE_MS = 300000,
	SILENCE_SERVERS_MAX = 65536, /* then the oldest are forgotten */
};

struct silence *silence_new(void);
void silence_free(struct silence *silence);

/* What came of the question for one name. */
void silence_note(struct silence *silence, const struct fact_address *server,
	enum answer_type type, enum outcome outcome, uint64_t now_ms);

/* What a question of this type would come to: OUTCOME_TIMEOUT or
   OUTCOME_SILENT; OUTCOME_NONE: it has to be asked. */
enum outcome silence_outcome(const struct silence *silence,
	const struct fact_address *server, enum answer_type type,
	uint64_t now_ms);

#endif
