/*
 * Octets to lines. Plain text is read directly; what begins like an archive
 * goes through libarchive, which cannot be suspended in the middle of a block:
 * from a pipe it is called only when a block's worth of octets is at hand.
 */
#include "scanner/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024,
	/* Over the compressed size of the largest block of any of the formats:
	   zstd has 128 KiB, xz 64 KiB. */
	AHEAD = 4 * PIECE,
	TEXT = INPUT_LINE_MAX + 1 + 2 * PIECE,
};

enum form {
	FORM_UNKNOWN,
	FORM_PLAIN,
	FORM_ARCHIVE
};

/* What a step towards more text came to. */
enum step {
	STEP_OK,
	STEP_AGAIN,
	STEP_END,
	STEP_FAILED
};

struct buffers {
	uint8_t ahead[AHEAD]; /* read and not decoded */
	uint8_t piece[PIECE]; /* what libarchive holds of it */
	uint8_t text[TEXT];   /* decoded and not returned */
};

struct input {
	const char *name;
	int fd;
	bool is_regular;
	int64_t size;
	enum form form;
	struct buffers *buffers; /* from the first line to the last */
	size_t ahead_start;
	size_t ahead_end;
	bool at_eof; /* of fd */
	size_t text_start;
	size_t text_end;
	bool decoded;	    /* all is in text */
	bool skipping;	    /* the rest of a long line */
	EVP_MD_CTX *digest; /* of what was read; NULL: cannot be had */
	struct archive *archive;
	bool in_entry;
	const uint8_t *block; /* of libarchive, decoded, not yet in text */
	size_t block_len;
	uint8_t last; /* octet put into text */
	uint64_t octets_read;
	uint64_t produced; /* octets put into text */
	char error[256];
	char path[];
};

static enum step
fail(struct input *input, const char *what)
{
	snprintf(input->error, sizeof(input->error), "%s", what);
	return STEP_FAILED;
}

static int
open_path(struct input *input, char *err, size_t errsize)
{
	struct stat status;

	input->fd = STDIN_FILENO;
	if (input->name == input->path)
		input->fd = open(input->path, O_RDONLY | O_CLOEXEC);
	if (input->fd < 0 || fstat(input->fd, &status) != 0) {
		snprintf(err, errsize, "%s: %s", input->name, strerror(errno));
		return -1;
	}
	if (S_ISDIR(status.st_mode)) {
		snprintf(err, errsize, "%s: is a directory", input->name);
		return -1;
	}
	input->is_regular = S_ISREG(status.st_mode);
	input->size = status.st_size;
	return 0;
}

static void
begin_digest(struct input *input)
{
	input->digest = EVP_MD_CTX_new();
	if (input->digest != NULL &&
		EVP_DigestInit_ex(input->digest, EVP_sha256(), NULL) == 1)
		return;
	EVP_MD_CTX_free(input->digest);
	input->digest = NULL;
}

struct input *
input_open(const char *path, char *err, size_t errsize)
{
	size_t size = strlen(path) + 1;
	struct input *input = calloc(1, sizeof(*input) + size);

	if (input == NULL) {
		snprintf(err, errsize, "%s: out of memory", path);
		return NULL;
	}
	memcpy(input->path, path, size);
	input->name = strcmp(path, "-") == 0 ? "standard input" : input->path;
	if (open_path(input, err, errsize) != 0) {
		input_close(input);
		return NULL;
	}
	begin_digest(input);
	return input;
}

void
input_close(struct input *input)
{
	if (input == NULL)
		return;
	if (input->archive != NULL)
		archive_read_free(input->archive);
	if (input->fd > STDIN_FILENO)
		close(input->fd);
	EVP_MD_CTX_free(input->digest);
	free(input->buffers);
	free(input);
}

static bool
is_ready(const struct input *input, int timeout_ms)
{
	struct pollfd fd = {.fd = input->fd, .events = POLLIN};

	return input->is_regular || poll(&fd, 1, timeout_ms) > 0;
}

/* Reads once, at most size octets. STEP_END: the end of the file. */
static enum step
read_some(struct input *input, uint8_t *to, size_t size, size_t *got)
{
	ssize_t n;

	*got = 0;
	do
		n = read(input->fd, to, size);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return STEP_AGAIN;
	if (n < 0)
		return fail(input, strerror(errno));
	if (n == 0) {
		input->at_eof = true;
		return STEP_END;
	}
	*got = (size_t)n;
	input->octets_read += *got;
	if (input->digest != NULL)
		EVP_DigestUpdate(input->digest, to, *got);
	return STEP_OK;
}

