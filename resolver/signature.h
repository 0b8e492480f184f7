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

/*
 * Keep of an RRSIG that covers the answer algorithm, wildcard and dates. Of
 * several, the algorithm that validators like best and the latest expiration
 * count: one that validates is enough (RFC 4035 section 5.3.3).
 */
void signature_read(const ldns_rr *rr, struct answer *answer);

/* Is there an RRset among these records that SHA-1 alone has signed (RFC 9905
   section 2)? */
bool signature_sha1_only(const ldns_rr_list *list);

#endif
