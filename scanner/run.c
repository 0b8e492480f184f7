/*
 * One run of the scanner from configuration to exit code.
 */
#include "scanner/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scanner/blockfile.h"
#include "scanner/closing.h"
#include "scanner/database.h"
#include "scanner/issuers.h"
#include "scanner/limits.h"
#include "scanner/loop.h"
#include "scanner/monitor.h"
#include "scanner/notice.h"
#include "scanner/progress.h"
#include "scanner/summary.h"
#include "scanner/tally.h"

enum {
	ERROR_SIZE = 512
};

/* Everything that a run opens; closing tolerates what is not there. */
struct parts {
	struct resolver *resolver;
	struct direct *direct;
	struct store *database;
	struct loop *loop;
	struct prober *prober;
	struct scan *scan;
	struct progress *progress;
	struct blockfile *blockfile; /* or NULL */
	struct monitor_parts monitored;
	struct monitor *monitor; /* or NULL */
	struct tally tally;
	struct store *output;
	struct scan_parts scan_parts;
	unsigned window;
	unsigned probes;
	unsigned descriptors;
	int64_t started_us;
	const char *label;
	char day[16]; /* in place of a label */
	bool warned;  /* of a fault of our own */
	char error[ERROR_SIZE];
	const struct run *run;
};

static void
complain(const char *message)
{
	fprintf(stderr, "danescan: %s\n", message);
}

/* The window and the number of conversations that the machine can bear. */
static void
fit_limits(struct parts *parts)
{
	const struct config *config = parts->run->config;
	unsigned descriptors = limits_descriptors();

	parts->descriptors = descriptors;
	parts->window = limits_window(
		config->window, config->resolvers, descriptors);
	parts->probes = limits_probes(config->probes, descriptors);
	if (parts->window < config->window)
		fprintf(stderr,
			"danescan: window lowered from %u to %u: the limit of "
			"open files is %u\n",
			config->window, parts->window, descriptors);
	if (parts->probes < config->probes)
		fprintf(stderr,
			"danescan: probes lowered from %u to %u: the limit of "
			"open files is %u\n",
			config->probes, parts->probes, descriptors);
}

static int
open_resolver(struct parts *parts)
{
	const struct config *config = parts->run->config;
	struct server_address stubs[SERVER_LIST_MAX];
	struct resolver_config resolver = {
		.stubs = stubs,
		.stub_count = config_stubs(config, stubs),
		.root_hints = config->root_hints,
		.trust_anchor = config->trust_anchor,
		.processes = config->resolvers,
		/* A domain asks one question, a host two at a time. */
		.window = parts->window + 2 * parts->probes,
		.timeout_ms = config->dns_timeout_ms,
		.allow_reserved = config->allow_reserved,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.sha1_is_insecure = config->sha1_is_insecure,
		.source_ipv4 = config->source_ipv4,
		.source_ipv6 = config->source_ipv6,
	};

	parts->resolver = resolver_new(
		&resolver, parts->error, sizeof(parts->error));
	if (parts->resolver == NULL)
		return -1;
	resolver_observe(parts->resolver, tally_answer, &parts->tally);
	return 0;
}

static int
open_direct(struct parts *parts)
{
	const struct config *config = parts->run->config;

	parts->direct = direct_new(&(struct direct_config){
		.source_ipv4 = config->source_ipv4,
		.source_ipv6 = config->source_ipv6,
	});
	if (parts->direct == NULL)
		snprintf(parts->error, sizeof(parts->error),
			"c-ares cannot be set up");
	return parts->direct != NULL ? 0 : -1;
}

static void
add_store(struct parts *parts, struct store *store)
{
	parts->scan_parts.stores[parts->scan_parts.store_count++] = store;
}

/* A scan without a name is called by its day. */
static void
name_scan(struct parts *parts)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(parts->day, sizeof(parts->day), "%Y-%m-%d", &tm);
	parts->label = parts->run->config->label;
	if (parts->label == NULL)
		parts->label = parts->day;
}

static int
open_database(struct parts *parts)
{
	const struct database_wish wish = {
		.config = parts->run->config,
		.label = parts->label,
		.join = parts->run->join,
	};

	parts->database = database_open(&wish, &parts->scan_parts.fleet,
		parts->error, sizeof(parts->error));
	if (parts->database == NULL)
		return -1;
	add_store(parts, parts->database);
	return 0;
}

