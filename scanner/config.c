/*
 * Gathers the options from command line, environment and files. They are read
 * in that order, and a value that is there already stays.
 */
#include "scanner/config.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "resolver/name.h"
#include "scanner/core/arena.h"
#include "scanner/options.h"
#include "scanner/usage.h"

static const char system_file[] = "/etc/danescan.ini";
static const char user_file[] = ".config/danescan.ini";

enum {
	OPTIONS_MAX = 128,
	INI_LINE_MAX = 4096,
	VARIABLE_MAX = 64,
	SHOWN = 80,
	LONG_BASE = 256,
};

struct source {
	enum options_origin origin;
	const char *path; /* of a file */
	unsigned line;
};

struct reader {
	struct config *config;
	const struct usage_command *usage;
	const char *file;			  /* --config */
	enum options_origin origins[OPTIONS_MAX]; /* of each option's value */
	const char **origin_texts;		  /* … in words, or NULL */
	struct source source;
	FILE *ini;
	bool too_long;
	bool failed; /* and said so */
};

/* One line on stderr: command, source, what is wrong. Always -1. */
__attribute__((format(printf, 2, 3))) static int
fail(struct reader *reader, const char *format, ...)
{
	const struct source *source = &reader->source;
	va_list args;

	fprintf(stderr, "danescan %s: ", reader->usage->name);
	if (source->origin == OPTIONS_ENVIRONMENT)
		fputs("environment: ", stderr);
	else if (source->path != NULL && source->line != 0)
		fprintf(stderr, "config file %s line %u: ", source->path,
			source->line);
	else if (source->path != NULL)
		fprintf(stderr, "config file %s: ", source->path);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	reader->failed = true;
	return -1;
}

/* A value as it may be shown: one short line without control octets. */
static const char *
shown(const char *value, char out[SHOWN])
{
	size_t len = strnlen(value, SHOWN - 4);

	for (size_t i = 0; i < len; i++)
		out[i] = (char)(iscntrl((unsigned char)value[i]) ? '?'
								 : value[i]);
	strcpy(out + len, value[len] == '\0' ? "" : "...");
	return out;
}

static void
environment_name(const struct options_spec *spec, char out[VARIABLE_MAX])
{
	snprintf(out, VARIABLE_MAX, "DANESCAN_%s", spec->name);
	for (char *p = out; *p != '\0'; p++)
		*p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
}

/* In the words of its source: --rate x, DANESCAN_RATE=x, rate = x. */
static int
fail_value(struct reader *reader, const struct options_spec *spec,
	const char *value, const char *problem)
{
	bool on_command_line = reader->source.origin == OPTIONS_COMMAND_LINE;
	const char *between = on_command_line ? " " : " = ";
	char text[SHOWN] = "";
	char name[VARIABLE_MAX];

	snprintf(name, sizeof(name), "%s%s", on_command_line ? "--" : "",
		spec->name);
	if (reader->source.origin == OPTIONS_ENVIRONMENT) {
		environment_name(spec, name);
		between = "=";
	}
	/* It may hold a password. */
	if (spec->kind == OPTIONS_DSN)
		return fail(reader, "%s: %s", name, problem);
	return fail(reader, "%s%s%s: %s", name, between, shown(value, text),
		problem);
}

/* Which entry of origins: -q and -v set one field. */
static size_t
slot_of(const struct options_spec *spec)
{
	if (spec->kind == OPTIONS_VERBOSITY)
		spec = options_find("quiet");
	return (size_t)(spec - options_at(0));
}

static const char *
origin_text(const struct reader *reader)
{
	if (reader->source.origin == OPTIONS_COMMAND_LINE)
		return "command line";
	if (reader->source.origin == OPTIONS_ENVIRONMENT)
		return "environment";
	return arena_strdup(reader->config->arena, reader->source.path);
}

