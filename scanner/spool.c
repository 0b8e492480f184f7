/*
 * Names that wait for a further pass.
 *
 * An entry is its line, its chunk, its name, the input where that differs, and
 * its tags; numbers are of this machine's form, strings come with their length
 * and end. What is not in the file yet is in the write buffer, at whose end the
 * file ends.
 */
#include "scanner/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/core/arena.h"

enum {
	BUFFER = 32768
};

struct spool {
	int fd; /* -1: not there */
	uint64_t count;
	off_t written; /* octets of the file */
	off_t read;    /* … that were read into in */
	char out[BUFFER];
	size_t out_len;
	char in[BUFFER];
	size_t in_at, in_len;
	struct arena *entry; /* the last one taken */
	char error[640];
};

struct spool *
spool_new(void)
{
	struct spool *spool = calloc(1, sizeof(*spool));

	if (spool == NULL)
		arena_out_of_memory();
	spool->fd = -1;
	return spool;
}

void
spool_free(struct spool *spool)
{
	if (spool == NULL)
		return;
	if (spool->fd >= 0)
		close(spool->fd);
	arena_free(spool->entry);
	free(spool);
}

static int
fail(struct spool *spool, const char *what, int error)
{
	snprintf(spool->error, sizeof(spool->error),
		"names for the next pass: %s: %s", what, strerror(error));
	return -1;
}

/* Large, and not in memory where /tmp is. */
static int
create(struct spool *spool)
{
	const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	char path[512];
	int error = ENOENT;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		if (folders[i] == NULL || folders[i][0] == '\0')
			continue;
		snprintf(path, sizeof(path), "%s/danescan-XXXXXX", folders[i]);
		spool->fd = mkostemp(path, O_CLOEXEC);
		if (spool->fd >= 0) {
			unlink(path);
			return 0;
		}
		error = errno;
		/* What the user has named must do. */
		if (i == 0)
			return fail(spool, path, error);
	}
	return fail(spool, "temporary file", error);
}

/* Writing. */

static int
flush(struct spool *spool)
{
	size_t at = 0;

	if (spool->fd < 0 && create(spool) < 0)
		return -1;
	while (at < spool->out_len) {
		ssize_t n = pwrite(spool->fd, spool->out + at,
			spool->out_len - at, spool->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(
				spool, "temporary file", n < 0 ? errno : EIO);
		at += (size_t)n;
		spool->written += n;
	}
	spool->out_len = 0;
	return 0;
}

static int
put(struct spool *spool, const void *data, size_t len)
{
	const char *from = data;

	while (len > 0) {
		size_t room = BUFFER - spool->out_len;
		size_t part = len < room ? len : room;

		memcpy(spool->out + spool->out_len, from, part);
		spool->out_len += part;
		from += part;
		len -= part;
		if (spool->out_len == BUFFER && flush(spool) < 0)
			return -1;
	}
	return 0;
}

static int
put_text(struct spool *spool, const char *text)
{
	size_t size = strlen(text) + 1;

	return put(spool, &size, sizeof(size)) < 0 || put(spool, text, size) < 0
		       ? -1
		       : 0;
}

int
spool_put(struct spool *spool, const struct list_entry *entry)
{
	if (spool->error[0] != '\0' ||
		put(spool, &entry->line, sizeof(entry->line)) < 0 ||
		put(spool, &entry->chunk, sizeof(entry->chunk)) < 0 ||
		put_text(spool, entry->name) < 0 ||
		put_text(spool, entry->input != NULL ? entry->input : "") < 0 ||
		put(spool, &entry->tag_count, sizeof(entry->tag_count)) < 0)
		return -1;
	for (size_t i = 0; i < entry->tag_count; i++)
		if (put_text(spool, entry->tags[i].name) < 0 ||
			put_text(spool, entry->tags[i].value) < 0)
			return -1;
	spool->count++;
	return 0;
}

/* Reading. */

static int
fill(struct spool *spool)
{
	ssize_t n;

	if (spool->read == spool->written && flush(spool) < 0)
		return -1;
	do
		n = pread(spool->fd, spool->in, BUFFER, spool->read);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return fail(spool, "temporary file", n < 0 ? errno : EIO);
	spool->read += n;
	spool->in_at = 0;
	spool->in_len = (size_t)n;
	return 0;
}

static int
get(struct spool *spool, void *data, size_t len)
{
	char *to = data;

	while (len > 0) {
		size_t part = spool->in_len - spool->in_at;

		if (part == 0 && fill(spool) < 0)
			return -1;
		part = spool->in_len - spool->in_at;
		part = len < part ? len : part;
		memcpy(to, spool->in + spool->in_at, part);
		spool->in_at += part;
		to += part;
		len -= part;
	}
	return 0;
}

static const char *
get_text(struct spool *spool)
{
	size_t size;
	char *text;

	if (get(spool, &size, sizeof(size)) < 0)
		return NULL;
	text = arena_alloc(spool->entry, size);
	return get(spool, text, size) < 0 ? NULL : text;
}

static int
get_tags(struct spool *spool, struct list_entry *entry)
{
	struct row_tag *tags;

	if (get(spool, &entry->tag_count, sizeof(entry->tag_count)) < 0)
		return -1;
	tags = arena_alloc(spool->entry, entry->tag_count * sizeof(*tags));
	for (size_t i = 0; i < entry->tag_count; i++) {
		tags[i].name = get_text(spool);
		tags[i].value = get_text(spool);
		if (tags[i].name == NULL || tags[i].value == NULL)
			return -1;
	}
	entry->tags = tags;
	return 0;
}

int
spool_next(struct spool *spool, struct list_entry *entry)
{
	const char *name, *input;

	if (spool->count == 0)
		return 0;
	arena_free(spool->entry);
	spool->entry = arena_new();
	memset(entry, 0, sizeof(*entry));
	if (get(spool, &entry->line, sizeof(entry->line)) < 0 ||
		get(spool, &entry->chunk, sizeof(entry->chunk)) < 0 ||
		(name = get_text(spool)) == NULL ||
		(input = get_text(spool)) == NULL || get_tags(spool, entry) < 0)
		return -1;
	entry->input = input[0] != '\0' ? input : NULL;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	spool->count--;
	return 1;
}

uint64_t
spool_count(const struct spool *spool)
{
	return spool->count;
}

const char *
spool_error(const struct spool *spool)
{
	return spool->error[0] != '\0' ? spool->error : NULL;
}
