/* The codes under which the database stores words. */
#include "store/words.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "store/buffer.h"
#include "store/connection.h"

struct word {
	UT_hash_handle hh;
	int16_t code;
	char label[];
};

struct words {
	struct word *table;
};

static void
put(struct words *words, const char *label, int code)
{
	size_t len = strlen(label);
	struct word *word = malloc(sizeof(*word) + len + 1);

	if (word == NULL)
		abort();
	word->code = (int16_t)code;
	memcpy(word->label, label, len + 1);
	HASH_ADD_KEYPTR(hh, words->table, word->label, len, word);
}

/* An element of an array in PostgreSQL's text form. */
static void
element(struct buffer *array, const char *text)
{
	buffer_byte(array, array->len == 0 ? '{' : ',');
	buffer_byte(array, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buffer_byte(array, '\\');
		buffer_byte(array, *text);
	}
	buffer_byte(array, '"');
}

static PGresult *
ask(PGconn *pg, const struct row_words *list)
{
	struct buffer kinds = {0}, labels = {0};

	for (size_t i = 0; i < list->count; i++) {
		element(&kinds, list->list[i].kind);
		element(&labels, list->list[i].label);
	}
	buffer_text(&kinds, list->count > 0 ? "}" : "{}");
	buffer_text(&labels, list->count > 0 ? "}" : "{}");
	const char *values[] = {buffer_string(&kinds), buffer_string(&labels)};
	PGresult *result = PQexecParams(pg,
		"SELECT label, code FROM dane.learn($1::text[], $2::text[])", 2,
		NULL, values, NULL, NULL, 0);
	buffer_free(&kinds);
	buffer_free(&labels);
	return result;
}

struct words *
words_learn(PGconn *pg, const struct row_words *list, char *err, size_t errsize)
{
	PGresult *result = ask(pg, list);
	struct words *words = NULL;

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		connection_error_line(result, pg, err, errsize);
	} else {
		words = calloc(1, sizeof(*words));
		if (words == NULL)
			abort();
		for (int i = 0; i < PQntuples(result); i++)
			put(words, PQgetvalue(result, i, 0),
				atoi(PQgetvalue(result, i, 1)));
	}
	PQclear(result);
	return words;
}

int16_t
words_code(const struct words *words, const char *label)
{
	struct word *word = NULL;

	if (words != NULL)
		HASH_FIND_STR(words->table, label, word);
	return word != NULL ? word->code : 0;
}

void
words_free(struct words *words)
{
	struct word *word, *next;

	if (words == NULL)
		return;
	HASH_ITER (hh, words->table, word, next) {
		HASH_DEL(words->table, word);
		free(word);
	}
	free(words);
}
