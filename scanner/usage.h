/* The texts of --help, from the tables of commands and options. */
#ifndef SCANNER_USAGE_H
#define SCANNER_USAGE_H

#include <stdio.h>

#include "scanner/config.h"

struct usage_command {
	enum config_command command;
	const char *name;
	const char *synopsis; /* what follows the name */
	int operands_min;
	int operands_max;    /* -1: any number */
	const char *operand; /* in one word */
	const char *summary;
};

/* Walk the commands: i from 0 until NULL. */
const struct usage_command *usage_at(size_t i);
const struct usage_command *usage_find(enum config_command command);
/* The name nearest to a misspelt command, or NULL. */
const char *usage_nearest(const char *name);

/* `danescan --help` and `danescan COMMAND --help`, at most 80 columns. */
void usage_print_program(FILE *out);
void usage_print_command(FILE *out, enum config_command command);

#endif
