/*
 * Responses in wire form for the tests, from text.
 */
#include "tests/unit/resolver/wire.h"

#include <assert.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

static void
add_records(ldns_pkt *packet, ldns_pkt_section section, const char *lines)
{
	char *copy = strdup(lines ? lines : ""), *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		ldns_rr *rr = NULL;

		if (*line == '\0')
			continue;
		if (ldns_rr_new_frm_str(&rr, line, 300, NULL, NULL) !=
			LDNS_STATUS_OK)
			abort();
		ldns_pkt_push_rr(packet, section, rr);
	}
	free(copy);
}

static void
add_errors(ldns_pkt *packet, const char *lines)
{
	char *copy = strdup(lines ? lines : ""), *rest = copy, *line;
	uint8_t data[512];
	size_t len = 0;

	while ((line = strsep(&rest, "\n"))) {
		char *words = NULL;
		unsigned long code = strtoul(line, &words, 10);
		size_t size;

		if (*line == '\0')
			continue;
		words += *words == ' ';
		size = strlen(words);
		assert(len + 6 + size <= sizeof(data));
		data[len++] = 0;
		data[len++] = 15;
		data[len++] = 0;
		data[len++] = (uint8_t)(2 + size);
		data[len++] = (uint8_t)(code >> 8);
		data[len++] = (uint8_t)code;
		memcpy(data + len, words, size);
		len += size;
	}
	free(copy);
	if (len > 0)
		ldns_pkt_set_edns_data(
			packet, ldns_rdf_new_frm_data(
					LDNS_RDF_TYPE_UNKNOWN, len, data));
}

size_t
wire_response(const struct wire *wire, uint8_t out[WIRE_SIZE])
{
	ldns_pkt *packet = NULL;
	uint8_t *data = NULL;
	size_t len = 0;

	if (ldns_pkt_query_new_frm_str(&packet, wire->name,
		    ldns_get_rr_type_by_name(wire->type), LDNS_RR_CLASS_IN,
		    0) != LDNS_STATUS_OK)
		abort();
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_id(packet, wire->id);
	ldns_pkt_set_aa(packet, (wire->flags & WIRE_AA) != 0);
	ldns_pkt_set_tc(packet, (wire->flags & WIRE_TC) != 0);
	ldns_pkt_set_ad(packet, (wire->flags & WIRE_AD) != 0);
	ldns_pkt_set_rcode(packet, wire->rcode & 15);
	ldns_pkt_set_edns_extended_rcode(packet, (uint8_t)(wire->rcode >> 4));
	add_records(packet, LDNS_SECTION_ANSWER, wire->answer);
	add_records(packet, LDNS_SECTION_AUTHORITY, wire->authority);
	add_records(packet, LDNS_SECTION_ADDITIONAL, wire->additional);
	if (!wire->no_edns)
		ldns_pkt_set_edns_udp_size(packet, 1232);
	add_errors(packet, wire->errors);
	if (ldns_pkt2wire(&data, packet, &len) != LDNS_STATUS_OK)
		abort();
	memcpy(out, data, len);
	free(data);
	ldns_pkt_free(packet);
	return len;
}