/* A value from the current source; one from a stronger source stays. */
static int
apply(struct reader *reader, const struct options_spec *spec, const char *value)
{
	enum options_origin *origin = &reader->origins[slot_of(spec)];
	char problem[OPTIONS_PROBLEM];

	if (*origin > reader->source.origin)
		return 0;
	if (spec->kind == OPTIONS_CONFIG) {
		reader->file = value;
	} else if (options_set(reader->config, spec, value,
			   reader->source.origin, problem) != 0) {
		return fail_value(reader, spec, value, problem);
	}
	*origin = reader->source.origin;
	reader->origin_texts[slot_of(spec)] = origin_text(reader);
	return 0;
}

/* The tables that getopt_long wants. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX];
	char shorts[2 * OPTIONS_MAX + 2];
};

static void
fill_getopt(struct getopt_tables *tables, enum config_command command)
{
	const struct options_spec *spec;
	struct option *out = tables->longs;
	char *letter = tables->shorts;

	*letter++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		if ((spec->commands & command) == 0)
			continue;
		*out++ = (struct option){
			.name = spec->name,
			.has_arg = spec->argument != NULL ? required_argument
							  : optional_argument,
			.val = LONG_BASE + (int)i,
		};
		if (spec->letter == 0)
			continue;
		*letter++ = spec->letter;
		if (spec->argument != NULL)
			*letter++ = ':';
	}
	*out = (struct option){0};
	*letter = '\0';
}

static const struct options_spec *
spec_of_getopt(int got)
{
	const struct options_spec *spec;

	if (got >= LONG_BASE)
		return options_at((size_t)(got - LONG_BASE));
	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		if (spec->letter == got)
			return spec;
	}
	return NULL;
}

static int
fail_unknown(struct reader *reader, const char *argument)
{
	unsigned command = reader->usage->command;
	const char *nearest;
	char name[SHOWN];

	if (optopt != 0 && optopt < LONG_BASE)
		return fail(reader,
			"unknown option -%c (see danescan %s "
			"--help)",
			optopt, reader->usage->name);
	shown(argument + strspn(argument, "-"), name);
	name[strcspn(name, "=")] = '\0';
	nearest = options_nearest(name, command);
	if (nearest != NULL)
		return fail(reader, "unknown option --%s (did you mean --%s?)",
			name, nearest);
	return fail(reader, "unknown option --%s (see danescan %s --help)",
		name, reader->usage->name);
}

static int
fail_getopt(struct reader *reader, int got, char **argv)
{
	const struct options_spec *spec = spec_of_getopt(optopt);

	if (got == ':' && spec != NULL)
		return fail(reader, "--%s needs a value: %s", spec->name,
			spec->argument);
	return fail_unknown(reader, argv[optind - 1]);
}

/* 1: --help. Reorders argv: options first, then the operands. */
static int
read_command_line(struct reader *reader, int argc, char **argv)
{
	struct getopt_tables tables;
	int got;

	reader->source = (struct source){.origin = OPTIONS_COMMAND_LINE};
	fill_getopt(&tables, reader->usage->command);
	opterr = 0;
	optind = 0; /* start afresh, in the GNU library */
	while ((got = getopt_long(
			argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct options_spec *spec = spec_of_getopt(got);

		if (got == '?' || got == ':' || spec == NULL)
			return fail_getopt(reader, got, argv);
		if (spec->kind == OPTIONS_HELP)
			return 1;
		if (apply(reader, spec, optarg != NULL ? optarg : "yes") != 0)
			return -1;
	}
	reader->config->operands = argv + optind;
	reader->config->operand_count = argc - optind;
	return 0;
}

static int
read_environment(struct reader *reader)
{
	const struct options_spec *spec;

	reader->source = (struct source){.origin = OPTIONS_ENVIRONMENT};
	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		char name[VARIABLE_MAX];
		const char *value;

		if ((spec->commands & reader->usage->command) == 0 ||
			spec->kind == OPTIONS_HELP)
			continue;
		environment_name(spec, name);
		value = getenv(name);
		if (value != NULL && value[0] != '\0' &&
			apply(reader, spec, value) != 0)
			return -1;
	}
	return 0;
}

/* inih's source of lines. It does not tell the handler which line it is. */
static char *
on_ini_line(char *line, int size, void *arg)
{
	struct reader *reader = arg;

	if (fgets(line, size, reader->ini) == NULL)
		return NULL;
	reader->source.line++;
	if (strchr(line, '\n') == NULL && !feof(reader->ini)) {
		fail(reader, "the line is longer than %d octets", size - 2);
		return NULL;
	}
	return line;
}

/* inih's handler: 0 stops it. */
static int
on_ini_value(
	void *arg, const char *section, const char *name, const char *value)
{
	struct reader *reader = arg;
	const struct options_spec *spec = options_find(name);
	const char *nearest;
	char text[SHOWN];

	if (section[0] != '\0' && strcmp(section, "danescan") != 0) {
		fail(reader, "unknown section [%s], only [danescan] is known",
			shown(section, text));
		return 0;
	}
	if (spec == NULL || spec->kind == OPTIONS_HELP ||
		spec->kind == OPTIONS_CONFIG) {
		nearest = spec == NULL ? options_nearest(name, ~0U) : NULL;
		fail(reader, "unknown option %s%s%s%s", shown(name, text),
			nearest != NULL ? " (did you mean " : "",
			nearest != NULL ? nearest : "",
			nearest != NULL ? "?)" : "");
		return 0;
	}
	/* The file serves all commands. */
	if ((spec->commands & reader->usage->command) == 0)
		return 1;
	return apply(reader, spec, value) == 0;
}

static int
parse_ini(struct reader *reader)
{
	int rc;

	/* The library keeps its settings in variables of its own. */
	ini_use_stack = false;
	ini_initial_alloc = INI_LINE_MAX;
	ini_max_line = INI_LINE_MAX;
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	rc = ini_parse_stream(on_ini_line, reader, on_ini_value, reader);
	if (reader->failed)
		return -1;
	if (rc != 0)
		return fail(reader, "not of the form option = value");
	if (ferror(reader->ini)) {
		reader->source.line = 0;
		return fail(reader, "%s", strerror(errno));
	}
	return 0;
}

static int
read_file(struct reader *reader, const char *path, enum options_origin origin,
	bool required)
{
	int rc;

	reader->source = (struct source){.origin = origin, .path = path};
	reader->ini = fopen(path, "re");
	if (reader->ini == NULL) {
		if (!required && (errno == ENOENT || errno == ENOTDIR))
			return 0;
		return fail(reader, "%s", strerror(errno));
	}
	rc = parse_ini(reader);
	fclose(reader->ini);
	return rc;
}

static int
read_files(struct reader *reader)
{
	const char *home = getenv("HOME");

	if (reader->file != NULL)
		return read_file(reader, reader->file, OPTIONS_USER_FILE, true);
	if (home != NULL && home[0] == '/') {
		const char *path = arena_printf(
			reader->config->arena, "%s/%s", home, user_file);

		if (read_file(reader, path, OPTIONS_USER_FILE, false) != 0)
			return -1;
	}
	return read_file(reader, system_file, OPTIONS_SYSTEM_FILE, false);
}

static void
set_fallbacks(struct config *config, enum config_command command)
{
	const struct options_spec *spec;
	char problem[OPTIONS_PROBLEM];

	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		const char *fallback = options_fallback(spec, command);

		if (fallback != NULL)
			options_set(config, spec, fallback, OPTIONS_BUILTIN,
				problem);
	}
}

