/* For each zone and provider a text that tells what is broken, and the way to
   mend it. */
#include <stdlib.h>
#include <string.h>

#include "report/node.h"
#include "report/notice.h"
#include "report/safename.h"
#include "report/site_parts.h"

enum {
	CODES_MAX = 64,
};

/* Columns of the data set "broken". */
enum {
	ZONE,
	PROVIDER,
	REGISTRAR,
	DOMAIN,
	SEVERITY,
	REASON,
	HOST,
	ADDRESS,
	CAUSE,
	EVIDENCE,
	REMEDY,
	FIRST_SEEN,
};

static const char BROKEN[] =
	"SELECT b.tld, b.provider, b.registrar, b.domain, b.severity, "
	"b.reason, b.host, b.address, b.cause, b.evidence, b.remedy, "
	"b.first_seen "
	"FROM registry b "
	"WHERE b.scan_id = $1 AND ($3::text IS NULL OR b.tld = $3) "
	"ORDER BY b.tld COLLATE \"C\", b.provider COLLATE \"C\", "
	"b.domain COLLATE \"C\", b.host COLLATE \"C\", "
	"b.address COLLATE \"C\", b.cause COLLATE \"C\", "
	"b.evidence COLLATE \"C\"";

/* The text being written. */
struct notice {
	struct site *site;
	const struct site_scan *scan;
	FILE *file; /* NULL: none */
	char *zone;
	char *provider; /* NULL: not known */
	char *domain;	/* that was written last */
	const struct site_word *words[CODES_MAX];
	size_t word_count;
	size_t domains;
};

