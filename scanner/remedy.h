/*
 * The TLSA records that would match what a mail server shows now, ready to
 * paste into a zone.
 */
#ifndef SCANNER_REMEDY_H
#define SCANNER_REMEDY_H

#include "scanner/core/verdict.h"
#include "scanner/page.h"

/* Nothing, where no record of the host's own would help. */
void remedy_print(const struct page *page, const struct verdict_host *host);

#endif
