/*
 * One resolver process: a libunbound context whose work is done in a child.
 *
 * libunbound keeps two socket pairs for it. Of the questions' one it writes
 * with blocking calls and without end, so a child that stopped reading would
 * stop the loop too: room is measured before each question. Of the answers' one
 * it waits for the rest of a message: that wait gets a limit.
 */
#include "resolver/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unbound.h>
#include <unistd.h>

#include "resolver/answer.h"
#include "resolver/child.h"
#include "resolver/options.h"
#include "resolver/resolver.h"

enum {
	CLASS_IN = 1,
	/* More than a question takes, the kernel's own costs included. */
	QUESTION_ROOM = 4096,
	PIPE_BYTES = 1 << 20,
	REST_OF_ANSWER_S = 2,
};

/* Descriptors of a fresh context, in the order in which it opens them. */
enum {
	ASK_READ,
	ASK_WRITE,
	ANSWER_READ,
	ANSWER_WRITE,
	PIPES
};

struct process {
	struct ub_ctx *ctx;
	process_cb cb;
	atomic_ullong *upstream;
	pid_t pid;
	int ask_fd;   /* the library's */
	int ask_room; /* its buffer, octets; 0 = not known */
	bool dead;
	bool root_known;
	int root_err;
	struct ub_result *root;
};

/*
 * The numbers that the next n descriptors get: POSIX promises the lowest
 * free. The library names only one of the four that it opens.
 */
static int
next_descriptors(int like, int *fds, size_t n)
{
	size_t got = 0;

	while (got < n) {
		int fd = fcntl(like, F_DUPFD_CLOEXEC, 0);

		if (fd < 0)
			break;
		fds[got++] = fd;
	}
	for (size_t i = 0; i < got; i++)
		close(fds[i]);
	return got == n ? 0 : -1;
}

static int
create(struct process *p, const struct resolver_config *config, FILE *log,
	int fds[PIPES], char *err, size_t errsize)
{
	if (next_descriptors(fileno(log), fds, PIPES) != 0) {
		snprintf(err, errsize, "resolver process: %s", strerror(errno));
		return -1;
	}
	p->ctx = ub_ctx_create();
	if (!p->ctx || ub_fd(p->ctx) != fds[ANSWER_READ]) {
		snprintf(err, errsize, "resolver process: no context");
		return -1;
	}
	ub_ctx_debugout(p->ctx, log);
	ub_ctx_async(p->ctx, 0);
	return options_apply(p->ctx, config, err, errsize);
}

static void
on_root(void *arg, int err, struct ub_result *ub)
{
	struct process *p = arg;

	p->root_known = true;
	p->root_err = err;
	p->root = ub;
}

static void
on_ping(void *arg, int err, struct ub_result *ub)
{
	(void)arg;
	(void)err;
	ub_resolve_free(ub);
}

/* The first question is what makes the library fork. */
static int
give_birth(struct process *p, const struct resolver_config *config, FILE *log,
	const int fds[PIPES], char *err, size_t errsize)
{
	int keep[PIPES + 1] = {fileno(log)};
	int rc;

	memcpy(keep + 1, fds, PIPES * sizeof(fds[0]));
	if (child_expect(keep, PIPES + 1, p->upstream) != 0) {
		snprintf(err, errsize, "resolver process: %s", strerror(errno));
		return -1;
	}
	rc = ub_resolve_async(
		p->ctx, ".", ANSWER_TYPE_SOA, CLASS_IN, p, on_root, NULL);
	p->pid = child_born();
	if (rc == UB_INITFAIL) {
		snprintf(err, errsize, "trust anchor %s: not usable",
			config->trust_anchor);
		return -1;
	}
	/* Hints that the library cannot read end the child at once. */
	if (rc == UB_PIPE || (rc == 0 && p->pid < 0)) {
		snprintf(err, errsize,
			"resolver process died when it was started (root "
			"hints: %s)",
			config->root_hints ? config->root_hints : "built-in");
		return -1;
	}
	if (rc != 0) {
		snprintf(err, errsize, "resolver process: %s", ub_strerror(rc));
		return -1;
	}
	return 0;
}

/* As far as the kernel allows; both limits are refinements. */
static void
tune_pipes(struct process *p, const int fds[PIPES])
{
	const struct timeval rest = {.tv_sec = REST_OF_ANSWER_S};
	const int size = PIPE_BYTES;
	socklen_t len = sizeof(p->ask_room);

	p->ask_fd = fds[ASK_WRITE];
	setsockopt(p->ask_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (getsockopt(p->ask_fd, SOL_SOCKET, SO_SNDBUF, &p->ask_room, &len))
		p->ask_room = 0;
	setsockopt(
		fds[ANSWER_READ], SOL_SOCKET, SO_RCVTIMEO, &rest, sizeof(rest));
}

struct process *
process_start(const struct resolver_config *config, FILE *log,
	atomic_ullong *upstream, process_cb cb, char *err, size_t errsize)
{
	struct process *p = calloc(1, sizeof(*p));
	int fds[PIPES];

	if (!p) {
		snprintf(err, errsize, "resolver process: out of memory");
		return NULL;
	}
	p->cb = cb;
	p->upstream = upstream;
	p->pid = -1;
	if (create(p, config, log, fds, err, errsize) != 0 ||
		give_birth(p, config, log, fds, err, errsize) != 0) {
		process_stop(p);
		return NULL;
	}
	tune_pipes(p, fds);
	return p;
}

/*
 * The library would ask the child to quit and wait for its word; killed first,
 * it is certain to go, and ub_ctx_delete() finds the pipe closed and reaps it.
 */
void
process_stop(struct process *p)
{
	if (!p)
		return;
	if (p->pid > 0)
		kill(p->pid, SIGKILL);
	ub_ctx_delete(p->ctx);
	ub_resolve_free(p->root);
	free(p);
}

int
process_fd(const struct process *p)
{
	return ub_fd(p->ctx);
}

bool
process_readable(const struct process *p)
{
	return ub_poll(p->ctx) != 0;
}

pid_t
process_pid(const struct process *p)
{
	return p->pid;
}

bool
process_root(const struct process *p, int *err, const struct ub_result **ub)
{
	*err = p->root_err;
	*ub = p->root;
	return p->root_known;
}

static bool
has_room(const struct process *p)
{
	int queued;

	if (p->ask_room == 0 || ioctl(p->ask_fd, SIOCOUTQ, &queued) != 0)
		return true;
	return queued + QUESTION_ROOM <= p->ask_room;
}

static enum process_asked
ask(struct process *p, const char *name, int type, void *arg, process_cb cb)
{
	int rc;

	if (p->dead)
		return PROCESS_DEAD;
	if (!has_room(p))
		return PROCESS_FULL;
	rc = ub_resolve_async(p->ctx, name, type, CLASS_IN, arg, cb, NULL);
	if (rc == 0)
		return PROCESS_ASKED;
	if (rc == UB_NOMEM)
		return PROCESS_NOMEM;
	p->dead = true;
	return PROCESS_DEAD;
}

enum process_asked
process_ask(struct process *p, const char *name, int type, void *arg)
{
	return ask(p, name, type, arg, p->cb);
}

void
process_ping(struct process *p)
{
	/* Answered by the library without a question (RFC 6761 section 6.3). */
	ask(p, "localhost", ANSWER_TYPE_A, p, on_ping);
}

int
process_take(struct process *p)
{
	/* Of a dead one too: what it said before is in the pipe. */
	if (ub_process(p->ctx) != 0)
		p->dead = true;
	return p->dead ? -1 : 0;
}
