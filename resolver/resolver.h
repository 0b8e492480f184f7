/*
 * A question becomes a typed answer with its DNSSEC standing, through one of
 * two backends.
 *
 * Contract of every backend: each question accepted by resolver_ask() is
 * answered by exactly one callback, never from inside resolver_ask(), and
 * within the time limit plus one tick. The loop is the caller's: the backend
 * names the descriptors to watch, and is told the time.
 *
 * unbound.c is the embedded validator: one libunbound context, and so one
 * process, per configured process. A process that dies, or shows no sign of
 * life, is replaced; its open questions are asked again, and their time limit
 * begins anew, at most twice.
 *
 * cares.c is a stub: it asks validating resolvers that the user runs and trusts
 * over a path that nobody else can write to (RFC 7672 section 2.1.1), and
 * believes their AD bit. With several of them, the next one is asked when one
 * does not answer.
 *
 * All calls come from one thread, which lives as long as the resolver: its
 * processes die with it. They ignore SIGINT, SIGTERM and SIGHUP. Callbacks may
 * call resolver_ask(), and nothing else of this file.
 */
#ifndef RESOLVER_RESOLVER_H
#define RESOLVER_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"

struct resolver;
struct server_address;

/* Caches of one process of the embedded validator. */
enum {
	RESOLVER_CACHE_MB = 24
};

/* The strings must live as long as the resolver. */
struct resolver_config {
	const char *root_hints;	  /* file, or NULL for the built-in hints */
	const char *trust_anchor; /* file with DS or DNSKEY of the root */
	unsigned processes;	  /* at least 1 */
	/* Resolvers to ask in place of the embedded validator, copied; the
	 * files and processes above have no meaning then. */
	const struct server_address *stubs;
	size_t stub_count;   /* 0: the embedded validator */
	unsigned window;     /* questions open at once, all processes */
	unsigned timeout_ms; /* limit for one question */
	bool allow_reserved; /* laboratory: loopback, special-use names */
	bool no_ipv4;
	bool no_ipv6;
	/* What SHA-1 alone has signed is insecure (RFC 9905 section 2). */
	bool sha1_is_insecure;
	const char *source_ipv4; /* source address of questions, or NULL */
	const char *source_ipv6;
};

struct resolver_stats {
	uint64_t asked;	   /* questions accepted */
	uint64_t answered; /* callbacks made */
	uint64_t sent;	   /* by the processes to name servers; of a stub 0 */
	uint64_t timeouts; /* of these, because the time limit was over */
	uint64_t restarts; /* processes replaced */
	unsigned open;	   /* questions waiting for their callback now */
	unsigned late;	   /* timed out, but a process still works on them */
};

/* answer and all it points to are valid only inside the callback. */
typedef void (*resolver_cb)(void *arg, const struct answer *answer);

/* Told of every answer before its own callback: how long it took, all tries
   counted. Nothing of this file may be called from it. */
typedef void (*resolver_observe_cb)(void *arg, enum answer_type type,
	enum answer_status status, uint64_t elapsed_ms);

/* What a descriptor is watched for: bits. */
enum resolver_events {
	RESOLVER_READ = 1,
	RESOLVER_WRITE = 2,
};

/* Watch fd for these events from now on, or forget it (0) before it is
   closed. */
typedef void (*resolver_watch_cb)(void *arg, int fd, unsigned events);

/*
 * Start the processes and prove each by a self-test: the SOA of the root must
 * validate. Of resolvers at least one must answer, and each that answers must
 * say that it has validated. Blocks for at most timeout_ms. To be called early:
 * what memory holds by then, the processes have too. Standard input, output and
 * error must be open. SIGPIPE is ignored from here on. NULL on failure, with
 * one line for a person in err.
 */
struct resolver *resolver_new(
	const struct resolver_config *config, char *err, size_t errsize);

/* Ends the processes. Open questions get no callback any more. */
void resolver_free(struct resolver *resolver);

/* Calls cb for each descriptor now, and whenever one comes, changes or goes. */
void resolver_watch(struct resolver *resolver, resolver_watch_cb cb, void *arg);

/*
 * Ask for name (normalised, or "." for the root; a TLSA owner is built by the
 * caller) and type in class IN. 0: accepted. -1: the name cannot be asked, or
 * no memory; there will be no callback.
 */
int resolver_ask(struct resolver *resolver, const char *name,
	enum answer_type type, uint64_t now_ms, resolver_cb cb, void *arg);

/* fd is ready: take the answers that wait there and make their callbacks. */
void resolver_ready(struct resolver *resolver, int fd, uint64_t now_ms);

/*
 * Time has passed: expire questions, replace dead processes. To be called at
 * least every 100 ms while questions are open.
 */
void resolver_tick(struct resolver *resolver, uint64_t now_ms);

/*
 * Forget all that was learnt: answers, keys, and which name servers were silent
 * (a failed server is shunned for minutes). Blocks no longer than it takes to
 * start the processes. Questions that are open are asked again, and their time
 * limit begins anew. A stub has nothing to forget.
 */
void resolver_renew(struct resolver *resolver, uint64_t now_ms);

void resolver_stats(
	const struct resolver *resolver, struct resolver_stats *stats);

/* Process ids of the resolver processes, at most n; returns how many. */
size_t resolver_pids(const struct resolver *resolver, int *pids, size_t n);

/* How many queues its questions wait in, as each process has its own; and which
   of them, from 0, one for name is in. */
size_t resolver_queues(const struct resolver *resolver);
size_t resolver_queue(const struct resolver *resolver, const char *name);

/* At most one observer; NULL: none. */
void resolver_observe(
	struct resolver *resolver, resolver_observe_cb cb, void *arg);

/* Versions of libunbound and c-ares, such as "1.17.1". */
const char *resolver_version(void);
const char *resolver_cares_version(void);

#endif
