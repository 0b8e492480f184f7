/*
 * Tests of scanner/policy.c: fetches from scripted servers, with a resolver
 * that knows a few names.
 */
#include "scanner/policy.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "tests/unit/core/pki.h"
#include "tests/unit/probe/mailserver.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define BODY                                                           \
	"version: STSv1\nmode: enforce\nmx: mx.a.test\nmx: *.b.test\n" \
	"max_age: 86400\n"
#define SERVE(text)                                                \
	{                                                          \
		{TLS, NULL, 0}, {HEAR, "GET ", 0}, {SAY, text, 0}, \
		{                                                  \
			END, NULL, 0                               \
		}                                                  \
	}

enum identity {
	GOOD,
	OTHER_NAME,
	EXPIRED,
	UNKNOWN,
	IDENTITIES
};

enum {
	WATCHED_MAX = 16,
	LIMIT_MS = 120000
};

/* Stands in for the resolver: its answers come with the next turn. */
struct pending {
	const char *name;
	enum answer_type type;
	resolver_cb cb;
	void *arg;
};

struct resolver {
	struct pending pending[4];
	size_t count;
};

struct fixture {
	struct pki *ca;
	SSL_CTX *servers[IDENTITIES];
	char ca_file[32];
	struct pollfd watched[WATCHED_MAX];
	size_t watched_count;
};

int
resolver_ask(struct resolver *resolver, const char *name, enum answer_type type,
	uint64_t now_ms, resolver_cb cb, void *arg)
{
	(void)now_ms;
	if (strstr(name, "unaskable") != NULL)
		return -1;
	assert_true(resolver->count < COUNT(resolver->pending));
	resolver->pending[resolver->count++] = (struct pending){
		name, type, cb, arg};
	return 0;
}

/* mta-sts.a.test is this machine. */
static void
answer_one(const struct pending *pending)
{
	const struct answer_rdata here = {(const uint8_t *)"\x7f\0\0\1", 4};
	struct answer answer = {
		.status = ANSWER_NXDOMAIN, .trust = ANSWER_INSECURE};

	if (strcmp(pending->name, "mta-sts.a.test") == 0) {
		answer.status = pending->type == ANSWER_TYPE_A ? ANSWER_DATA
							       : ANSWER_NODATA;
		answer.rdata = &here;
		answer.count = pending->type == ANSWER_TYPE_A;
	} else if (strcmp(pending->name, "mta-sts.bogus.test") == 0) {
		answer.trust = ANSWER_BOGUS;
		answer.why = "signature expired";
	}
	pending->cb(pending->arg, &answer);
}

static void
on_watch(void *arg, int fd, unsigned events)
{
	struct fixture *f = arg;
	size_t i = 0;

	while (i < f->watched_count && f->watched[i].fd != fd)
		i++;
	if (i == f->watched_count) {
		assert_true(events == 0 || i < WATCHED_MAX);
		if (events == 0)
			return;
		f->watched_count++;
	}
	f->watched[i].fd = fd;
	f->watched[i].events = (short)((events & RESOLVER_READ ? POLLIN : 0) |
				       (events & RESOLVER_WRITE ? POLLOUT : 0));
	if (events == 0)
		f->watched[i] = f->watched[--f->watched_count];
}

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
poll_once(struct fixture *f, struct policy *policy)
{
	struct pollfd ready[WATCHED_MAX];
	size_t count = f->watched_count;

	memcpy(ready, f->watched, sizeof(ready));
	poll(ready, (nfds_t)count, 10);
	for (size_t i = 0; i < count; i++) {
		bool in = ready[i].revents & (POLLIN | POLLERR | POLLHUP);
		bool out = ready[i].revents & POLLOUT;

		if (in || out)
			policy_ready(policy, ready[i].fd,
				(in ? RESOLVER_READ : 0u) |
					(out ? RESOLVER_WRITE : 0u));
	}
}

struct got {
	const struct fact_policy *fact;
	unsigned calls;
};

static void
on_policy(void *arg, const struct fact_policy *fact)
{
	struct got *got = arg;

	got->fact = fact;
	got->calls++;
}

