/*
 * Direct questions to servers of canned responses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "resolver/direct.h"
#include "tests/unit/resolver/responder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MX(owner) owner ".example. 60 MX 10 mx.example.\n"
#define SIG(owner, type)                                            \
	owner ".example. 60 RRSIG " type " 13 2 60 20300101000000 " \
	      "20200101000000 1 example. AAAA\n"
#define SOA "example. SOA a. b. 1 2 3 4 60\n"
#define BIG_SOA "example. SOA a. b. 4026531843 2 3 4 60\n"
#define PROOF SOA "a.example. NSEC b.example. A\n" SIG("a", "NSEC")
#define LABEL "a-label-of-sixty-three-octets-that-leaves-no-room-for-many-more"
#define LONG(n) "many.example. 60 MX " n " " LABEL "." LABEL "." n ".example.\n"
/* More than 512 octets. */
#define MANY LONG("1") LONG("2") LONG("3") LONG("4")
#define AA .flags = WIRE_AA

static const struct responder_rule rules[] = {
	{.label = "signed",
		.plain = {AA, .answer = MX("signed") SIG("signed", "MX")}},
	{.label = "two",
		.plain = {AA, .answer = MX("two") "two.example. MX 20 b."}},
	{.label = "owt",
		.plain = {AA, .answer = "owt.example. MX 20 b.\n" MX("owt")}},
	{.label = "plain", .plain = {AA, .answer = MX("plain")}},
	{.label = "alias", .plain = {AA, .answer = "alias.example. CNAME b."}},
	{.label = "nodata", .plain = {AA, .authority = PROOF}},
	{.label = "bare-nodata", .plain = {AA, .authority = SOA}},
	{.label = "nxdomain", .plain = {AA, .rcode = 3, .authority = PROOF}},
	{.label = "bare-nxdomain", .plain = {AA, .rcode = 3, .authority = SOA}},
	{.label = "servfail", .plain = {.rcode = 2}},
	{.label = "refused", .plain = {.rcode = 5}},
	{.label = "notimp", .plain = {.rcode = 4}},
	{.label = "formerr", .plain = {.rcode = 1}},
	{.label = "old", .plain = {.rcode = 1, .no_edns = true}},
	{.label = "lame", .plain = {.authority = "example. NS ns.example."}},
	{.label = "cached", .plain = {.answer = MX("cached")}},
	{.label = "big", .truncate = true, .plain = {AA, .answer = MX("big")}},
	{.label = "deaf", .truncate = true, .drop_tcp = true, .plain = {AA}},
	{.label = "dropped", .drop_udp = true},
	{.label = "many", .plain = {AA, .answer = MANY}},
	{0},
};

static const struct {
	const char *name;
	enum outcome outcome;
} rows[] = {
	{"signed.example", OUTCOME_DATA},
	{"two.example", OUTCOME_DATA_UNSIGNED},
	{"owt.example", OUTCOME_DATA_UNSIGNED},
	{"plain.example", OUTCOME_DATA_UNSIGNED},
	{"alias.example", OUTCOME_ALIAS},
	{"nodata.example", OUTCOME_NODATA},
	{"bare-nodata.example", OUTCOME_NODATA_UNPROVED},
	{"nxdomain.example", OUTCOME_NXDOMAIN},
	{"bare-nxdomain.example", OUTCOME_NXDOMAIN_UNPROVED},
	{"servfail.example", OUTCOME_SERVFAIL},
	{"refused.example", OUTCOME_REFUSED},
	{"notimp.example", OUTCOME_NOTIMP},
	{"formerr.example", OUTCOME_FORMERR},
	{"lame.example", OUTCOME_LAME},
	{"cached.example", OUTCOME_LAME},
	{"big.example", OUTCOME_DATA_UNSIGNED},
	{"deaf.example", OUTCOME_TRUNCATED},
	{"dropped.example", OUTCOME_TIMEOUT},
};

/* For a SOA, or for MX. */
static const struct responder_rule serials[] = {
	{.label = "serial", .plain = {AA, .answer = "serial." SOA}},
	{.label = "big", .plain = {AA, .answer = "big." BIG_SOA}},
	{.label = "none", .plain = {AA, .authority = SOA}},
	{.label = "signed", .plain = {AA, .answer = MX("signed")}},
	{0},
};

