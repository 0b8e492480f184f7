/*
 * What the tests of the embedded validator share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/resolver/laboratory.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SCRIPT "tests/unit/resolver/with_root.sh"

static bool
namespaces_work(void)
{
	return system("unshare --user --map-root-user --net true "
		      "2>/dev/null") == 0;
}

void
laboratory_enter(char **argv)
{
	if (getenv("TEST_ROOT"))
		return;
	if (!namespaces_work()) {
		printf("%s: skipped, no network namespace to be had\n",
			argv[0]);
		exit(0);
	}
	execl(SCRIPT, SCRIPT, argv[0], (char *)NULL);
	perror(SCRIPT);
	exit(1);
}

static char hints[256], anchor[256];

const char *
laboratory_file(const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", getenv("TEST_ROOT"), name);
	return out;
}

struct resolver_config
laboratory_config(void)
{
	struct resolver_config config = {
		.root_hints = laboratory_file("hints", hints),
		.trust_anchor = laboratory_file("anchor", anchor),
		.processes = LABORATORY_PROCESSES,
		.window = 5000,
		.timeout_ms = LABORATORY_TIMEOUT_MS,
		.allow_reserved = true,
		.no_ipv6 = true,
	};

	return config;
}

uint64_t
laboratory_now(const struct laboratory *w)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return w->skew_ms + (uint64_t)now.tv_sec * 1000 +
	       (uint64_t)now.tv_nsec / 1000000;
}

static void
on_watch(void *arg, int fd, unsigned events)
{
	struct laboratory *w = arg;
	nfds_t i = 0;

	while (i < w->nfds && w->fds[i].fd != fd)
		i++;
	if (events != 0) {
		assert_true(i < COUNT(w->fds));
		w->fds[i].fd = fd;
		w->fds[i].events =
			(short)((events & RESOLVER_READ ? POLLIN : 0) |
				(events & RESOLVER_WRITE ? POLLOUT : 0));
		if (i == w->nfds)
			w->nfds++;
		return;
	}
	/* Told while the descriptor is still open. */
	assert_true(i < w->nfds);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	w->fds[i] = w->fds[--w->nfds];
}

void
laboratory_begin(struct laboratory *w, const struct resolver_config *config)
{
	char err[512] = "";

	memset(w, 0, sizeof(*w));
	w->resolver = resolver_new(config, err, sizeof(err));
	if (!w->resolver)
		fail_msg("%s", err);
	resolver_watch(w->resolver, on_watch, w);
	if (config->stub_count == 0)
		assert_int_equal(w->nfds, config->processes);
}

void
laboratory_turn(struct laboratory *w)
{
	struct pollfd ready[COUNT(w->fds)];
	nfds_t n = w->nfds;

	memcpy(ready, w->fds, sizeof(ready));
	poll(ready, n, 20);
	for (nfds_t i = 0; i < n; i++)
		if (ready[i].revents)
			resolver_ready(
				w->resolver, ready[i].fd, laboratory_now(w));
	resolver_tick(w->resolver, laboratory_now(w));
}

unsigned
laboratory_open(const struct laboratory *w)
{
	struct resolver_stats stats;

	resolver_stats(w->resolver, &stats);
	return stats.open;
}

void
laboratory_drain(struct laboratory *w)
{
	uint64_t end = laboratory_now(w) + LABORATORY_PATIENCE_MS;

	while (laboratory_open(w) > 0) {
		assert_true(laboratory_now(w) < end);
		laboratory_turn(w);
	}
}

static void
on_reply(void *arg, const struct answer *answer)
{
	struct reply *reply = arg;

	reply->calls++;
	reply->status = answer->status;
	reply->trust = answer->trust;
	snprintf(reply->why, sizeof(reply->why), "%s",
		answer->why ? answer->why : "");
	snprintf(reply->alias, sizeof(reply->alias), "%s",
		answer->alias ? answer->alias : "");
	reply->count = answer->count;
	reply->ttl_s = answer->ttl_s;
}

void
laboratory_ask(struct laboratory *w, const char *name, enum answer_type type,
	struct reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	assert_int_equal(resolver_ask(w->resolver, name, type,
				 laboratory_now(w), on_reply, reply),
		0);
	assert_int_equal(reply->calls, 0);
}

void
laboratory_ask_many(struct laboratory *w, struct reply *replies, unsigned n,
	const char *label)
{
	char name[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s%u.many.example", label, i);
		laboratory_ask(w, name, ANSWER_TYPE_MX, &replies[i]);
	}
}

void
laboratory_expect_data(const struct reply *replies, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(replies[i].calls, 1);
		assert_int_equal(replies[i].status, ANSWER_DATA);
		assert_int_equal(replies[i].trust, ANSWER_SECURE);
	}
}

int
laboratory_silent_server(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.9", &addr.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}
