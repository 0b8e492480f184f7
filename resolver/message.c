/*
 * DNS messages for servers that are asked by address. Pure.
 */
#include "resolver/message.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "resolver/denial.h"
#include "resolver/signature.h"

enum {
	DNS_PORT = 53,
	EDNS_OPTION_EDE = 15, /* RFC 8914 section 2 */
	EDE_UNSUPPORTED_ALGORITHM = 1,
	EDE_UNSUPPORTED_DIGEST = 2,
};

/* RFC 8914 section 4, and RFC 9276 section 3.2 for the last. */
static const struct ede {
	const char *words;
	bool dnssec; /* says that validation failed */
} ede_table[] = {
	[0] = {"Other Error", false},
	[1] = {"Unsupported DNSKEY Algorithm", true},
	[2] = {"Unsupported DS Digest Type", true},
	[3] = {"Stale Answer", false},
	[4] = {"Forged Answer", false},
	[5] = {"DNSSEC Indeterminate", true},
	[6] = {"DNSSEC Bogus", true},
	[7] = {"Signature Expired", true},
	[8] = {"Signature Not Yet Valid", true},
	[9] = {"DNSKEY Missing", true},
	[10] = {"RRSIGs Missing", true},
	[11] = {"No Zone Key Bit Set", true},
	[12] = {"NSEC Missing", true},
	[13] = {"Cached Error", false},
	[14] = {"Not Ready", false},
	[15] = {"Blocked", false},
	[16] = {"Censored", false},
	[17] = {"Filtered", false},
	[18] = {"Prohibited", false},
	[19] = {"Stale NXDomain Answer", false},
	[20] = {"Not Authoritative", false},
	[21] = {"Not Supported", false},
	[22] = {"No Reachable Authority", false},
	[23] = {"Network Error", false},
	[24] = {"Invalid Data", false},
	[25] = {"Signature Expired before Valid", true},
	[26] = {"Too Early", false},
	[27] = {"Unsupported NSEC3 Iterations Value", true},
};

enum {
	EDE_KNOWN = sizeof(ede_table) / sizeof(ede_table[0])
};

/* Questions. */

static ldns_pkt *
new_query(const char *name, enum answer_type type, uint16_t flags)
{
	ldns_rdf *owner = ldns_dname_new_frm_str(name);
	ldns_pkt *packet;

	if (!owner)
		return NULL;
	packet = ldns_pkt_query_new(
		owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN, flags);
	if (!packet)
		ldns_rdf_deep_free(owner);
	return packet;
}

size_t
message_query(uint8_t out[MESSAGE_QUERY_SIZE], const char *name,
	enum answer_type type, uint16_t id, unsigned flags)
{
	uint16_t bits = (uint16_t)((flags & MESSAGE_RD ? LDNS_RD : 0) |
				   (flags & MESSAGE_AD ? LDNS_AD : 0) |
				   (flags & MESSAGE_CD ? LDNS_CD : 0));
	ldns_pkt *packet = new_query(name, type, bits);
	uint8_t *wire = NULL;
	size_t len = 0;

	if (!packet)
		return 0;
	ldns_pkt_set_id(packet, id);
	ldns_pkt_set_edns_udp_size(packet, MESSAGE_UDP_SIZE);
	ldns_pkt_set_edns_do(packet, true);
	if (ldns_pkt2wire(&wire, packet, &len) != LDNS_STATUS_OK ||
		len > MESSAGE_QUERY_SIZE)
		len = 0;
	if (len > 0)
		memcpy(out, wire, len);
	free(wire);
	ldns_pkt_free(packet);
	return len;
}

bool
message_is_truncated(const uint8_t *wire, size_t len)
{
	return len > 2 && (wire[2] & 0x02) != 0;
}

/* Responses. */

/* Is rr of this owner (normalised) and type in class IN? It may have no RDATA
   at all. */
