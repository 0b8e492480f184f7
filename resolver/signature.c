/*
 * What the signature of an RRset tells besides that it is one.
 */
#include "resolver/signature.h"

/* A packet may break off in the middle of them. */
enum {
	RRSIG_FIELDS = 9
};

bool
signature_covers(const ldns_rr *rr, ldns_rr_type type)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG &&
	       ldns_rr_rd_count(rr) >= RRSIG_FIELDS &&
	       ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type;
}

/* RFC 4034 section 3.1.3: a signature counts the labels of its owner, without
   the root and without the asterisk of a wildcard. */
void
signature_read(const ldns_rr *rr, struct answer *answer)
{
	answer->algorithm = ldns_rdf2native_int8(ldns_rr_rrsig_algorithm(rr));
	answer->wildcard = ldns_rdf2native_int8(ldns_rr_rrsig_labels(rr)) <
			   ldns_dname_label_count(ldns_rr_owner(rr));
}
