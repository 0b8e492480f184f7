/*
 * The end-of-run summary: what was asked for, with what, what came of it, and
 * what it took.
 */
#include "scanner/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "resolver/anchor.h"
#include "scanner/core/arena.h"
#include "scanner/machine.h"
#include "scanner/report.h"
#include "store/schema.h"

/* Of the object; a reader refuses what it does not know. */
enum {
	SUMMARY_SCHEMA = 1
};

static json_t *
integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *
text(const char *value)
{
	return value != NULL ? json_string(value) : json_null();
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

/* Input. */

static json_t *
digest_text(const struct list_source *source)
{
	char hex[2 * sizeof(source->sha256) + 1];

	if (!source->whole)
		return json_null();
	for (size_t i = 0; i < sizeof(source->sha256); i++)
		snprintf(hex + 2 * i, 3, "%02x", source->sha256[i]);
	return json_string(hex);
}

static json_t *
list_files(const struct list *list)
{
	json_t *array = json_array();
	struct list_source source;

	for (size_t i = 0; list_source(list, i, &source); i++)
		json_array_append_new(
			array, json_pack("{ss so so}", "name", source.name,
				       "octets", integer(source.octets),
				       "sha256", digest_text(&source)));
	return array;
}

static json_t *
reject_reasons(const struct list *list)
{
	const struct list_rejected *rejected = list_rejected(list);
	json_t *object = json_object();

	for (size_t i = 0; i < LIST_REASONS_MAX && rejected[i].reason; i++)
		json_object_set_new(
			object, rejected[i].reason, integer(rejected[i].lines));
	return object;
}

static json_t *
input_counts(const struct list *list)
{
	struct list_counts counts;

	list_counts(list, &counts);
	return json_pack("{so so so so so so so so}", "lines",
		integer(counts.lines), "names", integer(counts.names),
		"rejected", integer(counts.rejected), "duplicates",
		integer(counts.duplicates), "skipped", integer(counts.skipped),
		"sampled_out", integer(counts.sampled_out), "reject_reasons",
		reject_reasons(list), "lists", list_files(list));
}

/* Results. */

static json_t *
reason_counts(const struct tally *tally)
{
	json_t *reasons = json_object();

	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (tally->reasons[i] > 0)
			json_object_set_new(reasons,
				vocabulary_reason((enum reason)i),
				integer(tally->reasons[i]));
	return reasons;
}

static json_t *
work_counts(const struct summary *summary, const struct scan_stats *stats)
{
	return json_pack("{so so so so so so}", "domains", integer(stats->done),
		"committed", integer(stats->committed), "resumed",
		integer(stats->others), "hosts", integer(stats->hosts.hosts),
		"smtp_sessions", integer(stats->hosts.probes),
		"truncated_domains", integer(summary->tally->truncated));
}

/* Bounds of buckets, so not exact. */
static json_t *
quantiles(const struct histogram *h)
{
	double mean = h->count > 0 ? (double)h->sum_ms / (double)h->count : 0;

	return json_pack("{so sf so so so}", "count", integer(h->count), "mean",
		mean, "p50", integer(histogram_quantile_ms(h, 0.5)), "p90",
		integer(histogram_quantile_ms(h, 0.9)), "p99",
		integer(histogram_quantile_ms(h, 0.99)));
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
times(const struct tally *tally)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < TALLY_LOOKUPS; i++)
		json_object_set_new(object,
			tally_lookup_label((enum tally_lookup)i),
			quantiles(&tally->lookups[i]));
	json_object_set_new(
		object, "smtp_session", quantiles(&tally->sessions));
	json_object_set_new(
		object, "tls_handshake", quantiles(&tally->handshakes));
	return object;
}

/* What it was done with. */

static json_t *
answer_counts(const struct tally *tally)
{
	json_t *object = json_object();

	for (unsigned i = ANSWER_DATA; i < TALLY_STATUSES; i++)
		json_object_set_new(object,
			answer_status_label((enum answer_status)i),
			integer(tally->answers[i]));
	return object;
}

/* A stub has no process, cache or anchor of its own. */
static json_t *
resolver_facts(const struct summary *summary)
{
	struct server_address stubs[SERVER_LIST_MAX];
	bool embedded = config_stubs(summary->config, stubs) == 0;
	struct resolver_stats stats;

	resolver_stats(summary->resolver, &stats);
	return json_pack("{ss so so so so so so so so}", "kind",
		embedded ? "unbound" : "stub", "processes",
		integer(embedded ? summary->config->resolvers : 0),
		"cache_mb_each", integer(embedded ? RESOLVER_CACHE_MB : 0),
		"asked", integer(stats.asked), "answered",
		integer(stats.answered), "sent", integer(stats.sent),
		"timeouts", integer(stats.timeouts), "restarts",
		integer(stats.restarts), "answers",
		answer_counts(summary->tally));
}

