/* The order of the work: scans, then the pages of what the newest one has. */
#include "report/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/assets.h"
#include "report/node.h"
#include "report/safename.h"
#include "report/site_parts.h"

/* Scans of the series $3, or of that which the newest complete one is of; with
   each the ids of those as far as it. */
static const char SCANS[] =
	"SELECT s.scan_id, "
	"array_agg(s.scan_id) OVER (ORDER BY s.scan_id)::text, s.label, "
	"s.started, s.finished, s.domains, s.pruned "
	"FROM report_scans s WHERE s.series = coalesce($3, (SELECT series "
	"FROM report_scans ORDER BY scan_id DESC LIMIT 1)) ORDER BY s.scan_id";

static char *
copy_of(const char *text)
{
	char *copy = strdup(text != NULL ? text : "");

	if (copy == NULL)
		abort();
	return copy;
}

static void
read_scan(struct site_scan *scan, const struct query_rows *rows)
{
	scan->id = copy_of(query_value(rows, 0));
	scan->scans = copy_of(query_value(rows, 1));
	scan->label = copy_of(query_value(rows, 2));
	scan->started = copy_of(query_value(rows, 3));
	scan->finished = copy_of(query_value(rows, 4));
	scan->domains = copy_of(query_value(rows, 5));
	scan->pruned = *query_value(rows, 6) == 't';
	if (asprintf(&scan->path, "scans/%s/", scan->id) < 0)
		abort();
}

static void
read_scans(struct site *site)
{
	struct query_values values = {.key = site->options->series};
	struct query_rows *rows = query_rows(site->query, SCANS, &values);

	while (query_next(rows)) {
		site->scans = reallocarray(site->scans, site->scan_count + 1,
			sizeof(*site->scans));
		if (site->scans == NULL)
			abort();
		read_scan(&site->scans[site->scan_count++], rows);
	}
	query_rows_free(rows);
}

static struct query_values
values_of(const struct site_scan *scan)
{
	return (struct query_values){.scan = scan->id, .scans = scan->scans};
}

const struct site_word *
site_word(const struct site *site, const char *label)
{
	return xmlHashLookup(site->words, (const xmlChar *)label);
}

static size_t
place_of_each(const struct site *site, const char *name)
{
	size_t i = 0;

	while (strcmp(node_get(site->spec.eaches[i], "name"), name) != 0)
		i++;
	return i;
}

const xmlNode *
site_each(const struct site *site, const char *name)
{
	return site->spec.eaches[place_of_each(site, name)];
}

bool
site_has_key(const struct site *site, const char *name, const char *key)
{
	return xmlHashLookup(site->keys[place_of_each(site, name)],
		       (const xmlChar *)key) != NULL;
}

/* Several kinds may have a word; the first in the table speaks for it. */
static void
read_words(struct site *site)
{
	const struct site_options *options = site->options;

	site->words = xmlHashCreate((int)options->word_count);
	for (size_t i = 0; i < options->word_count; i++)
		(void)xmlHashAddEntry(site->words,
			(const xmlChar *)options->words[i].label,
			(void *)(uintptr_t)&options->words[i]);
}

static void
read_keys(struct site *site)
{
	struct query_values values = values_of(
		&site->scans[site->scan_count - 1]);

	site->keys = calloc(site->spec.each_count, sizeof(xmlHashTable *));
	site->written = calloc(site->spec.page_count, sizeof(bool));
	if (site->keys == NULL || site->written == NULL)
		abort();
	for (size_t i = 0; i < site->spec.each_count; i++) {
		struct query_rows *rows;

		site->keys[i] = xmlHashCreate(0);
		/* The other pages may not be there. */
		if (site->options->registry != NULL)
			continue;
		rows = query_rows(
			site->query, spec_sql(site->spec.eaches[i]), &values);
		while (query_next(rows))
			(void)xmlHashAddEntry(site->keys[i],
				(const xmlChar *)query_value(rows, 0), site);
		query_rows_free(rows);
	}
}

static void
free_rows(const struct site *site, struct rows **rows)
{
	for (size_t i = 0; i < site->spec.data_count; i++)
		rows_free(rows[i]);
	free(rows);
}

static struct rows **
new_rows(const struct site *site)
{
	struct rows **rows = calloc(site->spec.data_count, sizeof(*rows));

	if (rows == NULL)
		abort();
	return rows;
}

/* "../" for each folder of path. The caller frees it. */
static char *
way_up(const char *path)
{
	struct buffer way = {0};

	for (; *path != '\0'; path++)
		if (*path == '/')
			buffer_text(&way, "../");
	(void)buffer_string(&way);
	return way.data;
}

