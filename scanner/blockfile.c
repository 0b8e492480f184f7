/*
 * The file of --blocklist, and who opts out besides.
 */
#include "scanner/blockfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"
#include "scanner/input.h"

enum {
	REPORTS_MAX = 20,
	ERROR_SIZE = 512
};

struct blockfile {
	char *path; /* or NULL */
	struct blocklist *list;
	struct blocklist *opt_outs;
};

/* One reading of the file. */
struct reading {
	const char *path;
	struct blocklist *list;
	struct input *input;
	uint64_t line;
	uint64_t bad;
	bool strict; /* a bad line ends it */
	char *err;
	size_t errsize;
};

static bool
fail(struct reading *reading, const char *problem)
{
	if (reading->line > 0)
		snprintf(reading->err, reading->errsize,
			"blocklist %s: line %" PRIu64 ": %s", reading->path,
			reading->line, problem);
	else
		snprintf(reading->err, reading->errsize, "blocklist %s: %s",
			reading->path, problem);
	return false;
}

/* False: the reading is over. */
static bool
refuse(struct reading *reading, const char *problem)
{
	reading->bad++;
	if (reading->strict)
		return fail(reading, problem);
	if (reading->bad <= REPORTS_MAX)
		fprintf(stderr,
			"danescan: blocklist %s: line %" PRIu64 ": %s\n",
			reading->path, reading->line, problem);
	return true;
}

static bool
take_line(struct reading *reading, const uint8_t *line, size_t len)
{
	const char *problem;

	reading->line++;
	return blocklist_add(reading->list, line, len, &problem) !=
		       BLOCKLIST_BAD ||
	       refuse(reading, problem);
}

static bool
read_lines(struct reading *reading)
{
	const uint8_t *line;
	size_t len;

	for (;;) {
		switch (input_line(reading->input, &line, &len)) {
		case INPUT_LINE:
			if (!take_line(reading, line, len))
				return false;
			break;
		case INPUT_LONG:
			reading->line++;
			if (!refuse(reading, "too long for an entry"))
				return false;
			break;
		case INPUT_END:
			return true;
		case INPUT_AGAIN:
			reading->line = 0;
			return fail(reading, "not a regular file");
		case INPUT_FAILED:
			return fail(reading, input_error(reading->input));
		}
	}
}

/* A sealed list, or NULL. */
static struct blocklist *
read_list(struct reading *reading)
{
	char err[ERROR_SIZE];
	bool whole;

	if (strcmp(reading->path, "-") == 0) {
		fail(reading, "must be a file, for it is read again on SIGHUP");
		return NULL;
	}
	reading->input = input_open(reading->path, err, sizeof(err));
	if (reading->input == NULL) {
		snprintf(reading->err, reading->errsize, "blocklist %s", err);
		return NULL;
	}
	reading->list = blocklist_new();
	whole = input_size(reading->input) >= 0
			? read_lines(reading)
			: fail(reading, "not a regular file");
	input_close(reading->input);
	if (!whole) {
		blocklist_free(reading->list);
		return NULL;
	}
	blocklist_seal(reading->list);
	return reading->list;
}

static struct blocklist *
no_list(void)
{
	struct blocklist *list = blocklist_new();

	blocklist_seal(list);
	return list;
}

struct blockfile *
blockfile_open(const char *path, char *err, size_t errsize)
{
	struct reading reading = {
		.path = path, .strict = true, .err = err, .errsize = errsize};
	struct blocklist *list = path != NULL ? read_list(&reading) : no_list();
	struct blockfile *file;

	if (list == NULL)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (file == NULL)
		arena_out_of_memory();
	if (path != NULL && (file->path = strdup(path)) == NULL)
		arena_out_of_memory();
	file->list = list;
	file->opt_outs = no_list();
	blocklist_extend(list, file->opt_outs);
	return file;
}

void
blockfile_free(struct blockfile *file)
{
	if (file == NULL)
		return;
	blocklist_free(file->list);
	blocklist_free(file->opt_outs);
	free(file->path);
	free(file);
}

void
blockfile_opt_out(struct blockfile *file, const char *entry)
{
	const char *problem;

	if (blocklist_add(file->opt_outs, (const uint8_t *)entry, strlen(entry),
		    &problem) == BLOCKLIST_BAD)
		fprintf(stderr, "danescan: opt-out %s: %s\n", entry, problem);
	blocklist_seal(file->opt_outs);
}

const struct blocklist *
blockfile_list(const struct blockfile *file)
{
	return file->list;
}

bool
blockfile_reload(struct blockfile *file)
{
	char err[ERROR_SIZE];
	struct reading reading = {
		.path = file->path, .err = err, .errsize = sizeof(err)};
	struct blocklist *fresh = read_list(&reading);

	if (fresh == NULL) {
		fprintf(stderr, "danescan: %s; the list stays as it was\n",
			err);
		return false;
	}
	blocklist_swap(file->list, fresh);
	blocklist_free(fresh);
	fprintf(stderr,
		"danescan: blocklist %s read again: %zu names, %zu ranges of "
		"addresses, %" PRIu64 " bad lines\n",
		file->path, blocklist_names(file->list),
		blocklist_ranges(file->list), reading.bad);
	return true;
}
