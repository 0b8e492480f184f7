/*
 * The MX hosts of a scan, each examined once: asks its questions, has its
 * conversations when their turn comes, judges it. Domains that name a host
 * while it is being examined wait in its list.
 */
#ifndef SCANNER_HOSTS_H
#define SCANNER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "resolver/resolver.h"
#include "scanner/asides.h"
#include "scanner/core/arena.h"
#include "scanner/core/host.h"
#include "scanner/core/pace.h"
#include "scanner/core/verdict.h"
#include "scanner/extras.h"
#include "scanner/judge.h"
#include "scanner/opinions.h"
#include "scanner/probe/probe.h"
#include "store/row.h"

struct hosts;
struct hosts_entry;

/* Names the slot that an answer is for. */
struct hosts_question {
	struct hosts_entry *entry;
	enum host_slot slot;
};

/* One address of the host, on its way to the prober, once or more often. */
struct hosts_probe {
	struct hosts_entry *entry;
	struct fact_endpoint *endpoint;
	struct host_probe next;	   /* conversation to have, or being had */
	struct fact_endpoint seen; /* … what it brings */
	struct pace_ticket ticket; /* its owner is this probe */
};

/* A domain that waits; its memory is the domain's. */
struct hosts_waiter {
	void *job;
	struct hosts_waiter *next;
};

/* A host while it is being examined; in its own arena. */
struct hosts_work {
	struct host host; /* the state machine with its facts */
	struct arena *arena;
	struct hosts_question questions[HOST_SLOTS];
	struct hosts_probe *probes;
	size_t probes_left;
	bool doubted; /* a second opinion was thought of */
	bool looked;  /* further look-ups were */
	struct opinion_question opinion;
	struct asides asides;
};

struct hosts_entry {
	bool done;
	bool posted;		  /* private: in the ready queue */
	struct judge_host judged; /* when done */
	struct hosts_waiter *waiters;

	/* Private to hosts.c. */
	struct hosts *hosts;
	struct hosts_work *work; /* NULL when done */
	struct arena *kept;	 /* what judged points to, when done */
	STAILQ_ENTRY(hosts_entry) ready;
	UT_hash_handle hh;
	char name[];
};

/* The host is done and judged; its waiters are the callee's to wake, and will
   find in judged what is kept of it. */
typedef void (*hosts_done_cb)(void *arg, struct hosts_entry *entry);

struct hosts_config {
	struct resolver *resolver;
	struct prober *prober;
	struct judge *judge;
	struct host_policy policy;
	struct pace_limits limits;
	const struct blocklist *blocklist; /* or NULL */
	struct opinions *opinions;
	struct extras *extras;
	bool evidence; /* certificates are kept */
	hosts_done_cb on_done;
	void *arg;
};

struct hosts_stats {
	uint64_t hosts;
	uint64_t open;	 /* … still being examined */
	uint64_t probes; /* conversations finished */
	uint64_t kept;	 /* octets of memory for hosts that are done */
	unsigned probes_open;
	unsigned probes_waiting; /* for their turn */
	struct pace_stats pace;	 /* … and what they waited for */
	unsigned questions_open;
};

struct hosts *hosts_new(const struct hosts_config *config);
void hosts_free(struct hosts *hosts);

/*
 * The entry for name; one that is new is examined from the next turn on.
 * refused: why it must not be looked up, or REASON_NONE. Lives until
 * hosts_forget().
 */
struct hosts_entry *hosts_get(
	struct hosts *hosts, const char *name, enum reason refused);

/*
 * Forget the hosts whose facts may be others soon: whoever names one later has
 * it examined anew. To be called only while no host is being examined.
 */
void hosts_forget(struct hosts *hosts);

/* As domains_provisional(). */
void hosts_provisional(struct hosts *hosts, bool provisional);

/* To be called only while the entry is not done. */
void hosts_wait(struct hosts_entry *entry, struct hosts_waiter *waiter);

/* Step every host that is ready, begin the conversations whose turn it is. */
void hosts_turn(struct hosts *hosts, uint64_t now_ms, int64_t wall_us);

/* Is there something to step at once? */
bool hosts_ready(const struct hosts *hosts);

void hosts_stats(const struct hosts *hosts, struct hosts_stats *stats);

#endif
