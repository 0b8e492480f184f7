/*
 * The MX hosts of a scan, each examined once: asks its questions, has its
 * conversations when their turn comes, judges it. Domains that name a host
 * while it is being examined wait in its list; what others need that name it
 * later is kept to the end of the scan.
 */
#ifndef SCANNER_HOSTS_H
#define SCANNER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/claims.h"
#include "scanner/core/arena.h"
#include "scanner/core/host.h"
#include "scanner/core/pace.h"
#include "scanner/extras.h"
#include "scanner/judge.h"
#include "scanner/opinions.h"
#include "scanner/probe/probe.h"

struct hosts;

/* A domain that waits; its memory is the domain's. */
struct hosts_waiter {
	void *job;
	struct hosts_waiter *next;
};

/* The host is done and judged; its waiters are the callee's to wake. judged is
   valid inside the callback only, hosts_judged() from its end on. run: that has
   stored it already, or 0. */
typedef void (*hosts_done_cb)(void *arg, const struct judge_host *judged,
	int64_t run, struct hosts_waiter *waiters);

struct hosts_config {
	struct resolver *resolver;
	struct prober *prober;
	struct judge *judge;
	struct host_policy policy;
	struct pace_limits limits;
	const struct blocklist *blocklist; /* or NULL */
	struct opinions *opinions;
	struct extras *extras;
	struct claims *claims; /* NULL: there is no fleet */
	bool evidence;	       /* certificates are kept */
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
 * Wait for the host called name; one that is new is examined from the next turn
 * on. refused: why it must not be looked up, or REASON_NONE. False: it is done,
 * waiter is not used.
 */
bool hosts_wait(struct hosts *hosts, const char *name, enum reason refused,
	struct hosts_waiter *waiter);

/* What was found of a host that is done, in arena. */
const struct judge_host *hosts_judged(
	const struct hosts *hosts, const char *name, struct arena *arena);

/*
 * Forget the hosts whose facts may be others soon: whoever names one later has
 * it examined anew. To be called only while no host is being examined.
 */
void hosts_forget(struct hosts *hosts);

/* As domains_provisional(). */
void hosts_provisional(struct hosts *hosts, bool provisional);

/* What became of a claim; facts as of struct fleet_listener. */
void hosts_claimed(struct hosts *hosts, const char *name,
	enum fleet_host status, const struct fleet_facts *facts);
/* An address may be talked to: owner as the claims have it. */
void hosts_granted(void *owner);
/* Claim, for others to see, what is being examined or was put off. */
void hosts_announce(struct hosts *hosts);

/* Step every host that is ready, begin the conversations whose turn it is. */
void hosts_turn(struct hosts *hosts, uint64_t now_ms, int64_t wall_us);

/* Is there something to step at once? */
bool hosts_ready(const struct hosts *hosts);

void hosts_stats(const struct hosts *hosts, struct hosts_stats *stats);

#endif
