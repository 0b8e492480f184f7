/*
 * The birth of a resolver process.
 *
 * libunbound forks inside ub_resolve_async() and tells nobody the process id.
 * A pthread_atfork() handler is the one place where code of ours runs in the
 * child, and it takes no argument: hence the one static object of this module,
 * in use only from child_expect() to child_born().
 */
#include "resolver/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "resolver/upstream.h"

static struct {
	bool expected;
	pid_t parent;
	int null; /* becomes standard input and output */
	int keep[CHILD_KEEP_MAX + 4];
	size_t nkeep;
	atomic_ullong *upstream;
	int report[2]; /* the child writes its process id here */
	pthread_once_t once;
	int error; /* of pthread_atfork() */
} birth = {.once = PTHREAD_ONCE_INIT};

static int
compare_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sockets and epoll descriptors of ours would stay open and in use there. */
static int
close_others(void)
{
	unsigned first = 0;

	qsort(birth.keep, birth.nkeep, sizeof(birth.keep[0]), compare_int);
	for (size_t i = 0; i < birth.nkeep; i++) {
		unsigned kept = (unsigned)birth.keep[i];

		if (kept > first && close_range(first, kept - 1, 0) != 0)
			return -1;
		first = kept + 1;
	}
	return close_range(first, UINT_MAX, 0);
}

/*
 * Handlers of ours write to descriptors that are closed there, or are
 * something else by then. SIGINT, SIGTERM and SIGHUP reach the whole group:
 * while the scanner drains it needs its resolvers.
 */
static void
reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct sigaction action;
	sigset_t none;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		sigaction(sig, &action, NULL);
	action.sa_handler = SIG_IGN;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* exit() in the child must run no exit handler and flush no file of ours. */
static void
leave(void)
{
	_exit(EXIT_FAILURE);
}

static void
prepare(void)
{
	pid_t pid = getpid();

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != birth.parent)
		_exit(EXIT_FAILURE);
	prctl(PR_SET_NAME, "danescan-dns");
	if (dup2(birth.null, STDIN_FILENO) < 0 ||
		dup2(birth.null, STDOUT_FILENO) < 0 || close_others() != 0 ||
		atexit(leave) != 0)
		_exit(EXIT_FAILURE);
	reset_signals();
	upstream_count(birth.upstream);
	if (write(birth.report[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(EXIT_FAILURE);
	close(birth.report[1]);
}

static void
after_fork(void)
{
	if (!birth.expected)
		return;
	birth.expected = false;
	prepare();
}

static void
register_handler(void)
{
	birth.error = pthread_atfork(NULL, NULL, after_fork);
}

int
child_expect(const int *keep, size_t n, atomic_ullong *upstream)
{
	const int always[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

	assert(n >= 1 && n <= CHILD_KEEP_MAX);
	pthread_once(&birth.once, register_handler);
	if (birth.error != 0) {
		errno = birth.error;
		return -1;
	}
	/* These would be lost to the standard input and output. */
	for (size_t i = 0; i < n; i++) {
		if (keep[i] <= STDERR_FILENO) {
			errno = EBADF;
			return -1;
		}
	}
	if (pipe2(birth.report, O_CLOEXEC) != 0)
		return -1;
	memcpy(birth.keep, keep, n * sizeof(keep[0]));
	memcpy(birth.keep + n, always, sizeof(always));
	birth.keep[n + 3] = birth.report[1];
	birth.nkeep = n + 4;
	birth.null = keep[0];
	birth.upstream = upstream;
	birth.parent = getpid();
	birth.expected = true;
	return 0;
}

pid_t
child_born(void)
{
	pid_t pid;
	ssize_t got;

	birth.expected = false;
	close(birth.report[1]);
	do
		got = read(birth.report[0], &pid, sizeof(pid));
	while (got < 0 && errno == EINTR);
	close(birth.report[0]);
	return got == sizeof(pid) ? pid : -1;
}
