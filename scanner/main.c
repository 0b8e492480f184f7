/* Finds the command; and no output that was lost ends as a success. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/usage.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

#define X(ID, NAME, ...) {#NAME, cmd_##NAME},
static const struct command commands[] = {
#include "scanner/commands.def"
};
#undef X

static int
unknown(const char *name)
{
	const char *nearest = usage_nearest(name);

	if (name[0] == '-')
		fprintf(stderr,
			"danescan: unknown option %.40s; options follow a "
			"command (see danescan --help)\n",
			name);
	else if (nearest != NULL)
		fprintf(stderr,
			"danescan: unknown command %.40s (did you mean %s?)\n",
			name, nearest);
	else
		fprintf(stderr,
			"danescan: unknown command %.40s (see danescan "
			"--help)\n",
			name);
	return CONFIG_EXIT_USAGE;
}

static int
run(int argc, char **argv)
{
	if (argc < 2) {
		usage_print_program(stderr);
		return CONFIG_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage_print_program(stdout);
		return CONFIG_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("danescan " DANESCAN_VERSION);
		return CONFIG_EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}

/*
 * A full disk shows only when the buffers are written, or at the close. Of a
 * write that failed before, the stream remembers that it did, not why.
 */
static int
close_output(int code)
{
	bool failed;

	errno = 0;
	failed = fflush(stdout) != 0 || ferror(stdout);
	/* A standard output that was closed from the start is no loss. */
	if ((fclose(stdout) == 0 || errno == EBADF) && !failed)
		return code;
	fprintf(stderr, "danescan: standard output cannot be written%s%s\n",
		errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	return code == CONFIG_EXIT_OK || code == CONFIG_EXIT_NOT_VALID
		       ? CONFIG_EXIT_ENVIRONMENT
		       : code;
}

int
main(int argc, char **argv)
{
	return close_output(run(argc, argv));
}