/* Puts more octets into ahead, without waiting. */
static enum step
read_ahead(struct input *input)
{
	uint8_t *ahead = input->buffers->ahead;
	enum step step;
	size_t got;

	if (input->at_eof)
		return STEP_END;
	if (!is_ready(input, 0))
		return STEP_AGAIN;
	if (input->ahead_start > 0) {
		input->ahead_end -= input->ahead_start;
		memmove(ahead, ahead + input->ahead_start, input->ahead_end);
		input->ahead_start = 0;
	}
	step = read_some(input, ahead + input->ahead_end,
		AHEAD - input->ahead_end, &got);
	input->ahead_end += got;
	return step;
}

/* libarchive asks for octets; what it is given stays until it asks again. */
static la_ssize_t
on_archive_read(struct archive *archive, void *arg, const void **out)
{
	struct input *input = arg;
	size_t n = input->ahead_end - input->ahead_start;
	enum step step = STEP_OK;

	*out = input->buffers->piece;
	if (n > PIECE)
		n = PIECE;
	memcpy(input->buffers->piece,
		input->buffers->ahead + input->ahead_start, n);
	input->ahead_start += n;
	while (n == 0 && step != STEP_END) {
		is_ready(input, -1);
		step = read_some(input, input->buffers->piece, PIECE, &n);
		if (step == STEP_FAILED) {
			archive_set_error(archive, errno, "%s", input->error);
			return ARCHIVE_FATAL;
		}
	}
	return (la_ssize_t)n;
}

static enum step
fail_archive(struct input *input)
{
	const char *words = archive_error_string(input->archive);

	return fail(input, words != NULL ? words : "cannot be unpacked");
}

