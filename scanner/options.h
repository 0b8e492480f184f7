/*
 * The table of options: one row an option serves the command line, the
 * environment, the INI file, --help and the recorded configuration.
 */
#ifndef SCANNER_OPTIONS_H
#define SCANNER_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "scanner/config.h"

/* How the text of a value becomes a field of struct config. */
enum options_kind {
	OPTIONS_TEXT,	   /* const char * */
	OPTIONS_FLAG,	   /* bool: no argument, yes or no */
	OPTIONS_COUNT,	   /* unsigned */
	OPTIONS_PORT,	   /* uint16_t */
	OPTIONS_SECONDS,   /* unsigned milliseconds, given as seconds */
	OPTIONS_RATE,	   /* double */
	OPTIONS_PERCENT,   /* double 0 … 1, given with a % */
	OPTIONS_SEED,	   /* uint64_t */
	OPTIONS_ID,	   /* int64_t */
	OPTIONS_CHOICE,	   /* enum: index into the words of the argument */
	OPTIONS_SHARD,	   /* shard and shards, given as I/N */
	OPTIONS_SOURCE,	   /* source_ipv4, source_ipv6 */
	OPTIONS_EHLO,	   /* const char * */
	OPTIONS_LABEL,	   /* const char * */
	OPTIONS_DSN,	   /* const char * */
	OPTIONS_RESOLVER,  /* const char * */
	OPTIONS_CANARY,	   /* const char * */
	OPTIONS_EXTRAS,	   /* unsigned: 1 << enum extra */
	OPTIONS_VERBOSITY, /* int: low of the row */
	OPTIONS_CONFIG,	   /* the file to read; no field */
	OPTIONS_HELP,	   /* no field */
};

enum options_group {
	OPTIONS_INPUT,
	OPTIONS_RESULTS,
	OPTIONS_DNS,
	OPTIONS_MAIL,
	OPTIONS_PACE,
	OPTIONS_TIME,
	OPTIONS_GENERAL,
	OPTIONS_GROUPS
};

struct options_spec {
	const char *name;     /* long option, key of the INI file */
	char letter;	      /* short option, or 0 */
	const char *argument; /* as --help names it; NULL: a flag */
	enum options_kind kind;
	size_t offset;	   /* of the field in struct config */
	double low;	   /* smallest value allowed */
	double high;	   /* largest */
	unsigned commands; /* enum config_command, or'ed */
	enum options_group group;
	const char *fallback; /* built-in default as text, or NULL */
	const char *shown;    /* in place of fallback in --help, or NULL */
	const char *help;
};

/* Where a value is from decides what it may hold. */
enum options_origin {
	OPTIONS_BUILTIN,
	OPTIONS_SYSTEM_FILE,
	OPTIONS_USER_FILE,
	OPTIONS_ENVIRONMENT,
	OPTIONS_COMMAND_LINE,
};

enum {
	OPTIONS_PROBLEM = 256
};

/* Walk the table: i from 0 until NULL. */
const struct options_spec *options_at(size_t i);
size_t options_count(void);
/* The built-in default for this command as text, or NULL. */
const char *options_fallback(const struct options_spec *spec, unsigned command);
/* By long name, or NULL. */
const struct options_spec *options_find(const char *name);
/* The long name nearest to a misspelt one that command has, or NULL. */
const char *options_nearest(const char *name, unsigned commands);

/*
 * Read value into the field of spec. The config keeps a copy of the text. 0, or
 * -1 with what is wrong, for a person, in problem (no option name, no value).
 */
int options_set(struct config *config, const struct options_spec *spec,
	const char *value, enum options_origin origin,
	char problem[OPTIONS_PROBLEM]);

/* The field of spec as JSON, without a password; NULL where it has none. */
json_t *options_json(
	const struct config *config, const struct options_spec *spec);

#endif
