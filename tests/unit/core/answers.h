/*
 * Made-up answers for tests: RDATA from text.
 */
#ifndef TESTS_UNIT_CORE_ANSWERS_H
#define TESTS_UNIT_CORE_ANSWERS_H

#include "resolver/answer.h"

enum {
	ANSWERS_MAX = 200,
	ANSWERS_RDATA = 300
};

/* An answer that owns its RDATA. */
struct answers {
	struct answer answer;
	struct answer_rdata rdata[ANSWERS_MAX];
	uint8_t octets[ANSWERS_MAX][ANSWERS_RDATA];
};

/* Status and trust, no records. */
struct answers *answers_new(enum answer_status status, enum answer_trust trust);

/* Add a record; the status becomes ANSWER_DATA. */
void answers_mx(struct answers *answers, unsigned preference, const char *name);
void answers_name(struct answers *answers, const char *name);
void answers_address(struct answers *answers, const char *text);
void answers_octets(struct answers *answers, const char *octets, size_t len);

#endif
