/*
 * danescan scan: a run over domain lists.
 */
#include "scanner/cmd/cmd.h"

#include <stdio.h>
#include <unistd.h>

#include "scanner/config.h"
#include "scanner/list.h"
#include "scanner/plan.h"
#include "scanner/run.h"

/* One that is loaded has not to be read again. */
static int
open_no_list(struct config *config, struct list **list)
{
	char err[512];

	config->no_list = true;
	*list = list_open_names(NULL, 0, err, sizeof(err));
	if (*list != NULL)
		return 0;
	fprintf(stderr, "danescan scan: %s\n", err);
	return -1;
}

static int
open_list(struct config *config, struct list **list)
{
	static const char *const standard_input[] = {"-"};
	const char *const *paths = (const char *const *)config->operands;
	struct list_config options = {
		.format = config->list_format,
		.only_signed = config->only_signed,
		.rejects = config->rejects,
		.sample = config->sample,
		.seed = config->seed,
		.shard = config->shard,
		.shards = config->shards,
	};
	char err[512];

	if (config->operand_count == 0 && config->resume != 0 &&
		isatty(STDIN_FILENO))
		return open_no_list(config, list);
	if (config->operand_count == 0 && isatty(STDIN_FILENO)) {
		fputs("danescan scan: no LIST given, and standard input is a "
		      "terminal\n",
			stderr);
		return -1;
	}
	options.paths = config->operand_count > 0 ? paths : standard_input;
	options.path_count = config->operand_count > 0
				     ? (size_t)config->operand_count
				     : 1;
	*list = list_open(&options, err, sizeof(err));
	if (*list != NULL)
		return 0;
	fprintf(stderr, "danescan scan: %s\n", err);
	return -1;
}

int
cmd_scan(int argc, char **argv)
{
	struct config config;
	struct list *list;
	int code = config_read(&config, CONFIG_SCAN, argc, argv);

	if (code != 0) {
		config_free(&config);
		return code > 0 ? CONFIG_EXIT_OK : CONFIG_EXIT_USAGE;
	}
	if (open_list(&config, &list) < 0) {
		config_free(&config);
		return CONFIG_EXIT_USAGE;
	}
	if (config.dry_run)
		code = plan_print(stdout, &config, list);
	else
		code = run(&(struct run){
			.config = &config,
			.list = list,
			.progress = true,
			.rows = true,
			.argv = argv,
		});
	list_close(list);
	config_free(&config);
	return code;
}