static bool
is_record(const ldns_rr *rr, const char *owner, ldns_rr_type type)
{
	const ldns_rdf *rdf = ldns_rr_owner(rr);
	char name[NAME_TEXT_SIZE];

	return ldns_rr_get_type(rr) == type && rdf &&
	       ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	       name_from_wire(ldns_rdf_data(rdf), ldns_rdf_size(rdf), name) &&
	       strcasecmp(name, owner) == 0;
}

/* A server that does not understand a question need not repeat it. */
static bool
answers_question(const ldns_pkt *packet, const char *name, ldns_rr_type type)
{
	const ldns_rr_list *question = ldns_pkt_question(packet);

	if (!ldns_pkt_qr(packet))
		return false;
	if (ldns_rr_list_rr_count(question) == 0)
		return ldns_pkt_get_rcode(packet) == LDNS_RCODE_FORMERR ||
		       ldns_pkt_get_rcode(packet) == LDNS_RCODE_NOTIMPL;
	return ldns_rr_list_rr_count(question) == 1 &&
	       is_record(ldns_rr_list_rr(question, 0), name, type);
}

static const ldns_rr *
find_cname(const ldns_rr_list *list, const char *owner)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (is_record(rr, owner, LDNS_RR_TYPE_CNAME) &&
			ldns_rr_rd_count(rr) > 0)
			return rr;
	}
	return NULL;
}

/* Follow the CNAMEs of the answer section from name to the answer's owner. */
static void
follow_aliases(struct message *m, const ldns_rr_list *list, const char *name,
	enum answer_type type)
{
	const char *owner = name;
	const ldns_rr *cname;
	size_t left = ldns_rr_list_rr_count(list);

	m->alias[0] = '\0';
	if (type == ANSWER_TYPE_CNAME)
		return;
	while (left-- > 0 && (cname = find_cname(list, owner))) {
		const ldns_rdf *target = ldns_rr_rdf(cname, 0);

		if (!name_from_wire(ldns_rdf_data(target),
			    ldns_rdf_size(target), m->alias))
			break;
		owner = m->alias;
	}
	if (m->alias[0] != '\0' && strcasecmp(m->alias, name) != 0)
		m->answer.alias = m->alias;
}

/* The RDATA of rr behind what is in data already. */
static bool
keep_rdata(struct message *m, const ldns_rr *rr, size_t *used)
{
	struct answer_rdata *rdata = &m->rdata[m->answer.count];
	size_t start = *used;

	if (m->answer.count == MESSAGE_RECORDS_MAX)
		return false;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);
		size_t size = ldns_rdf_size(rdf);

		if (size > sizeof(m->data) - *used)
			return false;
		memcpy(m->data + *used, ldns_rdf_data(rdf), size);
		*used += size;
	}
	rdata->data = m->data + start;
	rdata->len = *used - start;
	m->answer.count++;
	return true;
}

static void
keep_least_ttl(struct message *m, const ldns_rr *rr, bool *found)
{
	if (!*found || ldns_rr_ttl(rr) < m->answer.ttl_s)
		m->answer.ttl_s = ldns_rr_ttl(rr);
	*found = true;
}

static void
read_answer(struct message *m, const ldns_rr_list *list, const char *name,
	enum answer_type type)
{
	const char *owner;
	bool found = false;
	size_t used = 0;

	follow_aliases(m, list, name, type);
	owner = m->answer.alias ? m->answer.alias : name;
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (ldns_rr_rd_count(rr) == 0)
			continue;
		if (is_record(rr, owner, (ldns_rr_type)type)) {
			keep_least_ttl(m, rr, &found);
			if (!keep_rdata(m, rr, &used))
				break;
		} else if (is_record(rr, owner, LDNS_RR_TYPE_RRSIG) &&
			   signature_covers(rr, (ldns_rr_type)type)) {
			m->signed_answer = true;
			signature_read(rr, &m->answer);
		}
	}
}

