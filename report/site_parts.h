/* The site while it is made; private to site*.c, page.c and their like. */
#ifndef REPORT_SITE_PARTS_H
#define REPORT_SITE_PARTS_H

#include <libxml/hash.h>
#include <stdbool.h>

#include "report/dataset.h"
#include "report/query.h"
#include "report/render.h"
#include "report/site.h"
#include "report/spec.h"
#include "report/tree.h"
#include "store/buffer.h"

/* A complete scan of the series that is published; texts as SQL has them. */
struct site_scan {
	char *id;
	char *scans; /* array of the series as far as it */
	char *label;
	char *started;
	char *finished;
	char *domains;
	bool pruned; /* its observations are gone */
	char *path;  /* its folder: scans/ID/ */
};

struct site {
	const struct site_options *options;
	struct spec spec;
	struct query *query;
	struct tree *tree;
	struct render *render;
	struct site_scan *scans; /* oldest first; at least one */
	size_t scan_count;
	xmlHashTable **keys; /* of each <each> of spec: which have a page */
	bool *written;	     /* of each page of spec, of the newest scan */
	xmlHashTable *words; /* label → const struct site_word */
};

/* What a page is about, and where it lies. */
struct page {
	struct site *site;
	const struct site_scan *scan;
	const char *path;   /* of its folder, from the site's root */
	const char *root;   /* from there to the site's root: "../" or "" */
	const char *base;   /* … to the pages of its scan */
	const char *data;   /* folder of the data sets, from the site's root */
	const char *key;    /* or NULL */
	struct rows **rows; /* as spec.data; NULL: not of this page */
	bool draw;	    /* write the charts as files too */
};

/* The rows of a data set; there have to be some that are of this page. */
const struct rows *page_rows(const struct page *page, const char *name);
/* Write the page of that description to its folder. */
void page_write(const struct page *page, const xmlNode *spec);
/* What the children of spec become, at the end of parent. */
void page_children(
	const struct page *page, xmlNode *parent, const xmlNode *spec);
/* A word with what it means, at the end of parent. */
xmlNode *page_word(xmlNode *parent, const struct site_word *word);
/* Has it what it needs? */
bool page_is_wanted(const struct page *page, const xmlNode *spec);

/* Has the key a page of its own? name: of the <each>. */
bool site_has_key(const struct site *site, const char *name, const char *key);
/* NULL: no word of the vocabulary. */
const struct site_word *site_word(const struct site *site, const char *label);
/* The <each> of that name. */
const xmlNode *site_each(const struct site *site, const char *name);

/* Put a figure, a table with or without a chart, at the end of parent. */
void figure_add(const struct page *page, xmlNode *parent, const xmlNode *spec);
/* A value as a page shows it; the words of SQL's NULL are "–". The caller frees
   it. */
char *figure_value(const struct rows *rows, size_t row, size_t column);

/* The charts of a figure: into parent, and the wide one into a file. */
void drawing_add(const struct page *page, xmlNode *parent,
	const xmlNode *figure, const xmlNode *spec, const struct rows *rows);
/* Is the row one of those that only="COLUMN VALUE …" asks for? */
bool drawing_has_row(const xmlNode *spec, const struct rows *rows, size_t row);

/* site_feed.c, site_package.c, site_notices.c */
void site_feed(struct site *site);
void site_package(struct site *site, const struct site_scan *scan);
void site_notices(struct site *site, const struct site_scan *scan);
/* The name of the text for a provider; NULL: it is not known. */
void site_notice_name(struct buffer *out, const char *provider);

#endif
