/*
 * The stub against resolvers of canned responses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "resolver/server.h"
#include "tests/unit/resolver/laboratory.h"
#include "tests/unit/resolver/responder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MX(owner) owner ".example. 60 MX 10 mx.example.\n"

enum {
	MANY = 500,
	LIMIT_MS = 60000,
	SHORT_MS = 1500 /* where there is no answer */
};

static const struct responder_rule rules[] = {
	{.label = ".",
		.plain = {.flags = WIRE_AD, .answer = ". SOA a. b. 1 2 3 4 5"}},
	{.label = "secure",
		.plain = {.flags = WIRE_AD, .answer = MX("secure")}},
	{.label = "insecure", .plain = {.answer = MX("insecure")}},
	{.label = "unsupported",
		.plain = {.answer = MX("unsupported"), .errors = "2"}},
	{.label = "stale", .plain = {.answer = MX("stale"), .errors = "3"}},
	{.label = "sha1",
		.plain = {.flags = WIRE_AD,
			.answer = MX("sha1") "sha1.example. RRSIG MX 5 2 300 "
					     "20300101000000 20200101000000 1 "
					     "example. "
					     "AAAA"}},
	{.label = "none", .plain = {.flags = WIRE_AD, .rcode = 3}},
	{.label = "alias",
		.plain = {.answer = "alias.example. CNAME secure.example.\n" MX(
				  "secure")}},
	{.label = "bogus",
		.plain = {.rcode = 2, .errors = "7 of mx"},
		.unchecked = {.answer = MX("bogus")}},
	{.label = "silent-bogus",
		.plain = {.rcode = 2},
		.unchecked = {.rcode = 3}},
	{.label = "broken",
		.plain = {.rcode = 2, .errors = "22"},
		.unchecked = {.rcode = 2}},
	{.label = "shaky",
		.plain = {.rcode = 2, .errors = "23"},
		.unchecked = {.answer = MX("shaky")}},
	{.label = "refused", .plain = {.rcode = 5}},
	{.label = "notimp", .plain = {.rcode = 4}},
	{.label = "formerr", .plain = {.rcode = 1}},
	{.label = "big",
		.truncate = true,
		.plain = {.flags = WIRE_AD, .answer = MX("big")}},
	{.label = "dropped", .drop_udp = true},
	{.label = "deaf", .truncate = true, .drop_tcp = true},
	{0},
};

static const struct responder_rule no_ad[] = {
	{.label = ".", .plain = {.answer = ". SOA a. b. 1 2 3 4 5"}}, {0}};

static const struct {
	const char *name;
	enum answer_status status;
	enum answer_trust trust;
	size_t count;
	const char *alias;
	const char *why;
} rows[] = {
	{"secure.example", ANSWER_DATA, ANSWER_SECURE, 1, "", ""},
	{"insecure.example", ANSWER_DATA, ANSWER_INSECURE, 1, "", ""},
	{"unsupported.example", ANSWER_DATA, ANSWER_INSECURE, 1, "",
		"Unsupported DS Digest Type"}, /* A04 */
	{"stale.example", ANSWER_DATA, ANSWER_INSECURE, 1, "", ""},
	{"sha1.example", ANSWER_DATA, ANSWER_SECURE, 1, "", ""},
	{"none.example", ANSWER_NXDOMAIN, ANSWER_SECURE, 0, "", ""},
	{"alias.example", ANSWER_DATA, ANSWER_INSECURE, 1, "secure.example",
		""},
	{"bogus.example", ANSWER_DATA, ANSWER_BOGUS, 0, "",
		"Signature Expired: of mx"},
	{"silent-bogus.example", ANSWER_NXDOMAIN, ANSWER_BOGUS, 0, "", ""},
	{"broken.example", ANSWER_SERVFAIL, ANSWER_NONE, 0, "",
		"No Reachable Authority"},
	{"shaky.example", ANSWER_SERVFAIL, ANSWER_NONE, 0, "", "Network Error"},
	{"refused.example", ANSWER_REFUSED, ANSWER_NONE, 0, "", ""},
	{"notimp.example", ANSWER_NOTIMP, ANSWER_NONE, 0, "", ""},
	{"formerr.example", ANSWER_FORMERR, ANSWER_NONE, 0, "", ""},
	{"big.example", ANSWER_DATA, ANSWER_SECURE, 1, "", ""},
	/* The last ones, which take their time. */
	{"dropped.example", ANSWER_TIMEOUT, ANSWER_NONE, 0, "",
		"no answer within 1.5 s"},
	{"deaf.example", ANSWER_TIMEOUT, ANSWER_NONE, 0, "",
		"no answer within 1.5 s"},
};

static struct resolver_config
stub_config(struct server_address *list, size_t n)
{
	return (struct resolver_config){
		.timeout_ms = LIMIT_MS, .stubs = list, .stub_count = n};
}

static struct server_address
local(uint16_t port)
{
	struct server_address server;

	assert_int_equal(server_parse("127.0.0.1", port, &server), 0);
	return server;
}

static void
check_rows(struct laboratory *w, size_t first, size_t end)
{
	struct reply replies[COUNT(rows)];

	for (size_t i = first; i < end; i++)
		laboratory_ask(w, rows[i].name, ANSWER_TYPE_MX, &replies[i]);
	laboratory_drain(w);
	for (size_t i = first; i < end; i++) {
		const struct reply *r = &replies[i];

		if (r->calls != 1 || r->status != rows[i].status ||
			r->trust != rows[i].trust ||
			r->count != rows[i].count ||
			strcmp(r->alias, rows[i].alias) != 0 ||
			strcmp(r->why, rows[i].why) != 0)
			fail_msg("%s: %u calls, %s %s %zu \"%s\" %s",
				rows[i].name, r->calls,
				answer_status_label(r->status),
				answer_trust_label(r->trust), r->count,
				r->alias, r->why);
	}
	if (first == 0)
		assert_int_equal(replies[0].ttl_s, 60);
	assert_int_equal(w->nfds, 0);
}

