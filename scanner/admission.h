/*
 * Which name is taken up next, and when: the list, less what an earlier run of
 * the same scan has done, within the credits and the rate.
 */
#ifndef SCANNER_ADMISSION_H
#define SCANNER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"
#include "store/store.h"

struct admission;

enum admission_status {
	ADMISSION_NAME, /* entry is to be taken up */
	ADMISSION_DONE, /* entry was done by an earlier run */
	ADMISSION_WAIT, /* nothing now: no credit, the rate, or a slow list */
	ADMISSION_END,	/* the list is read */
	ADMISSION_FAILED,
};

/*
 * window: credits in all. rate: names a second, 0 = no limit. done may be NULL;
 * it and list must outlive the admission.
 */
struct admission *admission_new(struct list *list, unsigned window, double rate,
	const struct store_done *done);
void admission_free(struct admission *admission);

/* The next name, while fewer than window are out. */
enum admission_status admission_next(struct admission *admission, uint64_t out,
	uint64_t now_ms, struct list_entry *entry);

bool admission_ended(const struct admission *admission);

#endif
