/*
 * Questions in wire form, and responses of all kinds as typed answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/message.h"
#include "tests/unit/resolver/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_query(void **state)
{
	static const uint8_t expected[] = {0x12, 0x34, 0x01, 0x30, 0, 1, 0, 0,
		0, 0, 0, 1, 3, '_', '2', '5', 1, 'a', 0, 0, 52, 0, 1, 0, 0, 41,
		0x04, 0xd0, 0, 0, 0x80, 0, 0, 0};
	uint8_t out[MESSAGE_QUERY_SIZE];

	(void)state;
	assert_int_equal(message_query(out, "_25.a", ANSWER_TYPE_TLSA, 0x1234,
				 MESSAGE_RD | MESSAGE_AD | MESSAGE_CD),
		sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
	/* To an authoritative server. */
	message_query(out, "_25.a", ANSWER_TYPE_TLSA, 0x1234, 0);
	assert_int_equal(out[2], 0);
	assert_int_equal(out[3], 0);
	assert_int_equal(message_query(out, ".", ANSWER_TYPE_SOA, 1, 0),
		12 + 1 + 4 + 11);
	assert_int_equal(message_query(out, "a..b", ANSWER_TYPE_MX, 1, 0), 0);
}

#define SIG(type)                                                            \
	" RRSIG " type " 13 2 300 20300101000000 20200101000000 1 example. " \
	"AAAA"
#define SOA "example. SOA a. b. 1 2 3 4 60\n"
#define SIGNED_SOA SOA "example." SIG("SOA") "\n"
#define NSEC "a.example. NSEC b.example. A RRSIG NSEC\n"

struct row {
	const char *what;
	struct wire wire;
	enum answer_status status;
	size_t count;
	uint32_t ttl_s;
	const char *alias;
	enum message_ede ede;
	const char *why;
	const char *bits; /* A uthoritative, D = AD, T, s, d, r of the struct */
};

static const struct row rows[] = {
	{"data",
		{.answer = "a.example. 60 MX 10 mx.a.example.\n"
			   "a.example. 60 MX 20 B.example."},
		ANSWER_DATA, 2, 60, "", MESSAGE_EDE_NONE, "", ""},
	{"secure",
		{.flags = WIRE_AD,
			.answer = "A.Example. MX 10 mx.\na.example." SIG("MX")},
		ANSWER_DATA, 1, 300, "", MESSAGE_EDE_NONE, "", "Ds"},
	{"signature of another type",
		{.answer = "a.example. MX 10 mx.\na.example." SIG("A")},
		ANSWER_DATA, 1, 300, "", MESSAGE_EDE_NONE, "", ""},
	{"alias",
		{.answer = "c.example. 90 MX 10 mx.\n"
			   "b.example. 30 CNAME C.example.\n"
			   "a.example. 30 CNAME b.example."},
		ANSWER_DATA, 1, 90, "c.example", MESSAGE_EDE_NONE, "", ""},
	{"alias to nothing",
		{.rcode = 3, .answer = "a.example. CNAME b.example."},
		ANSWER_NXDOMAIN, 0, 0, "b.example", MESSAGE_EDE_NONE, "", ""},
	{"loop",
		{.answer = "a.example. CNAME b.example.\n"
			   "b.example. CNAME a.example."},
		ANSWER_NODATA, 0, 0, "", MESSAGE_EDE_NONE, "", ""},
	{"record of another name", {.answer = "b.example. MX 10 mx."},
		ANSWER_NODATA, 0, 0, "", MESSAGE_EDE_NONE, "", ""},
	{"denial with proof",
		{.flags = WIRE_AA,
			.authority = SIGNED_SOA NSEC "a.example." SIG("NSEC")},
		ANSWER_NODATA, 0, 300, "", MESSAGE_EDE_NONE, "", "Ad"},
	{"denial without", {.rcode = 3, .flags = WIRE_AA, .authority = SOA},
		ANSWER_NXDOMAIN, 0, 300, "", MESSAGE_EDE_NONE, "", "A"},
	{"referral", {.authority = "example. NS ns.example."}, ANSWER_NODATA, 0,
		300, "", MESSAGE_EDE_NONE, "", "r"},
	{"truncated", {.flags = WIRE_TC}, ANSWER_NODATA, 0, 0, "",
		MESSAGE_EDE_NONE, "", "T"},
	{"FORMERR", {.rcode = 1}, ANSWER_FORMERR, 0, 0, "", MESSAGE_EDE_NONE,
		"", ""},
	{"SERVFAIL, with data", {.rcode = 2, .answer = "a.example. MX 10 mx."},
		ANSWER_SERVFAIL, 0, 300, "", MESSAGE_EDE_NONE, "", ""},
	{"NOTIMP", {.rcode = 4}, ANSWER_NOTIMP, 0, 0, "", MESSAGE_EDE_NONE, "",
		""},
	{"REFUSED", {.rcode = 5}, ANSWER_REFUSED, 0, 0, "", MESSAGE_EDE_NONE,
		"", ""},
	{"BADVERS", {.rcode = 16}, ANSWER_SERVFAIL, 0, 0, "", MESSAGE_EDE_NONE,
		"rcode 16", ""},
	{"validation failed", {.rcode = 2, .errors = "7 since\x1b yesterday"},
		ANSWER_SERVFAIL, 0, 0, "", MESSAGE_EDE_DNSSEC,
		"Signature Expired: since? yesterday", ""},
	{"network failed", {.rcode = 2, .errors = "23\n22"}, ANSWER_SERVFAIL, 0,
		0, "", MESSAGE_EDE_OTHER,
		"Network Error; No Reachable Authority", ""},
	{"both", {.rcode = 2, .errors = "9 no key\n22"}, ANSWER_SERVFAIL, 0, 0,
		"", MESSAGE_EDE_DNSSEC,
		"DNSKEY Missing: no key; No Reachable Authority", ""},
	{"unknown error", {.rcode = 2, .errors = "4711 x"}, ANSWER_SERVFAIL, 0,
		0, "", MESSAGE_EDE_OTHER, "extended error 4711: x", ""},
};

