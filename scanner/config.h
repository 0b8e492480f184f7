/*
 * The effective configuration: command line over environment (DANESCAN_…)
 * over INI file over built-in defaults (INTERFACE section 1).
 */
#ifndef SCANNER_CONFIG_H
#define SCANNER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "resolver/server.h"
#include "scanner/list.h"

struct arena;

/* Exit codes of the program (INTERFACE section 1). */
enum config_exit {
	CONFIG_EXIT_OK = 0,
	CONFIG_EXIT_NOT_VALID = 1,
	CONFIG_EXIT_USAGE = 2,
	CONFIG_EXIT_ENVIRONMENT = 3,
	CONFIG_EXIT_INTERRUPTED = 4,
};

enum config_probe {
	CONFIG_PROBE_DANE,
	CONFIG_PROBE_ALL,
	CONFIG_PROBE_NONE
};
enum config_color {
	CONFIG_COLOR_AUTO,
	CONFIG_COLOR_ALWAYS,
	CONFIG_COLOR_NEVER
};
enum config_order {
	CONFIG_ORDER_LIST,
	CONFIG_ORDER_SHUFFLED
};
enum config_output {
	CONFIG_OUTPUT_NDJSON,
	CONFIG_OUTPUT_CSV
};

/* Which command the options are for: each has its own set and --help. */
enum config_command {
	CONFIG_SCAN = 1,
	CONFIG_CHECK = 2,
	CONFIG_DB = 4,
	CONFIG_VERSION = 8,
	CONFIG_EXPLAIN = 16,
	CONFIG_EXPORT = 32,
	CONFIG_RECLASSIFY = 64,
	CONFIG_REPORT = 128,
	CONFIG_WORKER = 256,
};

struct config {
	const char *db;	    /* libpq connection string, or NULL */
	const char *output; /* file, "-", or NULL */
	enum config_output output_format;
	enum list_format list_format;
	bool only_signed;
	const char *root_hints;	  /* NULL: built-in */
	const char *trust_anchor; /* never NULL */
	const char *resolver;	  /* "unbound", or "stub:ADDR[@PORT][,...]" */
	bool trust_remote_ad;	  /* of a stub's resolvers elsewhere */
	unsigned resolvers;	  /* never 0 */
	const char *canary;	  /* "none", names, or NULL: derived */
	unsigned window;
	unsigned probes;
	enum config_probe probe;
	const char *ca_file; /* never NULL */
	double rate;	     /* domains a second, 0 = no limit */
	unsigned retries;    /* 0: no second pass */
	unsigned retry_delay_ms;
	unsigned extras; /* further look-ups: 1 << enum extra */
	unsigned per_address_interval_ms;
	unsigned per_network;
	unsigned per_provider; /* 0 = no limit */
	double probe_rate;     /* connections a second, 0 = no limit */
	uint16_t smtp_port;
	const char *ehlo;	 /* never NULL */
	bool ehlo_is_host_name;	 /* nobody has chosen it */
	const char *source_ipv4; /* address, or NULL */
	const char *source_ipv6;
	unsigned dns_timeout_ms;
	unsigned connect_timeout_ms;
	unsigned smtp_timeout_ms;
	unsigned session_timeout_ms;
	bool no_ipv4;
	bool no_ipv6;
	bool allow_reserved;
	const char *blocklist; /* file, or NULL */
	bool sha1_is_insecure;
	double sample; /* 0 … 1 */
	uint64_t seed;
	enum config_order order; /* of check: that of its arguments */
	unsigned shard;		 /* 1 … shards */
	unsigned shards;
	const char *label; /* or NULL */
	int64_t resume;	   /* scan ID, 0: a fresh scan */
	int64_t scan;	   /* ID of the stored scan to work on, 0: none given */
	int64_t keep; /* scans whose observations db prune keeps, 0: none given
		       */
	const char *rejects;
	const char *summary;
	const char *metrics;
	enum config_color color;
	bool dry_run;
	int verbosity;	 /* -1 quiet, 0, 1 verbose */
	bool json;	 /* check --json */
	const char *out; /* folder of the site, or NULL, as all that follow */
	const char *registry;
	const char *series;
	const char *site_title; /* never NULL */
	const char *publisher;
	const char *contact;
	const char *base_url;
	const char *licence;
	bool wait;    /* worker: for scans to come */
	bool no_list; /* of a scan that is resumed none was given */

	char *const *operands; /* what is left of argv */
	int operand_count;
	const char *const *origins; /* private to config.c */
	struct arena *arena;	    /* holds the strings */
};

/*
 * Read argv (argv[0] is the command's name), environment and files, the
 * earlier over the later. An option that the command does not have is refused
 * on the command line, and ignored where the sources are shared between
 * commands. Leaves the operands in their order. 0: go on. 1: --help was
 * printed, exit 0. -1: one line is on stderr, exit 2. config_free() is due in
 * each case.
 */
int config_read(struct config *config, enum config_command command, int argc,
	char **argv);
void config_free(struct config *config);
/* A whole command: run what there is to run with what is read. Returns the exit
   code, which is that of run. */
int config_run(enum config_command command, int argc, char **argv,
	int (*run)(struct config *config));

/* The addresses of --resolver stub:…; returns how many, 0 for the embedded
   validator. */
size_t config_stubs(const struct config *config,
	struct server_address list[SERVER_LIST_MAX]);

/* On standard error, unless it is to be quiet: values that others will not
   like. */
void config_warn(const struct config *config);

struct options_spec;

/* Where the value of an option is from: "command line", "environment", the path
   of the file, "built-in". */
const char *config_origin(
	const struct config *config, const struct options_spec *spec);

/* The effective configuration of a scan as a JSON object, keys as the long
   options, for the record; the caller frees it. Holds no password. */
char *config_json(const struct config *config);

#endif
