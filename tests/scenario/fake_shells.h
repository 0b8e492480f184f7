/*
 * A made-up outside world in virtual time: name servers, mail servers, a list
 * and one sink, linked in place of the real shells of the same names.
 */
#ifndef TESTS_SCENARIO_FAKE_SHELLS_H
#define TESTS_SCENARIO_FAKE_SHELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/outcome.h"
#include "scanner/core/vocabulary.h"
#include "scanner/scan.h"
#include "tests/scenario/fake_fleet.h"

/* What the name servers know of one name and type; "*.x" is all below x. */
struct fake_record {
	const char *name;
	enum answer_type type;
	enum answer_status status;
	enum answer_trust trust;
	const char *data; /* "10 mx.test", "192.0.2.1"; records split by "|" */
	uint64_t delay_ms;
};

/* What a name server says when it is asked directly. */
struct fake_nameserver {
	const char *address;
	enum outcome outcome;
	bool alive; /* it tells its SOA, whatever the outcome */
	uint64_t digest;
	uint32_t serial;
	const char
		*delegates; /* every name asked for NS: "ns.test 192.0.2.1" */
};

/* What was asked of it. */
struct fake_asked {
	size_t asked;
	size_t by_type[64];
	unsigned open;
	unsigned most_open;
	uint64_t ended_ms;     /* the last one */
	uint64_t least_gap_ms; /* from the end of one to the next */
};

enum {
	FAKE_NAMESERVERS_MAX = 4,
	FAKE_TIMEOUT_MS = 2250, /* of one question without answer */
};

/* What a mail server does. */
struct fake_server {
	const char *address;
	enum reason failure;
	uint64_t delay_ms;
	const char *key;   /* of TLS, where failure is REASON_NONE */
	const char *other; /* … of the other kind, or NULL */
};

/* A row that the sink took. */
struct fake_row {
	char domain[256];
	char class[24];
	char reason[32];
	char *hosts;   /* as the record shows them; the world's */
	bool extras;   /* it tells of further look-ups */
	char hint[32]; /* of the first record of the first host */
	uint64_t line;
	unsigned passes;
	bool flagged;	/* with anything */
	uint64_t at_ms; /* virtual time at which it came */
};

struct fake_world {
	/* Given by the test. */
	const struct fake_record *records;
	size_t record_count;
	const char *alias;	   /* the A record of this name is one, */
	const char *alias_end;	   /* … whose chain ends here */
	uint64_t default_delay_ms; /* of answers without their own */
	const struct fake_server *servers;
	size_t server_count;
	/* Until that time these are asked first. */
	const struct fake_record *early_records;
	size_t early_record_count;
	const struct fake_server *early_servers;
	size_t early_server_count;
	uint64_t early_until_ms;
	const struct fact_certificate *certificate; /* of them all, or NULL */
	const struct fake_nameserver
		*nameservers; /* none: no direct questions */
	size_t nameserver_count;
	const char *const *names; /* NULL: name<line>.test up to name_count */
	size_t name_count;
	size_t fail_list_after;	 /* LIST_FAILED after so many; 0: never */
	size_t pause_list_after; /* nothing more of it until pause_until_ms */
	uint64_t pause_until_ms;
	uint64_t commit_delay_ms; /* of the sink, unless it is flushed */
	bool stalled;		  /* the sink commits nothing */
	const char *sink_failure;
	struct fleet *fleet; /* NULL: the list is not shared */
	bool is_worker;	     /* it has no list */

	/* Counted by the fakes. */
	uint64_t now_ms;
	size_t asked;
	size_t asked_by_type[64];
	const char *unasked; /* no question may be for this name or below */
	size_t open_by_type[64];
	size_t most_open_by_type[64];
	struct fake_asked direct[FAKE_NAMESERVERS_MAX];
	size_t probed;
	uint64_t probed_at_ms[8]; /* the first ones */
	size_t listed;
	size_t renewed; /* times that the resolver forgot all */
	size_t hosts_stored;
	size_t hosts_known; /* … by another run */
	char *hosts[8];	    /* the first ones, as a record shows them */
	char host_names[8][FAKE_NAME_SIZE];
	size_t hosts_told; /* to the fleet */
	struct {
		uint32_t chunk;
		size_t row; /* that it ends with */
	} ends[FAKE_CHUNKS_MAX];
	size_t end_count, ended;
	size_t row_count;
	struct fake_row *rows;
	size_t flushed; /* rows that were not to wait */
	size_t committed;
	char end[16]; /* state given to store_finish */
	char report[1024];
	struct fake_parts *parts;
};

/* Fill in the parts for scan_new(). Names that the world has no record of do
   not exist. */
void fake_begin(struct fake_world *world, struct scan_parts *parts);

/* A scan of this world, begun. */
struct scan *fake_scan(
	struct fake_world *world, const struct scan_config *config);

/* One millisecond of it. Returns whether the scan has ended. */
bool fake_step(struct fake_world *world, struct scan *scan);

/* Let virtual time go on by one millisecond steps, turning scan, until it has
   ended or until_ms has come. Returns whether it ended. */
bool fake_run(struct fake_world *world, struct scan *scan, uint64_t until_ms);

const struct fake_row *fake_row(
	const struct fake_world *world, const char *domain);

void fake_end(struct fake_world *world);

#endif
