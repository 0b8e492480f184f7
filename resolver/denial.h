/*
 * What the proof of a denial tells besides that it is one (RFC 5155 section
 * 3.1). Pure.
 */
#ifndef RESOLVER_DENIAL_H
#define RESOLVER_DENIAL_H

#include <ldns/ldns.h>

#include "resolver/answer.h"

/*
 * Take from an authority section the parameters of the NSEC3 records of the
 * zone called apex (normalised). Those of other zones, and what is malformed,
 * are passed over.
 */
void denial_read(const ldns_rr_list *authority, const char *apex,
	struct answer_nsec3 *nsec3);

#endif
