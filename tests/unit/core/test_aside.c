/*
 * Tests of scanner/core/aside.c. The id of a row is that of the conformance
 * matrix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/aside.h"

#define SECURE(s)                                   \
	{                                           \
		.status = s, .trust = ANSWER_SECURE \
	}
#define FAILED                                                  \
	{                                                       \
		.status = ANSWER_SERVFAIL, .trust = ANSWER_NONE \
	}

/* "1.a" in wire form, for each number. */
static size_t
wire_name(uint8_t out[8], unsigned number)
{
	char label[4];
	size_t len = (size_t)snprintf(label, sizeof(label), "%u", number);

	out[0] = (uint8_t)len;
	memcpy(out + 1, label, len);
	memcpy(out + 1 + len, "\1a", 3);
	return len + 4;
}

/* An alias from each number to the next, from last to back; questions until the
   end. */
static unsigned
follow(struct aside *aside, unsigned last, unsigned back)
{
	unsigned questions = 0, number;
	bool more = true;

	while (more) {
		uint8_t wire[8];
		struct answer_rdata rdata = {.data = wire};
		struct answer answer = {.status = ANSWER_NODATA,
			.trust = ANSWER_SECURE,
			.rdata = &rdata};

		assert_int_equal(aside_type(aside), ANSWER_TYPE_CNAME);
		assert_int_equal(sscanf(aside->name, "%u.a", &number), 1);
		if (number < last || back > 0) {
			answer.status = ANSWER_DATA;
			answer.count = 1;
			rdata.len = wire_name(
				wire, number < last ? number + 1 : back);
		}
		more = aside_next(aside, &answer);
		assert_in_range(++questions, 1, ASIDE_HOPS_MAX + 1);
	}
	return questions;
}

/* A20, B13: loops of any length, led into or not, and ends. */
static void
test_aliases(void **state)
{
	static const struct {
		unsigned last, back;
		bool loop;
	} rows[] = {
		{1, 0, false}, /* no alias at all */
		{2, 0, false},
		{16, 0, false},
		{17, 0, true}, /* too long to be followed */
		{1, 1, true},  /* to itself */
		{2, 1, true},
		{3, 2, true},
		{5, 5, true},
		{6, 3, true},
		{9, 1, true},
	};
	static const struct fact_domain domain = {.name = "1.a", .mx = FAILED};
	struct aside aside;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(aside_for_domain(&aside, &domain));
		follow(&aside, rows[i].last, rows[i].back);
		if (aside.found != rows[i].loop)
			fail_msg("row %zu", i);
	}
	/* Found before the last hop that is followed. */
	aside_for_domain(&aside, &domain);
	assert_in_range(follow(&aside, 2, 1), 2, 4);
}

/* What cannot be read, or believed, ends it. */
static void
test_no_alias(void **state)
{
	static const uint8_t cut[] = {3, 'a'};
	static const struct answer_rdata rdata = {cut, sizeof(cut)};
	static const struct fact_domain domain = {.name = "1.a", .mx = FAILED};
	const struct answer bad = {.status = ANSWER_DATA,
		.trust = ANSWER_SECURE,
		.rdata = &rdata,
		.count = 1};
	const struct answer bogus = {
		.status = ANSWER_DATA, .trust = ANSWER_BOGUS};
	struct aside aside;

	(void)state;
	aside_for_domain(&aside, &domain);
	assert_false(aside_next(&aside, &bad));
	assert_false(aside.found);
	aside_for_domain(&aside, &domain);
	assert_false(aside_next(&aside, &bogus));
	assert_false(aside.found);
}

static const struct fact_host fine = {.name = "mx.example",
	.base = "mx.example",
	.a = SECURE(ANSWER_DATA),
	.tlsa = SECURE(ANSWER_DATA)};
static const struct fact_host without = {.name = "mx.example",
	.base = "mx.example",
	.a = SECURE(ANSWER_DATA),
	.tlsa = SECURE(ANSWER_NXDOMAIN)};

static void
test_hosts(void **state)
{
	static const struct fact_host failed = {.name = "mx.example",
		.base = "mxb.example",
		.a = SECURE(ANSWER_DATA),
		.tlsa = FAILED};
	static const struct fact_host no_address = {.name = "mx.example",
		.a = SECURE(ANSWER_NODATA),
		.aaaa = FAILED};
	static const struct fact_host unsigned_host = {.name = "mx.example",
		.a = {.status = ANSWER_DATA, .trust = ANSWER_INSECURE}};
	struct aside aside;

	(void)state;
	assert_false(aside_for_host(&aside, &fine, 25));
	assert_false(aside_for_host(&aside, &unsigned_host, 25));
	assert_true(aside_for_host(&aside, &failed, 25)); /* B13 */
	assert_int_equal(aside_type(&aside), ANSWER_TYPE_CNAME);
	assert_string_equal(aside.name, "_25._tcp.mxb.example");
	assert_true(aside_for_host(&aside, &no_address, 25));
	assert_string_equal(aside.name, "mx.example");
}

/* B28: what looks like the right name, in turn, until one has a record. */
static void
test_misplaced(void **state)
{
	static const struct answer none = {
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_SECURE};
	static const struct answer forged = {
		.status = ANSWER_DATA, .trust = ANSWER_BOGUS};
	static const struct answer record = {
		.status = ANSWER_DATA, .trust = ANSWER_SECURE};
	struct aside aside;

	(void)state;
	assert_true(aside_for_host(&aside, &without, 25));
	assert_int_equal(aside_type(&aside), ANSWER_TYPE_TLSA);
	assert_string_equal(aside.name, "_25.tcp.mx.example");
	assert_true(aside_next(&aside, &none));
	assert_string_equal(aside.name, "_smtp._tcp.mx.example");
	assert_false(aside_next(&aside, &forged));
	assert_false(aside.found);

	aside_for_host(&aside, &without, 25);
	assert_false(aside_next(&aside, &record));
	assert_true(aside.found);
}

/* B28: at the domain, where all hosts have none and are elsewhere. */
static void
test_at_domain(void **state)
{
	const struct fact_host *hosts[] = {&without, &fine};
	struct fact_domain domain = {
		.name = "example", .mx = SECURE(ANSWER_DATA)};
	struct aside aside;

	(void)state;
	assert_true(aside_for_hosts(&aside, &domain, hosts, 1, 25));
	assert_string_equal(aside.name, "_25._tcp.example");
	assert_false(aside_for_hosts(&aside, &domain, hosts, 2, 25));
	assert_false(aside_for_hosts(&aside, &domain, hosts, 0, 25));
	domain.mx.trust = ANSWER_INSECURE;
	assert_false(aside_for_hosts(&aside, &domain, hosts, 1, 25));
	domain.mx.trust = ANSWER_SECURE;
	domain.name = "mx.example";
	assert_false(aside_for_hosts(&aside, &domain, hosts, 1, 25));
}

/* A name that has no room for the labels is not asked. */
static void
test_long_names(void **state)
{
	static char name[NAME_SIZE];
	struct fact_host host = without;
	struct aside aside;

	(void)state;
	memset(name, 'a', NAME_SIZE - 1);
	host.name = host.base = name;
	assert_false(aside_for_host(&aside, &host, 25));
	name[NAME_SIZE - 1 - strlen("_smtp._tcp.")] = '\0';
	assert_true(aside_for_host(&aside, &host, 25));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_no_alias),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_misplaced),
		cmocka_unit_test(test_at_domain),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