static int
open_output(struct parts *parts, const char *path)
{
	struct store *store;

	if (parts->run->config->output_format == CONFIG_OUTPUT_CSV)
		store = store_csv_open(
			path, parts->label, parts->error, sizeof(parts->error));
	else
		store = store_ndjson_open(
			path, parts->label, parts->error, sizeof(parts->error));
	if (store == NULL)
		return -1;
	parts->output = store;
	add_store(parts, store);
	return 0;
}

/* The file first: where it cannot be written, no scan is registered. */
static int
open_stores(struct parts *parts)
{
	const struct config *config = parts->run->config;
	const char *path = config->output;

	name_scan(parts);
	/* Without a database the rows go to standard output. */
	if (path == NULL && config->db == NULL)
		path = "-";
	if (parts->run->rows && path != NULL && open_output(parts, path) < 0)
		return -1;
	return config->db != NULL ? open_database(parts) : 0;
}

static int
open_prober(struct parts *parts)
{
	const struct config *config = parts->run->config;
	struct probe_config probe = {
		.ehlo = config->ehlo,
		.source_ipv4 = config->source_ipv4,
		.source_ipv6 = config->source_ipv6,
		.connect_timeout_ms = config->connect_timeout_ms,
		.smtp_timeout_ms = config->smtp_timeout_ms,
		.session_timeout_ms = config->session_timeout_ms,
		.observe = tally_conversation,
		.observe_arg = &parts->tally,
	};

	parts->loop = loop_new();
	parts->prober = prober_new(loop_uv(parts->loop), &probe, parts->error,
		sizeof(parts->error));
	return parts->prober != NULL ? 0 : -1;
}

static void
on_hangup(void *arg)
{
	blockfile_reload(arg);
}

/* False, and it is said why: the file is not as it should be. */
static bool
open_blocklist(struct parts *parts)
{
	const struct config *config = parts->run->config;
	const char *path = config->blocklist;

	if (path == NULL && config->db == NULL)
		return true;
	/* One that comes before the loop runs must not end the program. */
	if (path != NULL)
		signal(SIGHUP, SIG_IGN);
	parts->blockfile = blockfile_open(
		path, parts->error, sizeof(parts->error));
	if (parts->blockfile == NULL)
		complain(parts->error);
	return parts->blockfile != NULL;
}

static void
on_opt_out(void *arg, const char *entry)
{
	blockfile_opt_out(arg, entry);
}

static enum host_probing
probing(enum config_probe probe)
{
	switch (probe) {
	case CONFIG_PROBE_DANE:
		return HOST_PROBE_DANE;
	case CONFIG_PROBE_ALL:
		return HOST_PROBE_ALL;
	case CONFIG_PROBE_NONE:
		break;
	}
	return HOST_PROBE_NONE;
}

static void
on_result(void *arg, const struct judge_result *result)
{
	struct parts *parts = arg;

	tally_result(&parts->tally, result);
	if (parts->run->on_result != NULL)
		parts->run->on_result(parts->run->arg, result);
}

static int
open_scan(struct parts *parts)
{
	const struct config *config = parts->run->config;
	struct scan_config scan = {
		.window = parts->window,
		.rate = config->rate,
		.shuffled = config->order == CONFIG_ORDER_SHUFFLED,
		.seed = config->seed,
		.passes.retries = config->retries,
		.passes.delay_ms = config->retry_delay_ms,
		.canaries = config->canary == NULL ||
			    strcmp(config->canary, "none") != 0,
		.canary_names = config->canary,
		.extras = config->extras,
		.evidence = parts->run->on_result != NULL,
		.policy.probing = probing(config->probe),
		.policy.no_ipv4 = config->no_ipv4,
		.policy.no_ipv6 = config->no_ipv6,
		.policy.allow_reserved = config->allow_reserved,
		.policy.port = config->smtp_port,
		.limits.total = parts->probes,
		.limits.per_network = config->per_network,
		.limits.per_provider = config->per_provider,
		.limits.rate = config->probe_rate,
		.limits.interval_ms = config->per_address_interval_ms,
	};

	if (parts->blockfile != NULL) {
		scan.blocklist = blockfile_list(parts->blockfile);
		scan.on_opt_out = on_opt_out;
		scan.on_opt_out_arg = parts->blockfile;
	}
	if (config->blocklist != NULL)
		loop_on_hangup(parts->loop, on_hangup, parts->blockfile);
	parts->scan_parts.resolver = parts->resolver;
	parts->scan_parts.direct = parts->direct;
	parts->scan_parts.prober = parts->prober;
	if (parts->run->join == 0)
		parts->scan_parts.list = parts->run->list;
	issuers_open(&parts->scan_parts, config, scan.blocklist);
	parts->scan = scan_new(
		&scan, &parts->scan_parts, parts->error, sizeof(parts->error));
	if (parts->scan == NULL)
		return -1;
	scan_on_result(parts->scan, on_result, parts);
	return 0;
}

