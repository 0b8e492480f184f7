/*
 * From libunbound's words to a typed answer, with made-up results of all the
 * kinds that the library is known to give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <ldns/ldns.h>
#include <unbound.h>

#include "resolver/result.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char *
text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static const struct {
	const char *what;
	int err, rcode, havedata, nxdomain, secure, bogus;
	enum answer_status status;
	enum answer_trust trust;
	size_t count;
} table_rows[] = {
	{"signed data", 0, 0, 1, 0, 1, 0, ANSWER_DATA, ANSWER_SECURE, 1},
	{"signed NODATA", 0, 0, 0, 0, 1, 0, ANSWER_NODATA, ANSWER_SECURE, 0},
	{"signed NXDOMAIN", 0, 3, 0, 1, 1, 0, ANSWER_NXDOMAIN, ANSWER_SECURE,
		0},
	{"opt-out denial", 0, 3, 0, 1, 0, 0, ANSWER_NXDOMAIN, ANSWER_INSECURE,
		0},
	{"unsigned data", 0, 0, 1, 0, 0, 0, ANSWER_DATA, ANSWER_INSECURE, 1},
	{"unsigned NODATA", 0, 0, 0, 0, 0, 0, ANSWER_NODATA, ANSWER_INSECURE,
		0},
	{"expired, with its data", 0, 0, 1, 0, 0, 1, ANSWER_DATA, ANSWER_BOGUS,
		0},
	{"unproved NXDOMAIN", 0, 3, 0, 1, 0, 1, ANSWER_NXDOMAIN, ANSWER_BOGUS,
		0},
	{"unproved NODATA", 0, 0, 0, 0, 0, 1, ANSWER_NODATA, ANSWER_BOGUS, 0},
	{"bogus SERVFAIL", 0, 2, 0, 0, 0, 1, ANSWER_SERVFAIL, ANSWER_BOGUS, 0},
	{"SERVFAIL", 0, 2, 0, 0, 0, 0, ANSWER_SERVFAIL, ANSWER_NONE, 0},
	{"SERVFAIL said to be secure", 0, 2, 1, 0, 1, 0, ANSWER_SERVFAIL,
		ANSWER_NONE, 0},
	{"FORMERR", 0, 1, 0, 0, 0, 0, ANSWER_FORMERR, ANSWER_NONE, 0},
	{"NOTIMP", 0, 4, 0, 0, 0, 0, ANSWER_NOTIMP, ANSWER_NONE, 0},
	{"REFUSED", 0, 5, 0, 0, 0, 0, ANSWER_REFUSED, ANSWER_NONE, 0},
	{"YXDOMAIN", 0, 6, 0, 0, 0, 0, ANSWER_SERVFAIL, ANSWER_NONE, 0},
	{"error of the library", UB_NOMEM, 0, 1, 0, 1, 0, ANSWER_SERVFAIL,
		ANSWER_NONE, 0},
};

static void
test_table(void **state)
{
	char octet[] = "x";
	char *data[] = {octet, NULL};
	int len[] = {1, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(table_rows); i++) {
		struct ub_result ub = {.qname = text("a.example"),
			.qtype = ANSWER_TYPE_MX,
			.rcode = table_rows[i].rcode,
			.havedata = table_rows[i].havedata,
			.nxdomain = table_rows[i].nxdomain,
			.secure = table_rows[i].secure,
			.bogus = table_rows[i].bogus,
			.ttl = 300,
			.data = data,
			.len = len};
		struct result result;

		memset(&result, 0xa5, sizeof(result));
		result_map(&result, table_rows[i].err, &ub);
		if (result.answer.status != table_rows[i].status ||
			result.answer.trust != table_rows[i].trust ||
			result.answer.count != table_rows[i].count)
			fail_msg("%s: %s %s %zu", table_rows[i].what,
				answer_status_label(result.answer.status),
				answer_trust_label(result.answer.trust),
				result.answer.count);
	}
}

static void
test_why(void **state)
{
	static const struct {
		int err, rcode, bogus;
		const char *why, *expected;
	} rows[] = {
		{0, 0, 1, "validation failure <a>: no keys\n",
			"validation failure <a>: no keys"},
		{0, 0, 1, NULL, NULL},
		{0, 0, 1, "", NULL},
		{0, 0, 0, NULL, NULL},
		{0, 2, 0, NULL, NULL},
		{0, 9, 0, NULL, "rcode 9"},
		{UB_NOMEM, 0, 0, NULL, "out of memory"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ub_result ub = {.qname = text("a"),
			.rcode = rows[i].rcode,
			.bogus = rows[i].bogus,
			.why_bogus = text(rows[i].why)};
		struct result result;

		result_map(&result, rows[i].err, &ub);
		if (!rows[i].expected)
			assert_null(result.answer.why);
		else
			assert_string_equal(
				result.answer.why, rows[i].expected);
	}
}

/* Words as libunbound puts them together (validator.c, val_sigcrypt.c). */
static void
test_limits(void **state)
{
	static const struct {
		const char *why;
		int rcode, bogus;
		enum answer_status status;
		enum answer_trust trust;
	} rows[] = {
		{"validation failure <a. MX IN>: too many RRSIG validations "
		 "from 192.0.2.1",
			0, 1, ANSWER_SERVFAIL, ANSWER_NONE},
		{"validation failure <a. MX IN>: too many RRSIG validations "
		 "from 192.0.2.1",
			3, 1, ANSWER_SERVFAIL, ANSWER_NONE},
		{"validation failure <a. MX IN>: key for validation a. is "
		 "marked as invalid because of a previous too many RRSIG "
		 "validations",
			2, 1, ANSWER_SERVFAIL, ANSWER_NONE},
		{"validation failure <a. MX IN>: max validation suspends "
		 "reached, too many RRSIG validations",
			2, 0, ANSWER_SERVFAIL, ANSWER_NONE},
		{"validation failure <a. MX IN>: signature crypto failed from "
		 "192.0.2.1",
			0, 1, ANSWER_DATA, ANSWER_BOGUS},
	};
	char octet[] = "x";
	char *data[] = {octet, NULL};
	int len[] = {1, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ub_result ub = {.qname = text("a"),
			.qtype = ANSWER_TYPE_MX,
			.rcode = rows[i].rcode,
			.havedata = 1,
			.bogus = rows[i].bogus,
			.data = data,
			.len = len,
			.why_bogus = text(rows[i].why)};
		struct result result;

		result_map(&result, 0, &ub);
		assert_int_equal(result.answer.status, rows[i].status);
		assert_int_equal(result.answer.trust, rows[i].trust);
		assert_int_equal(result.answer.count, 0);
		assert_string_equal(result.answer.why, rows[i].why);
	}
}