static enum step
open_archive(struct input *input)
{
	struct archive *archive = archive_read_new();

	if (archive == NULL)
		return fail(input, "out of memory");
	input->archive = archive;
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_empty(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_zip_streamable(archive);
	if (archive_read_open(archive, input, NULL, on_archive_read, NULL) !=
		ARCHIVE_OK)
		return fail_archive(input);
	return STEP_OK;
}

/* Does data begin with a signature? 1 yes, 0 no, -1 too short to tell. */
static int
match_signature(const uint8_t *data, size_t len)
{
	static const struct {
		uint8_t octets[6];
		size_t len;
	} signatures[] = {
		{{0x1f, 0x8b, 0x08}, 3},	       /* gzip */
		{{0xfd, '7', 'z', 'X', 'Z', 0x00}, 6}, /* xz */
		{{0x28, 0xb5, 0x2f, 0xfd}, 4},	       /* zstd */
		{{'P', 'K', 0x03, 0x04}, 4},	       /* zip */
		{{'P', 'K', 0x05, 0x06}, 4},	       /* empty zip */
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		size_t n = signatures[i].len < len ? signatures[i].len : len;

		if (memcmp(data, signatures[i].octets, n) != 0)
			continue;
		if (n == signatures[i].len)
			return 1;
		result = -1;
	}
	return result;
}

static enum step
find_form(struct input *input)
{
	for (;;) {
		enum step step;
		int match = match_signature(
			input->buffers->ahead, input->ahead_end);

		if (match != -1 || input->at_eof) {
			input->form = match > 0 ? FORM_ARCHIVE : FORM_PLAIN;
			return STEP_OK;
		}
		step = read_ahead(input);
		if (step == STEP_AGAIN || step == STEP_FAILED)
			return step;
	}
}

/* Room at the end of text; there is always some for a piece. */
static size_t
make_room(struct input *input)
{
	uint8_t *text = input->buffers->text;

	if (TEXT - input->text_end < PIECE && input->text_start > 0) {
		input->text_end -= input->text_start;
		memmove(text, text + input->text_start, input->text_end);
		input->text_start = 0;
	}
	return TEXT - input->text_end;
}

static void
put_text(struct input *input, const uint8_t *data, size_t len)
{
	memcpy(input->buffers->text + input->text_end, data, len);
	input->text_end += len;
	input->produced += len;
	input->last = data[len - 1];
}

static enum step
decode_plain(struct input *input)
{
	size_t room = make_room(input);
	size_t n;

	if (input->ahead_start == input->ahead_end) {
		enum step step = read_ahead(input);

		if (step != STEP_OK)
			return step;
	}
	n = input->ahead_end - input->ahead_start;
	if (n > room)
		n = room;
	put_text(input, input->buffers->ahead + input->ahead_start, n);
	input->ahead_start += n;
	return STEP_OK;
}

/* A file of a zip without a final newline must not run into the next one. */
static void
end_entry(struct input *input)
{
	static const uint8_t newline = '\n';

	input->in_entry = false;
	if (input->produced > 0 && input->last != newline) {
		make_room(input);
		put_text(input, &newline, 1);
	}
}

static enum step
next_entry(struct input *input)
{
	struct archive_entry *entry;
	int rc = archive_read_next_header(input->archive, &entry);

	if (rc == ARCHIVE_EOF)
		return STEP_END;
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return fail_archive(input);
	input->in_entry = archive_entry_filetype(entry) == AE_IFREG;
	return STEP_OK;
}

/* Does libarchive have enough at hand to go on without waiting? */
static enum step
stock_up(struct input *input)
{
	enum step step = STEP_OK;

	if (input->is_regular)
		return STEP_OK;
	while (step == STEP_OK &&
		input->ahead_end - input->ahead_start < AHEAD - PIECE)
		step = read_ahead(input);
	return step == STEP_END ? STEP_OK : step;
}

static enum step
decode_archive(struct input *input)
{
	const void *block;
	la_int64_t offset;
	size_t len;
	int rc;

	if (input->archive == NULL)
		return open_archive(input);
	if (input->block_len > 0) {
		size_t room = make_room(input);

		len = input->block_len < room ? input->block_len : room;
		put_text(input, input->block, len);
		input->block += len;
		input->block_len -= len;
		return STEP_OK;
	}
	if (!input->in_entry)
		return next_entry(input);
	rc = archive_read_data_block(input->archive, &block, &len, &offset);
	if (rc == ARCHIVE_EOF) {
		end_entry(input);
		return STEP_OK;
	}
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return fail_archive(input);
	input->block = block;
	input->block_len = len;
	return STEP_OK;
}

/* One step towards more text. */
static enum step
fill(struct input *input)
{
	enum step step;

	if (input->buffers == NULL)
		input->buffers = malloc(sizeof(*input->buffers));
	if (input->buffers == NULL)
		return fail(input, "out of memory");
	switch (input->form) {
	case FORM_UNKNOWN:
		return find_form(input);
	case FORM_PLAIN:
		return decode_plain(input);
	case FORM_ARCHIVE:
		break;
	}
	step = stock_up(input);
	return step == STEP_OK ? decode_archive(input) : step;
}

/* The line of size octets (its LF included, if any) at the front of text. */
static enum input_status
take(struct input *input, size_t size, const uint8_t **line, size_t *len)
{
	*line = input->buffers->text + input->text_start;
	*len = size;
	input->text_start += size;
	if (*len > 0 && (*line)[*len - 1] == '\n')
		--*len;
	if (*len > INPUT_LINE_MAX) {
		*len = INPUT_LINE_MAX;
		return INPUT_LONG;
	}
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	return INPUT_LINE;
}

/* A line from what is in text; false: more text is needed. */
static bool
find_line(struct input *input, enum input_status *status, const uint8_t **line,
	size_t *len)
{
	size_t have = input->text_end - input->text_start;
	const uint8_t *start, *newline;
	size_t size = have;

	if (have == 0)
		return false;
	start = input->buffers->text + input->text_start;
	newline = memchr(start, '\n', have);
	if (newline != NULL)
		size = (size_t)(newline - start) + 1;
	if (input->skipping) {
		input->text_start += size;
		input->skipping = newline == NULL;
		return newline != NULL ? find_line(input, status, line, len)
				       : false;
	}
	if (newline == NULL && have <= INPUT_LINE_MAX && !input->decoded)
		return false;
	*status = take(input, size, line, len);
	input->skipping = newline == NULL;
	return true;
}

enum input_status
input_line(struct input *input, const uint8_t **line, size_t *len)
{
	enum input_status status;

	while (!find_line(input, &status, line, len)) {
		if (input->decoded)
			return INPUT_END;
		switch (fill(input)) {
		case STEP_OK:
			break;
		case STEP_AGAIN:
			return INPUT_AGAIN;
		case STEP_END:
			input->decoded = true;
			break;
		case STEP_FAILED:
			return INPUT_FAILED;
		}
	}
	return status;
}

const char *
input_name(const struct input *input)
{
	return input->name;
}

const char *
input_error(const struct input *input)
{
	return input->error;
}

uint64_t
input_position(const struct input *input)
{
	uint64_t waiting = input->text_end - input->text_start +
			   input->block_len;
	uint64_t decoded = input->produced + input->block_len;
	uint64_t octets = input->octets_read -
			  (input->ahead_end - input->ahead_start);

	if (decoded == 0)
		return 0;
	return (uint64_t)((double)octets * (double)(decoded - waiting) /
			  (double)decoded);
}

/* What an archive has after its last file belongs to the file all the same. */
static void
read_rest(struct input *input)
{
	size_t got;

	while (input->is_regular && !input->at_eof)
		if (read_some(input, input->buffers->piece, PIECE, &got) ==
			STEP_FAILED)
			return;
}

bool
input_digest(struct input *input, uint8_t sha256[INPUT_DIGEST_SIZE])
{
	bool ok;

	read_rest(input);
	if (!input->at_eof || input->digest == NULL)
		return false;
	ok = EVP_DigestFinal_ex(input->digest, sha256, NULL) == 1;
	EVP_MD_CTX_free(input->digest);
	input->digest = NULL;
	return ok;
}

uint64_t
input_octets(const struct input *input)
{
	return input->octets_read;
}

int64_t
input_size(const struct input *input)
{
	return input->is_regular ? input->size : -1;
}