/* Of the authority section: what proves, or replaces, a missing answer. */
static void
read_authority(struct message *m, const ldns_rr_list *list)
{
	bool ns = false, soa = false, proof = false, signatures = false;
	bool found = false;

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);
		ldns_rr_type type = ldns_rr_get_type(rr);

		ns |= type == LDNS_RR_TYPE_NS;
		soa |= type == LDNS_RR_TYPE_SOA;
		proof |= type == LDNS_RR_TYPE_NSEC ||
			 type == LDNS_RR_TYPE_NSEC3;
		signatures |= type == LDNS_RR_TYPE_RRSIG;
		if (m->answer.count == 0)
			keep_least_ttl(m, rr, &found);
	}
	m->signed_denial = soa && proof && signatures;
	m->referral = ns && !soa && m->answer.count == 0 && !m->answer.alias &&
		      !m->authoritative;
}

static bool
read_name(const ldns_rdf *rdf, char out[NAME_TEXT_SIZE])
{
	return rdf &&
	       name_from_wire(ldns_rdf_data(rdf), ldns_rdf_size(rdf), out) > 0;
}

static struct message_server *
add_server(struct message_delegation *d, const char *name)
{
	struct message_server *server;

	if (d->count == MESSAGE_SERVERS_MAX)
		return NULL;
	server = &d->servers[d->count++];
	memset(server, 0, sizeof(*server));
	snprintf(server->name, sizeof(server->name), "%s", name);
	server->address.port = DNS_PORT;
	return server;
}

static void
set_glue(struct server_address *address, const ldns_rr *rr)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);

	if (!rdf || ldns_rdf_size(rdf) > sizeof(address->octets))
		return;
	address->len = (uint16_t)ldns_rdf_size(rdf);
	memcpy(address->octets, ldns_rdf_data(rdf), address->len);
}

/* All addresses that the message has for a server; without one, its name. */
static void
add_glue(struct message_delegation *d, const char *name,
	const ldns_rr_list *additional)
{
	struct message_server *server;
	size_t before = d->count;

	for (size_t i = 0; i < ldns_rr_list_rr_count(additional); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(additional, i);

		if (!is_record(rr, name, LDNS_RR_TYPE_A) &&
			!is_record(rr, name, LDNS_RR_TYPE_AAAA))
			continue;
		server = add_server(d, name);
		if (server)
			set_glue(&server->address, rr);
	}
	if (d->count == before)
		add_server(d, name);
}

static void
read_delegation(struct message_delegation *d, const ldns_pkt *packet)
{
	const ldns_rr_list *authority = ldns_pkt_authority(packet);
	char name[NAME_TEXT_SIZE];

	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_NS ||
			!read_name(ldns_rr_rdf(rr, 0), name) ||
			!read_name(ldns_rr_owner(rr), d->zone))
			continue;
		add_glue(d, name, ldns_pkt_additional(packet));
	}
}

static enum answer_status
status_of(const struct message *m)
{
	switch (m->rcode) {
	case LDNS_RCODE_NOERROR:
		return m->answer.count > 0 ? ANSWER_DATA : ANSWER_NODATA;
	case LDNS_RCODE_FORMERR:
		return ANSWER_FORMERR;
	case LDNS_RCODE_NXDOMAIN:
		return ANSWER_NXDOMAIN;
	case LDNS_RCODE_NOTIMPL:
		return ANSWER_NOTIMP;
	case LDNS_RCODE_REFUSED:
		return ANSWER_REFUSED;
	default:
		return ANSWER_SERVFAIL;
	}
}

/* Extended errors. */

/* Of the text only what a terminal and a database can bear. */
static void
add_text(struct message *m, const uint8_t *text, size_t len)
{
	size_t end = strlen(m->why);

	for (size_t i = 0; i < len && end + 1 < sizeof(m->why); i++)
		m->why[end++] = text[i] >= ' ' && text[i] <= '~' ? (char)text[i]
								 : '?';
	m->why[end] = '\0';
}

