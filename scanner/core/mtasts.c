/*
 * The policy of MTA-STS.
 */
#include "scanner/core/mtasts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
	FIELD_MAX = 32, /* octets of a name */
	AGE_DIGITS = 10,
	LABEL_MAX = 63,
	NAME_MAX_LEN = 253,
};

/* Some octets of the text. */
struct piece {
	const char *text;
	size_t len;
};

/* What has been seen so far. */
struct reader {
	struct mtasts_policy *policy;
	bool version, mode, max_age;
};

static bool
is(const struct piece *piece, const char *word)
{
	return piece->len == strlen(word) &&
	       memcmp(piece->text, word, piece->len) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
trim(struct piece *piece)
{
	while (piece->len > 0 && is_blank(piece->text[0])) {
		piece->text++;
		piece->len--;
	}
	while (piece->len > 0 && is_blank(piece->text[piece->len - 1]))
		piece->len--;
}

/* RFC 8461 section 3.2, sts-policy-ext-name. */
static bool
is_field_name(const struct piece *name)
{
	if (name->len == 0 || name->len > FIELD_MAX ||
		!isalnum((unsigned char)name->text[0]))
		return false;
	for (size_t i = 1; i < name->len; i++)
		if (!isalnum((unsigned char)name->text[i]) &&
			(name->text[i] == '\0' ||
				strchr("_-.", name->text[i]) == NULL))
			return false;
	return true;
}

/* "name: value"; blanks around the value are none of it. */
static bool
split(const struct piece *line, struct piece *name, struct piece *value)
{
	const char *colon = memchr(line->text, ':', line->len);

	if (colon == NULL)
		return false;
	name->text = line->text;
	name->len = (size_t)(colon - line->text);
	value->text = colon + 1;
	value->len = line->len - name->len - 1;
	trim(value);
	return is_field_name(name);
}

static enum mtasts_error
read_version(struct reader *reader, const struct piece *value)
{
	if (!reader->version && !is(value, "STSv1"))
		return MTASTS_BAD_VERSION;
	reader->version = true;
	return MTASTS_OK;
}

static enum mtasts_error
read_mode(struct reader *reader, const struct piece *value)
{
	static const enum mtasts_mode modes[] = {
		MTASTS_NONE, MTASTS_TESTING, MTASTS_ENFORCE};

	for (size_t i = 0; i < 3 && !reader->mode; i++) {
		if (!is(value, mtasts_mode_label(modes[i])))
			continue;
		reader->policy->mode = modes[i];
		reader->mode = true;
	}
	return reader->mode ? MTASTS_OK : MTASTS_BAD_MODE;
}

static enum mtasts_error
read_max_age(struct reader *reader, const struct piece *value)
{
	uint64_t age = 0;

	if (reader->max_age)
		return MTASTS_OK;
	if (value->len == 0 || value->len > AGE_DIGITS)
		return MTASTS_BAD_MAX_AGE;
	for (size_t i = 0; i < value->len; i++) {
		if (!isdigit((unsigned char)value->text[i]))
			return MTASTS_BAD_MAX_AGE;
		age = 10 * age + (uint64_t)(value->text[i] - '0');
	}
	if (age > MTASTS_MAX_AGE_S)
		age = MTASTS_MAX_AGE_S;
	reader->policy->max_age_s = (uint32_t)age;
	reader->max_age = true;
	return MTASTS_OK;
}

static bool
is_host(const struct piece *name)
{
	size_t label = 0;

	for (size_t i = 0; i < name->len; i++) {
		char c = name->text[i];

		if (c == '.' && label == 0)
			return false;
		if (c != '.' && c != '-' && c != '_' &&
			!isalnum((unsigned char)c))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0 && name->len <= NAME_MAX_LEN;
}

static enum mtasts_error
read_mx(struct reader *reader, const struct piece *value)
{
	struct mtasts_policy *policy = reader->policy;
	struct piece host = *value;

	if (host.len > 2 && memcmp(host.text, "*.", 2) == 0) {
		host.text += 2;
		host.len -= 2;
	}
	if (!is_host(&host))
		return MTASTS_BAD_MX;
	if (policy->mx_count == MTASTS_MX_MAX) {
		policy->truncated = true;
		return MTASTS_OK;
	}
	policy->mx[policy->mx_count].text = value->text;
	policy->mx[policy->mx_count++].len = value->len;
	return MTASTS_OK;
}

static enum mtasts_error
read_line(struct reader *reader, const struct piece *line)
{
	static const struct {
		const char *name;
		enum mtasts_error (*read)(
			struct reader *, const struct piece *);
	} fields[] = {
		{"version", read_version},
		{"mode", read_mode},
		{"max_age", read_max_age},
		{"mx", read_mx},
	};
	struct piece name, value;

	if (!split(line, &name, &value))
		return MTASTS_BAD_LINE;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (is(&name, fields[i].name))
			return fields[i].read(reader, &value);
	return MTASTS_OK;
}

/* The next line without its end; blanks after it are none of it. */
static struct piece
take_line(const uint8_t *text, size_t len, size_t *taken)
{
	const uint8_t *end = memchr(text, '\n', len);
	struct piece line = {(const char *)text, len};

	*taken = len;
	if (end != NULL) {
		line.len = (size_t)(end - text);
		*taken = line.len + 1;
	}
	if (line.len > 0 && line.text[line.len - 1] == '\r')
		line.len--;
	while (line.len > 0 && is_blank(line.text[line.len - 1]))
		line.len--;
	return line;
}

static enum mtasts_error
find_missing(const struct reader *reader)
{
	if (!reader->version)
		return MTASTS_NO_VERSION;
	if (!reader->mode)
		return MTASTS_NO_MODE;
	if (!reader->max_age)
		return MTASTS_NO_MAX_AGE;
	/* Whoever takes a policy back allows no host (section 8.3). */
	if (reader->policy->mx_count == 0 &&
		reader->policy->mode != MTASTS_NONE)
		return MTASTS_NO_MX;
	return MTASTS_OK;
}

enum mtasts_error
mtasts_parse(const uint8_t *text, size_t len, struct mtasts_policy *policy)
{
	struct reader reader = {.policy = policy};
	enum mtasts_error error = MTASTS_OK;
	size_t taken;

	memset(policy, 0, sizeof(*policy));
	if (len > MTASTS_BODY_MAX)
		return MTASTS_TOO_LONG;
	for (; len > 0 && error == MTASTS_OK; text += taken, len -= taken) {
		struct piece line = take_line(text, len, &taken);

		/* There are files that end in an empty line. */
		if (line.len > 0)
			error = read_line(&reader, &line);
	}
	return error != MTASTS_OK ? error : find_missing(&reader);
}

const char *
mtasts_error_text(enum mtasts_error error)
{
	switch (error) {
	case MTASTS_OK:
		return "nothing";
	case MTASTS_TOO_LONG:
		return "longer than 64 KiB";
	case MTASTS_BAD_LINE:
		return "a line is not \"name: value\"";
	case MTASTS_BAD_VERSION:
		return "the version is not STSv1";
	case MTASTS_NO_VERSION:
		return "no version";
	case MTASTS_BAD_MODE:
		return "the mode is none of enforce, testing, none";
	case MTASTS_NO_MODE:
		return "no mode";
	case MTASTS_BAD_MAX_AGE:
		return "max_age is no number of seconds";
	case MTASTS_NO_MAX_AGE:
		return "no max_age";
	case MTASTS_BAD_MX:
		return "an mx is no host name, nor \"*.\" and one";
	case MTASTS_NO_MX:
		return "no mx";
	}
	return "";
}

const char *
mtasts_mode_label(enum mtasts_mode mode)
{
	switch (mode) {
	case MTASTS_NONE:
		break;
	case MTASTS_TESTING:
		return "testing";
	case MTASTS_ENFORCE:
		return "enforce";
	}
	return "none";
}

bool
mtasts_matches(const struct mtasts_pattern *pattern, const char *host)
{
	const char *text = pattern->text;
	size_t len = pattern->len;

	if (len > 2 && memcmp(text, "*.", 2) == 0) {
		host = strchr(host, '.');
		if (host == NULL)
			return false;
		text++;
		len--;
	}
	return strlen(host) == len && strncasecmp(host, text, len) == 0;
}