/* A page of a scan, in the folder of the scan or as the newest at the root. */
static void
write_scan_page(struct page *page, const xmlNode *spec, const char *folder)
{
	struct buffer path = {0};
	struct buffer base = {0};
	char *root;

	buffer_format(&path, "%s%s", folder, node_get(spec, "path"));
	root = way_up(buffer_string(&path));
	buffer_format(&base, "%s%s", root, folder);
	page->path = buffer_string(&path);
	page->root = root;
	page->base = buffer_string(&base);
	page_write(page, spec);
	buffer_free(&path);
	buffer_free(&base);
	free(root);
}

static void
write_scan_pages(struct page *page, bool newest)
{
	const struct spec *spec = &page->site->spec;

	for (size_t i = 0; i < spec->page_count; i++) {
		const xmlNode *one = spec->pages[i];
		const char *by = node_get(one, "by");

		if (!page_is_wanted(page, one))
			continue;
		if (newest)
			page->site->written[i] = true;
		if (strcmp(by, "scan") == 0) {
			page->draw = true;
			write_scan_page(page, one, page->scan->path);
			page->draw = false;
		}
		if (newest && strcmp(by, "scan") == 0)
			write_scan_page(page, one, "");
		if (newest && strcmp(by, "newest") == 0) {
			page->draw = true;
			write_scan_page(page, one, "");
		}
	}
}

static void
write_scan(struct site *site, const struct site_scan *scan)
{
	bool newest = scan == &site->scans[site->scan_count - 1];
	struct query_values values = values_of(scan);
	struct buffer data = {0};
	struct page page = {.site = site, .scan = scan};

	buffer_format(&data, "%sdata/", scan->path);
	page.data = buffer_string(&data);
	page.rows = new_rows(site);
	for (size_t i = 0; i < site->spec.data_count; i++)
		if (strcmp(site->spec.data[i].by, "scan") == 0)
			page.rows[i] = dataset_run(&site->spec.data[i],
				site->query, &values, site->tree, page.data);
	if (query_error(site->query) == NULL)
		write_scan_pages(&page, newest);
	site_package(site, scan);
	free_rows(site, page.rows);
	buffer_free(&data);
}

/* The data sets of all keys, each as far as the key that is being written. */
static struct dataset **
open_datasets(
	struct site *site, const char *each, const struct query_values *values)
{
	struct dataset **sets = calloc(site->spec.data_count, sizeof(*sets));

	if (sets == NULL)
		abort();
	for (size_t i = 0; i < site->spec.data_count; i++)
		if (strcmp(site->spec.data[i].by, each) == 0)
			sets[i] = dataset_open(
				&site->spec.data[i], site->query, values);
	return sets;
}

static void
write_key(struct site *site, const xmlNode *each, struct dataset **sets,
	const char *key)
{
	struct page page = {.site = site,
		.scan = &site->scans[site->scan_count - 1],
		.key = key,
		.draw = true};
	const char *name = node_get(each, "name");
	struct buffer path = {0};
	char *root;

	buffer_text(&path, node_get(each, "path"));
	safename_add(&path, key);
	buffer_byte(&path, '/');
	page.path = page.data = buffer_string(&path);
	page.root = page.base = root = way_up(page.path);
	page.rows = new_rows(site);
	for (size_t i = 0; i < site->spec.data_count; i++)
		if (sets[i] != NULL)
			page.rows[i] = dataset_take(
				sets[i], key, site->tree, page.path);
	for (size_t i = 0; i < site->spec.page_count; i++)
		if (strcmp(node_get(site->spec.pages[i], "by"), name) == 0 &&
			query_error(site->query) == NULL)
			page_write(&page, site->spec.pages[i]);
	free_rows(site, page.rows);
	buffer_free(&path);
	free(root);
}

/* One page for each key of the newest scan; or for one alone. */
static void
write_keys(struct site *site, const xmlNode *each, const char *only)
{
	struct query_values values = values_of(
		&site->scans[site->scan_count - 1]);
	struct query_rows *keys;
	struct dataset **sets;

	values.key = only;
	keys = query_rows(site->query, spec_sql(each), &values);
	sets = open_datasets(site, node_get(each, "name"), &values);
	while (query_next(keys))
		write_key(site, each, sets, query_value(keys, 0));
	for (size_t i = 0; i < site->spec.data_count; i++)
		dataset_free(sets[i]);
	free(sets);
	query_rows_free(keys);
}

static void
write_assets(struct site *site)
{
	const struct asset *base = assets_find("site.css");
	const struct asset *chart = assets_find("chart.css");
	const struct asset *script = assets_find("site.js");
	FILE *file = tree_create(site->tree, "site.css");

	(void)fwrite(base->data, 1, base->len, file);
	(void)fwrite(chart->data, 1, chart->len, file);
	tree_close(site->tree, file);
	tree_put(site->tree, "site.js", script->data, script->len);
}

