/*
 * What libunbound says, as a typed answer.
 */
#include "resolver/result.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unbound.h>

#include "resolver/denial.h"
#include "resolver/signature.h"

/* RCODEs, RFC 1035 section 4.1.1. */
enum {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
};

static void
clear(struct result *result)
{
	memset(&result->answer, 0, sizeof(result->answer));
	result->answer.rdata = result->rdata;
	result->why[0] = '\0';
	result->alias[0] = '\0';
}

void
result_fail(struct result *result, enum answer_status status, const char *why)
{
	clear(result);
	result->answer.status = status;
	result->answer.trust = ANSWER_NONE;
	result->answer.why = why;
}

static void
map_why(struct result *result, const char *why)
{
	size_t len;

	if (!why || !*why)
		return;
	snprintf(result->why, sizeof(result->why), "%s", why);
	len = strlen(result->why);
	while (len > 0 && result->why[len - 1] == '\n')
		result->why[--len] = '\0';
	result->answer.why = result->why;
}

/* Lower case, and without the dot that the library ends its names with. */
static void
map_alias(struct result *result, const struct ub_result *ub)
{
	char *alias = result->alias;
	size_t len;

	if (!ub->canonname)
		return;
	snprintf(alias, sizeof(result->alias), "%s", ub->canonname);
	len = strlen(alias);
	if (len > 1 && alias[len - 1] == '.')
		alias[--len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (alias[i] >= 'A' && alias[i] <= 'Z')
			alias[i] = (char)(alias[i] - 'A' + 'a');
	if (strcasecmp(alias, ub->qname) != 0)
		result->answer.alias = alias;
}

/* The rcode of an answer that is neither data nor a denial. */
static void
map_rcode(struct result *result, int rcode)
{
	struct answer *answer = &result->answer;

	answer->trust = ANSWER_NONE;
	switch (rcode) {
	case RCODE_FORMERR:
		answer->status = ANSWER_FORMERR;
		break;
	case RCODE_NOTIMP:
		answer->status = ANSWER_NOTIMP;
		break;
	case RCODE_REFUSED:
		answer->status = ANSWER_REFUSED;
		break;
	case RCODE_SERVFAIL:
		answer->status = ANSWER_SERVFAIL;
		break;
	default:
		answer->status = ANSWER_SERVFAIL;
		snprintf(result->why, sizeof(result->why), "rcode %d", rcode);
		answer->why = result->why;
	}
}

/* Least TTL of the records of this type in the answer section. */
static uint32_t
packet_ttl(const ldns_rr_list *list, ldns_rr_type type, uint32_t otherwise)
{
	uint32_t least = otherwise;
	bool found = false;

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (ldns_rr_get_type(rr) != type)
			continue;
		if (!found || ldns_rr_ttl(rr) < least)
			least = ldns_rr_ttl(rr);
		found = true;
	}
	return least;
}

static void
map_signature(
	struct answer *answer, const ldns_rr_list *list, ldns_rr_type type)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (signature_covers(rr, type))
			signature_read(rr, answer);
	}
}

/* May there be an RRSIG? Most answers of a scan have none, and need not be
   taken apart to know it. */
static bool
may_be_signed(const struct ub_result *ub)
{
	static const uint8_t rrsig_in[] = {0, LDNS_RR_TYPE_RRSIG, 0, 1};

	return ub->answer_packet && ub->answer_len > 0 &&
	       memmem(ub->answer_packet, (size_t)ub->answer_len, rrsig_in,
		       sizeof(rrsig_in)) != NULL;
}

/* What only the packet tells, of the RRsets of which somebody wants to know;
   elsewhere it is not worth the time. */
static bool
wants_packet(const struct ub_result *ub)
{
	if (!ub->havedata)
		return ub->qtype == ANSWER_TYPE_PTR;
	return ub->qtype == ANSWER_TYPE_TLSA ||
	       (ub->qtype == ANSWER_TYPE_MX && may_be_signed(ub));
}

