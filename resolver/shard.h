/*
 * One place for a resolver process, and the questions that belong to it: they
 * wait, are asked, and survive the death of the process.
 */
#ifndef RESOLVER_SHARD_H
#define RESOLVER_SHARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "resolver/answer.h"
#include "resolver/resolver.h"

struct process;
struct ub_result;

enum question_state {
	QUESTION_WAITING,  /* for room in the pipe, or for a new process */
	QUESTION_ASKED,	   /* the process works on it */
	QUESTION_LATE,	   /* the same, but its callback was made: too late */
	QUESTION_ANSWERED, /* its callback is to be made */
};

/* Freed by the resolver; in QUESTION_LATE, by its shard. */
struct question {
	TAILQ_ENTRY(question) link; /* in a list of its shard */
	TAILQ_ENTRY(question) age;  /* in the resolver's list of open ones */
	enum question_state state;
	struct shard *shard;
	enum answer_type type;
	resolver_cb cb;
	void *arg;
	uint64_t asked_ms;
	uint64_t deadline_ms;
	unsigned deaths; /* of processes that worked on it */
	int err;	 /* as in process_cb */
	struct ub_result *ub;
	const char *failed; /* why there is no answer, or NULL */
	char name[];
};

TAILQ_HEAD(question_list, question);

/* A question has become QUESTION_ANSWERED, and is in no list of the shard. */
typedef void (*shard_answered_cb)(void *arg, struct question *question);
/* A question of a dead process waits again: its time limit begins anew. */
typedef void (*shard_again_cb)(void *arg, struct question *question);

struct shard {
	const struct resolver_config *config;
	FILE *log;
	atomic_ullong *upstream; /* what its processes send, or NULL */
	shard_answered_cb answered;
	shard_again_cb again;
	resolver_watch_cb watch; /* or NULL */
	void *watch_arg;
	void *arg; /* of answered and again */

	struct process *process; /* NULL while it is to be started again */
	struct question_list waiting;
	struct question_list suspects; /* wait too; see SUSPECTS in shard.c */
	struct question_list asked;
	struct question_list late;
	unsigned suspects_asked;
	unsigned nlate;
	uint64_t restarts;

	uint64_t started_ms;
	uint64_t restart_ms;   /* not before this time */
	unsigned quick_deaths; /* in a row */
	uint64_t heard_ms;     /* last sign of life */
	uint64_t pinged_ms;    /* 0 = not since heard_ms */
};

/* config, log and the callbacks are set by the caller; the rest is zero. */
int shard_start(struct shard *shard, char *err, size_t errsize);
/* Ends the process and frees the questions that only the shard knows. */
void shard_stop(struct shard *shard);

/* Takes the question, which is in no list of a shard. */
void shard_ask(struct shard *shard, struct question *question);
/*
 * The question's time is over. True: the caller frees it. False: the process
 * still works on it, and the shard frees it.
 */
bool shard_expire(struct shard *shard, struct question *question);
/* The descriptor is readable. */
void shard_ready(struct shard *shard, uint64_t now_ms);
/* Is it? Then the same. */
void shard_poll(struct shard *shard, uint64_t now_ms);
/* Replace the process by one that has seen nothing yet; what it was asked waits
   for that one. */
void shard_renew(struct shard *shard, uint64_t now_ms);
/* Time has passed. */
void shard_tick(struct shard *shard, uint64_t now_ms);

#endif