static char *
copy_of(const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (text != NULL && copy == NULL)
		abort();
	return copy;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
write_out(struct notice *notice, struct buffer *text)
{
	(void)fwrite(text->data, 1, text->len, notice->file);
	buffer_free(text);
}

static void
paragraph(struct notice *notice, int indent, const char *text)
{
	struct buffer out = {0};

	notice_paragraph(&out, indent, text);
	write_out(notice, &out);
}

void
site_notice_name(struct buffer *out, const char *provider)
{
	buffer_text(out, "notice");
	if (provider != NULL) {
		buffer_byte(out, '-');
		safename_add(out, provider);
	}
	buffer_text(out, ".txt");
}

static void
open_file(struct notice *notice)
{
	struct buffer path = {0};

	buffer_text(&path, "registry/");
	safename_add(&path, notice->zone);
	buffer_byte(&path, '/');
	site_notice_name(&path, notice->provider);
	notice->file = tree_create(notice->site->tree, buffer_string(&path));
	buffer_free(&path);
}

static void
begin(struct notice *notice, const struct query_rows *rows)
{
	const struct site_options *options = notice->site->options;
	struct buffer text = {0};

	notice->zone = copy_of(query_value(rows, ZONE));
	notice->provider = copy_of(query_value(rows, PROVIDER));
	open_file(notice);
	buffer_format(&text,
		"Subject: mail to domains of .%.64s%s%.253s fails "
		"for senders that use DANE",
		notice->zone, notice->provider != NULL ? " at " : "",
		notice->provider != NULL ? notice->provider : "");
	paragraph(notice, 0, buffer_string(&text));
	buffer_clear(&text, 0);
	(void)fputc('\n', notice->file);
	buffer_format(&text,
		"In a scan of %.10s the domains below were found broken: "
		"senders that use DANE (RFC 7672) refuse to deliver mail to "
		"the servers named, so that it waits, and is returned in the "
		"end. What was seen stands with each; what to do, at the end.",
		notice->scan->started);
	paragraph(notice, 0, buffer_string(&text));
	buffer_clear(&text, 0);
	if (options->publisher != NULL) {
		buffer_format(&text, "The scan is published by %s%s%s.",
			options->publisher, options->url != NULL ? " at " : "",
			options->url != NULL ? options->url : "");
		(void)fputc('\n', notice->file);
		paragraph(notice, 0, buffer_string(&text));
	}
	buffer_free(&text);
}

static void
remember(struct notice *notice, const char *code)
{
	const struct site_word *word = code != NULL
					       ? site_word(notice->site, code)
					       : NULL;

	if (word == NULL || notice->word_count == CODES_MAX)
		return;
	for (size_t i = 0; i < notice->word_count; i++)
		if (notice->words[i] == word)
			return;
	notice->words[notice->word_count++] = word;
}

static void
begin_domain(struct notice *notice, const struct query_rows *rows)
{
	const char *severity = query_value(rows, SEVERITY);
	const char *since = query_value(rows, FIRST_SEEN);
	struct buffer text = {0};

	free(notice->domain);
	notice->domain = copy_of(query_value(rows, DOMAIN));
	notice->domains++;
	buffer_format(&text, "%s (%s%s%.10s)", notice->domain,
		severity != NULL ? severity : "broken",
		since != NULL ? ", since " : "", since != NULL ? since : "");
	(void)fputc('\n', notice->file);
	paragraph(notice, 0, buffer_string(&text));
	buffer_free(&text);
}

static void
add_row(struct notice *notice, const struct query_rows *rows)
{
	const char *host = query_value(rows, HOST);
	const char *address = query_value(rows, ADDRESS);
	const char *cause = query_value(rows, CAUSE);
	const char *evidence = query_value(rows, EVIDENCE);
	const char *reason = query_value(rows, REASON);
	struct buffer text = {0};

	if (!is_same(notice->domain, query_value(rows, DOMAIN)))
		begin_domain(notice, rows);
	buffer_format(&text, "%s%s%s: %s", host != NULL ? host : "MX look-up",
		address != NULL ? " " : "", address != NULL ? address : "",
		cause != NULL ? cause : reason);
	paragraph(notice, 4, buffer_string(&text));
	if (evidence != NULL)
		paragraph(notice, 8, evidence);
	remember(notice, reason);
	remember(notice, cause);
	remember(notice, query_value(rows, REMEDY));
	buffer_free(&text);
}

static void
add_word(struct notice *notice, const struct site_word *word)
{
	struct buffer text = {0};

	buffer_format(&text, "%s: %s%s%s%s", word->label, word->meaning,
		*word->section != '\0' ? " (" : "", word->section,
		*word->section != '\0' ? ")" : "");
	(void)fputc('\n', notice->file);
	paragraph(notice, 0, buffer_string(&text));
	buffer_clear(&text, 0);
	if (*word->remedy != '\0') {
		buffer_format(&text, "To do: %s", word->remedy);
		paragraph(notice, 4, buffer_string(&text));
	}
	buffer_free(&text);
}

static void
end(struct notice *notice)
{
	const struct site_options *options = notice->site->options;

	if (notice->file == NULL)
		return;
	(void)fprintf(notice->file, "\n%zu domain%s.\n", notice->domains,
		notice->domains == 1 ? "" : "s");
	for (size_t i = 0; i < notice->word_count; i++)
		add_word(notice, notice->words[i]);
	if (options->contact != NULL) {
		struct buffer text = {0};

		buffer_format(&text,
			"Questions, corrections, and requests to be left out: "
			"%s",
			options->contact);
		(void)fputc('\n', notice->file);
		paragraph(notice, 0, buffer_string(&text));
		buffer_free(&text);
	}
	tree_close(notice->site->tree, notice->file);
	free(notice->zone);
	free(notice->provider);
	free(notice->domain);
	*notice = (struct notice){.site = notice->site, .scan = notice->scan};
}

void
site_notices(struct site *site, const struct site_scan *scan)
{
	struct notice notice = {.site = site, .scan = scan};
	struct query_values values = {
		.scan = scan->id, .key = site->options->registry};
	struct query_rows *rows = query_rows(site->query, BROKEN, &values);

	while (query_next(rows)) {
		if (notice.file != NULL &&
			(!is_same(notice.zone, query_value(rows, ZONE)) ||
				!is_same(notice.provider,
					query_value(rows, PROVIDER))))
			end(&notice);
		if (notice.file == NULL)
			begin(&notice, rows);
		add_row(&notice, rows);
	}
	end(&notice);
	query_rows_free(rows);
}
