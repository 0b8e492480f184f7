/* The Atom feed: an entry a scan, with its headline and what changed. */
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/node.h"
#include "report/site_parts.h"
#include "report/visible.h"

enum {
	ENTRIES = 50,
	TEXT_MAX = 300,
	DAY = 10, /* 2026-11-29 */
};

static const char HEADLINE[] =
	"SELECT s.scan_id, s.started, s.finished, k.share, k.value, k.total, "
	"k.previous_share "
	"FROM report_scans s LEFT JOIN report_key_figures k "
	"ON k.scan_id = s.scan_id AND k.section = 'headline' "
	"AND k.figure = 'correct' "
	"WHERE s.scan_id = ANY ($2) ORDER BY s.scan_id DESC";

static const char CHANGES[] =
	"SELECT change, sum(domains) FROM report_changes WHERE scan_id = $1 "
	"GROUP BY change ORDER BY sum(domains) DESC, change COLLATE \"C\" "
	"LIMIT 5";

/* RFC 3339, from what PostgreSQL writes in UTC. */
static void
set_time(xmlNode *node, const char *attribute, const char *time)
{
	node_format(node, attribute, "%.10sT%.8sZ", time, time + DAY + 1);
}

/*
 * An address that stays. Where it is not known where the site will be, a tag
 * (RFC 4151) by the person who publishes it, if the contact is one of mail.
 */
static void
set_id(const struct site *site, xmlNode *node, const char *day,
	const char *specific)
{
	const struct site_options *options = site->options;
	const char *who = options->contact;

	if (options->url != NULL) {
		node_format(node, "id", "%.1000s%s", options->url, specific);
		return;
	}
	if (who == NULL || strchr(who, '@') == NULL ||
		who[strspn(who, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
				"UVWXYZ0123456789.-_+@")] != '\0')
		who = "danescan.invalid";
	node_format(node, "id", "tag:%s,%.10s:dane/%s", who, day, specific);
}

static void
add_changes(const struct site *site, const char *scan, struct buffer *text)
{
	struct query_values values = {.scan = scan};
	struct query_rows *rows = query_rows(site->query, CHANGES, &values);
	const char *before = " Changes since the scan before: ";

	while (query_next(rows)) {
		buffer_text(text, before);
		visible_add(text, query_value(rows, 0), TEXT_MAX);
		buffer_byte(text, ' ');
		format_number(text, query_value(rows, 1));
		before = ", ";
	}
	if (*before == ',')
		buffer_byte(text, '.');
	query_rows_free(rows);
}

static void
add_text(const struct site *site, xmlNode *node, const struct query_rows *row)
{
	const char *value = query_value(row, 4);
	const char *total = query_value(row, 5);
	const char *before = query_value(row, 6);
	const char *share = query_value(row, 3);
	struct buffer text = {0};
	struct buffer part = {0};

	if (share != NULL)
		format_share(&part, share);
	node_set(node, "share",
		share != NULL ? buffer_string(&part) : "an unknown share");
	if (value != NULL && total != NULL) {
		format_number(&text, value);
		buffer_text(&text, " of ");
		format_number(&text, total);
		buffer_text(&text, " domains whose MX answer validates");
		if (share != NULL && before != NULL) {
			buffer_text(&text, ", ");
			format_points(&text, strtod(before, NULL),
				strtod(share, NULL));
			buffer_text(&text, " since the scan before");
		}
		buffer_byte(&text, '.');
	}
	add_changes(site, query_value(row, 0), &text);
	node_set(node, "text", buffer_string(&text));
	buffer_free(&text);
	buffer_free(&part);
}

static void
add_scan(const struct site *site, xmlNode *root, const struct query_rows *row)
{
	const char *started = query_value(row, 1);
	const char *id = query_value(row, 0);
	const char *url = site->options->url;
	xmlNode *node = node_add(root, "scan");
	struct buffer path = {0};

	buffer_format(&path, "scans/%s/", id);
	set_id(site, node, started, buffer_string(&path));
	node_format(node, "href", "%.1000s%s%s", url != NULL ? url : "",
		buffer_string(&path), url != NULL ? "" : "index.html");
	node_set(node, "scan", id);
	node_set(node, "started", started);
	set_time(node, "finished", query_value(row, 2));
	add_text(site, node, row);
	buffer_free(&path);
}

void
site_feed(struct site *site)
{
	const struct site_options *options = site->options;
	const struct site_scan *newest = &site->scans[site->scan_count - 1];
	struct query_values values = {.scans = newest->scans};
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root = node_add(NULL, "scans");
	struct query_rows *rows = query_rows(site->query, HEADLINE, &values);
	FILE *file;

	xmlDocSetRootElement(doc, root);
	node_visible(root, "title", options->title);
	node_visible(root, "author",
		options->publisher != NULL ? options->publisher
					   : options->title);
	node_visible(root, "licence", options->licence);
	node_visible(root, "url", options->url);
	node_visible(root, "version", options->version);
	set_id(site, root, site->scans[0].started, "");
	for (int i = 0; i < ENTRIES && query_next(rows); i++)
		add_scan(site, root, rows);
	query_rows_free(rows);
	file = tree_create(site->tree, "feed.atom");
	render_feed(site->render, doc, file);
	tree_close(site->tree, file);
	xmlFreeDoc(doc);
}