static void
test_no_result(void **state)
{
	struct result result;

	(void)state;
	result_map(&result, UB_SYNTAX, NULL);
	assert_int_equal(result.answer.status, ANSWER_SERVFAIL);
	assert_int_equal(result.answer.trust, ANSWER_NONE);
	assert_string_equal(result.answer.why, "syntax error");
	result_map(&result, 0, NULL);
	assert_int_equal(result.answer.status, ANSWER_SERVFAIL);
	assert_non_null(result.answer.why);
}

static void
test_alias(void **state)
{
	static const struct {
		const char *qname, *canonname, *alias;
	} rows[] = {
		{"a.example", NULL, NULL},
		{"a.example", "a.example.", NULL},
		{"a.example", "A.Example.", NULL},
		{"a.example", "MX.Other.Example.", "mx.other.example"},
		{"a.example", "mx.example", "mx.example"},
		{"a.example", ".", "."},
		{".", ".", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ub_result ub = {.qname = text(rows[i].qname),
			.canonname = text(rows[i].canonname),
			.secure = 1};
		struct result result;

		result_map(&result, 0, &ub);
		if (!rows[i].alias)
			assert_null(result.answer.alias);
		else
			assert_string_equal(result.answer.alias, rows[i].alias);
	}
}

static void
test_records(void **state)
{
	enum {
		MANY = RESULT_RECORDS_MAX + 5
	};
	static char *data[MANY + 1];
	static int len[MANY + 1];
	struct ub_result ub = {.qname = text("a"),
		.qtype = ANSWER_TYPE_MX,
		.havedata = 1,
		.ttl = 77,
		.data = data,
		.len = len};
	struct result result;
	char octets[] = "abcdef";

	(void)state;
	data[0] = octets;
	len[0] = 6;
	data[1] = octets + 2;
	len[1] = 0;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.count, 2);
	assert_int_equal(result.answer.ttl_s, 77);
	assert_int_equal(result.answer.rdata[0].len, 6);
	assert_memory_equal(result.answer.rdata[0].data, "abcdef", 6);
	assert_int_equal(result.answer.rdata[1].len, 0);
	for (size_t i = 0; i < MANY; i++)
		data[i] = octets;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.count, RESULT_RECORDS_MAX);
	ub.ttl = -1;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.ttl_s, 0);
}

static uint8_t *
section_packet(ldns_pkt_section section, const char *const *records, size_t n,
	size_t *size)
{
	ldns_pkt *pkt = ldns_pkt_new();
	uint8_t *wire = NULL;

	for (size_t i = 0; i < n; i++) {
		ldns_rr *rr = NULL;

		assert_int_equal(
			ldns_rr_new_frm_str(&rr, records[i], 0, NULL, NULL),
			LDNS_STATUS_OK);
		ldns_pkt_push_rr(pkt, section, rr);
	}
	assert_int_equal(ldns_pkt2wire(&wire, pkt, size), LDNS_STATUS_OK);
	ldns_pkt_free(pkt);
	return wire;
}

