/*
 * Which reason is worse (CONFORMANCE sections 2 and 8, F06): forged DNS data,
 * DNS failures of the TLSA look-up, certificate, TLS, STARTTLS; then what makes
 * no server refuse mail.
 */
#ifndef SCANNER_CORE_SEVERITY_H
#define SCANNER_CORE_SEVERITY_H

#include <stdbool.h>

#include "scanner/core/vocabulary.h"

/* Is a worse than b? Anything is worse than REASON_NONE. */
bool severity_worse(enum reason a, enum reason b);

/*
 * Does a server which stops here refuse what its TLSA records promise? If not,
 * it was not reached, and no statement is possible (RFC 8460 section 4.3.4).
 */
bool severity_refuses(enum reason failure);

#endif