/* The kernel's name of this host, without asking any DNS server. */
static const char *
own_host_name(struct arena *arena)
{
	char name[NAME_SIZE];

	if (gethostname(name, sizeof(name)) != 0 ||
		memchr(name, '\0', sizeof(name)) == NULL ||
		name_check_host(name) != NAME_OK)
		return "localhost";
	return arena_strdup(arena, name);
}

/* What only this machine can tell. */
static void
set_machine(struct config *config)
{
	if (config->resolvers == 0)
		config->resolvers = uv_available_parallelism();
	if (config->ehlo == NULL) {
		config->ehlo = own_host_name(config->arena);
		config->ehlo_is_host_name = true;
	}
}

static int
check_operands(struct reader *reader)
{
	const struct usage_command *usage = reader->usage;
	const struct config *config = reader->config;
	char text[SHOWN];

	if (config->operand_count < usage->operands_min)
		return fail(reader, "no %s is given (see danescan %s --help)",
			usage->operand, usage->name);
	if (usage->operands_max >= 0 &&
		config->operand_count > usage->operands_max)
		return fail(reader, "one argument too many: %s",
			shown(config->operands[usage->operands_max], text));
	return 0;
}

size_t
config_stubs(const struct config *config,
	struct server_address list[SERVER_LIST_MAX])
{
	if (strncmp(config->resolver, "stub:", 5) != 0)
		return 0;
	return server_parse_list(config->resolver + 5, list);
}

