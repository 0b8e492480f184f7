/*
 * What the site consists of: data sets, each an SQL query with a title and
 * named columns, and pages that show them. All is in the .xml files of the
 * folder:
 *
 *	<data name="failures" title="…" by="scan">
 *		<column name="domains" kind="count" label="Domains">…</column>
 *		<sql>SELECT … WHERE scan_id = $1 ORDER BY …</sql>
 *	</data>
 *
 * by tells whose rows they are. scan: of a scan. Else the name of an <each>:
 * of a key of it; the query has the key as the first column, under the name
 * "key", and its rows in the order of the keys' octets.
 *
 * <include columns="NAME"/> stands for the columns of <columns name="NAME">.
 *
 *	<each name="tld" path="tld/"><sql>SELECT tld FROM …</sql></each>
 *	<page name="tld" order="15" by="tld" title="…">…</page>
 *
 * order: of the pages in the menu, for those with a name in it.
 */
#ifndef REPORT_SPEC_H
#define REPORT_SPEC_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/* How a value is shown, compared and described. */
enum spec_kind {
	SPEC_TEXT,
	SPEC_NAME,     /* a domain or host name */
	SPEC_TLD,      /* the same, with a page of its own */
	SPEC_PROVIDER, /* the same */
	SPEC_ZONE,     /* the same: the page of a registry */
	SPEC_CODE,     /* a word of the vocabulary */
	SPEC_COUNT,    /* a whole number */
	SPEC_NUMBER,   /* a number */
	SPEC_SHARE,    /* part of one */
	SPEC_TIME,
	SPEC_DAY,
};

/* What a column of numbers shows in place of them. */
enum spec_show {
	SPEC_AS_IT_IS,
	SPEC_CHANGE, /* how much more the column "of" is */
	SPEC_POINTS, /* the same of shares */
};

struct spec_column {
	const char *name;
	const char *label; /* heading of the column */
	const char *help;  /* the data dictionary's words */
	enum spec_kind kind;
	enum spec_show show;
	const char *of_name; /* column that show is about */
	size_t of;	     /* … its place */
	bool hidden;	     /* not in tables unless they name it */
};

struct spec_data {
	const char *name;
	const char *title;
	const char *by;
	const char *sql;
	size_t keep; /* rows that pages can show; all are in the files */
	size_t column_count;
	struct spec_column *columns;
};

struct spec {
	xmlDoc **docs; /* own all strings and nodes */
	size_t doc_count;
	struct spec_data *data;
	size_t data_count;
	const xmlNode **pages;
	size_t page_count;
	const xmlNode **eaches;
	size_t each_count;
};

/* Read the embedded files. A mistake in them is a defect: asserted. */
void spec_load(struct spec *spec);
void spec_free(struct spec *spec);

const struct spec_data *spec_data(const struct spec *spec, const char *name);
/* The place of a column by its name. */
size_t spec_column(const struct spec_data *data, const char *name);
bool spec_is_number(const struct spec_column *column);
/* The text of the sql element in node. */
const char *spec_sql(const xmlNode *node);

#endif
