/*
 * One run of the scanner from configuration to exit code: opens the parts in
 * the order they need, drives the scan, says how it ended, closes everything.
 */
#ifndef SCANNER_RUN_H
#define SCANNER_RUN_H

#include "scanner/config.h"
#include "scanner/list.h"
#include "scanner/scan.h"

struct run {
	const struct config *config;
	struct list *list; /* stays the caller's */
	int64_t join;	   /* the scan, to be a worker of it; or 0 */
	bool progress;	   /* show the status line, and a last line */
	bool rows;	   /* write NDJSON or CSV where the config says */
	char *const *argv; /* of the command, for the resume line; or NULL */
	scan_result_cb on_result; /* or NULL */
	void *arg;
};

/* The exit code (enum config_exit); what went wrong is on standard error. */
int run(const struct run *run);

#endif
