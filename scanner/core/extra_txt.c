/*
 * The policy records that a domain publishes in TXT. Both are a version and
 * fields, NAME=VALUE, with semicolons between (RFC 8461 section 3.1, RFC 8460
 * section 3).
 */
#include "scanner/core/extra_txt.h"

#include <string.h>
#include <strings.h>

#include "resolver/rdata.h"
#include "scanner/core/domain.h"

enum {
	NAME_MAX_LEN = 32, /* of a field; the same for an MTA-STS id */
	SCHEMES = 2
};

struct span {
	const char *text;
	size_t len;
};

/* One sort of record: its version, the field that it must have. */
struct sort {
	const char *version; /* with the semicolon that has to follow */
	const char *field;
	bool (*is_value)(struct span value);
};

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(struct span span)
{
	while (span.len > 0 && is_blank(span.text[0])) {
		span.text++;
		span.len--;
	}
	while (span.len > 0 && is_blank(span.text[span.len - 1]))
		span.len--;
	return span;
}

/* What stands before the next octet c; *rest goes on behind it. */
static struct span
cut(struct span *rest, char c)
{
	const char *end = memchr(rest->text, c, rest->len);
	struct span part = *rest;

	if (end == NULL) {
		rest->text += rest->len;
		rest->len = 0;
		return part;
	}
	part.len = (size_t)(end - part.text);
	rest->text += part.len + 1;
	rest->len -= part.len + 1;
	return part;
}

static bool
is_field_name(struct span name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN || !is_alnum(name.text[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_alnum(name.text[i]) &&
			memchr("_-.", name.text[i], 3) == NULL)
			return false;
	return true;
}

/* The value of a field that nobody knows: %x21-3A, %x3C, %x3E-7E. */
static bool
is_any_value(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.text[i] < '!' || value.text[i] > '~' ||
			value.text[i] == '=')
			return false;
	return value.len > 0;
}

/* 1*32(ALPHA / DIGIT) */
static bool
is_id(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!is_alnum(value.text[i]))
			return false;
	return value.len > 0 && value.len <= NAME_MAX_LEN;
}

/* RFC 8460 section 3 names two ways for reports; a URI has no blanks, and its
   own "!", "," and ";" are encoded. */
static bool
is_report_uri(struct span uri)
{
	static const char *const schemes[SCHEMES] = {"mailto:", "https:"};

	for (size_t i = 0; i < uri.len; i++)
		if (uri.text[i] < '!' || uri.text[i] > '~')
			return false;
	for (size_t i = 0; i < SCHEMES; i++) {
		size_t len = strlen(schemes[i]);

		if (uri.len > len &&
			strncasecmp(uri.text, schemes[i], len) == 0)
			return true;
	}
	return false;
}

/* tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri) */
static bool
is_rua(struct span value)
{
	bool more = true;

	while (more) {
		more = memchr(value.text, ',', value.len) != NULL;
		if (!is_report_uri(trim(cut(&value, ','))))
			return false;
	}
	return true;
}

static bool
is_word(struct span span, const char *word)
{
	return span.len == strlen(word) &&
	       memcmp(span.text, word, span.len) == 0;
}

/* The first field of the name counts; any order is good. */
static enum fact_txt
read_fields(const struct sort *sort, struct span rest, struct span *value)
{
	while (rest.len > 0) {
		struct span field = trim(cut(&rest, ';')), name;

		/* A last delimiter may end the record. */
		if (field.len == 0 && trim(rest).len == 0)
			break;
		name = cut(&field, '=');
		if (!is_field_name(name))
			return FACT_TXT_MALFORMED;
		if (!is_word(name, sort->field)) {
			if (!is_any_value(field))
				return FACT_TXT_MALFORMED;
		} else if (!sort->is_value(field)) {
			return FACT_TXT_MALFORMED;
		} else if (value->text == NULL) {
			*value = field;
		}
	}
	return value->text != NULL ? FACT_TXT_PRESENT : FACT_TXT_MALFORMED;
}

static enum fact_txt
read_record(const struct sort *sort, struct span text, struct span *value)
{
	size_t len = strlen(sort->version);

	*value = (struct span){NULL, 0};
	if (text.len < len || memcmp(text.text, sort->version, len) != 0)
		return FACT_TXT_ABSENT;
	return read_fields(
		sort, (struct span){text.text + len, text.len - len}, value);
}

static const struct sort mtasts = {"v=STSv1;", "id", is_id};
static const struct sort tlsrpt = {"v=TLSRPTv1;", "rua", is_rua};

enum fact_txt
extra_txt_mtasts(const char *text, size_t len, const char **id, size_t *id_len)
{
	struct span value;
	enum fact_txt state = read_record(
		&mtasts, (struct span){text, len}, &value);

	*id = value.text;
	*id_len = value.len;
	return state;
}

enum fact_txt
extra_txt_tlsrpt(
	const char *text, size_t len, const char **rua, size_t *rua_len)
{
	struct span value;
	enum fact_txt state = read_record(
		&tlsrpt, (struct span){text, len}, &value);

	*rua = value.text;
	*rua_len = value.len;
	return state;
}

/* Of all TXT records at the name: records that do not begin with the version
   are passed over, and of the others there must be one. */
static enum fact_txt
take(const struct sort *sort, const struct answer *answer, struct arena *arena,
	const char **found)
{
	enum fact_txt state = FACT_TXT_ABSENT;

	*found = NULL;
	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];
		char *text = arena_alloc(arena, rdata->len + 1);
		struct span value, whole = {text, 0};
		enum fact_txt one;

		if (rdata_txt(rdata->data, rdata->len, text, &whole.len) < 0)
			continue;
		one = read_record(sort, whole, &value);
		if (one == FACT_TXT_ABSENT)
			continue;
		if (state != FACT_TXT_ABSENT) {
			*found = NULL;
			return FACT_TXT_MULTIPLE;
		}
		state = one;
		if (one == FACT_TXT_PRESENT)
			*found = arena_printf(
				arena, "%.*s", (int)value.len, value.text);
	}
	return state;
}

void
extra_txt_take_mtasts(struct fact_mtasts *fact, const struct answer *answer,
	struct arena *arena)
{
	domain_keep_lookup(&fact->lookup, answer, arena);
	fact->state = take(&mtasts, answer, arena, &fact->id);
}

void
extra_txt_take_tlsrpt(struct fact_tlsrpt *fact, const struct answer *answer,
	struct arena *arena)
{
	domain_keep_lookup(&fact->lookup, answer, arena);
	fact->state = take(&tlsrpt, answer, arena, &fact->rua);
}
