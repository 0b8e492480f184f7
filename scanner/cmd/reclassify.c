/* `danescan reclassify`: the verdicts of a stored scan, derived again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/core/classifier.h"
#include "scanner/reclassify.h"

enum {
	ERROR_SIZE = 512
};

static void
print_change(void *arg, const struct rewrite_change *change)
{
	(void)arg;
	if (strcmp(change->was, change->now) != 0)
		printf("%s: %s -> %s\n", change->domain, change->was,
			change->now);
	else
		printf("%s: %s (%s)\n", change->domain, change->now,
			change->parts);
}

/* After the domains, with one line between. */
static void
print_total(void *arg, const char *was, const char *now, const char *count)
{
	bool *begun = arg;

	if (!*begun)
		putchar('\n');
	*begun = true;
	if (strcmp(was, now) != 0)
		printf("%9s  %s -> %s\n", count, was, now);
	else
		printf("%9s  %s, otherwise changed\n", count, was);
}

static void
print_end(const struct config *config, const struct reclassify_result *result)
{
	fprintf(stderr,
		"danescan: scan %" PRId64 ", %" PRIu64
		" domains, classifier %d -> %d: ",
		config->scan, result->domains, result->before,
		CLASSIFIER_VERSION);
	if (result->changed.domains == 0 && result->changed.hosts == 0)
		fputs("nothing changed", stderr);
	else
		fprintf(stderr,
			"%" PRId64 " domain%s and %" PRId64 " host%s changed",
			result->changed.domains,
			result->changed.domains == 1 ? "" : "s",
			result->changed.hosts,
			result->changed.hosts == 1 ? "" : "s");
	fputs(config->dry_run ? "; dry run, nothing is stored\n" : "\n",
		stderr);
}

static int
run(struct config *config)
{
	bool begun = false;
	const struct reclassify_wish wish = {
		.dsn = config->db,
		.scan = config->scan,
		.dry_run = config->dry_run,
		.changed = print_change,
		.total = print_total,
		.arg = &begun,
	};
	struct reclassify_result result;
	char err[ERROR_SIZE];

	if (config->db == NULL || config->scan == 0) {
		fputs("danescan reclassify: --db DSN and --scan ID are "
		      "needed\n",
			stderr);
		return CONFIG_EXIT_USAGE;
	}
	if (reclassify_scan(&wish, &result, err, sizeof(err)) != 0) {
		fprintf(stderr, "danescan reclassify: %s\n", err);
		return CONFIG_EXIT_ENVIRONMENT;
	}
	if (config->verbosity >= 0)
		print_end(config, &result);
	return CONFIG_EXIT_OK;
}

int
cmd_reclassify(int argc, char **argv)
{
	return config_run(CONFIG_RECLASSIFY, argc, argv, run);
}
