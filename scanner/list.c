/*
 * The lists one after the other: lines numbered over all of them, each counted
 * once as name, reject, duplicate, skipped or left out.
 */
#include "scanner/list.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/input.h"
#include "scanner/listline.h"
#include "scanner/core/nameset.h"

enum {
	REJECT_TEXT = 256,
	/* Lines without a name before the loop has its turn: about 20 ms. */
	TURN_LINES = 50000,
};

/* A shard must not depend on the seed of the sample. */
static const uint64_t shard_seed = 0x2545f4914f6cdd1dU;

struct list {
	const char *const *names; /* in place of inputs, or NULL */
	size_t name_count;
	struct input **inputs;	     /* NULL where it is read to its end */
	struct list_source *sources; /* one an input; counts as at its start,
					and when it is read, of itself */
	size_t input_count;
	size_t current;
	uint64_t own_line; /* in the current list */
	enum list_format format;
	bool only_signed;
	struct listline line;
	struct nameset *seen;
	double sample;
	uint64_t seed;
	unsigned shard;
	unsigned shards;
	FILE *rejects;
	const char *rejects_path;
	struct list_counts counts;
	struct list_rejected rejected[LIST_REASONS_MAX];
	uint64_t octets_done; /* of the lists read to their end */
	uint64_t octets;      /* of all lists */
	bool has_pipe;
	bool failed;
	char error[512];
};

static bool
open_inputs(struct list *list, const struct list_config *config, char *err,
	size_t errsize)
{
	bool has_stdin = false;

	for (size_t i = 0; i < config->path_count; i++) {
		const char *path = config->paths[i];
		int64_t size;

		if (strcmp(path, "-") == 0) {
			if (has_stdin) {
				snprintf(err, errsize,
					"standard input is given twice");
				return false;
			}
			has_stdin = true;
		}
		list->inputs[i] = input_open(path, err, errsize);
		if (list->inputs[i] == NULL)
			return false;
		list->input_count = i + 1;
		list->sources[i].name = strcmp(path, "-") == 0
						? "standard input"
						: path;
		size = input_size(list->inputs[i]);
		if (size < 0)
			list->has_pipe = true;
		else
			list->octets += (uint64_t)size;
	}
	return true;
}

static bool
open_rejects(struct list *list, const char *path, char *err, size_t errsize)
{
	if (path == NULL)
		return true;
	list->rejects_path = path;
	list->rejects = fopen(path, "we");
	if (list->rejects == NULL)
		snprintf(err, errsize, "%s: %s", path, strerror(errno));
	return list->rejects != NULL;
}

/* Without inputs. NULL without memory. */
static struct list *
new_list(size_t input_count)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list == NULL)
		return NULL;
	list->inputs = calloc(input_count + 1, sizeof(*list->inputs));
	list->sources = calloc(input_count + 1, sizeof(*list->sources));
	list->seen = nameset_new();
	list->sample = 1;
	list->shard = 1;
	list->shards = 1;
	if (list->inputs != NULL && list->sources != NULL && list->seen != NULL)
		return list;
	list_close(list);
	return NULL;
}

struct list *
list_open(const struct list_config *config, char *err, size_t errsize)
{
	struct list *list = new_list(config->path_count);

	if (list == NULL) {
		snprintf(err, errsize, "out of memory");
		return NULL;
	}
	list->format = config->format;
	list->only_signed = config->only_signed;
	list->sample = config->sample;
	list->seed = config->seed;
	list->shard = config->shard;
	list->shards = config->shards;
	listline_start(&list->line, list->format, list->only_signed);
	if (open_inputs(list, config, err, errsize) &&
		open_rejects(list, config->rejects, err, errsize))
		return list;
	list_close(list);
	return NULL;
}

struct list *
list_open_names(
	const char *const *names, size_t count, char *err, size_t errsize)
{
	struct list *list = new_list(0);
	char text[REJECT_TEXT];
	char name[NAME_SIZE];

	if (list == NULL) {
		snprintf(err, errsize, "out of memory");
		return NULL;
	}
	list->names = names;
	list->name_count = count;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(names[i]);
		enum name_error error = name_normalise(names[i], len, name);

		if (error == NAME_OK)
			continue;
		listline_printable(
			(const uint8_t *)names[i], len, text, sizeof(text));
		snprintf(err, errsize, "%s: %s", text, name_error_text(error));
		list_close(list);
		return NULL;
	}
	return list;
}