/* What cannot be written is known before anything is asked. */
static int
try_files(struct parts *parts)
{
	const struct config *config = parts->run->config;

	if (config->metrics != NULL &&
		monitor_try(config->metrics, parts->error,
			sizeof(parts->error)) < 0)
		return -1;
	if (config->summary != NULL &&
		summary_try(config->summary, parts->error,
			sizeof(parts->error)) < 0)
		return -1;
	return 0;
}

static void
open_monitor(struct parts *parts)
{
	const struct config *config = parts->run->config;

	parts->monitored = (struct monitor_parts){
		.path = config->metrics,
		.label = parts->label,
		.tally = &parts->tally,
		.list = parts->run->list,
		.scan = parts->scan,
		.resolver = parts->resolver,
		.database = parts->database,
		.output = parts->output,
		.started_us = parts->started_us,
		.window = parts->window,
		.window_wanted = config->window,
		.probes = parts->probes,
		.descriptors = parts->descriptors,
	};
	if (config->metrics != NULL)
		parts->monitor = monitor_new(&parts->monitored);
}

/* The resolver comes first: its processes inherit no socket of the others. No
   scan is registered before all else is known to work. */
static int
open_parts(struct parts *parts)
{
	fit_limits(parts);
	if (try_files(parts) < 0 || open_resolver(parts) < 0 ||
		open_direct(parts) < 0 || open_prober(parts) < 0 ||
		open_stores(parts) < 0 || open_scan(parts) < 0)
		return -1;
	return 0;
}

static void
close_parts(struct parts *parts)
{
	monitor_free(parts->monitor);
	prober_free(parts->prober);
	loop_free(parts->loop);
	scan_free(parts->scan);
	for (size_t i = 0; i < parts->scan_parts.store_count; i++)
		store_free(parts->scan_parts.stores[i]);
	issuers_close(&parts->scan_parts);
	direct_free(parts->direct);
	resolver_free(parts->resolver);
	blockfile_free(parts->blockfile);
}

/* The status line, and the metrics. */

/* Once: the status line and the end tell the rest. */
static void
warn_of_canaries(struct parts *parts, const struct progress_numbers *numbers)
{
	if (!numbers->failing || parts->warned || !parts->run->progress ||
		parts->run->config->verbosity < 0)
		return;
	parts->warned = true;
	progress_print(parts->progress,
		"danescan: names that must resolve do not: this machine, its "
		"resolver or its network has a fault; fewer domains are in "
		"flight until it is mended");
}

static void
write_metrics(struct parts *parts, uint64_t elapsed_ms, bool ended)
{
	const char *problem = NULL;

	if (parts->monitor != NULL)
		problem = monitor_second(
			parts->monitor, elapsed_ms, loop_wall_us(), ended);
	if (problem != NULL)
		progress_print(parts->progress,
			"danescan: metrics: %s; the scan goes on", problem);
}

static void
on_second(void *arg, uint64_t elapsed_ms)
{
	struct parts *parts = arg;
	struct progress_numbers numbers;

	write_metrics(parts, elapsed_ms, false);
	monitor_numbers(&parts->monitored, elapsed_ms, loop_now_ms(parts->loop),
		&numbers);
	warn_of_canaries(parts, &numbers);
	progress_show(parts->progress, &numbers);
}

/* The end. */

static void
say_counts(const struct parts *parts)
{
	struct scan_stats stats;
	struct list_counts counts;

	scan_stats(parts->scan, &stats);
	list_counts(parts->run->list, &counts);
	closing_print(stderr, &counts, &stats, loop_wall_us());
}

