/*
 * What the signature of an RRset tells besides that it is one (RFC 4034
 * section 3.1). Pure.
 */
#ifndef RESOLVER_SIGNATURE_H
#define RESOLVER_SIGNATURE_H

#include <ldns/ldns.h>
#include <stdbool.h>

#include "resolver/answer.h"

/* Is rr an RRSIG over records of this type? No, when it breaks off early. */
bool signature_covers(const ldns_rr *rr, ldns_rr_type type);

/* Keep algorithm and wildcard of an RRSIG that covers the answer. */
void signature_read(const ldns_rr *rr, struct answer *answer);

#endif
