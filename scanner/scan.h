/*
 * The conductor: takes lines from the list, asks, probes, judges, and hands
 * rows to the sinks; the only file that knows everybody. It owns no descriptor
 * and no clock: its caller drives it with scan_turn().
 *
 * Answers and finished probes are recorded and posted in their callbacks, and
 * stepped only in scan_turn().
 */
#ifndef SCANNER_SCAN_H
#define SCANNER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"
#include "scanner/canaries.h"
#include "scanner/core/host.h"
#include "scanner/core/pace.h"
#include "scanner/core/pkix.h"
#include "scanner/hosts.h"
#include "scanner/judge.h"
#include "scanner/list.h"
#include "scanner/passes.h"
#include "scanner/policy.h"
#include "scanner/probe/probe.h"
#include "scanner/sinks.h"
#include "store/store.h"

struct scan;

enum {
	SCAN_STORES = 2
};

struct scan_config {
	unsigned window; /* domains between their list line and their commit */
	double rate;	 /* domains admitted a second; 0 = no limit */
	bool shuffled;	 /* not in the order of the list */
	uint64_t seed;	 /* of the order */
	struct passes_config passes;
	bool canaries;		  /* ask for names that must resolve */
	const char *canary_names; /* as struct canaries_config has them */
	bool evidence;		  /* results are given with the certificates */
	struct host_policy policy;
	struct pace_limits limits;
	const struct blocklist *blocklist; /* the caller's, or NULL; it may
					      change between two turns */
	unsigned extras; /* further look-ups: 1 << enum extra */
	/* Told of who opts out while the scan runs, as a line of a blocklist;
	   or NULL. */
	void (*on_opt_out)(void *arg, const char *entry);
	void *on_opt_out_arg;
};

/* The parts a scan conducts; they stay the caller's. */
struct scan_parts {
	struct resolver *resolver;
	struct direct *direct; /* NULL: no second opinion on look-ups */
	struct prober *prober;
	struct pkix *pkix;     /* NULL: no chain is judged by it */
	struct policy *policy; /* NULL: policies are not fetched */
	struct list *list;     /* NULL: others of the fleet load it */
	struct fleet *fleet;   /* NULL: the list is not shared */
	struct store *stores[SCAN_STORES];
	size_t store_count;
};

/* Told of every domain when it is done; result is valid inside. */
typedef void (*scan_result_cb)(void *arg, const struct judge_result *result);

enum scan_state {
	SCAN_RUNNING,
	SCAN_DRAINING,	/* nothing more is admitted */
	SCAN_FINISHING, /* all is committed; the sinks write their end */
	SCAN_COMPLETE,
	SCAN_INTERRUPTED,
	SCAN_FAILED, /* scan_error() tells */
};

struct scan_stats {
	uint64_t admitted;  /* once a pass */
	uint64_t put_off;   /* of these, to the next pass */
	uint64_t done;	    /* judged and handed to the sinks */
	uint64_t committed; /* by every sink */
	uint64_t others;  /* stored by earlier runs, and others of the fleet */
	unsigned members; /* of the fleet, with this one; 0: there is none */
	uint64_t names;	  /* of its whole list, or 0 */
	bool stuck;	  /* nobody loads the rest of its list */
	uint64_t classes[CLASS_COUNT];
	unsigned questions_open; /* for MX */
	uint64_t aside; /* under way beside the window: they wait for name
			   servers that do not answer */
	struct hosts_stats hosts;
	struct passes_stats passes;
	struct canaries_stats canaries;
	bool between_passes; /* nothing is done before passes.due_ms */
};

/* NULL, with one line in err, when OpenSSL cannot be set up. */
struct scan *scan_new(const struct scan_config *config,
	const struct scan_parts *parts, char *err, size_t errsize);
void scan_free(struct scan *scan);

void scan_on_result(struct scan *scan, scan_result_cb cb, void *arg);

/* To be called once before the first turn: the sinks need their descriptors
   watched, and tell the scan what they have committed. */
void scan_watch(struct scan *scan, sinks_watch_cb watch, void *arg);

/*
 * Step everything that is ready, admit new domains. now_ms is monotonic,
 * wall_us Unix time in microseconds. True: there is more to do at once.
 */
bool scan_turn(struct scan *scan, uint64_t now_ms, int64_t wall_us);

/* Admit nothing more, finish what is under way. */
void scan_drain(struct scan *scan);

enum scan_state scan_state(const struct scan *scan);
const char *scan_error(const struct scan *scan);
void scan_stats(const struct scan *scan, struct scan_stats *stats);

#endif
