/*
 * The law of the canaries: names that must resolve. When several questions for
 * them fail in a row the fault is ours, and the window is halved; when they are
 * answered again it grows back step by step. Pure.
 */
#ifndef SCANNER_CORE_CANARY_H
#define SCANNER_CORE_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"

enum {
	CANARY_IN_A_ROW = 3, /* failures that make a fault */
	CANARY_FLOOR = 16,   /* credits that are left, if there are so many */
	CANARY_STEPS = 32,   /* from nothing to the full window */
	CANARY_INTERVALS_MAX = 64 /* kept apart; those after them are one */
};

/* When they failed, Unix time in microseconds. */
struct canary_interval {
	int64_t start_us; /* the first failure of the row */
	int64_t end_us;	  /* the first answer after it; 0: not yet */
};

struct canary {
	unsigned full;	 /* window without a fault */
	unsigned window; /* … and now */
	bool failing;
	unsigned failures; /* in a row */
	int64_t since_us;  /* … the first of them */
	struct canary_interval intervals[CANARY_INTERVALS_MAX];
	size_t interval_count;
};

void canary_init(struct canary *canary, unsigned window);

/* Does an answer like this show that DNS works for us? Its name need not
   exist. */
bool canary_is_answer(const struct answer *answer);

/* A question was answered at this time, or one of this time failed. */
void canary_take(struct canary *canary, bool answered, int64_t at_us);

#endif
