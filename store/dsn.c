/* Takes connection strings apart with libpq's own parser. */
#include "store/dsn.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Also where a slip in the syntax makes it part of another value. */
static bool
mentions_password(const char *text)
{
	return strcasestr(text, "password") != NULL;
}

static bool
is_secret(const PQconninfoOption *part)
{
	return part->val != NULL && part->val[0] != '\0' &&
	       (mentions_password(part->keyword) ||
		       mentions_password(part->val));
}

static bool
is_public(const PQconninfoOption *part)
{
	static const char *const keywords[] = {
		"service", "host", "hostaddr", "port", "dbname", "user"};

	if (part->val == NULL || is_secret(part))
		return false;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (strcmp(part->keyword, keywords[i]) == 0)
			return true;
	}
	return false;
}

enum dsn_status
dsn_check(const char *dsn, char *words, size_t size)
{
	char *message = NULL;
	PQconninfoOption *parts = PQconninfoParse(dsn, &message);
	enum dsn_status status = DSN_OK;

	if (parts == NULL) {
		snprintf(words, size, "%s",
			message != NULL ? message : "out of memory");
		words[strcspn(words, "\n")] = '\0';
		PQfreemem(message);
		return DSN_BAD;
	}
	for (PQconninfoOption *part = parts; part->keyword != NULL; part++) {
		if (is_secret(part))
			status = DSN_SECRET;
	}
	PQconninfoFree(parts);
	return status;
}

json_t *
dsn_json(const char *dsn)
{
	PQconninfoOption *parts = dsn == NULL ? NULL
					      : PQconninfoParse(dsn, NULL);
	json_t *object;

	if (parts == NULL)
		return json_null();
	object = json_object();
	for (PQconninfoOption *part = parts; part->keyword != NULL; part++) {
		/* What is not UTF-8 has no place in JSON. */
		if (is_public(part))
			json_object_set_new(
				object, part->keyword, json_string(part->val));
	}
	PQconninfoFree(parts);
	return object;
}
