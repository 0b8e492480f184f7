/*
 * The low-water line of a scan: the number up to which every line of the input
 * is done. Lines are admitted in ascending order, when they are read, and are
 * begun and done in any. A line that is put off keeps the low-water line below
 * it, and costs no memory. Pure.
 */
#ifndef SCANNER_CORE_LOWWATER_H
#define SCANNER_CORE_LOWWATER_H

#include <stdint.h>

struct lowwater;

/* window: lines admitted and not done, about; more make it grow. */
struct lowwater *lowwater_new(unsigned window, uint64_t line);
void lowwater_free(struct lowwater *lowwater);

/* Lines up to line were read; those not admitted need nothing more. */
void lowwater_read(struct lowwater *lowwater, uint64_t line);

/* line, the last one read, needs work. Returns its ticket. */
uint64_t lowwater_admit(struct lowwater *lowwater, uint64_t line);
void lowwater_done(struct lowwater *lowwater, uint64_t ticket);

/* The line of this ticket, which ends with it, is put off; and one of those
   that are put off is done, whichever it is: the low-water line stays below the
   first of them until all are done. */
void lowwater_park(struct lowwater *lowwater, uint64_t ticket);
void lowwater_unpark(struct lowwater *lowwater);

/* All lines up to and including this one are done. */
uint64_t lowwater_line(const struct lowwater *lowwater);

#endif
