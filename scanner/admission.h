/*
 * Which name is taken up next, and when: those of the list, or of the chunks of
 * the fleet, within the credits and the rate; then, pass by pass, the names
 * that were put off.
 */
#ifndef SCANNER_ADMISSION_H
#define SCANNER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/list.h"
#include "scanner/spool.h"

struct admission;
struct feed;
struct names;

struct admission_config {
	struct names *names;
	struct feed *feed; /* or NULL; in place of names */
	unsigned window;   /* credits in all */
	double rate;	   /* names a second, 0 = no limit */
};

enum admission_status {
	ADMISSION_NAME,	  /* entry is to be taken up */
	ADMISSION_WAIT,	  /* nothing now: no credit, the rate, or a slow list */
	ADMISSION_END,	  /* the names of this pass are all handed out */
	ADMISSION_FAILED, /* admission_error() */
};

/* What config points to must outlive the admission. */
struct admission *admission_new(const struct admission_config *config);
void admission_free(struct admission *admission);

/* The next name, while fewer than window are out. */
enum admission_status admission_next(struct admission *admission, uint64_t out,
	uint64_t now_ms, struct list_entry *entry);

/* Are all names of this pass handed out? Of chunks: there are none now, and may
   be later. */
bool admission_ended(const struct admission *admission);
const char *admission_error(const struct admission *admission);

/*
 * A further pass, over the names that are in spool now. Their servers are those
 * that had trouble: a quarter of the credits, and of the rate; without one, of
 * that at which the first pass took names, but one a second at least.
 */
void admission_again(struct admission *admission, struct spool *spool);
bool admission_in_pass(const struct admission *admission);
/* Back to names that were in no pass. */
void admission_restart(struct admission *admission);

/* No more than limit are to be out from now on, whatever the window. */
void admission_limit(struct admission *admission, unsigned limit);

#endif
