/* The table of options, and the one parser of their values. */
#include "scanner/options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/name.h"
#include "resolver/server.h"
#include "scanner/canaries.h"
#include "scanner/core/arena.h"
#include "scanner/extralist.h"
#include "scanner/suggest.h"
#include "store/dsn.h"
#include "store/text.h"

enum {
	LABEL_MAX = 100
};

#define X(NAME, LETTER, ARGUMENT, KIND, FIELD, LOW, HIGH, COMMANDS, GROUP, \
	FALLBACK, SHOWN, HELP)                                             \
	{                                                                  \
		.name = NAME,                                              \
		.letter = LETTER,                                          \
		.argument = ARGUMENT,                                      \
		.kind = OPTIONS_##KIND,                                    \
		.offset = offsetof(struct config, FIELD),                  \
		.low = LOW,                                                \
		.high = HIGH,                                              \
		.commands = COMMANDS,                                      \
		.group = OPTIONS_##GROUP,                                  \
		.fallback = FALLBACK,                                      \
		.shown = SHOWN,                                            \
		.help = HELP,                                              \
	},
static const struct options_spec table[] = {
#include "scanner/options.def"
};
#undef X

enum {
	COUNT = sizeof(table) / sizeof(table[0])
};

/* A choice is stored through an unsigned. */
_Static_assert(sizeof(enum config_probe) == sizeof(unsigned), "enum size");
_Static_assert(sizeof(enum config_order) == sizeof(unsigned), "enum size");
_Static_assert(sizeof(enum list_format) == sizeof(unsigned), "enum size");

size_t
options_count(void)
{
	return COUNT;
}

const struct options_spec *
options_at(size_t i)
{
	return i < COUNT ? &table[i] : NULL;
}

const struct options_spec *
options_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

const char *
options_fallback(const struct options_spec *spec, unsigned command)
{
	/* A person who waits wants to know how things are now. */
	if (command == CONFIG_CHECK && strcmp(spec->name, "retries") == 0)
		return "0";
	return spec->fallback;
}

const char *
options_nearest(const char *name, unsigned commands)
{
	const char *nearest = NULL;
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < COUNT; i++) {
		unsigned distance = suggest_distance(name, table[i].name);

		if ((table[i].commands & commands) == 0 || distance >= least)
			continue;
		least = distance;
		nearest = table[i].name;
	}
	return nearest != NULL && suggest_is_near(name, nearest) ? nearest
								 : NULL;
}

static void *
field_of(struct config *config, const struct options_spec *spec)
{
	return (char *)config + spec->offset;
}

static const void *
const_field_of(const struct config *config, const struct options_spec *spec)
{
	return (const char *)config + spec->offset;
}

__attribute__((format(printf, 2, 3))) static int
refuse(char problem[OPTIONS_PROBLEM], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(problem, OPTIONS_PROBLEM, format, args);
	va_end(args);
	return -1;
}

/* A decimal number, digits only: no sign, exponent, blank or hexadecimal. */
static int
number(const char *value, const char *end, const char *allowed, double *out)
{
	char *stop;

	if (value == end || strspn(value, allowed) < (size_t)(end - value) ||
		!isdigit((unsigned char)end[-1]))
		return -1;
	*out = strtod(value, &stop);
	return stop == end && isfinite(*out) ? 0 : -1;
}

static int
whole(const struct options_spec *spec, const char *value, unsigned *out,
	char problem[OPTIONS_PROBLEM])
{
	double n;

	if (number(value, value + strlen(value), "0123456789", &n) != 0 ||
		n < spec->low || n > spec->high)
		return refuse(problem,
			"must be a whole number from %.0f to %.0f", spec->low,
			spec->high);
	*out = (unsigned)n;
	return 0;
}

static int
set_port(uint16_t *field, const struct options_spec *spec, const char *value,
	char problem[OPTIONS_PROBLEM])
{
	unsigned n;

	if (whole(spec, value, &n, problem) != 0)
		return -1;
	*field = (uint16_t)n;
	return 0;
}

