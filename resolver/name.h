/*
 * Domain names in presentation form: normalisation of input, wire form to
 * text, and the few views of a name that the scanner needs. Pure.
 *
 * A normalised name is lower-case A-labels without trailing dot.
 */
#ifndef RESOLVER_NAME_H
#define RESOLVER_NAME_H

#include <stddef.h>
#include <stdint.h>

/* 253 octets of presentation form and a NUL (RFC 1035 section 2.3.4). */
enum {
	NAME_SIZE = 254
};
/* Presentation form of any wire name, every octet as \DDD, and a NUL. */
enum {
	NAME_TEXT_SIZE = 1024
};

enum name_error {
	NAME_OK,
	NAME_EMPTY,	  /* nothing, or the root */
	NAME_TOO_LONG,	  /* over 253 octets as A-labels */
	NAME_LABEL_LONG,  /* a label over 63 octets */
	NAME_LABEL_EMPTY, /* two dots in a row, or a leading dot */
	NAME_BAD_CHAR,	  /* not letter, digit, hyphen or underscore */
	NAME_BAD_HYPHEN,  /* a label begins or ends with a hyphen */
	NAME_BAD_UTF8,	  /* not UTF-8 */
	NAME_BAD_IDNA,	  /* refused by IDNA 2008 */
	NAME_IS_ADDRESS,  /* an IPv4 or IPv6 address, not a name */
};

/* Words for a reject line, such as "label longer than 63 octets". */
const char *name_error_text(enum name_error error);

/*
 * Normalise len octets of text into out: U-labels become A-labels (IDNA 2008
 * with UTS 46 mapping, non-transitional), letters lower case, one trailing dot
 * dropped. Returns NAME_OK, or why the text is not a name to scan; out is then
 * the empty string.
 */
enum name_error name_normalise(
	const char *text, size_t len, char out[NAME_SIZE]);

/*
 * Wire form (uncompressed) at data to presentation form: lower case, no
 * trailing dot, "." for the root, unusual octets as \DDD (RFC 4343 section
 * 2.1). Returns the octets consumed, 0 when the wire form is malformed.
 */
size_t name_from_wire(
	const uint8_t *data, size_t len, char out[NAME_TEXT_SIZE]);

/*
 * Is this presentation form a host name that a mail server may have (RFC 952,
 * RFC 1123 section 2.1; underscores are let through because the field has
 * them)? NAME_OK, or why not. NAME_IS_ADDRESS for "192.0.2.1".
 */
enum name_error name_check_host(const char *name);

/* The last n labels of name, or all of it: a pointer into name. */
const char *name_last_labels(const char *name, unsigned n);

/*
 * The end of name that names of one registration have in common, as far as the
 * letters tell: the last two labels; or three where the second looks like one
 * that a registry keeps for itself, as in "example.co.uk" or "example.uk.com".
 * It is a guess, for sharing out work and nothing else.
 */
const char *name_registration(const char *name);

/* Seeded 64-bit hash of a normalised name, stable across runs and machines. */
uint64_t name_hash(const char *name, uint64_t seed);

#endif