static uint8_t *
packet(const char *const *records, size_t n, size_t *size)
{
	return section_packet(LDNS_SECTION_ANSWER, records, n, size);
}

/* G02: the TTL of the TLSA RRset, not that of the CNAME before it. */
static void
test_tlsa_ttl(void **state)
{
	static const char *const records[] = {
		"_25._tcp.a.example. 5 IN CNAME b.example.",
		"b.example. 3600 IN TLSA 3 1 1 00",
		"b.example. 3599 IN TLSA 3 1 1 01",
	};
	char octets[] = "\3\1\1";
	char *data[] = {octets, NULL};
	int len[] = {4, 0};
	struct ub_result ub = {.qname = text("_25._tcp.a.example"),
		.qtype = ANSWER_TYPE_TLSA,
		.havedata = 1,
		.secure = 1,
		.ttl = 5,
		.data = data,
		.len = len};
	struct result result;
	size_t size;
	uint8_t *wire = packet(records, COUNT(records), &size);

	(void)state;
	ub.answer_packet = wire;
	ub.answer_len = (int)size;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.ttl_s, 3599);
	ub.qtype = ANSWER_TYPE_MX;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.ttl_s, 5);
	ub.qtype = ANSWER_TYPE_TLSA;
	ub.answer_len = 20;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.ttl_s, 5);
	ub.answer_packet = NULL;
	result_map(&result, 0, &ub);
	assert_int_equal(result.answer.ttl_s, 5);
	free(wire);
}

/* B14, B15, A05: whether a wildcard was expanded, and the algorithm. */
static void
test_signature(void **state)
{
	static const struct {
		int qtype, secure;
		const char *rrsig;
		int wildcard, algorithm;
	} rows[] = {
#define REST " 3600 20300101000000 20200101000000 1 a.example. AAAA"
		{ANSWER_TYPE_TLSA, 1, "TLSA 13 4" REST, 0, 13},
		{ANSWER_TYPE_TLSA, 0, "TLSA 8 2" REST, 1, 8},
		{ANSWER_TYPE_TLSA, 1, "CNAME 8 2" REST, 0, 0},
		{ANSWER_TYPE_MX, 1, "MX 7 4" REST, 0, 7},
		{ANSWER_TYPE_MX, 0, "MX 12 4" REST, 0, 12}, /* A04 */
		{ANSWER_TYPE_A, 1, "A 8 2" REST, 0, 0},
		{ANSWER_TYPE_TLSA, 0, "\\# 0", 0, 0},
		{ANSWER_TYPE_TLSA, 0, "\\# 3 003408", 0, 0},
#undef REST
	};
	char octets[] = "\3\1\1";
	char *data[] = {octets, NULL};
	int len[] = {4, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char record[200];
		const char *const records[] = {record};
		struct ub_result ub = {.qname = text("_25._tcp.a.example"),
			.qtype = rows[i].qtype,
			.havedata = 1,
			.secure = rows[i].secure,
			.data = data,
			.len = len};
		struct result result;
		size_t size;
		uint8_t *wire;

		snprintf(record, sizeof(record),
			"_25._tcp.a.example. 5 IN RRSIG %s", rows[i].rrsig);
		wire = packet(records, 1, &size);
		ub.answer_packet = wire;
		ub.answer_len = (int)size;
		result_map(&result, 0, &ub);
		assert_int_equal(result.answer.wildcard, rows[i].wildcard);
		assert_int_equal(result.answer.algorithm, rows[i].algorithm);
		assert_int_equal(result.answer.sig_expiration,
			rows[i].algorithm != 0 ? 1893456000 : 0);
		assert_int_equal(result.answer.sig_inception,
			rows[i].algorithm != 0 ? 1577836800 : 0);
		free(wire);
	}
}

#define SIGNED(type, alg)                                               \
	"a.example. 5 IN RRSIG " type " " alg " 2 3600 20300101000000 " \
	"20200101000000 1 a.example. AAAA"

static void
map_secure(struct result *result, enum answer_type type, bool distrust,
	const char *const *records, size_t n)
{
	char octets[] = "\0\1\0";
	char *data[] = {octets, NULL};
	int len[] = {3, 0};
	struct ub_result ub = {.qname = text("a.example"),
		.qtype = (int)type,
		.havedata = 1,
		.secure = 1,
		.data = data,
		.len = len};
	size_t size;
	uint8_t *wire = packet(records, n, &size);

	ub.answer_packet = wire;
	ub.answer_len = (int)size;
	result_map(result, 0, &ub);
	if (distrust)
		result_distrust_sha1(result, &ub);
	free(wire);
}

