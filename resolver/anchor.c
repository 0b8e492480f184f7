/* The file of trust anchors. */
#include "resolver/anchor.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

/* -1: neither DNSKEY nor DS. */
static int
key_tag(const ldns_rr *rr)
{
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY)
		return ldns_calc_keytag(rr);
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DS && ldns_rr_rd_count(rr) > 0)
		return ldns_rdf2native_int16(ldns_rr_rdf(rr, 0));
	return -1;
}

/* How many, or -1 for a syntax error. */
static int
read_tags(FILE *file, uint16_t tags[ANCHOR_TAGS_MAX])
{
	uint32_t ttl = 0;
	ldns_rdf *origin = NULL, *owner = NULL;
	ldns_status status = LDNS_STATUS_OK;
	int line = 0;
	int count = 0;

	while (!feof(file) && status == LDNS_STATUS_OK) {
		ldns_rr *rr = NULL;
		int tag;

		status = ldns_rr_new_frm_fp_l(
			&rr, file, &ttl, &origin, &owner, &line);
		if (status == LDNS_STATUS_OK && (tag = key_tag(rr)) >= 0 &&
			count < ANCHOR_TAGS_MAX)
			tags[count++] = (uint16_t)tag;
		if (status == LDNS_STATUS_SYNTAX_EMPTY ||
			status == LDNS_STATUS_SYNTAX_TTL ||
			status == LDNS_STATUS_SYNTAX_ORIGIN)
			status = LDNS_STATUS_OK;
		ldns_rr_free(rr);
	}
	ldns_rdf_deep_free(origin);
	ldns_rdf_deep_free(owner);
	return status == LDNS_STATUS_OK ? count : -1;
}

int
anchor_key_tags(const char *path, uint16_t tags[ANCHOR_TAGS_MAX], char *err,
	size_t errsize)
{
	FILE *file = fopen(path, "re");
	int count;

	if (file == NULL) {
		snprintf(err, errsize, "trust anchor %s: %s", path,
			strerror(errno));
		return -1;
	}
	count = read_tags(file, tags);
	fclose(file);
	if (count > 0)
		return count;
	snprintf(err, errsize, "trust anchor %s: %s", path,
		count < 0 ? "not in zone-file format"
			  : "holds no DNSKEY or DS record");
	return -1;
}
