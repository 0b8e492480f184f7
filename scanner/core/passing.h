/*
 * Which questions wait for something else than their turn in a queue. In a busy
 * one all of them take long, and none is passed by those that came much later.
 * Pure: the time is a parameter.
 */
#ifndef SCANNER_CORE_PASSING_H
#define SCANNER_CORE_PASSING_H

#include <stdbool.h>
#include <stdint.h>

enum {
	/* When nothing is asked any more and nothing was answered for so long,
	   nobody is left to pass those that are open: the queue is empty. */
	PASSING_QUIET_MS = 500,
};

/* One queue. Begins as zeros. */
struct passing {
	uint64_t asked_ms;    /* the youngest question was */
	uint64_t passed_ms;   /* … the youngest of those answered */
	uint64_t answered_ms; /* the last one was */
};

void passing_ask(struct passing *passing, uint64_t now_ms);

/* One that was asked at asked_ms is answered. To be called for those that were
   not passed. */
void passing_answer(
	struct passing *passing, uint64_t asked_ms, uint64_t now_ms);

/* By how much a question of asked_ms that is open has been passed, in ms.
   ended: nothing more is to be asked. */
uint64_t passing_behind(const struct passing *passing, uint64_t asked_ms,
	uint64_t now_ms, bool ended);

#endif