/* NULL where there is none to be read. */
static ldns_pkt *
read_packet(const struct ub_result *ub)
{
	ldns_pkt *packet = NULL;

	if (!ub->answer_packet || ub->answer_len <= 0 ||
		ldns_wire2pkt(&packet, ub->answer_packet,
			(size_t)ub->answer_len) != LDNS_STATUS_OK)
		return NULL;
	return packet;
}

static void
map_packet(struct answer *answer, const struct ub_result *ub)
{
	ldns_rr_type type = (ldns_rr_type)ub->qtype;
	ldns_pkt *packet = wants_packet(ub) ? read_packet(ub) : NULL;
	const ldns_rr_list *list;

	if (!packet)
		return;
	if (!ub->havedata)
		denial_read(
			ldns_pkt_authority(packet), ub->qname, &answer->nsec3);
	list = ldns_pkt_answer(packet);
	/* The library's own figure is the least of all records of the section,
	   a CNAME or a DNAME before the RRset included; rules about TTLs speak
	   of the RRset. */
	answer->ttl_s = packet_ttl(list, type, answer->ttl_s);
	map_signature(answer, list, type);
	ldns_pkt_free(packet);
}

static void
map_records(struct result *result, const struct ub_result *ub)
{
	size_t n = 0;

	while (n < RESULT_RECORDS_MAX && ub->data[n]) {
		result->rdata[n].data = (const uint8_t *)ub->data[n];
		result->rdata[n].len = (size_t)ub->len[n];
		n++;
	}
	result->answer.count = n;
}

static enum answer_status
status_of(const struct ub_result *ub)
{
	if (ub->rcode == RCODE_NXDOMAIN)
		return ANSWER_NXDOMAIN;
	return ub->havedata ? ANSWER_DATA : ANSWER_NODATA;
}

static void
map_answer(struct result *result, const struct ub_result *ub)
{
	struct answer *answer = &result->answer;

	answer->status = status_of(ub);
	answer->trust = ub->secure ? ANSWER_SECURE : ANSWER_INSECURE;
	answer->ttl_s = ub->ttl > 0 ? (uint32_t)ub->ttl : 0;
	map_packet(answer, ub);
	if (answer->status == ANSWER_DATA)
		map_records(result, ub);
}

/*
 * Did the validator give up, and call the answer bogus for want of a proof? Of
 * an RRset it verifies eight signatures (MAX_VALIDATE_RRSIGS of libunbound,
 * CVE-2023-50387), and a key that it could not prove so it calls invalid by the
 * same words. Its other limits either end in SERVFAIL or leave no word.
 */
static bool
gave_up(const struct ub_result *ub)
{
	return ub->bogus && ub->why_bogus &&
	       strstr(ub->why_bogus, "too many RRSIG validations") != NULL;
}

/*
 * Bogus comes first: such a result has a good rcode, and the forged or expired
 * data as well. The status tells what was sent; the data is left behind.
 */
void
result_map(struct result *result, int err, const struct ub_result *ub)
{
	if (err != 0 || !ub) {
		result_fail(result, ANSWER_SERVFAIL,
			ub_strerror(err != 0 ? err : UB_SERVFAIL));
		return;
	}
	clear(result);
	map_why(result, ub->why_bogus);
	if (gave_up(ub)) {
		map_rcode(result, RCODE_SERVFAIL);
		return;
	}
	if (ub->rcode != RCODE_NOERROR && ub->rcode != RCODE_NXDOMAIN) {
		map_rcode(result, ub->rcode);
	} else if (ub->bogus) {
		result->answer.status = status_of(ub);
	} else {
		map_alias(result, ub);
		map_answer(result, ub);
	}
	if (ub->bogus)
		result->answer.trust = ANSWER_BOGUS;
}

void
result_distrust_sha1(struct result *result, const struct ub_result *ub)
{
	ldns_pkt *packet;

	if (result->answer.trust != ANSWER_SECURE)
		return;
	packet = read_packet(ub);
	if (!packet)
		return;
	if (signature_sha1_only(ldns_pkt_answer(packet)) ||
		signature_sha1_only(ldns_pkt_authority(packet)))
		result->answer.trust = ANSWER_INSECURE;
	ldns_pkt_free(packet);
}