/* One fetch, to its end. */
static void
fetch(struct fixture *f, const struct policy_config *config, const char *domain,
	struct arena *arena, struct got *got)
{
	struct resolver resolver = {.count = 0};
	struct policy_config own = *config;
	struct policy *policy;
	uint64_t end = now_ms() + LIMIT_MS;

	own.resolver = &resolver;
	policy = policy_new(&own);
	assert_non_null(policy);
	policy_watch(policy, on_watch, f);
	*got = (struct got){0};
	policy_fetch(policy, domain, arena, on_policy, got);
	assert_int_equal(got->calls, 0);
	for (size_t i = 0; i < resolver.count; i++)
		answer_one(&resolver.pending[i]);
	assert_int_equal(got->calls, 0);
	while (got->calls == 0) {
		assert_true(now_ms() < end);
		policy_turn(policy, now_ms());
		policy_tick(policy, now_ms());
		poll_once(f, policy);
	}
	assert_false(policy_busy(policy));
	policy_free(policy);
	f->watched_count = 0;
}

static struct policy_config
config_for(const struct fixture *f, uint16_t port)
{
	return (struct policy_config){.ca_file = f->ca_file,
		.allow_reserved = true,
		.connect_timeout_ms = LIMIT_MS,
		.timeout_ms = LIMIT_MS,
		.port = port};
}

struct row {
	const char *id;
	enum identity identity;
	struct mailserver_step steps[8];
	enum policy_state state;
	int http_code;
	const char *why; /* a part of it */
};

static const struct row rows[] = {
	{"fetched", GOOD, SERVE(OK "\r\n" BODY), POLICY_FETCHED, 200, NULL},
	{"syntax", GOOD, SERVE(OK "\r\nversion: STSv1\nmode: enforce\n"),
		POLICY_SYNTAX, 200, "no max_age"},
	{"empty", GOOD, SERVE(OK "Content-Length: 0\r\n\r\n"), POLICY_SYNTAX,
		200, "no version"},
	{"not found", GOOD,
		SERVE("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nNo"),
		POLICY_HTTP, 404, NULL},
	/* RFC 8461 section 3.3: not followed. */
	{"redirect", GOOD,
		SERVE("HTTP/1.1 301 Moved\r\nLocation: "
		      "https://mta-sts.a.test/\r\n"
		      "Content-Length: 0\r\n\r\n"),
		POLICY_HTTP, 301, NULL},
	{"announced too large", GOOD,
		SERVE(OK "Content-Length: 65537\r\n\r\n" BODY),
		POLICY_TOO_LARGE, 200, NULL},
	{"too large", GOOD,
		{{TLS, NULL, 0}, {HEAR, "GET ", 0}, {SAY, OK "\r\n", 0},
			{FLOOD, "x: 0123456789012345678901234567890\n", 0},
			{END, NULL, 0}},
		POLICY_TOO_LARGE, 200, NULL},
	{"cut", GOOD, SERVE(OK "Content-Length: 500\r\n\r\n" BODY), POLICY_HTTP,
		200, NULL},
	{"nothing", GOOD, {{TLS, NULL, 0}, {HEAR, "GET ", 0}, {END, NULL, 0}},
		POLICY_HTTP, 0, NULL},
	{"not HTTP", GOOD, SERVE("220 mx ESMTP\r\n"), POLICY_HTTP, 0, NULL},
	{"not TLS", GOOD,
		{{HEAR, "\x16", 0}, {SAY, "HTTP/1.1 200 OK\r\n\r\n" BODY, 0},
			{END, NULL, 0}},
		POLICY_TLS, 0, NULL},
	{"closed", GOOD, {{HEAR, "\x16", 0}, {END, NULL, 0}}, POLICY_TLS, 0,
		NULL},
	{"name", OTHER_NAME, {{NO_TLS, NULL, 0}, {END, NULL, 0}},
		POLICY_CERTIFICATE, 0, "mta-sts.a.test"},
	{"expired", EXPIRED, {{NO_TLS, NULL, 0}, {END, NULL, 0}},
		POLICY_CERTIFICATE, 0, "expired"},
	{"issuer", UNKNOWN, {{NO_TLS, NULL, 0}, {END, NULL, 0}},
		POLICY_CERTIFICATE, 0, "self"},
};