static const struct {
	const char *name;
	enum answer_type type;
	bool has_serial;
	uint32_t serial;
} serial_rows[] = {
	{"serial.example", ANSWER_TYPE_SOA, true, 1},
	{"big.example", ANSWER_TYPE_SOA, true, 4026531843},
	{"none.example", ANSWER_TYPE_SOA, false, 0},
	{"signed.example", ANSWER_TYPE_MX, false, 0},
};

struct watched {
	struct pollfd fds[64];
	nfds_t n;
};

struct reply {
	unsigned calls;
	struct direct_result result;
};

static void
on_watch(void *arg, int fd, unsigned events)
{
	struct watched *w = arg;
	nfds_t i = 0;

	while (i < w->n && w->fds[i].fd != fd)
		i++;
	assert_true(i < COUNT(w->fds));
	if (events == 0) {
		assert_true(i < w->n);
		w->fds[i] = w->fds[--w->n];
		return;
	}
	w->fds[i].fd = fd;
	w->fds[i].events = (short)((events & RESOLVER_READ ? POLLIN : 0) |
				   (events & RESOLVER_WRITE ? POLLOUT : 0));
	if (i == w->n)
		w->n++;
}

static void
on_reply(void *arg, const struct direct_result *result)
{
	struct reply *reply = arg;

	reply->calls++;
	reply->result = *result;
}

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
turn(struct direct *direct, struct watched *w)
{
	struct pollfd ready[COUNT(w->fds)];
	nfds_t n = w->n;

	memcpy(ready, w->fds, sizeof(ready));
	poll(ready, n, 20);
	for (nfds_t i = 0; i < n; i++)
		if (ready[i].revents)
			direct_ready(direct, ready[i].fd);
	direct_tick(direct, now_ms());
}

static void
wait_for(struct direct *direct, struct watched *w, const struct reply *reply,
	uint64_t end_ms)
{
	while (reply->calls == 0) {
		assert_true(now_ms() < end_ms);
		turn(direct, w);
	}
}

static struct direct *
begin(struct watched *w)
{
	struct direct *direct = direct_new(&(struct direct_config){0});

	assert_non_null(direct);
	memset(w, 0, sizeof(*w));
	direct_watch(direct, on_watch, w);
	return direct;
}

static void
ask_all(struct direct *direct, uint16_t port, struct reply *replies)
{
	struct server_address server;

	assert_int_equal(server_parse("127.0.0.1", port, &server), 0);
	memset(replies, 0, COUNT(rows) * sizeof(*replies));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(direct_ask(direct, &server, rows[i].name,
					 ANSWER_TYPE_MX, on_reply, &replies[i]),
			0);
		assert_int_equal(replies[i].calls, 0);
	}
}

