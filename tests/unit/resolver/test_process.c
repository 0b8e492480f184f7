/*
 * Resolver processes under the embedded validator: they are killed, stopped
 * and signalled, and inherit nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/resolver/laboratory.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PROCESSES = LABORATORY_PROCESSES
};

static bool
is_alive(int pid)
{
	return kill(pid, 0) == 0;
}

static void
test_process_killed(void **state)
{
	enum {
		N = 2000
	};
	struct reply *replies = calloc(N, sizeof(*replies));
	struct resolver_config config = laboratory_config();
	struct resolver_stats stats;
	struct laboratory w;
	int before[PROCESSES], after[PROCESSES];

	(void)state;
	laboratory_begin(&w, &config);
	assert_int_equal(
		resolver_pids(w.resolver, before, PROCESSES), PROCESSES);
	laboratory_ask_many(&w, replies, N, "k");
	for (unsigned i = 0; i < PROCESSES; i++)
		kill(before[i], SIGKILL);
	laboratory_drain(&w);
	laboratory_expect_data(replies, N);
	resolver_stats(w.resolver, &stats);
	assert_true(stats.restarts >= 1);
	assert_int_equal(stats.timeouts, 0);
	while (stats.restarts < PROCESSES) {
		laboratory_turn(&w);
		resolver_stats(w.resolver, &stats);
	}
	resolver_pids(w.resolver, after, PROCESSES);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_not_equal(before[i], after[i]);
		/* Reaped, and no zombie. */
		assert_false(is_alive(before[i]));
		assert_true(is_alive(after[i]));
	}
	resolver_free(w.resolver);
	for (unsigned i = 0; i < PROCESSES; i++)
		assert_false(is_alive(after[i]));
	free(replies);
}

/* More often than a question survives the death of processes: nobody died. */
static void
test_renewed(void **state)
{
	enum {
		N = 500,
		TIMES = 4
	};
	struct reply *replies = calloc(N, sizeof(*replies));
	struct resolver_config config = laboratory_config();
	int before[PROCESSES], after[PROCESSES];
	struct resolver_stats stats;
	struct laboratory w;

	(void)state;
	laboratory_begin(&w, &config);
	laboratory_ask_many(&w, replies, N, "r");
	for (unsigned i = 0; i < TIMES; i++) {
		resolver_pids(w.resolver, before, PROCESSES);
		resolver_renew(w.resolver, laboratory_now(&w));
		assert_int_equal(
			resolver_pids(w.resolver, after, PROCESSES), PROCESSES);
		for (unsigned k = 0; k < PROCESSES; k++) {
			assert_int_not_equal(before[k], after[k]);
			assert_false(is_alive(before[k]));
			assert_true(is_alive(after[k]));
		}
	}
	laboratory_drain(&w);
	laboratory_expect_data(replies, N);
	resolver_stats(w.resolver, &stats);
	assert_int_equal(stats.restarts, 0);
	resolver_free(w.resolver);
	free(replies);
}

/* Killed each time it is asked: not for ever. */
static void
test_deadly_question(void **state)
{
	struct resolver_config config = laboratory_config();
	struct reply deadly, other;
	struct resolver_stats stats;
	int fd = laboratory_silent_server();
	uint64_t restarts = 0;
	struct laboratory w;

	(void)state;
	config.processes = 1;
	laboratory_begin(&w, &config);
	laboratory_ask(&w, "deadly.silent", ANSWER_TYPE_MX, &deadly);
	while (deadly.calls == 0) {
		int pid;

		resolver_stats(w.resolver, &stats);
		if (stats.restarts >= restarts &&
			resolver_pids(w.resolver, &pid, 1) == 1) {
			kill(pid, SIGKILL);
			restarts = stats.restarts + 1;
		}
		laboratory_turn(&w);
	}
	assert_int_equal(deadly.status, ANSWER_SERVFAIL);
	assert_int_equal(deadly.trust, ANSWER_NONE);
	assert_string_equal(
		deadly.why, "resolver process died on this question");
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &other);
	laboratory_drain(&w);
	laboratory_expect_data(&other, 1);
	assert_int_equal(deadly.calls, 1);
	resolver_free(w.resolver);
	close(fd);
}

/*
 * Far more questions than its pipe holds: asking must not wait for it. Each
 * tick is at a time of its own, so that none depends on the machine.
 */
