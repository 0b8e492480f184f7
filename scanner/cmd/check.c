/*
 * danescan check: a few domains now, the evidence explained for a person.
 */
#include "scanner/cmd/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "scanner/config.h"
#include "scanner/evidence.h"
#include "scanner/list.h"
#include "scanner/run.h"

struct check {
	bool print; /* for a person; else the rows are the output */
	bool color;
	bool all_valid;
};

static void
on_result(void *arg, const struct judge_result *result)
{
	struct check *check = arg;

	if (result->verdict.class != CLASS_VALID)
		check->all_valid = false;
	if (!check->print)
		return;
	evidence_print(stdout, result, check->color);
	fflush(stdout);
}

static bool
use_color(enum config_color color)
{
	switch (color) {
	case CONFIG_COLOR_ALWAYS:
		return true;
	case CONFIG_COLOR_NEVER:
		return false;
	case CONFIG_COLOR_AUTO:
		break;
	}
	return isatty(STDOUT_FILENO);
}

static int
check_domains(const struct config *config, struct list *list)
{
	struct check check = {
		.print = !config->json,
		.color = use_color(config->color),
		.all_valid = true,
	};
	int code = run(&(struct run){
		.config = config,
		.list = list,
		.rows = config->json,
		.on_result = on_result,
		.arg = &check,
	});

	if (code == CONFIG_EXIT_OK && !check.all_valid)
		return CONFIG_EXIT_NOT_VALID;
	return code;
}

static int
start(struct config *config)
{
	struct list *list;
	char err[512];
	int code;

	config->order = CONFIG_ORDER_LIST;
	config->canary = "none";
	list = list_open_names((const char *const *)config->operands,
		(size_t)config->operand_count, err, sizeof(err));
	if (list == NULL) {
		fprintf(stderr, "danescan check: %s\n", err);
		return CONFIG_EXIT_USAGE;
	}
	code = check_domains(config, list);
	list_close(list);
	return code;
}

int
cmd_check(int argc, char **argv)
{
	return config_run(CONFIG_CHECK, argc, argv, start);
}
