/*
 * A sink that writes rows as octets. A pipe or socket is written as far as it
 * takes octets and then watched; everything else, which cannot be watched, is
 * written outright. Two buffers: rows gather in one while the other is written.
 */
#include "store/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sink.h"

enum {
	FLUSH_SIZE = 256 * 1024,
	FLUSH_AGE_MS = 1000,
	KEEP_SIZE = 2 * FLUSH_SIZE,
};

struct stream {
	struct store store;
	char *path;
	char *scan;
	stream_encode_cb encode;
	int fd;
	bool owned;	/* close it in the end */
	bool watchable; /* pipe or socket, in non-blocking mode */
	bool watched;
	bool finishing;
	struct buffer filling;
	struct buffer writing;
	size_t written; /* of writing */
	size_t filling_rows;
	size_t writing_rows;
	size_t unreported; /* written, the caller not yet told */
	uint64_t now_ms;
	uint64_t born_ms; /* first row of filling */
};

static void
watch(struct stream *stream, bool on)
{
	if (!stream->watchable || stream->watched == on)
		return;
	stream->watched = on;
	sink_watch(&stream->store, stream->fd, on ? STORE_WRITE : 0);
}

static void
written_all(struct stream *stream)
{
	watch(stream, false);
	if (stream->writing.len > 0)
		stream->store.stats.batches++;
	stream->unreported += stream->writing_rows;
	stream->writing_rows = 0;
	stream->written = 0;
	buffer_clear(&stream->writing, KEEP_SIZE);
}

/* Write what can be written now. */
static void
write_some(struct stream *stream)
{
	while (stream->written < stream->writing.len) {
		ssize_t n = write(stream->fd,
			stream->writing.data + stream->written,
			stream->writing.len - stream->written);
		if (n >= 0) {
			stream->written += (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			watch(stream, true);
			return;
		} else if (errno != EINTR) {
			/* First: the watcher's own calls set errno too. */
			sink_fail(&stream->store, "cannot write %s: %s",
				stream->path, strerror(errno));
			watch(stream, false);
			return;
		}
	}
	written_all(stream);
}

static bool
is_due(const struct stream *stream)
{
	return stream->filling.len >= FLUSH_SIZE ||
	       stream->now_ms - stream->born_ms >= FLUSH_AGE_MS;
}

/* Begin to write what has gathered, unless the last lot is still going out. */
static void
start(struct stream *stream)
{
	if (stream->writing.len > 0 || stream->filling.len == 0)
		return;
	struct buffer empty = stream->writing;
	stream->writing = stream->filling;
	stream->filling = empty;
	stream->writing_rows = stream->filling_rows;
	stream->filling_rows = 0;
	write_some(stream);
}

static void
count_bytes(struct stream *stream)
{
	stream->store.stats.bytes = stream->filling.len + stream->writing.len -
				    stream->written;
	stream->store.stats.problem =
		stream->watched ? "the reader of the output is slow" : NULL;
}

static void
report(struct stream *stream)
{
	size_t rows = stream->unreported;

	count_bytes(stream);
	stream->unreported = 0;
	sink_committed(&stream->store, rows);
}

/* A full disk may show only when the file is closed. */
static void
close_finished(struct stream *stream)
{
	if (stream->writing.len > 0 || stream->filling.len > 0 ||
		sink_failed(&stream->store))
		return;
	if (stream->owned && close(stream->fd) != 0)
		sink_fail(&stream->store, "cannot write %s: %s", stream->path,
			strerror(errno));
	stream->owned = false;
	stream->store.closed = true;
}

static void
turn(struct stream *stream)
{
	if (stream->store.closed)
		return;
	if (stream->writing.len > 0)
		write_some(stream);
	if (stream->finishing || is_due(stream))
		start(stream);
	report(stream);
	if (stream->finishing)
		close_finished(stream);
}

static void
stream_add_domain(struct store *store, const struct row_domain *domain)
{
	struct stream *stream = (struct stream *)store;

	if (stream->filling_rows == 0)
		stream->born_ms = stream->now_ms;
	stream->encode(&stream->filling, stream->scan, domain);
	stream->filling_rows++;
	if (stream->filling.len >= FLUSH_SIZE)
		start(stream);
	count_bytes(stream);
}

static void
stream_flush(struct store *store)
{
	struct stream *stream = (struct stream *)store;

	start(stream);
	report(stream);
}

static void
stream_watch(struct store *store)
{
	struct stream *stream = (struct stream *)store;

	if (stream->watched)
		sink_watch(store, stream->fd, STORE_WRITE);
}

static void
stream_ready(struct store *store, int fd, int events, uint64_t now_ms)
{
	struct stream *stream = (struct stream *)store;

	(void)fd;
	(void)events;
	stream->now_ms = now_ms;
	turn(stream);
}

static void
stream_tick(struct store *store, uint64_t now_ms)
{
	struct stream *stream = (struct stream *)store;

	stream->now_ms = now_ms;
	turn(stream);
}

static void
stream_finish(struct store *store, const char *state)
{
	struct stream *stream = (struct stream *)store;

	(void)state;
	stream->finishing = true;
	turn(stream);
}

static void
stream_free(struct store *store)
{
	struct stream *stream = (struct stream *)store;

	if (!sink_failed(store))
		watch(stream, false);
	if (stream->owned)
		close(stream->fd);
	buffer_free(&stream->filling);
	buffer_free(&stream->writing);
	free(stream->path);
	free(stream->scan);
	free(stream);
}

static const struct store_ops STREAM_OPS = {
	.watch = stream_watch,
	.add_domain = stream_add_domain,
	.flush = stream_flush,
	.ready = stream_ready,
	.tick = stream_tick,
	.finish = stream_finish,
	.free = stream_free,
};

/*
 * O_NONBLOCK belongs to the open file description, which standard output
 * shares with the processes that were given the same one. A pipe is opened
 * anew instead; what cannot be (a socket) is set all the same.
 */
static int
open_output(struct stream *stream)
{
	struct stat st;
	bool standard = strcmp(stream->path, "-") == 0;

	stream->fd = standard
			     ? STDOUT_FILENO
			     : open(stream->path,
				       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				       0644);
	stream->owned = !standard;
	if (stream->fd < 0 || fstat(stream->fd, &st) != 0)
		return -1;
	stream->watchable = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	if (!stream->watchable)
		return 0;
	if (standard && S_ISFIFO(st.st_mode)) {
		int fd = open(
			"/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			stream->fd = fd;
			stream->owned = true;
			return 0;
		}
	}
	int flags = fcntl(stream->fd, F_GETFL);
	return fcntl(stream->fd, F_SETFL, flags | O_NONBLOCK);
}

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

struct store *
stream_open(const char *path, const char *scan, const char *header,
	stream_encode_cb encode, char *err, size_t errsize)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		abort();
	stream->store.ops = &STREAM_OPS;
	stream->path = copy_of(path);
	stream->scan = copy_of(scan);
	stream->encode = encode;
	if (open_output(stream) != 0) {
		(void)snprintf(err, errsize, "cannot open %s: %s", path,
			strerror(errno));
		stream->owned = stream->owned && stream->fd >= 0;
		stream_free(&stream->store);
		return NULL;
	}
	buffer_text(&stream->filling, header);
	if (strcmp(path, "-") == 0) {
		free(stream->path);
		stream->path = copy_of("standard output");
	}
	return &stream->store;
}
