/*
 * The answer of an authoritative server to one message. Wildcards and DNAME are
 * not served; a CNAME is answered as it stands.
 */
#include <ctype.h>
#include <endian.h>
#include <ldns/ldns.h>
#include <string.h>

#include "tests/lab/authority_answer.h"

#define HEADER 12
#define OPT_SIZE 11
#define MAX_PROOFS 3
#define POINTER_TO_QUESTION 0xc00c

enum section {
	SECTION_ANSWER,
	SECTION_AUTHORITY,
	SECTION_ADDITIONAL,
	SECTIONS
};

struct answer {
	const struct zonedb *db;
	const struct zonedb_zone *zone;
	const struct question *question;
	uint8_t *out;
	size_t room;
	size_t length;
	uint16_t counts[SECTIONS];
	unsigned rcode;
	bool authoritative;
	bool truncated;
	uint64_t proofs[MAX_PROOFS]; /* nodes whose denial is in it */
	size_t proof_count;
};

static uint16_t
get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void
put16(uint8_t *at, unsigned number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static size_t
parse_name(struct question *question, const uint8_t *message, size_t length)
{
	size_t at = HEADER, size;

	question->name_length = 0;
	do {
		if (at >= length || message[at] > 63 ||
			at + message[at] + 1u > length ||
			question->name_length + message[at] + 1u > ZONEDB_NAME)
			return 0;
		size = message[at] + 1u;
		for (size_t i = 0; i < size; i++)
			question->name[question->name_length + i] =
				(uint8_t)tolower(message[at + i]);
		question->name_length += size;
		at += size;
	} while (size > 1);
	return at;
}

bool
question_parse(struct question *question, const uint8_t *message, size_t length)
{
	const uint8_t *opt;
	size_t at;

	memset(question, 0, sizeof(*question));
	question->udp_size = 512;
	if (length < HEADER || (message[2] & 0x80) != 0 ||
		get16(message + 4) != 1 ||
		(at = parse_name(question, message, length)) == 0 ||
		at + 4 > length)
		return false;
	question->type = get16(message + at);
	question->class = get16(message + at + 2);
	question->end = at + 4;
	opt = message + question->end;
	if (get16(message + 6) != 0 || get16(message + 8) != 0 ||
		get16(message + 10) == 0 || length - question->end < OPT_SIZE ||
		opt[0] != 0 || get16(opt + 1) != LDNS_RR_TYPE_OPT)
		return true;
	question->edns = true;
	question->udp_size = get16(opt + 3) < 512 ? 512 : get16(opt + 3);
	question->bad_version = opt[6] != 0;
	question->dnssec_ok = (opt[7] & 0x80) != 0;
	return true;
}

static bool
add_record(struct answer *answer, const uint8_t *owner, uint16_t type,
	uint32_t ttl, const uint8_t *data, size_t size)
{
	const struct question *question = answer->question;
	size_t owner_length = zonedb_name_length(owner);
	bool same = owner_length == question->name_length &&
		    memcmp(owner, question->name, owner_length) == 0;
	size_t length = (same ? 2 : owner_length) + 10 + size;
	uint8_t *at = answer->out + answer->length;
	uint32_t big = htobe32(ttl);

	if (answer->truncated ||
		answer->room - answer->length < length + OPT_SIZE) {
		answer->truncated = true;
		return false;
	}
	if (same)
		put16(at, POINTER_TO_QUESTION);
	else
		memcpy(at, owner, owner_length);
	at += same ? 2 : owner_length;
	put16(at, type);
	put16(at + 2, LDNS_RR_CLASS_IN);
	memcpy(at + 4, &big, sizeof(big));
	put16(at + 8, (unsigned)size);
	memcpy(at + 10, data, size);
	answer->length += length;
	return true;
}

static void
add_rrset(struct answer *answer, enum section section, const uint8_t *owner,
	const struct zonedb_rrset *rrset, uint32_t ttl)
{
	const uint8_t *data = rrset->records;

	for (unsigned i = 0; i < rrset->count; i++) {
		size_t size = get16(data);

		if (add_record(answer, owner, rrset->type, ttl, data + 2, size))
			answer->counts[section]++;
		data += 2 + size;
	}
	if (answer->question->dnssec_ok && rrset->signature_size > 0 &&
		add_record(answer, owner, LDNS_RR_TYPE_RRSIG, ttl,
			rrset->signature, rrset->signature_size))
		answer->counts[section]++;
}

static bool
add_type(struct answer *answer, enum section section, uint64_t node,
	uint16_t type)
{
	struct zonedb_rrset rrset;

	if (!zonedb_rrset(answer->db, node, type, &rrset))
		return false;
	add_rrset(answer, section, zonedb_node_name(answer->db, node), &rrset,
		rrset.ttl);
	return true;
}

/* A denial, once. */
static void
add_proof(struct answer *answer, uint64_t node, uint16_t type)
{
	for (size_t i = 0; i < answer->proof_count; i++)
		if (answer->proofs[i] == node)
			return;
	if (answer->proof_count == MAX_PROOFS || node == 0)
		return;
	answer->proofs[answer->proof_count++] = node;
	add_type(answer, SECTION_AUTHORITY, node, type);
}

static uint64_t
apex_node(const struct answer *answer)
{
	return answer->db->nodes[answer->zone->first_node];
}

/* The NSEC record that matches or covers a name. Names between, without one,
 * are glue or empty. */
static void
add_nsec(struct answer *answer, const uint8_t *name)
{
	struct zonedb_rrset rrset;
	bool exact;
	uint32_t number = zonedb_find(answer->db, answer->zone, name, &exact);

	while (number > answer->zone->first_node &&
		!zonedb_rrset(answer->db, answer->db->nodes[number],
			LDNS_RR_TYPE_NSEC, &rrset))
		number--;
	add_proof(answer, answer->db->nodes[number], LDNS_RR_TYPE_NSEC);
}

/* The NSEC3 record that matches or covers a name. */
static bool
add_nsec3(struct answer *answer, const uint8_t *name, bool only_match)
{
	uint8_t hash[ZONEDB_HASH];
	uint64_t node;
	bool exact;

	zonedb_nsec3_hash(name, answer->zone->iterations, hash);
	node = zonedb_find_hash(answer->db, answer->zone, hash, &exact);
	if (only_match && !exact)
		return false;
	add_proof(answer, node, LDNS_RR_TYPE_NSEC3);
	return exact;
}

/* Matches the closest encloser that has a hash, covers the name below it (RFC
 * 5155 section 7.2.1): from closest, which exists, up to the apex. */
static const uint8_t *
add_encloser(struct answer *answer, const uint8_t *closest)
{
	const uint8_t *name = answer->question->name;
	const uint8_t *next = name;

	while (name != closest) {
		next = name;
		name += *name + 1;
	}
	while (!add_nsec3(answer, name, true) &&
		(size_t)(name - answer->question->name) +
				answer->db->base[answer->zone->name] <
			answer->question->name_length) {
		next = name;
		name += *name + 1;
	}
	add_nsec3(answer, next, false);
	return name;
}

static bool
proves(const struct answer *answer)
{
	return answer->question->dnssec_ok &&
	       (answer->zone->flags & ZONEDB_SIGNED) != 0;
}

/* The SOA with the TTL of what is not there (RFC 2308 section 3). */
static void
add_soa(struct answer *answer)
{
	struct zonedb_rrset soa;
	uint32_t minimum;

	if (!zonedb_rrset(
		    answer->db, apex_node(answer), LDNS_RR_TYPE_SOA, &soa))
		return;
	memcpy(&minimum, soa.records + soa.size - 4, sizeof(minimum));
	minimum = be32toh(minimum);
	add_rrset(answer, SECTION_AUTHORITY,
		zonedb_node_name(answer->db, apex_node(answer)), &soa,
		minimum < soa.ttl ? minimum : soa.ttl);
}

/* The name exists, without this type. */
static void
answer_nodata(struct answer *answer, const uint8_t *name)
{
	add_soa(answer);
	if (!proves(answer))
		return;
	if ((answer->zone->flags & ZONEDB_NSEC3) == 0)
		add_nsec(answer, name);
	else if (!add_nsec3(answer, name, true))
		add_encloser(answer, name); /* opt-out */
}

/* closest: the longest part of the name that exists. */
static void
answer_nxdomain(struct answer *answer, const uint8_t *closest)
{
	uint8_t wildcard[ZONEDB_NAME + 2] = {1, '*'};

	answer->rcode = LDNS_RCODE_NXDOMAIN;
	add_soa(answer);
	if (!proves(answer))
		return;
	if ((answer->zone->flags & ZONEDB_NSEC3) != 0)
		closest = add_encloser(answer, closest);
	memcpy(wildcard + 2, closest, zonedb_name_length(closest));
	if ((answer->zone->flags & ZONEDB_NSEC3) != 0) {
		add_nsec3(answer, wildcard, false);
	} else {
		add_nsec(answer, answer->question->name);
		add_nsec(answer, wildcard);
	}
}

/* Addresses of the name servers, as far as they are here and there is room. */
static void
add_glue(struct answer *answer, const struct zonedb_rrset *ns)
{
	const uint8_t *data = ns->records;
	bool truncated = answer->truncated;

	for (unsigned i = 0; i < ns->count; i++) {
		bool exact;
		uint32_t number = zonedb_find(
			answer->db, answer->zone, data + 2, &exact);
		uint64_t node = answer->db->nodes[number];

		data += 2 + get16(data);
		if (!exact)
			continue;
		add_type(answer, SECTION_ADDITIONAL, node, LDNS_RR_TYPE_A);
		add_type(answer, SECTION_ADDITIONAL, node, LDNS_RR_TYPE_AAAA);
	}
	answer->truncated = truncated;
}

static void
answer_referral(struct answer *answer, uint64_t cut, const uint8_t *name)
{
	struct zonedb_rrset ns;

	answer->authoritative = false;
	zonedb_rrset(answer->db, cut, LDNS_RR_TYPE_NS, &ns);
	add_rrset(answer, SECTION_AUTHORITY, name, &ns, ns.ttl);
	if (proves(answer) &&
		!add_type(answer, SECTION_AUTHORITY, cut, LDNS_RR_TYPE_DS)) {
		if ((answer->zone->flags & ZONEDB_NSEC3) == 0)
			add_nsec(answer, name);
		else if (!add_nsec3(answer, name, true))
			add_encloser(answer, name);
	}
	add_glue(answer, &ns);
}

static void
answer_node(struct answer *answer, uint64_t node)
{
	const struct question *question = answer->question;
	struct zonedb_rrset ns;

	if (!add_type(answer, SECTION_ANSWER, node, question->type) &&
		!add_type(answer, SECTION_ANSWER, node, LDNS_RR_TYPE_CNAME))
		answer_nodata(answer, question->name);
	else if (question->type == LDNS_RR_TYPE_NS &&
		 zonedb_rrset(answer->db, node, LDNS_RR_TYPE_NS, &ns))
		add_glue(answer, &ns);
}

/* From the name below the apex downwards: the first cut, the name itself, or
 * where it ends to exist. */
static void
answer_in_zone(struct answer *answer)
{
	const struct question *question = answer->question;
	const uint8_t *names[128];
	const uint8_t *name = question->name;
	size_t below = question->name_length -
		       answer->db->base[answer->zone->name];
	size_t count = 0;
	uint64_t node = apex_node(answer);

	for (; name < question->name + below; name += *name + 1)
		names[count++] = name;
	while (count-- > 0) {
		struct zonedb_rrset ns;
		bool exact;
		uint32_t number = zonedb_find(
			answer->db, answer->zone, names[count], &exact);

		if (!exact) {
			answer_nxdomain(
				answer, names[count] + *names[count] + 1);
			return;
		}
		node = answer->db->nodes[number];
		if (zonedb_rrset(answer->db, node, LDNS_RR_TYPE_NS, &ns) &&
			!(count == 0 && question->type == LDNS_RR_TYPE_DS)) {
			answer_referral(answer, node, names[count]);
			return;
		}
	}
	answer_node(answer, node);
}

/* The closest zone above the name that this server has; for the DS of a zone
 * one above that, if it has any. */
static const struct zonedb_zone *
find_zone(const struct zonedb *db, uint16_t server,
	const struct question *question)
{
	const struct zonedb_zone *child = NULL;

	for (const uint8_t *name = question->name;; name += *name + 1) {
		const struct zonedb_zone *zone = zonedb_zone(db, name);
		bool served = zone != NULL && zonedb_serves(zone, server);

		if (served && (question->type != LDNS_RR_TYPE_DS ||
				      name != question->name || *name == 0))
			return zone;
		if (served)
			child = zone;
		if (*name == 0)
			return child;
	}
}

/* Header, question, and OPT where the query had one. */
static size_t
finish(struct answer *answer, const uint8_t *message)
{
	const struct question *question = answer->question;
	uint8_t *out = answer->out;
	unsigned flags = 0x8000u | (get16(message + 2) & 0x7900u);

	if (answer->truncated) {
		memset(answer->counts, 0, sizeof(answer->counts));
		answer->length = question->end;
	}
	flags |= answer->authoritative ? 0x0400u : 0;
	flags |= answer->truncated ? 0x0200u : 0;
	memcpy(out, message, question->end);
	put16(out + 2, flags | (answer->rcode & 15));
	for (int i = 0; i < SECTIONS; i++)
		put16(out + 6 + 2 * i, answer->counts[i]);
	if (!question->edns)
		return answer->length;
	put16(out + 10, answer->counts[SECTION_ADDITIONAL] + 1u);
	out += answer->length;
	memset(out, 0, OPT_SIZE);
	put16(out + 1, LDNS_RR_TYPE_OPT);
	put16(out + 3, UDP_SIZE);
	out[5] = (uint8_t)(answer->rcode >> 4);
	out[7] = question->dnssec_ok ? 0x80 : 0;
	return answer->length + OPT_SIZE;
}

size_t
answer_empty(const struct question *question, const uint8_t *message,
	uint8_t *out, unsigned rcode, bool truncated)
{
	struct answer answer = {.question = question,
		.out = out,
		.length = question->end,
		.rcode = rcode,
		.truncated = truncated};

	return finish(&answer, message);
}

size_t
answer_make(const struct zonedb *db, uint16_t server,
	const struct question *question, const uint8_t *message, uint8_t *out,
	size_t room)
{
	struct answer answer = {.db = db,
		.question = question,
		.out = out,
		.room = room,
		.length = question->end,
		.authoritative = true};

	if ((message[2] & 0x78) != 0)
		return answer_empty(
			question, message, out, LDNS_RCODE_NOTIMPL, false);
	if (question->bad_version)
		return answer_empty(question, message, out, 16, false);
	if (question->class == LDNS_RR_CLASS_IN)
		answer.zone = find_zone(db, server, question);
	if (answer.zone == NULL)
		return answer_empty(
			question, message, out, LDNS_RCODE_REFUSED, false);
	answer_in_zone(&answer);
	return finish(&answer, message);
}
