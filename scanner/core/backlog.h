/*
 * How many questions may wait at the validator: as many as it has lately
 * answered in a few seconds (Little's law), so that none meets its time limit
 * in a queue of our own, however wide the window and however few cycles there
 * are. Pure: the time is a parameter.
 */
#ifndef SCANNER_CORE_BACKLOG_H
#define SCANNER_CORE_BACKLOG_H

#include <stdint.h>

enum {
	/* How long a question may be in the queue: far from any time limit. */
	BACKLOG_SECONDS = 4,
	/* So many may always wait: the first ones, and those of a list whose
	   names are all at dead servers. */
	BACKLOG_LEAST = 1000,
};

/* Begins as zeros. */
struct backlog {
	uint64_t second; /* of the last answer */
	unsigned now;	 /* answers in that second */
	unsigned before; /* … and in the one before it */
};

void backlog_answered(struct backlog *backlog, uint64_t now_ms);

unsigned backlog_limit(const struct backlog *backlog, uint64_t now_ms);

#endif
