/*
 * Which scans are running, for a worker to join. Blocks.
 */
#ifndef STORE_RUNNING_H
#define STORE_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct running {
	bool over; /* the scan wanted is complete; nothing else is set */
	int64_t scan;
	char *label;
	char *config; /* the effective configuration, a JSON object */
};

/*
 * The first scan that is running and has something to do; or scan wanted, when
 * that is not 0. 1; 0: there is none, or wanted is not running; or -1 with one
 * line in err, also where there never was a scan wanted.
 * running_free() is due in each case.
 */
int running_find(const char *dsn, int64_t wanted, struct running *running,
	char *err, size_t errsize);
void running_free(struct running *running);

#endif
