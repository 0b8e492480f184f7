/*
 * Text for a person in 80 columns: labels on the left, what they name broken at
 * blanks. Text that comes from strangers can do a terminal no harm.
 */
#ifndef SCANNER_PAGE_H
#define SCANNER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "scanner/core/arena.h"
#include "scanner/core/vocabulary.h"

/* The column where what a label names begins. */
enum {
	PAGE_COLUMN = 19
};

struct page {
	FILE *out;
	bool color;
	struct arena *arena; /* of what is made to be printed */
};

enum page_tone {
	PAGE_GOOD,
	PAGE_BAD,
	PAGE_DOUBTFUL,
	PAGE_STRONG
};

/* text is the program's own. */
void page_toned(const struct page *page, enum page_tone tone, const char *text);

void page_paragraph(const struct page *page, int indent, const char *text);

/* "    label      text" */
void page_line(const struct page *page, int indent, const char *label,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "label: meaning remedy (section)" */
void page_entry(const struct page *page, int indent,
	const struct vocabulary_entry *entry);

/* Octets in hexadecimal, of the page's arena. */
const char *page_hex(const struct page *page, const uint8_t *data, size_t len);

#endif
