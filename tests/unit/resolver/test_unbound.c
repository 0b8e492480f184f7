/*
 * The embedded validator against a real name server: questions, answers and
 * time limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/resolver/laboratory.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	enum answer_type type;
	enum answer_status status;
	enum answer_trust trust;
	size_t count;
	const char *alias;
} answer_rows[] = {
	{".", ANSWER_TYPE_SOA, ANSWER_DATA, ANSWER_SECURE, 1, ""},
	{"mail.example", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, 2, ""},
	{"alias.example", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_SECURE, 2,
		"mail.example"},
	{"_25._tcp.mx.example", ANSWER_TYPE_TLSA, ANSWER_DATA, ANSWER_SECURE, 1,
		""},
	{"mx.example", ANSWER_TYPE_AAAA, ANSWER_NODATA, ANSWER_SECURE, 0, ""},
	{"none.example", ANSWER_TYPE_MX, ANSWER_NXDOMAIN, ANSWER_SECURE, 0, ""},
	{"none.test", ANSWER_TYPE_MX, ANSWER_NXDOMAIN, ANSWER_SECURE, 0, ""},
	{"www.plain", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_INSECURE, 1, ""},
	{"none.plain", ANSWER_TYPE_MX, ANSWER_NXDOMAIN, ANSWER_INSECURE, 0, ""},
	{"forged.example", ANSWER_TYPE_MX, ANSWER_DATA, ANSWER_BOGUS, 0, ""},
};

static void
test_answers(void **state)
{
	struct resolver_config config = laboratory_config();
	struct reply replies[COUNT(answer_rows)];
	struct laboratory w;

	(void)state;
	laboratory_begin(&w, &config);
	for (size_t i = 0; i < COUNT(answer_rows); i++)
		laboratory_ask(&w, answer_rows[i].name, answer_rows[i].type,
			&replies[i]);
	laboratory_drain(&w);
	for (size_t i = 0; i < COUNT(answer_rows); i++) {
		const struct reply *r = &replies[i];

		if (r->calls != 1 || r->status != answer_rows[i].status ||
			r->trust != answer_rows[i].trust ||
			r->count != answer_rows[i].count ||
			strcmp(r->alias, answer_rows[i].alias) != 0)
			fail_msg("%s: %u calls, %s %s %zu \"%s\" %s",
				answer_rows[i].name, r->calls,
				answer_status_label(r->status),
				answer_trust_label(r->trust), r->count,
				r->alias, r->why);
	}
	assert_int_equal(replies[3].ttl_s, 300);
	assert_non_null(strstr(replies[9].why, "forged.example"));
	assert_null(strchr(replies[9].why, '\n'));
	resolver_free(w.resolver);
}

static void
test_names_refused(void **state)
{
	static const char *const names[] = {"", "..", ".a", "a..b", "a.",
		"a b.example", "a\\032b.example", "\xc3\xbc.example",
		("a12345678901234567890123456789012345678901234567890123456789"
		 "0123.example")};
	struct resolver_config config = laboratory_config();
	struct resolver_stats stats;
	struct laboratory w;

	(void)state;
	laboratory_begin(&w, &config);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(
			resolver_ask(w.resolver, names[i], ANSWER_TYPE_MX,
				laboratory_now(&w), NULL, NULL),
			-1);
	resolver_stats(w.resolver, &stats);
	assert_int_equal(stats.asked, 0);
	resolver_free(w.resolver);
}

struct chain {
	struct laboratory *w;
	unsigned left;
};

/* Names that are in the cache, and such that are not. */
static void
on_link(void *arg, const struct answer *answer)
{
	struct chain *chain = arg;
	char name[64];

	assert_int_equal(answer->status, ANSWER_DATA);
	if (chain->left-- == 0)
		return;
	snprintf(name, sizeof(name), "chain%u.many.example", chain->left / 2);
	assert_int_equal(resolver_ask(chain->w->resolver, name, ANSWER_TYPE_MX,
				 laboratory_now(chain->w), on_link, chain),
		0);
}

static void
test_ask_in_callback(void **state)
{
	struct resolver_config config = laboratory_config();
	struct resolver_stats stats;
	struct laboratory w;
	struct chain chain = {&w, 50};

	(void)state;
	laboratory_begin(&w, &config);
	assert_int_equal(
		resolver_ask(w.resolver, "mail.example", ANSWER_TYPE_MX,
			laboratory_now(&w), on_link, &chain),
		0);
	laboratory_drain(&w);
	resolver_stats(w.resolver, &stats);
	assert_int_equal(stats.asked, 51);
	assert_int_equal(stats.answered, 51);
	resolver_free(w.resolver);
}

