/* --help: aligned text from the tables of commands and options. */
#include "scanner/usage.h"

#include <assert.h>
#include <string.h>

#include "scanner/options.h"
#include "scanner/suggest.h"

enum {
	WIDTH = 80,
	OPTION_COLUMN = 29,
	COMMAND_COLUMN = 14,
	EXIT_COLUMN = 5,
};

#define X(ID, NAME, SYNOPSIS, MIN, MAX, OPERAND, SUMMARY) \
	{                                                 \
		.command = CONFIG_##ID,                   \
		.name = #NAME,                            \
		.synopsis = SYNOPSIS,                     \
		.operands_min = MIN,                      \
		.operands_max = MAX,                      \
		.operand = OPERAND,                       \
		.summary = SUMMARY,                       \
	},
static const struct usage_command commands[] = {
#include "scanner/commands.def"
};
#undef X

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

static const char *const group_titles[OPTIONS_GROUPS] = {
	[OPTIONS_INPUT] = "Input",
	[OPTIONS_RESULTS] = "Results",
	[OPTIONS_DNS] = "DNS",
	[OPTIONS_MAIL] = "Mail servers",
	[OPTIONS_PACE] = "Pace",
	[OPTIONS_TIME] = "Time limits",
	[OPTIONS_GENERAL] = "General",
};

struct exit_text {
	enum config_exit code;
	unsigned commands;
	const char *text;
};

static const struct exit_text exits[] = {
	{CONFIG_EXIT_OK,
		CONFIG_SCAN | CONFIG_DB | CONFIG_VERSION | CONFIG_EXPLAIN |
			CONFIG_EXPORT | CONFIG_RECLASSIFY | CONFIG_REPORT |
			CONFIG_WORKER,
		"done"},
	{CONFIG_EXIT_OK, CONFIG_CHECK, "every domain is valid"},
	{CONFIG_EXIT_NOT_VALID, CONFIG_CHECK,
		"check: at least one domain is not valid"},
	{CONFIG_EXIT_USAGE, ~0U, "usage or configuration"},
	{CONFIG_EXIT_ENVIRONMENT, ~0U,
		"environment: database, resolver self-test, trust anchor, "
		"descriptors, disk"},
	{CONFIG_EXIT_INTERRUPTED, CONFIG_SCAN,
		"interrupted after a clean checkpoint: the command to resume "
		"is printed"},
	{CONFIG_EXIT_INTERRUPTED, CONFIG_WORKER,
		"interrupted after a clean checkpoint: what was left goes to "
		"others"},
};

const struct usage_command *
usage_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

const struct usage_command *
usage_find(enum config_command command)
{
	size_t i = 0;

	while (commands[i].command != command) {
		i++;
		assert(i < COMMANDS);
	}
	return &commands[i];
}

const char *
usage_nearest(const char *name)
{
	const char *nearest = NULL;
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < COMMANDS; i++) {
		unsigned distance = suggest_distance(name, commands[i].name);

		if (distance < least &&
			suggest_is_near(name, commands[i].name)) {
			least = distance;
			nearest = commands[i].name;
		}
	}
	return nearest;
}

/* Words of text, the first at column at, lines from column indent on. */
static void
print_wrapped(FILE *out, const char *text, int at, int indent)
{
	const char *blank = "";

	for (const char *word = text; *word != '\0';) {
		int len = (int)strcspn(word, " ");

		if (*blank != '\0' && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			blank = "";
		}
		fprintf(out, "%s%.*s", blank, len, word);
		at += (int)strlen(blank) + len;
		blank = " ";
		word += len;
		word += strspn(word, " ");
	}
	fputc('\n', out);
}

/* Pads the left column, or starts a line where it is too long. */
static void
print_row(FILE *out, const char *left, const char *text, int column)
{
	int used = fprintf(out, "%s", left);

	if (used + 2 > column) {
		fputc('\n', out);
		used = 0;
	}
	fprintf(out, "%*s", column - used, "");
	print_wrapped(out, text, column, column);
}

static void
print_option(
	FILE *out, enum config_command command, const struct options_spec *spec)
{
	const char *fallback = spec->shown != NULL
				       ? spec->shown
				       : options_fallback(spec, command);
	char letter[8] = "    ";
	char left[64];
	char text[512];

	if (spec->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	snprintf(left, sizeof(left), "  %s--%s%s%s", letter, spec->name,
		spec->argument != NULL ? " " : "",
		spec->argument != NULL ? spec->argument : "");
	snprintf(text, sizeof(text), "%s%s%s%s", spec->help,
		fallback != NULL ? " [" : "", fallback != NULL ? fallback : "",
		fallback != NULL ? "]" : "");
	print_row(out, left, text, OPTION_COLUMN);
}

static void
print_group(FILE *out, enum config_command command, enum options_group group)
{
	const struct options_spec *spec;
	bool titled = false;

	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		if (spec->group != group || (spec->commands & command) == 0)
			continue;
		if (!titled)
			fprintf(out, "\n%s:\n", group_titles[group]);
		titled = true;
		print_option(out, command, spec);
	}
}

static void
print_exits(FILE *out, unsigned command)
{
	char left[16];

	fputs("\nExit codes:\n", out);
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if ((exits[i].commands & command) == 0)
			continue;
		/* Of all commands: the general text comes first. */
		if (i > 0 && command == ~0U &&
			exits[i].code == exits[i - 1].code)
			continue;
		snprintf(left, sizeof(left), "  %d", (int)exits[i].code);
		print_row(out, left, exits[i].text, EXIT_COLUMN);
	}
}

void
usage_print_command(FILE *out, enum config_command command)
{
	const struct usage_command *usage = usage_find(command);

	fprintf(out, "Usage: danescan %s %s\n\n", usage->name, usage->synopsis);
	print_wrapped(out, usage->summary, 0, 0);
	for (unsigned group = 0; group < OPTIONS_GROUPS; group++)
		print_group(out, command, (enum options_group)group);
	fputc('\n', out);
	print_wrapped(out,
		"[..] is the built-in value. The command line wins over the "
		"environment (DANESCAN_DNS_TIMEOUT=5), that over the INI file "
		"(dns-timeout = 5; switches are yes or no).",
		0, 0);
	print_exits(out, command);
}

void
usage_print_program(FILE *out)
{
	char left[32];

	fputs("Usage: danescan COMMAND [OPTIONS] [OPERANDS]\n\n", out);
	print_wrapped(out,
		"Scans mail domains for DANE: DNSSEC, TLSA records and what "
		"their mail servers show under STARTTLS (RFC 7672).",
		0, 0);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++) {
		snprintf(left, sizeof(left), "  %s", commands[i].name);
		print_row(out, left, commands[i].summary, COMMAND_COLUMN);
	}
	fputs("\nOptions:\n", out);
	print_row(out, "  --help", "this text; after a COMMAND: its options",
		COMMAND_COLUMN + 2);
	print_row(out, "  --version", "version of the program",
		COMMAND_COLUMN + 2);
	print_exits(out, ~0U);
}
