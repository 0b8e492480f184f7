/*
 * The public statistics as a folder of static files, made from the database
 * alone: the same scans give the same octets.
 */
#ifndef REPORT_SITE_H
#define REPORT_SITE_H

#include <stddef.h>

/* What a code means; as in the program's vocabulary. */
struct site_word {
	const char *kind;
	const char *label;
	const char *meaning;
	const char *section;
	const char *remedy;
};

struct site_options {
	const char *db;	      /* libpq connection string */
	const char *out;      /* folder */
	const char *registry; /* this zone's pages alone; or NULL */
	const char *series;   /* of scans; or NULL: that of the newest */
	const char *title;
	const char *publisher; /* or NULL, as all that follow */
	const char *contact;
	const char *url; /* where the site will be, with a slash at the end */
	const char *licence;
	const char *version; /* of the program; never NULL */
	const struct site_word *words;
	size_t word_count;
};

struct site_counts {
	size_t scans;
	size_t files;
	size_t changed;
	size_t removed;
};

/* 0, or -1 with one line in err: then the old site is what it was. */
int site_write(const struct site_options *options, struct site_counts *counts,
	char *err, size_t errsize);

#endif