/* What an observer has heard, by status. */
struct observed {
	unsigned calls;
	unsigned statuses[ANSWER_FORMERR + 1];
	uint64_t longest_ms;
};

static void
on_observed(void *arg, enum answer_type type, enum answer_status status,
	uint64_t elapsed_ms)
{
	struct observed *observed = arg;

	assert_int_equal(type, ANSWER_TYPE_MX);
	observed->calls++;
	observed->statuses[status]++;
	if (elapsed_ms > observed->longest_ms)
		observed->longest_ms = elapsed_ms;
}

static void
check_observed(const struct observed *observed, size_t answered)
{
	assert_int_equal(observed->calls, COUNT(rows));
	assert_int_equal(
		observed->statuses[ANSWER_TIMEOUT], COUNT(rows) - answered);
	assert_true(observed->longest_ms >= SHORT_MS);
}

static void
test_answers(void **state)
{
	struct observed observed = {0};
	struct responder responder;
	struct server_address list[1];
	struct resolver_config config = stub_config(list, 1);
	struct laboratory w;
	size_t answered = 0;

	(void)state;
	while (rows[answered].status != ANSWER_TIMEOUT)
		answered++;
	responder_start(&responder, rules);
	list[0] = local(responder.port);
	laboratory_begin(&w, &config);
	resolver_observe(w.resolver, on_observed, &observed);
	check_rows(&w, 0, answered);
	resolver_free(w.resolver);
	config.timeout_ms = SHORT_MS;
	laboratory_begin(&w, &config);
	resolver_observe(w.resolver, on_observed, &observed);
	check_rows(&w, answered, COUNT(rows));
	check_observed(&observed, answered);
	resolver_free(w.resolver);
	responder_stop(&responder);
}

/* A05: as the user wants it, SHA-1 alone does not make an answer secure. */
static void
test_distrust(void **state)
{
	struct responder responder;
	struct server_address list[1];
	struct resolver_config config = stub_config(list, 1);
	struct laboratory w;
	struct reply sha1, other;

	(void)state;
	responder_start(&responder, rules);
	list[0] = local(responder.port);
	config.sha1_is_insecure = true;
	laboratory_begin(&w, &config);
	laboratory_ask(&w, "sha1.example", ANSWER_TYPE_MX, &sha1);
	laboratory_ask(&w, "secure.example", ANSWER_TYPE_MX, &other);
	laboratory_drain(&w);
	assert_int_equal(sha1.status, ANSWER_DATA);
	assert_int_equal(sha1.trust, ANSWER_INSECURE);
	assert_int_equal(other.trust, ANSWER_SECURE);
	resolver_free(w.resolver);
	responder_stop(&responder);
}

/* The first of the list does not listen. */
static void
test_failover(void **state)
{
	struct responder responder;
	struct server_address list[2];
	struct resolver_config config = stub_config(list, 2);
	struct reply replies[MANY];
	struct laboratory w;
	char name[64];

	(void)state;
	responder_start(&responder, rules);
	list[0] = local(responder_closed_port());
	list[1] = local(responder.port);
	laboratory_begin(&w, &config);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "none%u.example", i);
		laboratory_ask(&w, name, ANSWER_TYPE_MX, &replies[i]);
	}
	laboratory_drain(&w);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(replies[i].calls, 1);
		assert_int_equal(replies[i].status, ANSWER_NXDOMAIN);
		assert_int_equal(replies[i].trust, ANSWER_SECURE);
	}
	resolver_free(w.resolver);
	responder_stop(&responder);
}

static void
expect_refusal(const struct resolver_config *config, const char *words)
{
	char err[512] = "";

	assert_null(resolver_new(config, err, sizeof(err)));
	if (!strstr(err, words))
		fail_msg("%s", err);
}

static void
test_selftest(void **state)
{
	struct responder plain, validating;
	struct server_address list[2];
	struct resolver_config one = stub_config(list, 1);
	struct resolver_config two = stub_config(list, 2);

	(void)state;
	responder_start(&plain, no_ad);
	responder_start(&validating, rules);
	list[0] = local(plain.port);
	list[1] = local(validating.port);
	expect_refusal(&one, "does not validate: no AD bit");
	expect_refusal(&two, "does not validate: no AD bit");
	list[0] = local(responder_closed_port());
	expect_refusal(&one, "no answer from 127.0.0.1@");
	responder_stop(&plain);
	responder_stop(&validating);
}

/* Open questions, one over TCP among them, are forgotten without a trace. */
static void
test_free_while_open(void **state)
{
	static const char *const names[] = {
		"secure.example", "big.example", "dropped.example"};
	struct responder responder;
	struct server_address list[1];
	struct resolver_config config = stub_config(list, 1);
	struct reply replies[COUNT(names)];
	struct laboratory w;

	(void)state;
	responder_start(&responder, rules);
	list[0] = local(responder.port);
	for (unsigned turns = 0; turns < 4; turns++) {
		laboratory_begin(&w, &config);
		for (size_t i = 0; i < COUNT(names); i++)
			laboratory_ask(
				&w, names[i], ANSWER_TYPE_MX, &replies[i]);
		for (unsigned i = 0; i < turns; i++)
			laboratory_turn(&w);
		resolver_free(w.resolver);
		assert_int_equal(replies[2].calls, 0);
	}
	responder_stop(&responder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_distrust),
		cmocka_unit_test(test_failover),
		cmocka_unit_test(test_selftest),
		cmocka_unit_test(test_free_while_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