void
list_close(struct list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->input_count; i++)
		input_close(list->inputs[i]);
	free(list->inputs);
	free(list->sources);
	nameset_free(list->seen);
	if (list->rejects != NULL)
		fclose(list->rejects);
	free(list);
}

__attribute__((format(printf, 2, 3))) static enum list_status
fail(struct list *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(list->error, sizeof(list->error), format, args);
	va_end(args);
	list->failed = true;
	return LIST_FAILED;
}

/* Reasons are constants, and fewer than there is room for. */
static void
count_reject(struct list *list, const char *reason)
{
	struct list_rejected *r = list->rejected;

	while (r->reason != NULL && strcmp(r->reason, reason) != 0 &&
		r < &list->rejected[LIST_REASONS_MAX - 1])
		r++;
	if (r->reason == NULL)
		r->reason = reason;
	r->lines++;
}

static void
reject(struct list *list, const uint8_t *line, size_t len, const char *reason)
{
	char text[REJECT_TEXT];
	char name[REJECT_TEXT];
	const char *path;

	list->counts.rejected++;
	count_reject(list, reason);
	if (list->rejects == NULL)
		return;
	path = input_name(list->inputs[list->current]);
	listline_printable(line, len, text, sizeof(text));
	listline_printable(
		(const uint8_t *)path, strlen(path), name, sizeof(name));
	fprintf(list->rejects, "%" PRIu64 "\t%s\t%s\t%s:%" PRIu64 "\n",
		list->counts.lines, reason, text, name, list->own_line);
}

/* By thresholds of a hash: what is in a sample is in every larger one. */
static bool
is_sampled(const struct list *list, const char *name)
{
	uint64_t part;

	if (list->sample < 1 && name_hash(name, list->seed) >=
					(uint64_t)ldexp(list->sample, 64))
		return false;
	if (list->shards <= 1)
		return true;
	part = UINT64_MAX / list->shards + 1;
	return name_hash(name, shard_seed) / part == list->shard - 1;
}

/* LIST_AGAIN: the line gave no name. */
static enum list_status
take_name(struct list *list, struct list_entry *entry)
{
	struct listline *line = &list->line;

	if (!is_sampled(list, line->name)) {
		list->counts.sampled_out++;
		return LIST_AGAIN;
	}
	switch (nameset_add(list->seen, line->name)) {
	case NAMESET_NEW:
		break;
	case NAMESET_SEEN:
		list->counts.duplicates++;
		return LIST_AGAIN;
	case NAMESET_NO_MEMORY:
		return fail(list, "no memory for more than %zu names",
			nameset_count(list->seen));
	}
	list->counts.names++;
	entry->line = list->counts.lines;
	strcpy(entry->name, line->name);
	entry->input = line->input;
	entry->tags = line->tags;
	entry->tag_count = line->tag_count;
	return LIST_NAME;
}

static enum list_status
take_line(struct list *list, const uint8_t *text, size_t len,
	struct list_entry *entry)
{
	enum listline_status status = listline_parse(&list->line, text, len);

	/* Another list does not tell which of its names are signed. */
	if (list->only_signed && list->line.format != LIST_ZONE &&
		list->line.format != LIST_AUTO)
		return fail(list,
			"%s: not a zone file, which only-signed asks for",
			input_name(list->inputs[list->current]));
	list->counts.lines++;
	list->own_line++;
	switch (status) {
	case LISTLINE_NAME:
		return take_name(list, entry);
	case LISTLINE_SKIP:
		list->counts.skipped++;
		break;
	case LISTLINE_BAD:
		reject(list, text, len, list->line.problem);
		break;
	}
	return LIST_AGAIN;
}

