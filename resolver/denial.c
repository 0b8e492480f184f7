/*
 * What the proof of a denial tells besides that it is one.
 */
#include "resolver/denial.h"

#include <strings.h>

#include "resolver/name.h"

/* RFC 5155 section 3.1.2.1 */
enum {
	FLAG_OPT_OUT = 1
};

/* An NSEC3 record stands one label below the apex of its zone (RFC 5155
   section 3). */
static bool
is_of_zone(const ldns_rr *rr, const char *apex)
{
	const ldns_rdf *owner = ldns_rr_owner(rr);
	char name[NAME_TEXT_SIZE];
	const char *dot;

	if (!owner || !name_from_wire(
			      ldns_rdf_data(owner), ldns_rdf_size(owner), name))
		return false;
	dot = strchr(name, '.');
	return dot && strcasecmp(dot + 1, apex) == 0;
}

/* A packet may break off in the middle of the fields. */
static bool
is_whole(const ldns_rr *rr)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC3 &&
	       ldns_rr_rd_count(rr) >= 4 &&
	       ldns_rdf_size(ldns_rr_rdf(rr, 1)) == 1 &&
	       ldns_rdf_size(ldns_rr_rdf(rr, 2)) == 2 &&
	       ldns_rdf_size(ldns_rr_rdf(rr, 3)) >= 1;
}

void
denial_read(const ldns_rr_list *authority, const char *apex,
	struct answer_nsec3 *nsec3)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);

		if (!is_whole(rr) || !is_of_zone(rr, apex))
			continue;
		nsec3->found = true;
		nsec3->opt_out |= ldns_rdf_data(ldns_rr_rdf(rr, 1))[0] &
				  FLAG_OPT_OUT;
		nsec3->iterations = ldns_rdf2native_int16(ldns_rr_rdf(rr, 2));
		nsec3->salt_len = ldns_rdf_data(ldns_rr_rdf(rr, 3))[0];
	}
}
