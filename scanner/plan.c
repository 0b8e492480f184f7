/*
 * What a scan would do.
 */
#include "scanner/plan.h"

#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/blockfile.h"
#include "scanner/options.h"

enum {
	/* For a pipe that has nothing now. */
	PAUSE_MS = 10,
	ERROR_SIZE = 512,
	VALUE_WIDTH = 28,
};

/* Of the names that the scan would take up. */
struct tally {
	const struct blocklist *blocklist; /* or NULL */
	uint64_t listed;		   /* names in it */
};

static enum list_status
read_lists(struct list *list, struct tally *tally)
{
	struct list_entry entry;

	for (;;) {
		enum list_status status = list_next(list, &entry);

		switch (status) {
		case LIST_NAME:
			tally->listed += tally->blocklist != NULL &&
					 blocklist_has_name(
						 tally->blocklist, entry.name);
			break;
		case LIST_AGAIN:
			poll(NULL, 0, PAUSE_MS);
			break;
		case LIST_END:
		case LIST_FAILED:
			return status;
		}
	}
}

static const char *
format_word(enum list_format format)
{
	switch (format) {
	case LIST_PLAIN:
		return "plain";
	case LIST_CSV:
		return "csv";
	case LIST_ZONE:
		return "zone";
	case LIST_AUTO:
		break;
	}
	return "empty";
}

static void
print_counts(FILE *out, const struct list_counts *counts)
{
	fprintf(out,
		"%" PRIu64 " lines: %" PRIu64 " names, %" PRIu64
		" rejected, %" PRIu64 " duplicates, %" PRIu64
		" skipped, %" PRIu64 " outside of the sample or shard\n",
		counts->lines, counts->names, counts->rejected,
		counts->duplicates, counts->skipped, counts->sampled_out);
}

static void
print_lists(FILE *out, const struct list *list)
{
	struct list_counts counts;
	struct list_source source;

	fputs("Lists\n", out);
	for (size_t i = 0; list_source(list, i, &source); i++) {
		fprintf(out, "  %s (%s): ", source.name,
			format_word(source.format));
		print_counts(out, &source.counts);
	}
	list_counts(list, &counts);
	fputs("  all: ", out);
	print_counts(out, &counts);
}

static void
print_work(FILE *out, const struct config *config, const struct list *list,
	const struct tally *tally)
{
	struct list_counts counts;

	list_counts(list, &counts);
	fprintf(out,
		"Work\n  %" PRIu64 " domains to ask about, %" PRIu64
		" more are in the blocklist\n",
		counts.names - tally->listed, tally->listed);
	fprintf(out, "  %.1f MB for the set of names seen\n",
		(double)list_memory(list) / 1e6);
	if (config->rate > 0)
		fprintf(out, "  at least %.0f s at %g domains a second\n",
			(double)counts.names / config->rate, config->rate);
	else
		fprintf(out,
			"  no rate is given: as fast as %u domains at once "
			"are done\n",
			config->window);
}

static void
print_option(
	FILE *out, const struct config *config, const struct options_spec *spec)
{
	json_t *value = options_json(config, spec);
	char *text;

	if (value == NULL)
		return;
	text = json_is_string(value)
		       ? strdup(json_string_value(value))
		       : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
						   JSON_REAL_PRECISION(12));
	fprintf(out, "  %-22s %-*s  %s\n", spec->name, VALUE_WIDTH,
		json_is_null(value) || text == NULL ? "-" : text,
		config_origin(config, spec));
	free(text);
	json_decref(value);
}

static void
print_options(FILE *out, const struct config *config)
{
	const struct options_spec *spec;

	fputs("Options\n", out);
	for (size_t i = 0; (spec = options_at(i)) != NULL; i++)
		if (spec->commands & CONFIG_SCAN)
			print_option(out, config, spec);
}

int
plan_print(FILE *out, const struct config *config, struct list *list)
{
	struct blockfile *blockfile = NULL;
	struct tally tally = {0};
	char err[ERROR_SIZE];
	enum list_status status;

	if (config->blocklist != NULL) {
		blockfile = blockfile_open(config->blocklist, err, sizeof(err));
		if (blockfile == NULL) {
			fprintf(stderr, "danescan: %s\n", err);
			return CONFIG_EXIT_USAGE;
		}
		tally.blocklist = blockfile_list(blockfile);
	}
	status = read_lists(list, &tally);
	print_lists(out, list);
	print_work(out, config, list, &tally);
	print_options(out, config);
	blockfile_free(blockfile);
	if (status == LIST_END)
		return CONFIG_EXIT_OK;
	fprintf(stderr, "danescan: %s\n", list_error(list));
	return CONFIG_EXIT_ENVIRONMENT;
}
