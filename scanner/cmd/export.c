/* `danescan export`: a stored scan as NDJSON or CSV. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "store/export.h"

enum {
	ERROR_SIZE = 512
};

static int
complain(const char *err)
{
	fprintf(stderr, "danescan export: %s\n", err);
	return CONFIG_EXIT_ENVIRONMENT;
}

static int
write_scan(const struct config *config, FILE *out)
{
	enum export_format format = config->output_format == CONFIG_OUTPUT_CSV
					    ? EXPORT_CSV
					    : EXPORT_NDJSON;
	char err[ERROR_SIZE];

	if (export_scan(config->db, config->scan, format, out, err,
		    sizeof(err)) != 0)
		return complain(err);
	return CONFIG_EXIT_OK;
}

/* A full disk may show only at the close. */
static int
write_file(const struct config *config)
{
	FILE *out = fopen(config->output, "w");
	int code;

	if (out == NULL) {
		fprintf(stderr, "danescan export: %s: %s\n", config->output,
			strerror(errno));
		return CONFIG_EXIT_ENVIRONMENT;
	}
	code = write_scan(config, out);
	if (fclose(out) != 0 && code == CONFIG_EXIT_OK)
		code = complain(strerror(errno));
	return code;
}

static int
run(struct config *config)
{
	if (config->db == NULL || config->scan == 0) {
		fputs("danescan export: --db DSN and --scan ID are needed\n",
			stderr);
		return CONFIG_EXIT_USAGE;
	}
	if (config->output == NULL || strcmp(config->output, "-") == 0)
		return write_scan(config, stdout);
	return write_file(config);
}

int
cmd_export(int argc, char **argv)
{
	return config_run(CONFIG_EXPORT, argc, argv, run);
}