/* A worker goes, and the scan stays. */
static int
say_leave(const struct parts *parts)
{
	struct scan_stats stats;

	scan_stats(parts->scan, &stats);
	if (stats.stuck)
		complain("nothing is left to do, but the list was not loaded "
			 "to its end: the scan has to be resumed with it");
	else
		complain("interrupted; what was left goes to others");
	return stats.stuck ? CONFIG_EXIT_OK : CONFIG_EXIT_INTERRUPTED;
}

static void
say_resume(const struct parts *parts)
{
	const struct run *run = parts->run;
	struct scan_stats stats;

	if (parts->database == NULL || run->argv == NULL) {
		complain("interrupted; what was finished is written");
		return;
	}
	scan_stats(parts->scan, &stats);
	if (stats.members > 1)
		complain("others of the fleet go on");
	notice_resume(
		run->argv, run->config->resume == 0
				   ? store_postgres_scan_id(parts->database)
				   : 0);
}

static int
exit_code(const struct parts *parts, int stopped)
{
	if (stopped < 0) {
		complain("stopped at once; rows not yet committed are lost, "
			 "and scanned again on --resume");
		return CONFIG_EXIT_INTERRUPTED;
	}
	switch (scan_state(parts->scan)) {
	case SCAN_COMPLETE:
		return CONFIG_EXIT_OK;
	case SCAN_INTERRUPTED:
		if (parts->run->join != 0)
			return say_leave(parts);
		say_resume(parts);
		return CONFIG_EXIT_INTERRUPTED;
	case SCAN_FAILED:
		complain(scan_error(parts->scan));
		return CONFIG_EXIT_ENVIRONMENT;
	case SCAN_RUNNING:
	case SCAN_DRAINING:
	case SCAN_FINISHING:
		break;
	}
	return CONFIG_EXIT_ENVIRONMENT;
}

static int
write_summary(struct parts *parts)
{
	const struct config *config = parts->run->config;
	struct summary summary = {
		.config = config,
		.label = parts->label,
		.started_us = parts->started_us,
		.finished_us = loop_wall_us(),
		.scan = parts->scan,
		.list = parts->run->list,
		.resolver = parts->resolver,
		.tally = &parts->tally,
		.database = parts->database,
		.output = parts->output,
		.window = parts->window,
		.probes = parts->probes,
		.descriptors = parts->descriptors,
	};

	if (config->summary == NULL)
		return 0;
	return summary_write(
		&summary, config->summary, parts->error, sizeof(parts->error));
}

/* Rows and the status line would mix on one terminal. */
static bool
rows_on_terminal(const struct run *run)
{
	const struct config *config = run->config;
	const char *path = config->output;

	if (path == NULL)
		return config->db == NULL && isatty(STDOUT_FILENO);
	return strcmp(path, "-") == 0 && isatty(STDOUT_FILENO);
}

static int
drive(struct parts *parts)
{
	const struct run *run = parts->run;
	int stopped, code;

	parts->started_us = loop_wall_us();
	config_warn(run->config);
	if (run->progress && run->config->verbosity >= 0)
		notice_start(run->config, parts->window, parts->probes,
			parts->descriptors);
	if (run->progress && run->config->verbosity >= 0 &&
		!rows_on_terminal(run))
		parts->progress = progress_open(stderr);
	open_monitor(parts);
	stopped = loop_run(
		parts->loop, parts->scan, &parts->scan_parts, on_second, parts);
	progress_close(parts->progress);
	parts->progress = NULL;
	write_metrics(parts, 0, true);
	if (run->progress && run->config->verbosity >= 0)
		say_counts(parts);
	code = exit_code(parts, stopped);
	if (write_summary(parts) == 0)
		return code;
	complain(parts->error);
	return code == CONFIG_EXIT_OK ? CONFIG_EXIT_ENVIRONMENT : code;
}

int
run(const struct run *run)
{
	struct parts parts = {.run = run};
	int code = CONFIG_EXIT_ENVIRONMENT;

	if (!open_blocklist(&parts))
		return CONFIG_EXIT_USAGE;
	if (open_parts(&parts) < 0)
		complain(parts.error);
	else
		code = drive(&parts);
	close_parts(&parts);
	return code;
}