static int
set_seconds(unsigned *field, const struct options_spec *spec, const char *value,
	char problem[OPTIONS_PROBLEM])
{
	double s;

	if (number(value, value + strlen(value), "0123456789.", &s) != 0 ||
		s < spec->low || s > spec->high)
		return refuse(problem,
			"must be seconds from %g to %g, such "
			"as 1.5",
			spec->low, spec->high);
	*field = (unsigned)lround(s * 1000);
	return 0;
}

static int
set_rate(double *field, const struct options_spec *spec, const char *value,
	char problem[OPTIONS_PROBLEM])
{
	double n;

	if (number(value, value + strlen(value), "0123456789.", &n) != 0 ||
		n < spec->low || n > spec->high)
		return refuse(problem, "must be a number from %.0f to %.0f",
			spec->low, spec->high);
	*field = n;
	return 0;
}

static int
set_percent(double *field, const char *value, char problem[OPTIONS_PROBLEM])
{
	size_t len = strlen(value);
	double n;

	if (len == 0 || value[len - 1] != '%' ||
		number(value, value + len - 1, "0123456789.", &n) != 0 ||
		n <= 0 || n > 100)
		return refuse(problem,
			"must be a percentage over 0%% and up to 100%%, such "
			"as 1.5%%");
	*field = n / 100;
	return 0;
}

/* A decimal integer up to high; strtoull alone would take " -1". */
static int
integer(const char *value, uint64_t high, uint64_t *out)
{
	char *stop;

	if (!isdigit((unsigned char)value[0]))
		return -1;
	errno = 0;
	*out = strtoull(value, &stop, 10);
	return errno == 0 && *stop == '\0' && *out <= high ? 0 : -1;
}

static int
set_seed(uint64_t *field, const char *value, char problem[OPTIONS_PROBLEM])
{
	if (integer(value, UINT64_MAX, field) != 0)
		return refuse(problem,
			"must be a whole number from 0 to "
			"%" PRIu64,
			UINT64_MAX);
	return 0;
}

static int
set_id(int64_t *field, const char *value, char problem[OPTIONS_PROBLEM])
{
	uint64_t n;

	if (integer(value, INT64_MAX, &n) != 0 || n == 0)
		return refuse(problem, "must be a whole number, 1 or more");
	*field = (int64_t)n;
	return 0;
}

static int
set_shard(struct config *config, const struct options_spec *spec,
	const char *value, char problem[OPTIONS_PROBLEM])
{
	const char *slash = strchr(value, '/');
	double i, n;

	if (slash == NULL || number(value, slash, "0123456789", &i) != 0 ||
		number(slash + 1, value + strlen(value), "0123456789", &n) !=
			0 ||
		i < spec->low || i > n || n > spec->high)
		return refuse(problem,
			"must be I/N, such as 2/8, with I from 1 to N and N "
			"up to %.0f",
			spec->high);
	config->shard = (unsigned)i;
	config->shards = (unsigned)n;
	return 0;
}

static int
set_choice(unsigned *field, const struct options_spec *spec, const char *value,
	char problem[OPTIONS_PROBLEM])
{
	size_t len = strlen(value);
	const char *word = spec->argument;

	for (unsigned i = 0; word != NULL; i++) {
		const char *bar = strchrnul(word, '|');

		if ((size_t)(bar - word) == len &&
			strncmp(word, value, len) == 0) {
			*field = i;
			return 0;
		}
		word = *bar == '|' ? bar + 1 : NULL;
	}
	return refuse(problem, "must be one of %s", spec->argument);
}

static int
set_flag(bool *field, const char *value, char problem[OPTIONS_PROBLEM])
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(value, words[i]) == 0) {
			*field = i % 2 == 1;
			return 0;
		}
	}
	return refuse(problem, "must be yes or no");
}

static int
set_verbosity(int *field, const struct options_spec *spec, const char *value,
	char problem[OPTIONS_PROBLEM])
{
	bool on = false;

	if (set_flag(&on, value, problem) != 0)
		return -1;
	*field = on ? (int)spec->low : 0;
	return 0;
}

static int
set_one_source(
	struct config *config, const char *value, char problem[OPTIONS_PROBLEM])
{
	struct in6_addr address;
	const char **field;

