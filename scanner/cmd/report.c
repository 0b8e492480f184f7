/* `danescan report`: the public statistics as static files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/site.h"
#include "resolver/name.h"
#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/core/vocabulary.h"

enum {
	ERROR_SIZE = 512,
	URL_MAX = 1000
};

/* The caller frees them. */
static struct site_word *
words_of(size_t *count)
{
	const struct vocabulary_entry *entry;
	struct site_word *words;

	for (*count = 0; vocabulary_at(*count) != NULL; ++*count)
		;
	words = calloc(*count, sizeof(*words));
	if (words == NULL)
		abort();
	for (size_t i = 0; (entry = vocabulary_at(i)) != NULL; i++)
		words[i] = (struct site_word){
			.kind = entry->kind,
			.label = entry->label,
			.meaning = entry->meaning,
			.section = entry->section,
			.remedy = entry->remedy,
		};
	return words;
}

/* With a slash at the end, so that a path can follow. */
static const char *
url_of(const struct config *config, char url[URL_MAX + 2])
{
	const char *given = config->base_url;

	if (given == NULL)
		return NULL;
	(void)snprintf(url, URL_MAX + 2, "%s%s", given,
		given[strlen(given) - 1] == '/' ? "" : "/");
	return url;
}

/* As the database has it; ".NL" will do. */
static int
zone_of(const struct config *config, char zone[NAME_SIZE])
{
	const char *given = config->registry;
	enum name_error error;

	if (given == NULL)
		return 0;
	if (*given == '.')
		given++;
	error = name_normalise(given, strlen(given), zone);
	if (error == NAME_OK)
		return 0;
	fprintf(stderr, "danescan report: --registry: %s\n",
		name_error_text(error));
	return -1;
}

static int
write_site(const struct config *config, const char *zone)
{
	char url[URL_MAX + 2];
	char err[ERROR_SIZE];
	struct site_counts counts;
	struct site_options options = {
		.db = config->db,
		.out = config->out,
		.registry = config->registry != NULL ? zone : NULL,
		.series = config->series,
		.title = config->site_title,
		.publisher = config->publisher,
		.contact = config->contact,
		.url = url_of(config, url),
		.licence = config->licence,
		.version = DANESCAN_VERSION,
	};
	struct site_word *words = words_of(&options.word_count);
	int status;

	options.words = words;
	status = site_write(&options, &counts, err, sizeof(err));
	free(words);
	if (status != 0) {
		fprintf(stderr, "danescan report: %s\n", err);
		return CONFIG_EXIT_ENVIRONMENT;
	}
	if (config->verbosity >= 0)
		fprintf(stderr,
			"danescan report: %zu scans, %zu files, %zu changed, "
			"%zu removed: %s\n",
			counts.scans, counts.files, counts.changed,
			counts.removed, config->out);
	return CONFIG_EXIT_OK;
}

static int
run(struct config *config)
{
	char zone[NAME_SIZE];

	if (config->db == NULL || config->out == NULL) {
		fputs("danescan report: --db DSN and --out DIR are needed\n",
			stderr);
		return CONFIG_EXIT_USAGE;
	}
	if (config->base_url != NULL &&
		(strlen(config->base_url) > URL_MAX ||
			(strncmp(config->base_url, "https://", 8) != 0 &&
				strncmp(config->base_url, "http://", 7) !=
					0))) {
		fputs("danescan report: --base-url must be an address that "
		      "begins with https:// or http://\n",
			stderr);
		return CONFIG_EXIT_USAGE;
	}
	if (zone_of(config, zone) != 0)
		return CONFIG_EXIT_USAGE;
	return write_site(config, zone);
}

int
cmd_report(int argc, char **argv)
{
	return config_run(CONFIG_REPORT, argc, argv, run);
}