/* G21: of several signatures the best algorithm and the longest dates. */
static void
test_signatures(void **state)
{
	static const char *const records[] = {
		SIGNED("MX", "13"),
		"a.example. 5 IN RRSIG MX 7 2 3600 20310101000000 "
		"20210101000000 1 a.example. AAAA",
		SIGNED("MX", "12"),
	};
	struct result result;

	(void)state;
	map_secure(&result, ANSWER_TYPE_MX, false, records, 3);
	assert_int_equal(result.answer.algorithm, 13);
	assert_int_equal(result.answer.sig_expiration, 1924992000);
	assert_int_equal(result.answer.sig_inception, 1609459200);
	map_secure(&result, ANSWER_TYPE_MX, false, records + 1, 2);
	assert_int_equal(result.answer.algorithm, 7);
}

/* A05: as the user wants it, SHA-1 alone does not make an answer secure. */
static void
test_distrust(void **state)
{
	static const struct {
		enum answer_type type;
		const char *records[2];
		enum answer_trust trust;
	} rows[] = {
		{ANSWER_TYPE_MX, {SIGNED("MX", "8")}, ANSWER_SECURE},
		{ANSWER_TYPE_MX, {SIGNED("MX", "5")}, ANSWER_INSECURE},
		{ANSWER_TYPE_A, {SIGNED("A", "7")}, ANSWER_INSECURE},
		{ANSWER_TYPE_A, {SIGNED("A", "8"), SIGNED("CNAME", "7")},
			ANSWER_INSECURE},
		{ANSWER_TYPE_A, {SIGNED("A", "7"), SIGNED("A", "13")},
			ANSWER_SECURE},
		/* What nobody implements is no better. */
		{ANSWER_TYPE_A, {SIGNED("A", "7"), SIGNED("A", "12")},
			ANSWER_INSECURE},
		{ANSWER_TYPE_A, {"a.example. 5 IN A 192.0.2.1"}, ANSWER_SECURE},
	};
	struct result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = rows[i].records[1] ? 2 : 1;

		map_secure(&result, rows[i].type, true, rows[i].records, n);
		assert_int_equal(result.answer.trust, rows[i].trust);
		map_secure(&result, rows[i].type, false, rows[i].records, n);
		assert_int_equal(result.answer.trust, ANSWER_SECURE);
	}
	result_fail(&result, ANSWER_SERVFAIL, "gone");
	result_distrust_sha1(&result, NULL);
	assert_int_equal(result.answer.trust, ANSWER_NONE);
}

/* G19: the NSEC3 records of the zone itself, and of no other. */
static void
test_denial(void **state)
{
#define HASH "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define NEXT " " HASH " A RRSIG"
	static const struct {
		int qtype;
		const char *record;
		int found, opt_out;
		unsigned iterations, salt_len;
	} rows[] = {
		{ANSWER_TYPE_PTR, HASH ".a.example. 5 IN NSEC3 1 0 0 -" NEXT, 1,
			0, 0, 0},
		{ANSWER_TYPE_PTR,
			HASH ".a.example. 5 IN NSEC3 1 1 300 aabb" NEXT, 1, 1,
			300, 2},
		{ANSWER_TYPE_A, HASH ".a.example. 5 IN NSEC3 1 1 1 aa" NEXT, 0,
			0, 0, 0},
		{ANSWER_TYPE_PTR, HASH ".example. 5 IN NSEC3 1 1 1 aa" NEXT, 0,
			0, 0, 0},
		{ANSWER_TYPE_PTR, "a.example. 5 IN NSEC b.example. A", 0, 0, 0,
			0},
		{ANSWER_TYPE_PTR, HASH ".a.example. 5 IN NSEC3 \\# 2 0101", 0,
			0, 0, 0},
	};
#undef NEXT
#undef HASH

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ub_result ub = {.qname = text("a.example"),
			.qtype = rows[i].qtype,
			.secure = 1};
		struct result result;
		size_t size;
		uint8_t *wire = section_packet(
			LDNS_SECTION_AUTHORITY, &rows[i].record, 1, &size);

		ub.answer_packet = wire;
		ub.answer_len = (int)size;
		result_map(&result, 0, &ub);
		assert_int_equal(result.answer.nsec3.found, rows[i].found);
		assert_int_equal(result.answer.nsec3.opt_out, rows[i].opt_out);
		assert_int_equal(
			result.answer.nsec3.iterations, rows[i].iterations);
		assert_int_equal(
			result.answer.nsec3.salt_len, rows[i].salt_len);
		free(wire);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_result),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_tlsa_ttl),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_distrust),
		cmocka_unit_test(test_denial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
