/* `danescan db`: create, migrate, inspect and prune the database. */
#include <stdio.h>
#include <string.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/core/arena.h"
#include "scanner/core/record_words.h"
#include "scanner/fleetstatus.h"
#include "store/schema.h"
#include "store/status.h"

enum {
	ERROR_SIZE = 512
};

static int
environment_error(const char *err)
{
	fprintf(stderr, "danescan db: %s\n", err);
	return CONFIG_EXIT_ENVIRONMENT;
}

/* What was done is worth knowing also when the next migration failed. */
static void
print_change(const struct schema_change *change)
{
	for (int version = change->from + 1; version <= change->to; version++)
		printf("applied %s\n", schema_name(version));
}

static int
migrate(const char *dsn, int (*run)(const char *, const struct row_words *,
				 struct schema_change *, char *, size_t))
{
	struct schema_change change;
	char err[ERROR_SIZE];
	struct arena *arena = arena_new();
	const struct row_words words = record_words(arena);
	int status = run(dsn, &words, &change, err, sizeof(err));

	arena_free(arena);
	print_change(&change);
	if (status != 0)
		return environment_error(err);
	if (change.from == change.to)
		printf("schema is version %d already\n", change.to);
	else
		printf("schema is version %d\n", change.to);
	return CONFIG_EXIT_OK;
}

static void
print_scans(const struct schema_status *status)
{
	if (status->scan_count == 0) {
		printf("no scans\n");
		return;
	}
	printf("\n%6s  %-12s %12s  %-16s  %-16s  %s\n", "scan", "state",
		"domains", "started (UTC)", "finished (UTC)", "label");
	for (size_t i = 0; i < status->scan_count; i++) {
		const struct schema_scan *scan = &status->scans[i];
		printf("%6s  %-12s %12s  %-16s  %-16s  %s\n", scan->id,
			scan->state, scan->domains, scan->started,
			scan->finished[0] != '\0' ? scan->finished : "-",
			scan->label);
	}
}

static int
print_fleets(const char *dsn)
{
	struct status status;
	char err[ERROR_SIZE];
	int outcome = status_read(dsn, &status, err, sizeof(err));

	if (outcome == 0)
		fleetstatus_print(stdout, &status);
	status_free(&status);
	return outcome == 0 ? CONFIG_EXIT_OK : environment_error(err);
}

static int
print_status(const char *dsn)
{
	struct schema_status status;
	int code = CONFIG_EXIT_OK;
	char err[ERROR_SIZE];

	if (schema_status(dsn, &status, err, sizeof(err)) != 0)
		return environment_error(err);
	if (status.version == 0)
		return environment_error("the database has no danescan schema "
					 "(run: danescan db init --db DSN)");
	printf("schema version %d, this program's is %d\n", status.version,
		schema_version());
	if (status.version < schema_version()) {
		printf("run: danescan db upgrade --db DSN\n");
	} else {
		print_scans(&status);
		code = print_fleets(dsn);
	}
	schema_status_free(&status);
	return code;
}

static int
prune(const char *dsn, int64_t keep)
{
	char err[ERROR_SIZE];
	int dropped = schema_prune(dsn, keep, err, sizeof(err));

	if (dropped < 0)
		return environment_error(err);
	printf("observations of %d scan%s dropped\n", dropped,
		dropped == 1 ? "" : "s");
	return CONFIG_EXIT_OK;
}

static int
usage_error(const char *text)
{
	fprintf(stderr, "danescan db: %s\n", text);
	return CONFIG_EXIT_USAGE;
}

static int
run(struct config *config)
{
	const char *what = config->operand_count > 0 ? config->operands[0] : "";

	if (strcmp(what, "init") != 0 && strcmp(what, "upgrade") != 0 &&
		strcmp(what, "status") != 0 && strcmp(what, "prune") != 0)
		return usage_error(
			"one of init, upgrade, status, prune is needed");
	if (config->operand_count > 1)
		return usage_error("too many operands");
	if (config->db == NULL)
		return usage_error("--db DSN is needed");
	if ((config->keep != 0) != (strcmp(what, "prune") == 0))
		return usage_error("prune, and no other, takes --keep K");
	if (strcmp(what, "init") == 0)
		return migrate(config->db, schema_init);
	if (strcmp(what, "upgrade") == 0)
		return migrate(config->db, schema_upgrade);
	if (strcmp(what, "prune") == 0)
		return prune(config->db, config->keep);
	return print_status(config->db);
}

int
cmd_db(int argc, char **argv)
{
	return config_run(CONFIG_DB, argc, argv, run);
}