static void
test_servers(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct arena *arena = arena_new();
		struct policy_config config;
		struct mailserver server;
		struct got got;

		assert_int_equal(mailserver_start(&server, "127.0.0.1",
					 row->steps, f->servers[row->identity]),
			0);
		config = config_for(f, server.port);
		fetch(f, &config, "a.test", arena, &got);
		mailserver_join(&server);
		if (got.calls != 1 || got.fact->state != row->state ||
			got.fact->http_code != row->http_code)
			fail_msg("%s: %s, %d: %s", row->id,
				vocabulary_policy(got.fact->state),
				got.fact->http_code,
				got.fact->why != NULL ? got.fact->why : "");
		if (row->why != NULL &&
			(got.fact->why == NULL ||
				strstr(got.fact->why, row->why) == NULL))
			fail_msg("%s: %s", row->id, got.fact->why);
		arena_free(arena);
	}
}

/* What is asked for, octet for octet, and all that the policy says. */
static void
test_request(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = arena_new();
	char request[200];
	struct mailserver_step steps[] = {{TLS, NULL, 0}, {HEAR, request, 0},
		{SAY, OK "\r\n" BODY, 0}, {END, NULL, 0}};
	struct policy_config config;
	struct mailserver server;
	struct got got;

	assert_int_equal(
		mailserver_start(&server, "127.0.0.1", steps, f->servers[GOOD]),
		0);
	snprintf(request, sizeof(request),
		"GET /.well-known/mta-sts.txt HTTP/1.1\r\n"
		"Host: mta-sts.a.test:%u\r\n"
		"User-Agent: danescan\r\n"
		"Accept: */*\r\n\r\n",
		server.port);
	config = config_for(f, server.port);
	fetch(f, &config, "a.test", arena, &got);
	mailserver_join(&server);
	assert_string_equal(server.error, "");
	assert_int_equal(got.fact->state, POLICY_FETCHED);
	assert_int_equal(got.fact->mode, MTASTS_ENFORCE);
	assert_int_equal(got.fact->max_age_s, 86400);
	assert_int_equal(got.fact->mx_count, 2);
	assert_string_equal(got.fact->mx[0], "mx.a.test");
	assert_string_equal(got.fact->mx[1], "*.b.test");
	assert_false(got.fact->truncated);
	arena_free(arena);
}

static void
test_time_limit(void **state)
{
	static const struct mailserver_step steps[] = {
		{TLS, NULL, 0}, {GONE, NULL, 0}, {END, NULL, 0}};
	struct fixture *f = *state;
	struct arena *arena = arena_new();
	struct policy_config config;
	struct mailserver server;
	struct got got;

	assert_int_equal(
		mailserver_start(&server, "127.0.0.1", steps, f->servers[GOOD]),
		0);
	config = config_for(f, server.port);
	config.timeout_ms = 3000;
	fetch(f, &config, "a.test", arena, &got);
	mailserver_join(&server);
	assert_int_equal(got.fact->state, POLICY_TIMEOUT);
	arena_free(arena);
}

/* Nobody is contacted, or nobody is there. */
static void
test_without_server(void **state)
{
	static const struct {
		const char *domain;
		bool refuse_reserved, no_ipv4;
		enum policy_state state;
		const char *why;
	} cases[] = {
		{"a.test", false, false, POLICY_UNREACHABLE, NULL},
		{"a.test", true, false, POLICY_RESERVED, NULL},
		{"a.test", false, true, POLICY_NO_ADDRESS, NULL},
		{"gone.test", false, false, POLICY_NO_ADDRESS, NULL},
		{"bogus.test", false, false, POLICY_NO_ADDRESS,
			"signature expired"},
		{"unaskable.test", false, false, POLICY_NO_ADDRESS,
			"the resolver refused the question"},
	};
	struct fixture *f = *state;
	uint16_t port = 0;
	int fd = mailserver_listen("127.0.0.1", 1, &port);

	close(fd);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();
		struct policy_config config = config_for(f, port);
		struct got got;

		config.allow_reserved = !cases[i].refuse_reserved;
		config.no_ipv4 = cases[i].no_ipv4;
		fetch(f, &config, cases[i].domain, arena, &got);
		assert_int_equal(got.fact->state, cases[i].state);
		if (cases[i].why != NULL)
			assert_string_equal(got.fact->why, cases[i].why);
		arena_free(arena);
	}
}