	if (inet_pton(AF_INET, value, &address) == 1)
		field = &config->source_ipv4;
	else if (inet_pton(AF_INET6, value, &address) == 1)
		field = &config->source_ipv6;
	else
		return refuse(problem, "must be an IPv4 or IPv6 address");
	if (*field != NULL)
		return refuse(problem,
			"only one address per family; there is "
			"%s already",
			*field);
	*field = value;
	return 0;
}

/* One address, or one per family with a comma between them. */
static int
set_source(
	struct config *config, const char *value, char problem[OPTIONS_PROBLEM])
{
	char *rest = arena_strdup(config->arena, value);
	const char *one;

	while ((one = strsep(&rest, ",")) != NULL) {
		if (set_one_source(config, one, problem) != 0)
			return -1;
	}
	return 0;
}

static int
set_ehlo(const char **field, const char *value, char problem[OPTIONS_PROBLEM])
{
	enum name_error error;

	/* An address literal (RFC 5321 section 4.1.3) is not looked into. */
	if (value[0] == '[') {
		if (strspn(value + 1, "0123456789abcdefABCDEFIPv.:") + 2 !=
				strlen(value) ||
			value[strlen(value) - 1] != ']')
			return refuse(problem, "not an address literal");
	} else if ((error = name_check_host(value)) != NAME_OK) {
		return refuse(
			problem, "not a host name: %s", name_error_text(error));
	}
	*field = value;
	return 0;
}

/*
 * Every user of the machine can read a command line, so a password there is
 * refused. libpq's words on a bad string may quote a password: they are shown
 * only where the string was in the open anyway.
 */
static int
set_dsn(const char **field, const char *value, enum options_origin origin,
	char problem[OPTIONS_PROBLEM])
{
	bool in_the_open = origin == OPTIONS_COMMAND_LINE;
	char words[OPTIONS_PROBLEM / 2];

	switch (dsn_check(value, words, sizeof(words))) {
	case DSN_BAD:
		return refuse(problem,
			"not a connection string or URI of libpq%s%s",
			in_the_open ? ": " : "", in_the_open ? words : "");
	case DSN_SECRET:
		if (!in_the_open)
			break;
		return refuse(problem,
			"a password does not belong on the command line; use "
			"~/.pgpass, a service file, PGPASSWORD or "
			"DANESCAN_DB");
	case DSN_OK:
		break;
	}
	*field = value;
	return 0;
}

static int
set_resolver(
	const char **field, const char *value, char problem[OPTIONS_PROBLEM])
{
	struct server_address list[SERVER_LIST_MAX];

	if (strcmp(value, "unbound") != 0 &&
		(strncmp(value, "stub:", 5) != 0 ||
			server_parse_list(value + 5, list) == 0))
		return refuse(problem,
			"must be unbound or stub:ADDR[@PORT][,...], with at "
			"most %d addresses",
			SERVER_LIST_MAX);
	*field = value;
	return 0;
}

static int
set_canary(const char **field, const char *value, struct arena *arena,
	char problem[OPTIONS_PROBLEM])
{
	char *rest = arena_strdup(arena, value);
	unsigned count = 0;
	const char *one;

	/* Below it another label must fit. */
	while ((one = strsep(&rest, ",")) != NULL)
		if (name_check_host(one) != NAME_OK || strlen(one) > 200 ||
			++count > CANARIES_MAX)
			return refuse(problem,
				"must be none, or up to %d names with commas "
				"between them",
				CANARIES_MAX);
	*field = value;
	return 0;
}

static int
set_text(const char **field, const char *value)
{
	*field = value;
	return 0;
}

/* What stands in rows, in lists of scans and on pages. */
static int
set_label(const char **field, const char *value, char problem[OPTIONS_PROBLEM])
{
	size_t len = strlen(value);

	if (len > LABEL_MAX)
		return refuse(problem, "must not be longer than %d octets",
			LABEL_MAX);
	if (text_valid(value, len) != len)
		return refuse(problem, "not UTF-8");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return refuse(problem, "has a control character");
	*field = value;
	return 0;
}

