/*
 * One resolver process: a libunbound context whose work is done in a child.
 */
#ifndef RESOLVER_PROCESS_H
#define RESOLVER_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct process;
struct resolver_config;
struct ub_result;

/*
 * One answer. arg is that of process_ask(). Belongs to the callee, which frees
 * it with ub_resolve_free(). NULL when err is not 0.
 */
typedef void (*process_cb)(void *arg, int err, struct ub_result *ub);

enum process_asked {
	PROCESS_ASKED,
	PROCESS_FULL, /* the process has not read what it was asked before */
	PROCESS_DEAD, /* cannot be asked; cb is called for nothing any more */
	PROCESS_NOMEM,
};

/*
 * Start a process, by asking it for the SOA of the root; process_root() is its
 * answer. log is a stream on the null device: the library's words go there, and
 * it becomes the child's standard input and output. cb is called from inside
 * process_take() only. What the process sends is counted in upstream, or NULL.
 * NULL with one line in err.
 */
struct process *process_start(const struct resolver_config *config, FILE *log,
	atomic_ullong *upstream, process_cb cb, char *err, size_t errsize);

/* Ends the process for certain; open questions get no callback. */
void process_stop(struct process *process);

/* Readable when there is something for process_take(). */
int process_fd(const struct process *process);
bool process_readable(const struct process *process);
pid_t process_pid(const struct process *process);

/*
 * Answer to the question that process_start() asked. *err as in process_cb.
 * false: not yet.
 */
bool process_root(
	const struct process *process, int *err, const struct ub_result **ub);

/* Never blocks. arg not NULL. name is copied. */
enum process_asked process_ask(
	struct process *process, const char *name, int type, void *arg);

/*
 * Ask what the library answers by itself, without a callback: a sign of life.
 */
void process_ping(struct process *process);

/* Make the callbacks of all answers that wait. -1: the process is dead. */
int process_take(struct process *process);

#endif