static void
bits_of(const struct message *m, char out[8])
{
	snprintf(out, 8, "%s%s%s%s%s%s", m->authoritative ? "A" : "",
		m->authentic ? "D" : "", m->truncated ? "T" : "",
		m->signed_answer ? "s" : "", m->signed_denial ? "d" : "",
		m->referral ? "r" : "");
}

static void
check_row(const struct row *row, const struct message *m)
{
	const struct answer *a = &m->answer;
	const char *alias = a->alias ? a->alias : "";
	const char *why = a->why ? a->why : "";
	char bits[8];

	bits_of(m, bits);
	if (a->status != row->status || a->count != row->count ||
		a->ttl_s != row->ttl_s || strcmp(alias, row->alias) != 0 ||
		m->ede != row->ede || strcmp(why, row->why) != 0 ||
		strcmp(bits, row->bits) != 0)
		fail_msg("%s: %s %zu ttl %u \"%s\" %d \"%s\" %s", row->what,
			answer_status_label(a->status), a->count,
			(unsigned)a->ttl_s, alias, m->ede, why, bits);
	assert_int_equal(a->trust, ANSWER_NONE);
}

static void
test_responses(void **state)
{
	static uint8_t out[WIRE_SIZE];
	static struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wire wire = rows[i].wire;
		size_t len;

		wire.name = "a.example.";
		wire.type = "MX";
		len = wire_response(&wire, out);
		memset(&m, 0xa5, sizeof(m));
		assert_int_equal(message_parse(&m, out, len, "a.example",
					 ANSWER_TYPE_MX),
			0);
		check_row(&rows[i], &m);
		assert_int_equal(message_is_truncated(out, len), m.truncated);
	}
}

/* A04, A05: what validators cannot read, or should not believe. */
static void
test_unvalidated(void **state)
{
	static const struct {
		const char *answer, *authority, *errors;
		bool unsupported, sha1_only;
	} cases[] = {
		{"a.example. MX 10 mx.\na.example." SIG("MX"), NULL, NULL,
			false, false},
		{"a.example. MX 10 mx.", NULL, "1", true, false},
		{"a.example. MX 10 mx.", NULL, "2", true, false},
		{"a.example. MX 10 mx.", NULL, "3", false, false},
		{"a.example. RRSIG MX 5 2 300 20300101000000 20200101000000 1 "
		 "example. AAAA",
			NULL, NULL, false, true},
		{NULL,
			"example. RRSIG SOA 7 1 300 20300101000000 "
			"20200101000000 1 example. AAAA",
			NULL, false, true},
	};
	static uint8_t out[WIRE_SIZE];
	static struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct wire wire = {.name = "a.example.",
			.type = "MX",
			.answer = cases[i].answer,
			.authority = cases[i].authority,
			.errors = cases[i].errors};
		size_t len = wire_response(&wire, out);

		memset(&m, 0xa5, sizeof(m));
		assert_int_equal(message_parse(&m, out, len, "a.example",
					 ANSWER_TYPE_MX),
			0);
		assert_int_equal(m.answer.unsupported, cases[i].unsupported);
		assert_int_equal(m.sha1_only, cases[i].sha1_only);
	}
}

