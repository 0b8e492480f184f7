/*
 * Which name is taken up next, and when: the list, less what an earlier run of
 * the same scan has done, in its own order or shuffled, within the credits and
 * the rate; then, pass by pass, the names that were put off.
 *
 * Names get their ticket of the low-water line as they are read, in the order
 * of the list, and only then are shuffled. So a name that waits in a block is
 * an open line like one under way, and the low-water line cannot pass it.
 */
#ifndef SCANNER_ADMISSION_H
#define SCANNER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"
#include "scanner/spool.h"
#include "store/store.h"

struct admission;
struct lowwater;

struct admission_config {
	struct list *list;
	struct lowwater *lowwater;
	const struct store_done *done; /* or NULL */
	unsigned window;	       /* credits in all */
	double rate;		       /* names a second, 0 = no limit */
	bool shuffled;
	uint64_t seed; /* of the order */
};

enum admission_status {
	ADMISSION_NAME,	  /* entry is to be taken up */
	ADMISSION_AGAIN,  /* only names that an earlier run has done went by */
	ADMISSION_WAIT,	  /* nothing now: no credit, the rate, or a slow list */
	ADMISSION_END,	  /* the names of this pass are all handed out */
	ADMISSION_FAILED, /* admission_error() */
};

/* What config points to must outlive the admission. */
struct admission *admission_new(const struct admission_config *config);
void admission_free(struct admission *admission);

/* The next name with its ticket, while fewer than window are out. */
enum admission_status admission_next(struct admission *admission, uint64_t out,
	uint64_t now_ms, struct list_entry *entry, uint64_t *ticket);

bool admission_ended(const struct admission *admission);
const char *admission_error(const struct admission *admission);

/*
 * A further pass, over the names that are in spool now; they have no ticket.
 * Their servers are those that had trouble: a quarter of the credits, and of
 * the rate; without one, of that at which the first pass took names, but one a
 * second at least.
 */
void admission_again(struct admission *admission, struct spool *spool);

/* No more than limit are to be out from now on, whatever the window. */
void admission_limit(struct admission *admission, unsigned limit);

/* Names that an earlier run has done. */
uint64_t admission_resumed(const struct admission *admission);

#endif
