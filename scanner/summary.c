/*
 * The end-of-run summary.
 */
#include "scanner/summary.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "scanner/report.h"

static json_t *
integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static const char *
state_word(enum scan_state state)
{
	switch (state) {
	case SCAN_COMPLETE:
		return "complete";
	case SCAN_FAILED:
		return "failed";
	case SCAN_RUNNING:
	case SCAN_DRAINING:
	case SCAN_FINISHING:
	case SCAN_INTERRUPTED:
		break;
	}
	return "interrupted";
}

static json_t *
input_counts(const struct list *list)
{
	struct list_counts counts;

	list_counts(list, &counts);
	return json_pack("{so so so so so so}", "lines", integer(counts.lines),
		"names", integer(counts.names), "rejected",
		integer(counts.rejected), "duplicates",
		integer(counts.duplicates), "skipped", integer(counts.skipped),
		"sampled_out", integer(counts.sampled_out));
}

static json_t *
work_counts(const struct scan_stats *stats)
{
	return json_pack("{so so so so so}", "domains", integer(stats->done),
		"committed", integer(stats->committed), "resumed",
		integer(stats->resumed), "hosts", integer(stats->hosts.hosts),
		"smtp_sessions", integer(stats->hosts.probes));
}

/* Connections that had to wait, and for which limit. */
static json_t *
pace_counts(const struct pace_stats *stats)
{
	return json_pack("{so so so so so so}", "connections",
		integer(stats->tickets), "waited_address",
		integer(stats->waited_address), "waited_network",
		integer(stats->waited_network), "waited_provider",
		integer(stats->waited_provider), "waited_total",
		integer(stats->waited_total), "waited_rate",
		integer(stats->waited_rate));
}

static json_t *
resolver_counts(const struct resolver *resolver)
{
	struct resolver_stats stats;

	resolver_stats(resolver, &stats);
	return json_pack("{so so so so}", "asked", integer(stats.asked),
		"answered", integer(stats.answered), "timeouts",
		integer(stats.timeouts), "restarts", integer(stats.restarts));
}

static json_t *
versions(void)
{
	return json_pack("{ss ss ss ss}", "danescan", DANESCAN_VERSION,
		"libunbound", resolver_version(), "openssl",
		OpenSSL_version(OPENSSL_VERSION), "libuv", uv_version_string());
}

static json_t *
options(const struct summary *summary)
{
	char *text = config_json(summary->config);
	json_t *object = json_loads(text, 0, NULL);

	free(text);
	return object != NULL ? object : json_null();
}

int
summary_write(const struct summary *summary, const char *path)
{
	struct scan_stats stats;
	json_t *root;
	int status;

	scan_stats(summary->scan, &stats);
	root = json_pack("{ss sI so so ss so so so so so so so sI sI}", "label",
		summary->label, "scan_id", (json_int_t)summary->scan_id,
		"started", report_moment(summary->started_us), "finished",
		report_moment(summary->finished_us), "state",
		state_word(scan_state(summary->scan)), "input",
		input_counts(summary->list), "work", work_counts(&stats),
		"pace", pace_counts(&stats.hosts.pace), "classes",
		report_classes(stats.classes), "resolver",
		resolver_counts(summary->resolver), "versions", versions(),
		"options", options(summary), "window",
		(json_int_t)summary->window, "probes",
		(json_int_t)summary->probes);
	json_object_update_new(root, report_json(&stats));
	status = json_dump_file(root, path, JSON_INDENT(2));
	json_decref(root);
	return status;
}