/* What was counted since the start of the list. */
static struct list_counts
since(const struct list_counts *now, const struct list_counts *start)
{
	return (struct list_counts){
		.lines = now->lines - start->lines,
		.names = now->names - start->names,
		.rejected = now->rejected - start->rejected,
		.duplicates = now->duplicates - start->duplicates,
		.skipped = now->skipped - start->skipped,
		.sampled_out = now->sampled_out - start->sampled_out,
	};
}

static enum list_status
end_input(struct list *list)
{
	struct input **input = &list->inputs[list->current];
	struct list_source *source = &list->sources[list->current];
	int64_t size = input_size(*input);

	source->format = list->line.format;
	source->counts = since(&list->counts, &source->counts);
	list->sources[list->current + 1].counts = list->counts;
	source->whole = input_digest(*input, source->sha256);
	source->octets = input_octets(*input);
	if (size > 0)
		list->octets_done += (uint64_t)size;
	input_close(*input);
	*input = NULL;
	list->current++;
	list->own_line = 0;
	listline_start(&list->line, list->format, list->only_signed);
	if (list->rejects != NULL &&
		(fflush(list->rejects) != 0 || ferror(list->rejects)))
		return fail(list, "%s: cannot be written: %s",
			list->rejects_path, strerror(errno));
	return LIST_AGAIN;
}

/* One of the names, of which list_open_names() has seen that they are valid. */
static enum list_status
step_name(struct list *list, struct list_entry *entry)
{
	const char *name = list->names[list->counts.lines++];

	listline_take(&list->line, name, strlen(name));
	return take_name(list, entry);
}

static bool
at_end(const struct list *list)
{
	return list->names != NULL ? list->counts.lines == list->name_count
				   : list->current == list->input_count;
}

/* One line. LIST_AGAIN: it gave no name; *idle: there was none. */
static enum list_status
step(struct list *list, struct list_entry *entry, bool *idle)
{
	struct input *input = list->inputs[list->current];
	const uint8_t *text;
	size_t len;

	if (list->names != NULL)
		return step_name(list, entry);
	switch (input_line(input, &text, &len)) {
	case INPUT_LINE:
		return take_line(list, text, len, entry);
	case INPUT_LONG:
		list->counts.lines++;
		list->own_line++;
		reject(list, text, len, "line longer than 65535 octets");
		return LIST_AGAIN;
	case INPUT_AGAIN:
		*idle = true;
		return LIST_AGAIN;
	case INPUT_END:
		return end_input(list);
	case INPUT_FAILED:
		break;
	}
	return fail(list, "%s: after line %" PRIu64 ": %s", input_name(input),
		list->own_line, input_error(input));
}

enum list_status
list_next(struct list *list, struct list_entry *entry)
{
	bool idle = false;

	if (list->failed)
		return LIST_FAILED;
	for (unsigned i = 0; i < TURN_LINES && !idle; i++) {
		enum list_status status;

		if (at_end(list))
			return LIST_END;
		status = step(list, entry, &idle);
		if (status != LIST_AGAIN)
			return status;
	}
	return LIST_AGAIN;
}

const char *
list_error(const struct list *list)
{
	return list->error;
}

void
list_counts(const struct list *list, struct list_counts *counts)
{
	*counts = list->counts;
}

const struct list_rejected *
list_rejected(const struct list *list)
{
	return list->rejected;
}

bool
list_source(const struct list *list, size_t i, struct list_source *source)
{
	if (i >= list->input_count)
		return false;
	*source = list->sources[i];
	if (i == list->current) {
		source->format = list->line.format;
		source->counts = since(&list->counts, &list->sources[i].counts);
	}
	if (list->inputs[i] != NULL)
		source->octets = input_octets(list->inputs[i]);
	return true;
}

size_t
list_memory(const struct list *list)
{
	return nameset_memory(list->seen);
}

uint64_t
list_estimate(const struct list *list)
{
	uint64_t done = list->octets_done;

	if (at_end(list))
		return list->counts.names;
	if (list->names != NULL)
		return list->name_count;
	if (list->has_pipe)
		return 0;
	done += input_position(list->inputs[list->current]);
	if (done == 0)
		return 0;
	return (uint64_t)llround((double)list->counts.names *
				 (double)list->octets / (double)done);
}