int
options_set(struct config *config, const struct options_spec *spec,
	const char *value, enum options_origin origin,
	char problem[OPTIONS_PROBLEM])
{
	void *field = field_of(config, spec);

	if (value[0] == '\0')
		return refuse(problem, "must not be empty");
	value = arena_strdup(config->arena, value);
	switch (spec->kind) {
	case OPTIONS_TEXT:
		return set_text(field, value);
	case OPTIONS_FLAG:
		return set_flag(field, value, problem);
	case OPTIONS_COUNT:
		return whole(spec, value, field, problem);
	case OPTIONS_PORT:
		return set_port(field, spec, value, problem);
	case OPTIONS_SECONDS:
		return set_seconds(field, spec, value, problem);
	case OPTIONS_RATE:
		return set_rate(field, spec, value, problem);
	case OPTIONS_PERCENT:
		return set_percent(field, value, problem);
	case OPTIONS_SEED:
		return set_seed(field, value, problem);
	case OPTIONS_ID:
		return set_id(field, value, problem);
	case OPTIONS_CHOICE:
		return set_choice(field, spec, value, problem);
	case OPTIONS_SHARD:
		return set_shard(config, spec, value, problem);
	case OPTIONS_SOURCE:
		return set_source(config, value, problem);
	case OPTIONS_EHLO:
		return set_ehlo(field, value, problem);
	case OPTIONS_LABEL:
		return set_label(field, value, problem);
	case OPTIONS_DSN:
		return set_dsn(field, value, origin, problem);
	case OPTIONS_RESOLVER:
		return set_resolver(field, value, problem);
	case OPTIONS_CANARY:
		return set_canary(field, value, config->arena, problem);
	case OPTIONS_EXTRAS:
		return extralist_parse(field, value, problem, OPTIONS_PROBLEM);
	case OPTIONS_VERBOSITY:
		return set_verbosity(field, spec, value, problem);
	case OPTIONS_CONFIG:
	case OPTIONS_HELP:
		break;
	}
	return 0;
}

static json_t *
json_text(const char *text)
{
	json_t *json = text == NULL ? json_null() : json_string(text);

	/* A file name need not be UTF-8; JSON is. */
	return json != NULL ? json : json_string("(not UTF-8)");
}

static json_t *
json_choice(const struct options_spec *spec, unsigned chosen)
{
	const char *word = spec->argument;

	while (chosen-- > 0)
		word = strchrnul(word, '|') + 1;
	return json_stringn(word, strcspn(word, "|"));
}

static json_t *
json_sources(const struct config *config)
{
	json_t *array = json_array();

	if (config->source_ipv4 != NULL)
		json_array_append_new(array, json_text(config->source_ipv4));
	if (config->source_ipv6 != NULL)
		json_array_append_new(array, json_text(config->source_ipv6));
	return array;
}

json_t *
options_json(const struct config *config, const struct options_spec *spec)
{
	const void *field = const_field_of(config, spec);

	switch (spec->kind) {
	case OPTIONS_TEXT:
	case OPTIONS_EHLO:
	case OPTIONS_LABEL:
	case OPTIONS_RESOLVER:
	case OPTIONS_CANARY:
		return json_text(*(const char *const *)field);
	case OPTIONS_FLAG:
		return json_boolean(*(const bool *)field);
	case OPTIONS_COUNT:
		return json_integer(*(const unsigned *)field);
	case OPTIONS_EXTRAS:
		return extralist_json(*(const unsigned *)field);
	case OPTIONS_PORT:
		return json_integer(*(const uint16_t *)field);
	case OPTIONS_SECONDS:
		return json_real(*(const unsigned *)field / 1000.0);
	case OPTIONS_RATE:
	case OPTIONS_PERCENT:
		return json_real(*(const double *)field);
	case OPTIONS_SEED:
		/* JSON readers lose integers over 2^53: as text. */
		return json_sprintf("%" PRIu64, *(const uint64_t *)field);
	case OPTIONS_ID:
		return json_integer(*(const int64_t *)field);
	case OPTIONS_CHOICE:
		return json_choice(spec, *(const unsigned *)field);
	case OPTIONS_SHARD:
		return json_sprintf("%u/%u", config->shard, config->shards);
	case OPTIONS_SOURCE:
		return json_sources(config);
	case OPTIONS_DSN:
		return dsn_json(config->db);
	case OPTIONS_VERBOSITY:
	case OPTIONS_CONFIG:
	case OPTIONS_HELP:
		break;
	}
	return NULL;
}
