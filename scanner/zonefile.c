/* Reads the heads of the records of a zone file. */
#include "scanner/zonefile.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
	HEAD = 4, /* owner, TTL, class, type; directives have fewer */
	CONTINUED_MAX = 1000,
};

struct token {
	const char *text;
	size_t len;
};

struct head {
	struct token tokens[HEAD];
	size_t count;
	bool blank_owner; /* the line begins with white space */
};

static bool
token_is(const struct token *token, const char *word)
{
	return strlen(word) == token->len &&
	       strncasecmp(token->text, word, token->len) == 0;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_delimiter(uint8_t c)
{
	return c == ';' || c == '(' || c == ')';
}

/* Length of the text at line that is one token: quoted, or up to a delimiter.
 */
static size_t
token_length(const uint8_t *line, size_t len)
{
	bool in_quotes = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len)
			i++;
		else if (line[i] == '"')
			in_quotes = !in_quotes;
		else if (!in_quotes &&
			 (is_space(line[i]) || is_delimiter(line[i])))
			break;
	}
	return i;
}

/* Collects the first tokens and follows the parentheses over the whole line. */
static void
split(struct zonefile *zone, const uint8_t *line, size_t len, struct head *head)
{
	size_t i = 0;

	head->count = 0;
	head->blank_owner = len > 0 && is_space(line[0]);
	while (i < len && line[i] != ';') {
		size_t n;

		if (is_space(line[i])) {
			i++;
			continue;
		}
		if (line[i] == '(' || line[i] == ')') {
			if (line[i] == '(')
				zone->depth++;
			else if (zone->depth > 0)
				zone->depth--;
			i++;
			continue;
		}
		n = token_length(line + i, len - i);
		if (head->count < HEAD)
			head->tokens[head->count++] = (struct token){
				(const char *)line + i, n};
		i += n;
	}
}

static enum zonefile_status
bad(struct zonefile *zone, const char *problem)
{
	zone->problem = problem;
	/* What a bad record opened is not trusted: its other lines are judged
	   one by one. */
	zone->depth = 0;
	zone->continued = 0;
	return ZONEFILE_BAD;
}