/* Uncompressed, whatever compression the message has. */
static void
test_rdata(void **state)
{
	static const uint8_t mx[] = {0, 10, 2, 'm', 'x', 1, 'a', 7, 'e', 'x',
		'a', 'm', 'p', 'l', 'e', 0};
	static uint8_t out[WIRE_SIZE];
	static struct message m;
	size_t len = wire_response(
		&(struct wire){.name = "a.example.",
			.type = "MX",
			.answer = "a.example. MX 10 mx.a.example."},
		out);

	(void)state;
	assert_int_equal(
		message_parse(&m, out, len, "a.example", ANSWER_TYPE_MX), 0);
	assert_int_equal(m.answer.rdata[0].len, sizeof(mx));
	assert_memory_equal(m.answer.rdata[0].data, mx, sizeof(mx));
}

/* A server for each address, and one for a name without. */
static void
test_delegation(void **state)
{
	static const char *const expected[] = {"ns1.a.example 192.0.2.1",
		"ns1.a.example 2001:db8::1", "ns.elsewhere "};
	static uint8_t out[WIRE_SIZE];
	static struct message m;
	size_t len = wire_response(
		&(struct wire){.name = "mx.a.example.",
			.type = "NS",
			.authority = "a.example. NS NS1.a.example.\n"
				     "a.example. NS ns.elsewhere.\n"
				     "a.example. DS 1 13 2 00",
			.additional = "ns1.a.example. A 192.0.2.1\n"
				      "ns2.a.example. A 192.0.2.2\n"
				      "ns1.a.example. AAAA 2001:db8::1"},
		out);

	(void)state;
	assert_int_equal(
		message_parse(&m, out, len, "mx.a.example", ANSWER_TYPE_NS), 0);
	assert_true(m.referral);
	assert_string_equal(m.delegation.zone, "a.example");
	assert_int_equal(m.delegation.count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct message_server *server = &m.delegation.servers[i];
		char address[SERVER_TEXT_SIZE] = "", text[2048];

		if (server->address.len > 0)
			server_text(&server->address, address);
		snprintf(text, sizeof(text), "%s %s", server->name, address);
		assert_string_equal(text, expected[i]);
	}
	len = wire_response(
		&(struct wire){.name = "a.example.", .type = "NS"}, out);
	assert_int_equal(
		message_parse(&m, out, len, "a.example", ANSWER_TYPE_NS), 0);
	assert_int_equal(m.delegation.count, 0);
}

static void
test_not_the_response(void **state)
{
	static uint8_t out[WIRE_SIZE];
	static struct message m;
	struct wire wire = {.name = "a.example.", .type = "MX"};
	size_t len = wire_response(&wire, out);

	(void)state;
	assert_int_equal(
		message_parse(&m, out, len, "b.example", ANSWER_TYPE_MX), -1);
	assert_int_equal(
		message_parse(&m, out, len, "a.example", ANSWER_TYPE_A), -1);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(message_parse(&m, out, cut, "a.example",
					 ANSWER_TYPE_MX),
			-1);
	out[2] &= 0x7f; /* a question */
	assert_int_equal(
		message_parse(&m, out, len, "a.example", ANSWER_TYPE_MX), -1);
	/* Without the question section only where it was not understood. */
	memcpy(out, "\0\0\x80\1\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(
		message_parse(&m, out, 12, "a.example", ANSWER_TYPE_MX), 0);
	assert_int_equal(m.answer.status, ANSWER_FORMERR);
	out[3] = 0;
	assert_int_equal(
		message_parse(&m, out, 12, "a.example", ANSWER_TYPE_MX), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_unvalidated),
		cmocka_unit_test(test_rdata),
		cmocka_unit_test(test_delegation),
		cmocka_unit_test(test_not_the_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