static void
test_stopped_process(void **state)
{
	enum {
		N = 4000
	};
	struct reply *replies = calloc(N, sizeof(*replies)), other;
	struct resolver_config config = laboratory_config();
	struct resolver_stats stats;
	struct laboratory w;
	uint64_t start;
	int pid;

	(void)state;
	config.processes = 1;
	laboratory_begin(&w, &config);
	resolver_pids(w.resolver, &pid, 1);
	kill(pid, SIGSTOP);
	laboratory_ask_many(&w, replies, N, "s");
	start = laboratory_now(&w) + config.timeout_ms;
	resolver_tick(w.resolver, start);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(replies[i].calls, 1);
		assert_int_equal(replies[i].status, ANSWER_TIMEOUT);
	}
	/* It was asked for a sign of life, and gives none. */
	resolver_tick(w.resolver, start + 4000);
	assert_int_equal(w.nfds, 1);
	assert_int_equal(poll(w.fds, 1, 0), 0);
	resolver_tick(w.resolver, start + 6000);
	w.skew_ms = start + 6000 - laboratory_now(&w);
	do {
		laboratory_turn(&w);
		resolver_stats(w.resolver, &stats);
	} while (stats.restarts == 0);
	assert_false(is_alive(pid));
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &other);
	laboratory_drain(&w);
	laboratory_expect_data(&other, 1);
	resolver_free(w.resolver);
	free(replies);
}

static void
test_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct resolver_config config = laboratory_config();
	struct resolver_stats stats;
	struct reply reply;
	struct laboratory w;
	int pid;

	(void)state;
	config.processes = 1;
	laboratory_begin(&w, &config);
	resolver_pids(w.resolver, &pid, 1);
	for (size_t i = 0; i < COUNT(signals); i++)
		kill(pid, signals[i]);
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &reply);
	laboratory_drain(&w);
	laboratory_expect_data(&reply, 1);
	resolver_stats(w.resolver, &stats);
	assert_int_equal(stats.restarts, 0);
	resolver_free(w.resolver);
}

/* Does process pid have this file of ours open? */
static bool
has_file(int pid, const struct stat *file)
{
	char path[64];
	struct stat st;

	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		if (stat(path, &st) == 0 && st.st_dev == file->st_dev &&
			st.st_ino == file->st_ino)
			return true;
	}
	return false;
}

static void
expect_only_own_files(int pid, const int *fds, size_t n)
{
	struct stat st, null;
	char path[64];

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(fstat(fds[i], &st), 0);
		assert_true(has_file(getpid(), &st));
		assert_false(has_file(pid, &st));
	}
	snprintf(path, sizeof(path), "/proc/%d/fd/1", pid);
	assert_int_equal(stat("/dev/null", &null), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_rdev, null.st_rdev);
}

/* Neither the first process nor the one that replaces it has what we have. */
static void
test_inherits_nothing(void **state)
{
	struct resolver_config config = laboratory_config();
	int fds[4], pid, old;
	struct reply reply;
	struct laboratory w;

	(void)state;
	config.processes = 1;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds + 2), 0);
	laboratory_begin(&w, &config);
	resolver_pids(w.resolver, &old, 1);
	expect_only_own_files(old, fds, COUNT(fds));
	kill(old, SIGKILL);
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &reply);
	laboratory_drain(&w);
	resolver_pids(w.resolver, &pid, 1);
	assert_int_not_equal(pid, old);
	expect_only_own_files(pid, fds, COUNT(fds));
	resolver_free(w.resolver);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

/* In a child: start a resolver, tell its process, and wait for the end. */
static void
be_parent(int to)
{
	struct resolver_config config = laboratory_config();
	struct resolver *r;
	char err[256];
	int pids[PROCESSES] = {0};

	r = resolver_new(&config, err, sizeof(err));
	if (r)
		resolver_pids(r, pids, PROCESSES);
	if (write(to, pids, sizeof(pids)) != sizeof(pids))
		_exit(1);
	for (;;)
		pause();
}

static void
test_parent_killed(void **state)
{
	int ends[2], pids[PROCESSES] = {0}, watch[PROCESSES];
	pid_t parent;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	parent = fork();
	if (parent == 0)
		be_parent(ends[1]);
	assert_int_equal(read(ends[0], pids, sizeof(pids)), sizeof(pids));
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_true(pids[i] > 0);
		watch[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
		assert_true(watch[i] >= 0);
	}
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		struct pollfd pfd = {.fd = watch[i], .events = POLLIN};

		assert_int_equal(poll(&pfd, 1, LABORATORY_PATIENCE_MS), 1);
		close(watch[i]);
	}
	close(ends[0]);
	close(ends[1]);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_killed),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_deadly_question),
		cmocka_unit_test(test_stopped_process),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_inherits_nothing),
		cmocka_unit_test(test_parent_killed),
	};

	(void)argc;
	laboratory_enter(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
