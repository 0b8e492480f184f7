/*
 * One line of a domain list: its name and tags, or why there is none. Pure.
 *
 * Plain: one name, perhaps with a comment after it. CSV: rank,domain, or a
 * header line that names a domain column; the other columns are tags. Zone
 * file: the owners of delegations. In each, blank lines and lines that begin
 * with # are skipped.
 */
#ifndef SCANNER_LISTLINE_H
#define SCANNER_LISTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/name.h"
#include "scanner/csv.h"
#include "scanner/input.h"
#include "scanner/list.h"
#include "scanner/zonefile.h"

enum listline_status {
	LISTLINE_NAME,
	LISTLINE_SKIP, /* comment, blank, header, a record of no interest */
	LISTLINE_BAD,  /* problem says why */
};

/* Of a name with U-labels, which may be longer than its A-labels. */
enum {
	LISTLINE_NAME_SIZE = 1024
};

/* State of one list; listline_start() before its first line. */
struct listline {
	enum list_format format; /* LIST_AUTO until the first line decides */
	char name[NAME_SIZE];
	const char *input; /* as list_entry's; in input_text */
	char input_text[LISTLINE_NAME_SIZE];
	const char *problem;
	struct row_tag tags[CSV_FIELDS]; /* until the next line */
	size_t tag_count;

	bool started;
	bool header_read; /* or there is none */
	size_t domain_column;
	struct csv_record header; /* count 0: there is none */
	char header_text[INPUT_LINE_MAX + 1];
	struct csv_record record;
	char record_text[INPUT_LINE_MAX + 1];
	struct zonefile zone;
};

/* only_signed: of a zone file, the delegations with a DS record. */
void listline_start(
	struct listline *list, enum list_format format, bool only_signed);

/* len is at most INPUT_LINE_MAX. */
enum listline_status listline_parse(
	struct listline *list, const uint8_t *line, size_t len);

/* A name that is all of its line: fills in name and input. */
enum name_error listline_take(
	struct listline *list, const char *text, size_t len);

/*
 * len octets of text for a report: printable ASCII as it is, the rest as
 * \xHH, cut with "..." to fit into out.
 */
void listline_printable(
	const uint8_t *text, size_t len, char *out, size_t size);

#endif
