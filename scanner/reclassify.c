/*
 * The verdicts of a stored scan, derived again: hosts once, then the domains
 * one by one.
 */
#include "scanner/reclassify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/core/arena.h"
#include "scanner/core/classifier.h"
#include "scanner/core/rebuild.h"
#include "scanner/core/record_words.h"
#include "scanner/judge.h"
#include "store/reader.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

/* All certificates of the scan, until its hosts are judged. */
struct certificate {
	struct fact_certificate fact;
	UT_hash_handle hh;
	uint8_t der[];
};

/* What judge_pack() makes of it. */
struct host {
	UT_hash_handle hh;
	const uint8_t *octets; /* behind the key */
	size_t len;
	char key[]; /* "run name" */
};

struct reclassify {
	struct judge *judge;
	struct reader *reader;
	struct rewrite *rewrite;
	struct certificate *certificates;
	struct host *hosts;
	uint64_t domains;
	char *err;
	size_t errsize;
};

static int
on_certificate(void *arg, const uint8_t *sha256, const uint8_t *der, size_t len)
{
	struct reclassify *re = arg;
	struct certificate *new = calloc(1, sizeof(*new) + len);

	if (new == NULL)
		arena_out_of_memory();
	memcpy(new->der, der, len);
	memcpy(new->fact.sha256, sha256, sizeof(new->fact.sha256));
	new->fact.der = new->der;
	new->fact.len = len;
	HASH_ADD(hh, re->certificates, fact.sha256, sizeof(new->fact.sha256),
		new);
	return 0;
}

static bool
find_certificate(
	void *arg, const uint8_t sha256[32], struct fact_certificate *out)
{
	const struct reclassify *re = arg;
	struct certificate *found;

	HASH_FIND(hh, re->certificates, sha256, sizeof(found->fact.sha256),
		found);
	if (found == NULL)
		return false;
	*out = found->fact;
	return true;
}

static void
forget_certificates(struct reclassify *re)
{
	struct certificate *one, *next;

	HASH_ITER (hh, re->certificates, one, next) {
		HASH_DEL(re->certificates, one);
		free(one);
	}
}

static char *
key_of(int64_t run, const char *name, struct arena *arena)
{
	return arena_printf(arena, "%lld %s", (long long)run, name);
}

static void
keep_host(struct reclassify *re, const char *key, const uint8_t *octets,
	size_t len)
{
	size_t key_size = strlen(key) + 1;
	struct host *host = malloc(sizeof(*host) + key_size + len);
	uint8_t *behind;

	if (host == NULL)
		arena_out_of_memory();
	memcpy(host->key, key, key_size);
	behind = (uint8_t *)host->key + key_size;
	memcpy(behind, octets, len);
	host->octets = behind;
	host->len = len;
	HASH_ADD_KEYPTR(hh, re->hosts, host->key, key_size - 1, host);
}

static int
on_host(void *arg, int64_t run, const struct row_host *row)
{
	struct reclassify *re = arg;
	struct arena *arena = arena_new();
	struct judge_host judged = {.provider = NULL};
	const uint8_t *octets;
	size_t len;
	int status;

	judge_stored(re->judge, row, find_certificate, re, arena, &judged);
	status = rewrite_host(re->rewrite, run, judge_row(&judged, arena),
		re->err, re->errsize);
	octets = judge_pack(&judged, false, arena, &len);
	keep_host(re, key_of(run, row->host, arena), octets, len);
	arena_free(arena);
	return status;
}

/* The hosts of a domain; false when one has no row. */
static bool
link_hosts(struct reclassify *re, const int64_t *runs,
	const struct row_domain *row, struct arena *arena,
	struct domain_exchanges *exchanges, const struct judge_host **hosts)
{
	for (size_t i = 0; i < row->host_count; i++) {
		const char *name = row->hosts[i].host->host;
		const char *key = key_of(runs[i], name, arena);
		struct host *host;

		HASH_FIND(hh, re->hosts, key, strlen(key), host);
		if (host == NULL)
			return false;
		exchanges->list[i].preference = row->hosts[i].preference;
		exchanges->list[i].name = name;
		hosts[i] = judge_unpack(
			re->judge, name, host->octets, host->len, arena);
	}
	exchanges->count = row->host_count;
	return true;
}

static int
judge_again(struct reclassify *re, const int64_t *runs,
	const struct row_domain *row, struct arena *arena)
{
	const struct judge_host *hosts[DOMAIN_HOSTS_MAX];
	struct domain_exchanges exchanges = {0};
	struct judge_result result;
	struct judge_domain domain = {
		.fact = rebuild_domain(row, arena),
		.exchanges = &exchanges,
		.hosts = hosts,
		.line =
			{
				.line = row->line,
				.time_us = row->time_us,
				.passes = row->passes,
				.flags = rebuild_line_flags(row),
			},
	};

	if (row->host_count > DOMAIN_HOSTS_MAX ||
		!link_hosts(re, runs, row, arena, &exchanges, hosts)) {
		(void)snprintf(re->err, re->errsize,
			"%.255s: its hosts are not stored", row->domain);
		return -1;
	}
	judge_domain(re->judge, &domain, arena, &result);
	re->domains++;
	return rewrite_domain(
		re->rewrite, runs, result.row, re->err, re->errsize);
}

static int
on_domain(void *arg, const int64_t *runs, const struct row_domain *row)
{
	struct arena *arena = arena_new();
	int status = judge_again(arg, runs, row, arena);

	arena_free(arena);
	return status;
}

static void
forget(struct reclassify *re)
{
	struct host *host, *next;

	forget_certificates(re);
	HASH_ITER (hh, re->hosts, host, next) {
		HASH_DEL(re->hosts, host);
		free(host);
	}
	rewrite_free(re->rewrite);
	reader_free(re->reader);
	judge_free(re->judge);
}

/* The lock comes before the look. */
static int
open_all(struct reclassify *re, const struct reclassify_wish *wish)
{
	struct arena *arena;
	struct row_words words;

	re->judge = judge_new(NULL);
	if (re->judge == NULL) {
		(void)snprintf(re->err, re->errsize,
			"OpenSSL cannot be set up for DANE");
		return -1;
	}
	arena = arena_new();
	words = record_words(arena);
	re->rewrite = rewrite_open(wish->dsn, wish->scan, CLASSIFIER_VERSION,
		&words, re->err, re->errsize);
	arena_free(arena);
	if (re->rewrite == NULL)
		return -1;
	re->reader = reader_open(wish->dsn, wish->scan, re->err, re->errsize);
	return re->reader != NULL ? 0 : -1;
}

static int
read_all(struct reclassify *re)
{
	if (reader_certificates(re->reader, on_certificate, re, re->err,
		    re->errsize) != 0 ||
		reader_hosts(re->reader, on_host, re, re->err, re->errsize) !=
			0)
		return -1;
	forget_certificates(re);
	return reader_domains(re->reader, on_domain, re, re->err, re->errsize);
}

int
reclassify_scan(const struct reclassify_wish *wish,
	struct reclassify_result *result, char *err, size_t errsize)
{
	struct reclassify re = {.err = err, .errsize = errsize};
	int status = open_all(&re, wish);

	if (status == 0)
		status = read_all(&re);
	if (status == 0)
		status = rewrite_apply(re.rewrite, &result->changed,
			wish->changed, wish->total, wish->arg, err, errsize);
	if (status == 0) {
		result->domains = re.domains;
		result->before = rewrite_version(re.rewrite);
		if (!wish->dry_run)
			status = rewrite_commit(re.rewrite, err, errsize);
	}
	forget(&re);
	return status;
}