/* Is the dot at the end a label separator, not "\."? */
static bool
is_absolute(const struct token *token)
{
	size_t backslashes = 0;

	if (token->len == 0 || token->text[token->len - 1] != '.')
		return false;
	while (backslashes + 1 < token->len &&
		token->text[token->len - 2 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

/* The token as an absolute name without trailing dot; the root is "". */
static bool
expand(struct zonefile *zone, const struct token *token,
	char out[ZONEFILE_NAME])
{
	size_t len = token->len;
	size_t tail = strlen(zone->origin);
	bool relative = !is_absolute(token);

	if (!relative)
		len--;
	else if (token_is(token, "@"))
		len = 0;
	if (relative && !zone->has_origin) {
		zone->problem = "a relative name, and no $ORIGIN before it";
		return false;
	}
	if (len + 1 + tail >= ZONEFILE_NAME) {
		zone->problem = "owner name too long";
		return false;
	}
	memcpy(out, token->text, len);
	if (relative && len > 0 && tail > 0)
		out[len++] = '.';
	if (relative) {
		memmove(out + len, zone->origin, tail);
		len += tail;
	}
	out[len] = '\0';
	return true;
}

static enum zonefile_status
directive(struct zonefile *zone, const struct head *head)
{
	char name[ZONEFILE_NAME];

	if (token_is(&head->tokens[0], "$TTL"))
		return ZONEFILE_OTHER;
	if (token_is(&head->tokens[0], "$INCLUDE"))
		return bad(zone, "$INCLUDE is not followed");
	if (token_is(&head->tokens[0], "$GENERATE"))
		return bad(zone, "$GENERATE is not followed");
	if (!token_is(&head->tokens[0], "$ORIGIN"))
		return bad(zone, "unknown directive of a zone file");
	if (head->count < 2)
		return bad(zone, "$ORIGIN without a name");
	if (!expand(zone, &head->tokens[1], name))
		return bad(zone, zone->problem);
	strcpy(zone->origin, name);
	zone->has_origin = true;
	return ZONEFILE_OTHER;
}

static bool
is_ttl(const struct token *token)
{
	if (token->len == 0 || !isdigit((unsigned char)token->text[0]))
		return false;
	/* "1h30m" is what several name servers write. */
	for (size_t i = 0; i < token->len; i++) {
		if (!isdigit((unsigned char)token->text[i]) &&
			memchr("smhdwSMHDW", token->text[i], 10) == NULL)
			return false;
	}
	return true;
}

static bool
is_class(const struct token *token)
{
	return token_is(token, "IN") || token_is(token, "CH") ||
	       token_is(token, "HS") ||
	       (token->len > 5 && strncasecmp(token->text, "CLASS", 5) == 0);
}

static bool
is_type(const struct token *token)
{
	for (size_t i = 0; i < token->len; i++) {
		unsigned char c = (unsigned char)token->text[i];

		if (!isalnum(c) && c != '-')
			return false;
	}
	return token->len > 0 && isalpha((unsigned char)token->text[0]);
}

/* RFC 1035 section 5.1: TTL and class in either order, then the type. */
static const struct token *
find_type(const struct head *head)
{
	size_t i = head->blank_owner ? 0 : 1;
	bool ttl = false;
	bool class = false;

	for (; i < head->count; i++) {
		if (!ttl && is_ttl(&head->tokens[i]))
			ttl = true;
		else if (!class && is_class(&head->tokens[i]))
			class = true;
		else
			return is_type(&head->tokens[i]) ? &head->tokens[i]
							 : NULL;
	}
	return NULL;
}

static bool
set_owner(struct zonefile *zone, const struct head *head)
{
	if (head->blank_owner) {
		if (!zone->has_owner)
			zone->problem = "a record without an owner name";
		return zone->has_owner;
	}
	zone->has_owner = expand(zone, &head->tokens[0], zone->owner);
	return zone->has_owner;
}

/* A name server, or where only_signed is asked for a DS record (which is at
   delegations only, RFC 4034 section 5). */
static enum zonefile_status
delegation(struct zonefile *zone)
{
	if (zone->owner[0] == '\0' ||
		(zone->has_apex && strcasecmp(zone->owner, zone->apex) == 0))
		return ZONEFILE_OTHER;
	if (zone->has_delegated &&
		strcasecmp(zone->owner, zone->delegated) == 0)
		return ZONEFILE_OTHER;
	strcpy(zone->delegated, zone->owner);
	zone->has_delegated = true;
	return ZONEFILE_DELEGATION;
}

static enum zonefile_status
record(struct zonefile *zone, const struct head *head)
{
	const struct token *type = find_type(head);

	if (type == NULL)
		return bad(zone, "not a record of a zone file");
	if (!set_owner(zone, head))
		return bad(zone, zone->problem);
	if (token_is(type, "SOA")) {
		strcpy(zone->apex, zone->owner);
		zone->has_apex = true;
	}
	return token_is(type, zone->only_signed ? "DS" : "NS")
		       ? delegation(zone)
		       : ZONEFILE_OTHER;
}

/* A parenthesis that never closes must not swallow the list in silence. */
static enum zonefile_status
continued(struct zonefile *zone)
{
	if (zone->depth == 0)
		zone->continued = 0;
	else if (++zone->continued > CONTINUED_MAX)
		return bad(zone, "a parenthesis open for over 1,000 lines");
	return ZONEFILE_OTHER;
}

enum zonefile_status
zonefile_line(struct zonefile *zone, const uint8_t *line, size_t len)
{
	bool is_continued = zone->depth > 0;
	struct head head;

	zone->problem = NULL;
	split(zone, line, len, &head);
	if (is_continued)
		return continued(zone);
	if (head.count == 0)
		return ZONEFILE_OTHER;
	if (head.tokens[0].text[0] == '$' && !head.blank_owner)
		return directive(zone, &head);
	return record(zone, &head);
}

bool
zonefile_detect(const uint8_t *line, size_t len)
{
	static const char *const types[] = {"SOA", "NS", "A", "AAAA", "DS",
		"DNSKEY", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "MX", "TXT"};
	struct zonefile zone = {0};
	const struct token *type;
	struct head head;

	split(&zone, line, len, &head);
	if (head.count == 0 || head.blank_owner)
		return false;
	if (token_is(&head.tokens[0], "$ORIGIN") ||
		token_is(&head.tokens[0], "$TTL"))
		return true;
	type = find_type(&head);
	for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(*types);
		i++) {
		if (token_is(type, types[i]))
			return true;
	}
	return false;
}