/* The file as it is now; a key that was added meanwhile shows. */
static json_t *
trust_anchor(const struct config *config)
{
	struct server_address stubs[SERVER_LIST_MAX];
	uint16_t tags[ANCHOR_TAGS_MAX];
	json_t *array;
	char err[512];
	int count;

	if (config_stubs(config, stubs) > 0)
		return json_null();
	array = json_array();
	count = anchor_key_tags(config->trust_anchor, tags, err, sizeof(err));
	for (int i = 0; i < count; i++)
		json_array_append_new(array, integer(tags[i]));
	return json_pack(
		"{ss so}", "file", config->trust_anchor, "key_tags", array);
}

static json_t *
versions(const struct summary *summary)
{
	const struct store *database = summary->database;
	int pq = store_postgres_library();
	char libpq[32];

	snprintf(libpq, sizeof(libpq), "%d.%d", pq / 10000, pq % 10000);
	return json_pack("{ss ss ss ss ss ss so so}", "danescan",
		DANESCAN_VERSION, "libunbound", resolver_version(), "cares",
		resolver_cares_version(), "openssl",
		OpenSSL_version(OPENSSL_VERSION), "libuv", uv_version_string(),
		"libpq", libpq, "postgresql",
		text(database ? store_postgres_server(database) : NULL),
		"database_schema",
		database ? integer((uint64_t)schema_version()) : json_null());
}

/* Without the name of this host, unless somebody chose to be known by it. */
static json_t *
options(const struct summary *summary)
{
	char *words = config_json(summary->config);
	json_t *object = json_loads(words, 0, NULL);

	free(words);
	if (object == NULL)
		return json_null();
	if (summary->config->ehlo_is_host_name)
		json_object_set_new(object, "ehlo", json_null());
	return object;
}

static json_t *
limits(const struct summary *summary)
{
	const struct config *config = summary->config;

	return json_pack("{so so so so so}", "window", integer(summary->window),
		"window_lowered",
		json_boolean(summary->window < config->window), "probes",
		integer(summary->probes), "probes_lowered",
		json_boolean(summary->probes < config->probes), "open_files",
		integer(summary->descriptors));
}

/* What it took. */

static json_t *
sink(const struct store *store)
{
	struct store_stats stats;

	if (store == NULL)
		return json_null();
	store_stats(store, &stats);
	return json_pack("{so so so so}", "added", integer(stats.added),
		"committed", integer(stats.committed), "batches",
		integer(stats.batches), "reconnects",
		integer(stats.reconnects));
}

static json_t *
usage(const struct machine_usage *u)
{
	return json_pack("{so sf so}", "processes", integer(u->processes),
		"cpu_seconds", u->cpu_s, "peak_memory", integer(u->peak));
}

static json_t *
machine(const struct summary *summary)
{
	struct machine_usage scanner, resolver;

	machine_own(&scanner);
	machine_resolver(summary->resolver, &resolver);
	return json_pack("{so so}", "scanner", usage(&scanner), "resolver",
		usage(&resolver));
}

static json_t *
identity(const struct summary *summary)
{
	const struct store *database = summary->database;
	int64_t took_us = summary->finished_us - summary->started_us;

	return json_pack("{si ss so ss so so sf}", "schema", SUMMARY_SCHEMA,
		"label", summary->label, "scan_id",
		integer(database ? (uint64_t)store_postgres_scan_id(database)
				 : 0),
		"state", state_word(scan_state(summary->scan)), "started",
		report_moment(summary->started_us), "finished",
		report_moment(summary->finished_us), "seconds",
		(double)took_us / 1e6);
}

/* A pipe that nobody reads yet is none of our business. */
int
summary_try(const char *path, char *err, size_t errsize)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);

	if (fd < 0 && errno != ENXIO) {
		snprintf(err, errsize, "summary %.400s: %s", path,
			strerror(errno));
		return -1;
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

static json_t *
whole(const struct summary *summary)
{
	struct scan_stats stats;
	json_t *root = identity(summary);
	json_t *rest;

	scan_stats(summary->scan, &stats);
	rest = json_pack("{so so so so so so so so so so so so so so}", "input",
		input_counts(summary->list), "work",
		work_counts(summary, &stats), "classes",
		report_classes(stats.classes), "reasons",
		reason_counts(summary->tally), "resolver",
		resolver_facts(summary), "times_ms", times(summary->tally),
		"versions", versions(summary), "trust_anchor",
		trust_anchor(summary->config), "options", options(summary),
		"limits", limits(summary), "database", sink(summary->database),
		"output", sink(summary->output), "machine", machine(summary),
		"pace", pace_counts(&stats.hosts.pace));
	if (json_object_update(root, rest) != 0 ||
		json_object_update_new(root, report_json(&stats)) != 0)
		arena_out_of_memory();
	json_decref(rest);
	return root;
}

int
summary_write(const struct summary *summary, const char *path, char *err,
	size_t errsize)
{
	json_t *root = whole(summary);
	int status = json_dump_file(
		root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(9));

	if (status != 0)
		snprintf(err, errsize, "summary %.400s: %s", path,
			strerror(errno));
	json_decref(root);
	return status;
}
