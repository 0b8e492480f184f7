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

static uint8_t
algorithm_of(const ldns_rr *rr)
{
	return ldns_rdf2native_int8(ldns_rr_rrsig_algorithm(rr));
}

static int
rank(uint8_t algorithm)
{
	if (algorithm == 0)
		return 0;
	if (answer_algorithm_is_unknown(algorithm))
		return 1;
	return answer_algorithm_is_sha1(algorithm) ? 2 : 3;
}

/* RFC 4034 section 3.1.3: a signature counts the labels of its owner, without
   the root and without the asterisk of a wildcard. */
void
signature_read(const ldns_rr *rr, struct answer *answer)
{
	uint8_t algorithm = algorithm_of(rr);
	uint32_t expiration = ldns_rdf2native_int32(
		ldns_rr_rrsig_expiration(rr));

	if (rank(algorithm) >= rank(answer->algorithm))
		answer->algorithm = algorithm;
	if (expiration >= answer->sig_expiration) {
		answer->sig_expiration = expiration;
		answer->sig_inception = ldns_rdf2native_int32(
			ldns_rr_rrsig_inception(rr));
	}
	answer->wildcard = ldns_rdf2native_int8(ldns_rr_rrsig_labels(rr)) <
			   ldns_dname_label_count(ldns_rr_owner(rr));
}

static bool
is_signature(const ldns_rr *rr)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG &&
	       ldns_rr_rd_count(rr) >= RRSIG_FIELDS;
}

/* Does a better algorithm sign the RRset that rr does? */
static bool
has_better(const ldns_rr_list *list, const ldns_rr *rr)
{
	ldns_rr_type type = ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr));

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *other = ldns_rr_list_rr(list, i);

		if (signature_covers(other, type) &&
			rank(algorithm_of(other)) > rank(algorithm_of(rr)) &&
			ldns_dname_compare(
				ldns_rr_owner(other), ldns_rr_owner(rr)) == 0)
			return true;
	}
	return false;
}

bool
signature_sha1_only(const ldns_rr_list *list)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (is_signature(rr) &&
			answer_algorithm_is_sha1(algorithm_of(rr)) &&
			!has_better(list, rr))
			return true;
	}
	return false;
}