/* RFC 7672 section 2.1.1: an AD bit is worth what the path to it is. */
static int
check_stubs(struct reader *reader)
{
	const struct config *config = reader->config;
	struct server_address list[SERVER_LIST_MAX];
	size_t n = config_stubs(config, list);
	char text[SERVER_TEXT_SIZE];

	for (size_t i = 0; i < n && !config->trust_remote_ad; i++) {
		if (server_is_loopback(&list[i]))
			continue;
		server_text(&list[i], text);
		return fail(reader,
			"resolver %s is not on this machine: its AD bit can "
			"be forged on the way; where it cannot, give "
			"trust-remote-ad",
			text);
	}
	return 0;
}

static int
check_together(struct reader *reader)
{
	const struct config *config = reader->config;

	reader->source = (struct source){.origin = OPTIONS_BUILTIN};
	if (config->no_ipv4 && config->no_ipv6)
		return fail(reader, "no-ipv4 and no-ipv6 together leave no "
				    "address to connect to");
	if (config->resume != 0 && config->db == NULL)
		return fail(reader, "resume needs the database of the scan: "
				    "give db");
	if (check_stubs(reader) != 0)
		return -1;
	return check_operands(reader);
}

int
config_read(struct config *config, enum config_command command, int argc,
	char **argv)
{
	struct reader reader = {
		.config = config,
		.usage = usage_find(command),
	};
	int rc;

	_Static_assert(OPTIONS_BUILTIN == 0, "origins start as built-in");
	*config = (struct config){.arena = arena_new()};
	reader.origin_texts = arena_alloc(
		config->arena, OPTIONS_MAX * sizeof(*reader.origin_texts));
	config->origins = reader.origin_texts;
	set_fallbacks(config, command);
	rc = read_command_line(&reader, argc, argv);
	if (rc > 0)
		usage_print_command(stdout, command);
	if (rc != 0)
		return rc;
	if (read_environment(&reader) != 0 || read_files(&reader) != 0 ||
		check_together(&reader) != 0)
		return -1;
	set_machine(config);
	return 0;
}

void
config_free(struct config *config)
{
	arena_free(config->arena);
	*config = (struct config){0};
}

int
config_run(enum config_command command, int argc, char **argv,
	int (*run)(struct config *config))
{
	struct config config;
	int read = config_read(&config, command, argc, argv);
	int code = CONFIG_EXIT_OK;

	if (read < 0)
		code = CONFIG_EXIT_USAGE;
	else if (read == 0)
		code = run(&config);
	config_free(&config);
	return code;
}

/* RFC 5321 section 4.1.4: a name that others can resolve, or a literal. Many
   servers refuse a client without one, and it tells nobody whom to ask. */
void
config_warn(const struct config *config)
{
	if (config->verbosity < 0 || config->probe == CONFIG_PROBE_NONE ||
		config->ehlo[0] == '[' || strchr(config->ehlo, '.') != NULL)
		return;
	fprintf(stderr,
		"danescan: EHLO name %s is not fully qualified: mail servers "
		"may refuse it; give --ehlo\n",
		config->ehlo);
}

const char *
config_origin(const struct config *config, const struct options_spec *spec)
{
	const char *text = config->origins[slot_of(spec)];

	return text != NULL ? text : "built-in";
}

char *
config_json(const struct config *config)
{
	const struct options_spec *spec;
	json_t *object = json_object();
	char *text;

	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		json_t *value = (spec->commands & CONFIG_SCAN) != 0
					? options_json(config, spec)
					: NULL;

		if (value != NULL)
			json_object_set_new(object, spec->name, value);
	}
	text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(object);
	return text;
}