static void
test_outcomes(void **state)
{
	struct reply replies[COUNT(rows)];
	struct responder responder;
	struct watched w;
	struct direct *direct;
	uint64_t end = now_ms() + 60000;
	size_t left = 1;

	(void)state;
	responder_start(&responder, rules);
	direct = begin(&w);
	ask_all(direct, responder.port, replies);
	while (left > 0) {
		assert_true(now_ms() < end);
		turn(direct, &w);
		left = 0;
		for (size_t i = 0; i < COUNT(rows); i++)
			left += replies[i].calls == 0;
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		if (replies[i].calls != 1 ||
			replies[i].result.outcome != rows[i].outcome)
			fail_msg("%s: %u calls, %s", rows[i].name,
				replies[i].calls,
				outcome_label(replies[i].result.outcome));
	/* The order of an RRset does not count, its records do. */
	assert_true(replies[1].result.digest == replies[2].result.digest);
	assert_true(replies[1].result.digest != replies[3].result.digest);
	assert_true(replies[9].result.digest == 0);
	assert_int_equal(w.n, 0);
	direct_free(direct);
	responder_stop(&responder);
}

static void
test_serials(void **state)
{
	struct responder responder;
	struct watched w;
	struct direct *direct;
	struct server_address server;
	uint64_t end = now_ms() + 60000;

	(void)state;
	responder_start(&responder, serials);
	direct = begin(&w);
	assert_int_equal(server_parse("127.0.0.1", responder.port, &server), 0);
	for (size_t i = 0; i < COUNT(serial_rows); i++) {
		struct reply reply = {0};

		direct_ask(direct, &server, serial_rows[i].name,
			serial_rows[i].type, on_reply, &reply);
		wait_for(direct, &w, &reply, end);
		assert_int_equal(
			reply.result.has_serial, serial_rows[i].has_serial);
		assert_int_equal(reply.result.serial, serial_rows[i].serial);
	}
	direct_free(direct);
	responder_stop(&responder);
}

/* What a server without EDNS has taught c-ares is forgotten before the next one
   is asked: more than 512 octets come whole. */
static void
test_one_after_the_other(void **state)
{
	static const char *const names[] = {"old.example", "many.example",
		"servfail.example", "many.example", "notimp.example",
		"many.example", "formerr.example", "many.example",
		"refused.example", "many.example"};
	struct responder responder;
	struct watched w;
	struct direct *direct;
	struct server_address server;
	uint64_t end = now_ms() + 60000;

	(void)state;
	responder_start(&responder, rules);
	direct = begin(&w);
	assert_int_equal(server_parse("127.0.0.1", responder.port, &server), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct reply reply = {0};

		direct_ask(direct, &server, names[i], ANSWER_TYPE_MX, on_reply,
			&reply);
		wait_for(direct, &w, &reply, end);
		if (strcmp(names[i], "many.example") == 0)
			assert_int_equal(
				reply.result.outcome, OUTCOME_DATA_UNSIGNED);
	}
	direct_free(direct);
	responder_stop(&responder);
}

/* A socket of 127.0.0.1 that nobody reads yet. */
static int
open_server(struct server_address *server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(
		getsockname(fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(
		server_parse("127.0.0.1", ntohs(address.sin_port), server), 0);
	return fd;
}

/* Who asked with the next datagram, if there is one; the question's id. */
static bool
take_question(int fd, struct sockaddr_in *from, uint16_t *id)
{
	socklen_t size = sizeof(*from);
	uint8_t query[512];

	if (recvfrom(fd, query, sizeof(query), MSG_DONTWAIT,
		    (struct sockaddr *)from, &size) < 2)
		return false;
	*id = (uint16_t)(query[0] << 8 | query[1]);
	return true;
}

/* The answer waits in the socket when the caller comes back, after the time
   limit of the last try. */
static void
test_pause(void **state)
{
	static uint8_t out[WIRE_SIZE];
	struct wire wire = {
		.name = "plain.example",
		.type = "MX",
		.flags = WIRE_AA,
		.answer = MX("plain"),
	};
	struct watched w;
	struct direct *direct = begin(&w);
	struct server_address server;
	int fd = open_server(&server);
	struct sockaddr_in from;
	struct reply reply = {0};
	uint64_t end = now_ms() + 60000;

	(void)state;
	direct_ask(
		direct, &server, wire.name, ANSWER_TYPE_MX, on_reply, &reply);
	for (unsigned tries = 0; tries < 2;) {
		assert_true(now_ms() < end);
		turn(direct, &w);
		tries += take_question(fd, &from, &wire.id);
	}
	assert_true(sendto(fd, out, wire_response(&wire, out), 0,
			    (struct sockaddr *)&from, sizeof(from)) > 0);
	poll(NULL, 0, 2000);
	direct_tick(direct, now_ms());
	assert_int_equal(reply.calls, 0);
	wait_for(direct, &w, &reply, end);
	assert_int_equal(reply.result.outcome, OUTCOME_DATA_UNSIGNED);
	direct_free(direct);
	close(fd);
}

static void
test_free_while_open(void **state)
{
	struct reply replies[COUNT(rows)];
	struct responder responder;
	struct watched w;
	struct direct *direct;

	(void)state;
	responder_start(&responder, rules);
	for (unsigned turns = 0; turns < 4; turns++) {
		direct = begin(&w);
		ask_all(direct, responder.port, replies);
		for (unsigned i = 0; i < turns; i++)
			turn(direct, &w);
		direct_free(direct);
	}
	if (replies[COUNT(rows) - 1].calls != 0)
		fail_msg("%s",
			outcome_label(replies[COUNT(rows) - 1].result.outcome));
	responder_stop(&responder);
}

static void
test_unaskable(void **state)
{
	struct watched w;
	struct direct *direct = begin(&w);
	struct server_address server;
	struct reply reply = {0};

	(void)state;
	assert_int_equal(server_parse("127.0.0.1", 1, &server), 0);
	assert_int_equal(direct_ask(direct, &server, "a..b", ANSWER_TYPE_MX,
				 on_reply, &reply),
		-1);
	direct_free(direct);
	assert_int_equal(reply.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_serials),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_free_while_open),
		cmocka_unit_test(test_unaskable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
