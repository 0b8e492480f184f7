/* How far the running scans are, and who works on them. Blocks. */
#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A scan that is running. */
struct status_scan {
	int64_t scan;
	char label[128];
	bool loaded; /* its whole list */
	uint64_t names;
	uint64_t domains; /* stored */
	uint64_t chunks, done, held, free;
	uint64_t members; /* that are at work */
	double rate;	  /* domains a second, 0: not known yet */
	double left_s;	  /* at that rate, or -1 */
};

/* A member of the fleet of one of these. */
struct status_member {
	int64_t scan;
	int64_t run;
	char command[16];
	char where[96];	 /* machine and process */
	char since[24];	 /* UTC */
	char state[16];	 /* working, silent, ended, lost */
	double silent_s; /* since the last sign of life */
	uint64_t chunks; /* that it holds */
	uint64_t domains;
	double rate;
};

struct status {
	struct status_scan *scans;
	size_t scan_count;
	struct status_member *members; /* by scan and run */
	size_t member_count;
};

/* 0, or -1 with one line in err; status_free() is due in each case. */
int status_read(
	const char *dsn, struct status *status, char *err, size_t errsize);
void status_free(struct status *status);

#endif