static void
test_many(void **state)
{
	enum {
		N = 3000
	};
	struct reply *replies = calloc(N, sizeof(*replies));
	struct resolver_config config = laboratory_config();
	struct laboratory w;

	(void)state;
	laboratory_begin(&w, &config);
	laboratory_ask_many(&w, replies, N, "n");
	assert_int_equal(laboratory_open(&w), N);
	laboratory_drain(&w);
	laboratory_expect_data(replies, N);
	resolver_free(w.resolver);
	free(replies);
}

/* What a process has in its cache it asks nobody for. */
static void
test_sent(void **state)
{
	struct resolver_config config = laboratory_config();
	struct reply replies[2] = {0};
	struct resolver_stats stats;
	uint64_t sent[2];
	struct laboratory w;

	(void)state;
	laboratory_begin(&w, &config);
	resolver_stats(w.resolver, &stats);
	for (size_t i = 0; i < 2; i++) {
		sent[i] = stats.sent;
		laboratory_ask_many(&w, &replies[i], 1, "sent");
		laboratory_drain(&w);
		resolver_stats(w.resolver, &stats);
	}
	/* Each process asked for the root's SOA and keys, to begin with. */
	assert_true(sent[0] >= LABORATORY_PROCESSES);
	assert_true(sent[1] > sent[0]);
	assert_int_equal(stats.sent, sent[1]);
	resolver_free(w.resolver);
}

static void
test_timeout(void **state)
{
	struct resolver_config config = laboratory_config();
	struct reply silent, other;
	struct resolver_stats stats;
	int fd = laboratory_silent_server();
	struct laboratory w;

	(void)state;
	config.timeout_ms = 60000;
	laboratory_begin(&w, &config);
	laboratory_ask(&w, "a.silent", ANSWER_TYPE_MX, &silent);
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &other);
	while (other.calls == 0)
		laboratory_turn(&w);
	assert_int_equal(silent.calls, 0);
	w.skew_ms += config.timeout_ms;
	laboratory_turn(&w);
	assert_int_equal(silent.calls, 1);
	assert_int_equal(silent.status, ANSWER_TIMEOUT);
	assert_int_equal(silent.trust, ANSWER_NONE);
	assert_string_equal(silent.why, "no answer within 60 s");
	laboratory_expect_data(&other, 1);
	resolver_stats(w.resolver, &stats);
	assert_int_equal(stats.timeouts, 1);
	assert_int_equal(stats.late, 1);
	assert_int_equal(stats.open, 0);
	resolver_free(w.resolver);
	close(fd);
}

static void
test_self_test(void **state)
{
	static const struct {
		const char *hints, *anchor, *words;
		bool reserved, silent;
	} rows[] = {
		{"hints", "none", "trust anchor", true, false},
		{"none", "anchor", "root hints", true, false},
		{"hints", "wrong-anchor", "does not validate", true, false},
		{"hints", "nsd.conf", "trust anchor", true, false},
		{"silent-hints", "anchor", "root hints", true, true},
		/* Loopback is nothing to ask outside the laboratory. */
		{"hints", "anchor", "no answer from the root servers", false,
			true},
	};
	struct resolver_config config = laboratory_config();
	char hints[256], anchor[256];
	int fd = laboratory_silent_server();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char err[512] = "";

		config.root_hints = laboratory_file(rows[i].hints, hints);
		config.trust_anchor = laboratory_file(rows[i].anchor, anchor);
		config.allow_reserved = rows[i].reserved;
		config.timeout_ms = rows[i].silent ? 3000
						   : LABORATORY_TIMEOUT_MS;
		assert_null(resolver_new(&config, err, sizeof(err)));
		if (!strstr(err, rows[i].words) || strchr(err, '\n'))
			fail_msg("%s, %s: %s", rows[i].hints, rows[i].anchor,
				err);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	close(fd);
}

static void
test_version(void **state)
{
	(void)state;
	assert_true(resolver_version()[0] >= '1');
	assert_non_null(strchr(resolver_version(), '.'));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_names_refused),
		cmocka_unit_test(test_ask_in_callback),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_self_test),
		cmocka_unit_test(test_version),
	};

	(void)argc;
	laboratory_enter(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
