/*
 * What a run says to a person on standard error besides its closing words.
 */
#ifndef SCANNER_NOTICE_H
#define SCANNER_NOTICE_H

#include <stdint.h>

#include "scanner/config.h"

/* What the scan has to work with, and what it is sized from, for a log. */
void notice_start(const struct config *config, unsigned window, unsigned probes,
	unsigned descriptors);

/*
 * The command that goes on with an interrupted scan: argv with --resume
 * scan_id put in, unless it resumes that scan already (scan_id 0).
 */
void notice_resume(char *const *argv, int64_t scan_id);

#endif