/*
 * What a scan without observations showed before is better than what is left of
 * it; and the pages of a scan stay, also when those of another series are
 * published.
 */
static void
write_scans(struct site *site)
{
	const char **made = calloc(site->scan_count, sizeof(*made));
	size_t count = 0;

	if (made == NULL)
		abort();
	for (size_t i = 0; i < site->scan_count; i++) {
		const struct site_scan *scan = &site->scans[i];

		if (scan->pruned && i + 1 < site->scan_count &&
			tree_has(site->tree, scan->path))
			continue;
		write_scan(site, scan);
		made[count++] = scan->path;
	}
	tree_keep(site->tree, "scans/", made, count);
	free(made);
}

/* The pages of one zone, and what its codes mean. */
static void
write_registry(struct site *site)
{
	struct page page = {
		.site = site, .scan = &site->scans[site->scan_count - 1]};
	struct buffer own = {0};
	const char *path;

	buffer_text(&own, "registry/");
	safename_add(&own, site->options->registry);
	buffer_byte(&own, '/');
	path = buffer_string(&own);
	tree_keep(site->tree, "", &path, 1);
	buffer_free(&own);
	for (size_t i = 0; i < site->spec.page_count; i++)
		if (strcmp(node_get(site->spec.pages[i], "name"), "codes") == 0)
			write_scan_page(&page, site->spec.pages[i], "");
	write_keys(site, site_each(site, "registry"), site->options->registry);
	site_notices(site, &site->scans[site->scan_count - 1]);
}

static void
write_all(struct site *site)
{
	write_assets(site);
	if (site->options->registry != NULL) {
		write_registry(site);
		return;
	}
	write_scans(site);
	for (size_t i = 0; i < site->spec.each_count; i++)
		write_keys(site, site->spec.eaches[i], NULL);
	site_notices(site, &site->scans[site->scan_count - 1]);
	site_feed(site);
}

static int
fail(char *err, size_t errsize, const char *text)
{
	(void)snprintf(err, errsize, "%s", text);
	return -1;
}

/* Is there the one zone that is asked for? */
static bool
has_zone(struct site *site)
{
	struct query_values values = values_of(
		&site->scans[site->scan_count - 1]);
	struct query_rows *rows;
	bool found;

	if (site->options->registry == NULL)
		return true;
	values.key = site->options->registry;
	rows = query_rows(
		site->query, spec_sql(site_each(site, "registry")), &values);
	found = query_next(rows);
	query_rows_free(rows);
	return found;
}

static int
build(struct site *site, struct site_counts *counts, char *err, size_t errsize)
{
	struct tree_counts files;

	read_scans(site);
	if (query_error(site->query) == NULL && site->scan_count == 0)
		return fail(err, errsize,
			site->options->series != NULL
				? "there is no complete scan of that series"
				: "there is no complete scan");
	if (query_error(site->query) == NULL)
		read_keys(site);
	if (query_error(site->query) == NULL && !has_zone(site))
		return fail(err, errsize,
			"the newest scan has no domain of that zone");
	if (query_error(site->query) == NULL)
		write_all(site);
	if (query_error(site->query) != NULL)
		return fail(err, errsize, query_error(site->query));
	if (tree_publish(site->tree, &files) != 0)
		return fail(err, errsize, tree_error(site->tree));
	*counts = (struct site_counts){.scans = site->scan_count,
		.files = files.files,
		.changed = files.changed,
		.removed = files.removed};
	return 0;
}

static void
close_site(struct site *site)
{
	for (size_t i = 0; i < site->scan_count; i++) {
		free(site->scans[i].id);
		free(site->scans[i].scans);
		free(site->scans[i].label);
		free(site->scans[i].started);
		free(site->scans[i].finished);
		free(site->scans[i].domains);
		free(site->scans[i].path);
	}
	free(site->scans);
	for (size_t i = 0; site->keys != NULL && i < site->spec.each_count; i++)
		xmlHashFree(site->keys[i], NULL);
	free(site->keys);
	free(site->written);
	xmlHashFree(site->words, NULL);
	render_free(site->render);
	tree_free(site->tree);
	query_close(site->query);
	spec_free(&site->spec);
}

int
site_write(const struct site_options *options, struct site_counts *counts,
	char *err, size_t errsize)
{
	struct site site = {.options = options};
	int status = -1;

	spec_load(&site.spec);
	read_words(&site);
	site.render = render_open();
	site.query = query_open(options->db, err, errsize);
	if (site.query != NULL)
		site.tree = tree_open(options->out, err, errsize);
	if (site.tree != NULL)
		status = build(&site, counts, err, errsize);
	close_site(&site);
	return status;
}
