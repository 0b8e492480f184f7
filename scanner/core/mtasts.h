/*
 * The policy of MTA-STS (RFC 8461 section 3.2): what its text says, and which
 * hosts its patterns allow. Pure.
 */
#ifndef SCANNER_CORE_MTASTS_H
#define SCANNER_CORE_MTASTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MTASTS_BODY_MAX = 64 << 10,  /* RFC 8461 section 3.3 */
	MTASTS_MX_MAX = 64,	     /* patterns looked at */
	MTASTS_MAX_AGE_S = 31557600, /* a year; more is taken for that */
};

enum mtasts_mode {
	MTASTS_NONE, /* there is to be no policy any more */
	MTASTS_TESTING,
	MTASTS_ENFORCE,
};

/* What is wrong with a text. */
enum mtasts_error {
	MTASTS_OK,
	MTASTS_TOO_LONG,
	MTASTS_BAD_LINE, /* no "name: value" */
	MTASTS_BAD_VERSION,
	MTASTS_NO_VERSION,
	MTASTS_BAD_MODE,
	MTASTS_NO_MODE,
	MTASTS_BAD_MAX_AGE,
	MTASTS_NO_MAX_AGE,
	MTASTS_BAD_MX,
	MTASTS_NO_MX,
};

/* A host name, or "*." and one; not terminated. */
struct mtasts_pattern {
	const char *text;
	size_t len;
};

struct mtasts_policy {
	enum mtasts_mode mode;
	uint32_t max_age_s;
	struct mtasts_pattern mx[MTASTS_MX_MAX]; /* point into the text */
	size_t mx_count;
	bool truncated; /* there are more */
};

/*
 * Read a policy; lines end in LF or CRLF. Names that are not known are passed
 * over, of known ones but mx the first counts. Not MTASTS_OK: policy has no
 * meaning.
 */
enum mtasts_error mtasts_parse(
	const uint8_t *text, size_t len, struct mtasts_policy *policy);

/* Words for a person. */
const char *mtasts_error_text(enum mtasts_error error);

/* "enforce" */
const char *mtasts_mode_label(enum mtasts_mode mode);

/* Does the pattern allow this host, a normalised name? A "*" stands for one
   whole label, the first (RFC 8461 section 4.1). */
bool mtasts_matches(const struct mtasts_pattern *pattern, const char *host);

#endif