/* The name or the address is in the list; or comes to be, while it waits. */
static void
test_blocklist(void **state)
{
	static const char *const lines[] = {
		"mta-sts.a.test", "a.test", "127.0.0.0/8"};
	struct fixture *f = *state;

	for (size_t i = 0; i < 2 * COUNT(lines); i++) {
		struct blocklist *list = blocklist_new(),
				 *fresh = blocklist_new();
		struct resolver resolver = {.count = 0};
		struct arena *arena = arena_new();
		struct policy_config config = config_for(f, 1);
		struct policy *policy;
		const char *problem, *line = lines[i / 2];
		struct got got = {0};

		blocklist_add(
			fresh, (const uint8_t *)line, strlen(line), &problem);
		blocklist_seal(list);
		blocklist_seal(fresh);
		if (i % 2 == 0)
			blocklist_swap(list, fresh);
		config.blocklist = list;
		config.resolver = &resolver;
		policy = policy_new(&config);
		policy_fetch(policy, "a.test", arena, on_policy, &got);
		answer_one(&resolver.pending[0]);
		answer_one(&resolver.pending[1]);
		if (i % 2 == 1)
			blocklist_swap(list, fresh);
		policy_turn(policy, now_ms());
		policy_turn(policy, now_ms());
		assert_int_equal(got.calls, 1);
		assert_int_equal(got.fact->state, POLICY_BLOCKLISTED);
		policy_free(policy);
		blocklist_free(list);
		blocklist_free(fresh);
		arena_free(arena);
	}
}

/* With a transfer and a question under way. */
static void
test_dropped(void **state)
{
	struct fixture *f = *state;
	struct resolver resolver = {.count = 0};
	struct arena *arena = arena_new();
	struct policy_config config;
	struct policy *policy;
	struct got got = {0};
	uint16_t port = 0;
	int fd = mailserver_listen("127.0.0.1", 1, &port);

	config = config_for(f, port);
	config.resolver = &resolver;
	policy = policy_new(&config);
	policy_watch(policy, on_watch, f);
	policy_fetch(policy, "a.test", arena, on_policy, &got);
	answer_one(&resolver.pending[0]);
	answer_one(&resolver.pending[1]);
	policy_turn(policy, now_ms());
	policy_fetch(policy, "gone.test", arena, on_policy, &got);
	policy_turn(policy, now_ms());
	policy_free(policy);
	f->watched_count = 0;
	assert_int_equal(got.calls, 0);
	close(fd);
	arena_free(arena);
}

static void
write_issuer(struct fixture *f)
{
	struct fact_certificate fact = pki_fact(f->ca);
	FILE *file;
	int fd;

	strcpy(f->ca_file, "/tmp/policy-XXXXXX");
	fd = mkstemp(f->ca_file);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	PEM_write(file, PEM_STRING_X509, "", fact.der, (long)fact.len);
	fclose(file);
}

static int
set_up(void **state)
{
	static struct fixture f;
	time_t now = time(NULL);
	struct pki_spec ca = {.cn = "Root",
		.ca = true,
		.not_before = now - PKI_DAY,
		.not_after = now + PKI_DAY};

	signal(SIGPIPE, SIG_IGN);
	f.ca = pki_new(&ca);
	write_issuer(&f);
	for (int i = 0; i < IDENTITIES; i++) {
		struct pki_spec leaf = {.cn = "leaf",
			.san = i == OTHER_NAME ? "DNS:a.test"
					       : "DNS:mta-sts.a.test",
			.not_before = now - 2 * PKI_DAY,
			.not_after = i == EXPIRED ? now - PKI_DAY
						  : now + PKI_DAY,
			.issuer = i == UNKNOWN ? NULL : f.ca};
		struct pki *pki = pki_new(&leaf);

		f.servers[i] = SSL_CTX_new(TLS_server_method());
		pki_use(pki, f.servers[i]);
		pki_free(pki);
	}
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < IDENTITIES; i++)
		SSL_CTX_free(f->servers[i]);
	pki_free(f->ca);
	unlink(f->ca_file);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_without_server),
		cmocka_unit_test(test_blocklist),
		cmocka_unit_test(test_dropped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
