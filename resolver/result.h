/*
 * What libunbound says, as a typed answer. Pure.
 */
#ifndef RESOLVER_RESULT_H
#define RESOLVER_RESULT_H

#include "resolver/answer.h"
#include "resolver/name.h"

struct ub_result;

enum {
	/* Records of one answer that are handed on; the rest is dropped. */
	RESULT_RECORDS_MAX = 1024,
	RESULT_WHY_SIZE = 2048,
};

/* An answer and the room for what it points to. */
struct result {
	struct answer answer;
	struct answer_rdata rdata[RESULT_RECORDS_MAX];
	char why[RESULT_WHY_SIZE];
	char alias[NAME_TEXT_SIZE];
};

/*
 * Fill result from a callback's err and ub, which may be NULL when err is not
 * 0. The records stay ub's; result points to them. A bogus answer keeps the
 * status that was sent, and none of its records; one that the library calls
 * bogus because it would not verify so many signatures is a look-up that
 * failed.
 */
void result_map(struct result *result, int err, const struct ub_result *ub);

/* After result_map(): what SHA-1 alone has signed, a denial too, is insecure
   (RFC 9905 section 2). */
void result_distrust_sha1(struct result *result, const struct ub_result *ub);

/* An answer that no name server gave; why must outlive it. */
void result_fail(
	struct result *result, enum answer_status status, const char *why);

#endif
