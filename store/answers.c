/* What the database answers to a member of the fleet. */
#include "store/answers.h"

#include <stdlib.h>
#include <string.h>

#include "store/unjson.h"
#include "store/unrow.h"

struct fleet_chunk {
	json_t *answer;
	json_t *names;
	uint64_t *done; /* lines, ascending */
	size_t done_count;
	size_t next;
	struct row_tag *tags; /* of the name given last */
};

/* Chunks. */

static int
by_number(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

static void
take_done(struct fleet_chunk *chunk, const json_t *lines)
{
	chunk->done_count = json_array_size(lines);
	chunk->done = calloc(chunk->done_count + 1, sizeof(*chunk->done));
	if (chunk->done == NULL)
		abort();
	for (size_t i = 0; i < chunk->done_count; i++)
		chunk->done[i] = (uint64_t)json_integer_value(
			json_array_get(lines, i));
	qsort(chunk->done, chunk->done_count, sizeof(*chunk->done), by_number);
}

struct fleet_chunk *
answers_chunk(json_t *answer)
{
	struct fleet_chunk *chunk;

	if (!json_is_object(answer))
		return NULL;
	chunk = calloc(1, sizeof(*chunk));
	if (chunk == NULL)
		abort();
	chunk->answer = json_incref(answer);
	chunk->names = json_object_get(answer, "names");
	take_done(chunk, json_object_get(answer, "done"));
	return chunk;
}

void
fleet_chunk_free(struct fleet_chunk *chunk)
{
	if (chunk == NULL)
		return;
	json_decref(chunk->answer);
	free(chunk->done);
	free(chunk->tags);
	free(chunk);
}

uint32_t
fleet_chunk_number(const struct fleet_chunk *chunk)
{
	return (uint32_t)unjson_int(chunk->answer, "chunk", 0);
}

size_t
fleet_chunk_size(const struct fleet_chunk *chunk)
{
	return json_array_size(chunk->names) - chunk->done_count;
}

static void
take_tags(struct fleet_chunk *chunk, json_t *tags, struct fleet_name *name)
{
	const char *key;
	json_t *value;
	size_t count = 0;

	free(chunk->tags);
	chunk->tags = calloc(json_object_size(tags) + 1, sizeof(*chunk->tags));
	if (chunk->tags == NULL)
		abort();
	json_object_foreach(tags, key, value)
	{
		chunk->tags[count].name = key;
		chunk->tags[count++].value = json_string_value(value);
	}
	name->tags = chunk->tags;
	name->tag_count = count;
}

bool
fleet_chunk_next(struct fleet_chunk *chunk, struct fleet_name *name)
{
	while (chunk->next < json_array_size(chunk->names)) {
		json_t *entry = json_array_get(chunk->names, chunk->next++);

		name->line = (uint64_t)json_integer_value(
			json_array_get(entry, 0));
		if (bsearch(&name->line, chunk->done, chunk->done_count,
			    sizeof(*chunk->done), by_number) != NULL)
			continue;
		name->name = json_string_value(json_array_get(entry, 1));
		name->input = json_string_value(json_array_get(entry, 2));
		take_tags(chunk, json_array_get(entry, 3), name);
		return true;
	}
	return false;
}

static json_t *
tags_object(const struct fleet_name *name)
{
	json_t *tags = json_object();

	for (size_t i = 0; i < name->tag_count; i++)
		json_object_set_new(tags, name->tags[i].name,
			json_string(name->tags[i].value));
	return tags;
}

json_t *
answers_name(const struct fleet_name *name)
{
	json_t *entry = json_array();

	json_array_append_new(entry, json_integer((json_int_t)name->line));
	json_array_append_new(entry, json_string(name->name));
	if (name->input != NULL || name->tag_count > 0)
		json_array_append_new(entry, name->input != NULL
						     ? json_string(name->input)
						     : json_null());
	if (name->tag_count > 0)
		json_array_append_new(entry, tags_object(name));
	return entry;
}

/* Hosts. */

static const struct fleet_certificate *
certificates(struct unjson_pool *pool, const json_t *array, size_t *count)
{
	struct fleet_certificate *list = unjson_take(
		pool, json_array_size(array) * sizeof(*list));

	*count = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *pair = json_array_get(array, i);
		struct fleet_certificate *one = &list[*count];

		one->len = unjson_bytes(
			pool, json_array_get(pair, 1), &one->der);
		*count += unjson_bytes(pool, json_array_get(pair, 0),
				  &one->sha256) == 32;
	}
	return list;
}

static void
tell_done(const json_t *answer, const struct fleet_listener *listener)
{
	const json_t *stored = json_array_get(answer, 3);
	struct unjson_pool pool = {0};
	struct row_host row;
	struct fleet_facts facts = {
		.run = (int64_t)json_integer_value(json_array_get(answer, 2)),
		.row = &row,
	};

	unrow_host(&pool, stored, &row);
	facts.certificates = certificates(&pool,
		json_object_get(stored, "certificates"),
		&facts.certificate_count);
	listener->host(listener->arg, row.host, FLEET_HOST_DONE, &facts);
	unjson_free(&pool);
}

static void
tell_host(const json_t *answer, const struct fleet_listener *listener)
{
	const char *host = json_string_value(json_array_get(answer, 0));
	const char *status = json_string_value(json_array_get(answer, 1));

	if (strcmp(status, "done") == 0)
		tell_done(answer, listener);
	else
		listener->host(listener->arg, host,
			strcmp(status, "mine") == 0	 ? FLEET_HOST_MINE
			: strcmp(status, "put-off") == 0 ? FLEET_HOST_PUT_OFF
							 : FLEET_HOST_ELSEWHERE,
			NULL);
}

void
answers_hosts(const json_t *answer, const struct fleet_listener *listener)
{
	for (size_t i = 0; i < json_array_size(answer); i++)
		tell_host(json_array_get(answer, i), listener);
}

void
answers_addresses(const json_t *answer, const struct fleet_listener *listener)
{
	for (size_t i = 0; i < json_array_size(answer); i++)
		listener->address(listener->arg,
			json_string_value(json_array_get(answer, i)));
	listener->addresses_answered(listener->arg);
}

/* News. */

void
answers_news(const json_t *answer, const struct fleet_listener *listener,
	int64_t *known)
{
	const json_t *entries = json_object_get(answer, "opt_outs");
	const struct fleet_news news = {
		.members = (unsigned)unjson_int(answer, "members", 1),
		.ready = unjson_bool(answer, "ready"),
		.complete = unjson_bool(answer, "complete"),
		.stuck = unjson_bool(answer, "stuck"),
		.domains = (uint64_t)unjson_int(answer, "domains", 0),
		.names = (uint64_t)unjson_int(answer, "names", 0),
	};

	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);

		*known = json_integer_value(json_array_get(entry, 0));
		listener->opt_out(listener->arg,
			json_string_value(json_array_get(entry, 1)));
	}
	listener->news(listener->arg, &news);
}
