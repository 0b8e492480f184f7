/*
 * Lines of one file or of standard input: plain, gzip, xz, zstd or zip (its
 * files one after the other). Never waits for a pipe or terminal that has
 * nothing.
 */
#ifndef SCANNER_INPUT_H
#define SCANNER_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

enum {
	INPUT_LINE_MAX = 65535
};

enum input_status {
	INPUT_LINE,
	INPUT_LONG,  /* a line over INPUT_LINE_MAX: its beginning; the rest
			will be skipped */
	INPUT_AGAIN, /* nothing to read now */
	INPUT_END,
	INPUT_FAILED, /* input_error() */
};

/* path "-": standard input, which is not closed. NULL with one line in err. */
struct input *input_open(const char *path, char *err, size_t errsize);
void input_close(struct input *input);

/*
 * The next line without its line end (LF or CRLF; the last line may have
 * none). Any octets may be in it. Valid until the next call.
 */
enum input_status input_line(
	struct input *input, const uint8_t **line, size_t *len);

/* For messages: the path, or "standard input". */
const char *input_name(const struct input *input);
/* What failed, without the name; after INPUT_FAILED. */
const char *input_error(const struct input *input);

/* Octets of the file that the lines so far came from; estimated where it is
   compressed. */
uint64_t input_position(const struct input *input);
enum {
	INPUT_DIGEST_SIZE = 32
};

/*
 * SHA-256 of the file's octets as they were read, compressed or not, after
 * INPUT_END. False: they were not all read (an archive from a pipe may end
 * before it), or there is no such digest to be had.
 */
bool input_digest(struct input *input, uint8_t sha256[INPUT_DIGEST_SIZE]);
/* Octets read so far. */
uint64_t input_octets(const struct input *input);

/* Octets of the file, -1 for a pipe. */
int64_t input_size(const struct input *input);

#endif