static void
add_words(struct message *m, const char *words)
{
	size_t end = strlen(m->why);

	snprintf(m->why + end, sizeof(m->why) - end, "%s", words);
}

static void
read_ede(struct message *m, const uint8_t *data, size_t len)
{
	unsigned code = (unsigned)data[0] << 8 | data[1];
	char unknown[24];

	if (m->why[0] != '\0')
		add_words(m, "; ");
	snprintf(unknown, sizeof(unknown), "extended error %u", code);
	add_words(m, code < EDE_KNOWN ? ede_table[code].words : unknown);
	if (len > 2) {
		add_words(m, ": ");
		/* Some servers end the text with a NUL (RFC 8914 section 2). */
		add_text(m, data + 2, len - 2 - (data[len - 1] == '\0'));
	}
	m->answer.unsupported |= code == EDE_UNSUPPORTED_ALGORITHM ||
				 code == EDE_UNSUPPORTED_DIGEST;
	if (code < EDE_KNOWN && ede_table[code].dnssec)
		m->ede = MESSAGE_EDE_DNSSEC;
	else if (m->ede == MESSAGE_EDE_NONE && code != 0)
		m->ede = MESSAGE_EDE_OTHER;
}

/* The options of the OPT record (RFC 6891 section 6.1.2). */
static void
read_options(struct message *m, const uint8_t *data, size_t len)
{
	while (len >= 4) {
		unsigned code = (unsigned)data[0] << 8 | data[1];
		size_t size = (size_t)data[2] << 8 | data[3];

		data += 4;
		len -= 4;
		if (size > len)
			return;
		if (code == EDNS_OPTION_EDE && size >= 2)
			read_ede(m, data, size);
		data += size;
		len -= size;
	}
}

static void
read_packet(struct message *m, const ldns_pkt *packet, const char *name,
	enum answer_type type)
{
	const ldns_rdf *options = ldns_pkt_edns_data(packet);
	struct answer *answer = &m->answer;

	m->rcode = (unsigned)ldns_pkt_get_rcode(packet) |
		   (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4;
	m->authoritative = ldns_pkt_aa(packet);
	m->truncated = ldns_pkt_tc(packet);
	m->authentic = ldns_pkt_ad(packet);
	read_answer(m, ldns_pkt_answer(packet), name, type);
	read_authority(m, ldns_pkt_authority(packet));
	m->sha1_only = signature_sha1_only(ldns_pkt_answer(packet)) ||
		       signature_sha1_only(ldns_pkt_authority(packet));
	if (type == ANSWER_TYPE_PTR)
		denial_read(ldns_pkt_authority(packet), name, &answer->nsec3);
	if (m->referral)
		read_delegation(&m->delegation, packet);
	answer->status = status_of(m);
	if (answer->status != ANSWER_DATA)
		answer->count = 0;
	if (options)
		read_options(m, ldns_rdf_data(options), ldns_rdf_size(options));
	if (m->why[0] == '\0' && answer->status == ANSWER_SERVFAIL &&
		m->rcode != LDNS_RCODE_SERVFAIL)
		snprintf(m->why, sizeof(m->why), "rcode %u", m->rcode);
	if (m->why[0] != '\0')
		answer->why = m->why;
}

int
message_parse(struct message *m, const uint8_t *wire, size_t len,
	const char *name, enum answer_type type)
{
	ldns_pkt *packet = NULL;
	int rc = -1;

	memset(m, 0, offsetof(struct message, delegation));
	m->why[0] = m->alias[0] = m->delegation.zone[0] = '\0';
	m->delegation.count = 0;
	m->answer.rdata = m->rdata;
	if (ldns_wire2pkt(&packet, wire, len) != LDNS_STATUS_OK)
		return -1;
	if (answers_question(packet, name, (ldns_rr_type)type)) {
		read_packet(m, packet, name, type);
		rc = 0;
	}
	ldns_pkt_free(packet);
	return rc;
}
