/*
 * The birth of a resolver process: what happens in the child between fork(),
 * which libunbound calls, and libunbound's own work there.
 */
#ifndef RESOLVER_CHILD_H
#define RESOLVER_CHILD_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	CHILD_KEEP_MAX = 8
};

/*
 * The next fork() of this thread makes a resolver process. It dies with the
 * calling thread, outlives the terminal's signals, and keeps of our descriptors
 * only those of keep (at most CHILD_KEEP_MAX) and standard error; its standard
 * input and output become keep[0]. What it sends is counted in upstream, if
 * that is not NULL. 0, or -1 with errno: EBADF when one of keep is a standard
 * descriptor.
 */
int child_expect(const int *keep, size_t n, atomic_ullong *upstream);

/*
 * To be called after child_expect() and the call that was to fork. Waits until
 * the child is ready. Returns its process id, or -1 if there is none.
 */
pid_t child_born(void);

#endif
