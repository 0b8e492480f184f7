/*
 * What the machine allows: descriptors, and the window that they suffice for.
 */
#ifndef SCANNER_LIMITS_H
#define SCANNER_LIMITS_H

/* Raise the soft limit of descriptors to the hard one; returns it. */
unsigned limits_descriptors(void);

/*
 * The window that a resolver of so many processes can serve, where each has
 * this many descriptors: one question may need a socket of its own. At most
 * window.
 */
unsigned limits_window(
	unsigned window, unsigned processes, unsigned descriptors);

/* Likewise the SMTP conversations of one process. */
unsigned limits_probes(unsigned probes, unsigned descriptors);

#endif
