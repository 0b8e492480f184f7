/*
 * What a reason is called in the reports that senders write about TLS (RFC 8460
 * section 4.3; CONFORMANCE section 2). Pure.
 */
#ifndef SCANNER_CORE_TLSRPT_H
#define SCANNER_CORE_TLSRPT_H

#include "scanner/core/vocabulary.h"

/* The result type; NULL for what is not reported: no failure of a sender's
   policy, or none that lasts (section 4.3.4). */
const char *tlsrpt_result(enum reason reason);

#endif
