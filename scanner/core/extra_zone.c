/*
 * The zone that a domain is in.
 */
#include "scanner/core/extra_zone.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/rdata.h"
#include "scanner/core/domain.h"
#include "scanner/core/extra.h"

static int
compare(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

/* Each name once, in one order. list: EXTRA_SERVERS_MAX at most are kept. */
static void
keep_names(struct fact_zone *zone, const char **list, size_t count)
{
	size_t kept = 0;

	if (count > 0)
		qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; i < count && kept < EXTRA_SERVERS_MAX; i++)
		if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	zone->servers = list;
	zone->server_count = kept;
}

void
extra_zone_take_servers(struct fact_zone *zone, const struct answer *answer,
	struct arena *arena)
{
	const char **list = arena_alloc(arena, answer->count * sizeof(*list));
	char name[NAME_TEXT_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < answer->count; i++)
		if (rdata_name(answer->rdata[i].data, answer->rdata[i].len,
			    name) == 0)
			list[count++] = arena_strdup(arena, name);
	keep_names(zone, list, count);
}

void
extra_zone_use_servers(struct fact_zone *zone,
	const struct fact_server *servers, size_t count, struct arena *arena)
{
	const char **list = arena_alloc(arena, count * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = servers[i].name;
	keep_names(zone, list, count);
}

static int
by_ds(const void *a, const void *b)
{
	const struct fact_ds *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	return (x->digest_type > y->digest_type) -
	       (x->digest_type < y->digest_type);
}

void
extra_zone_take_ds(struct fact_signing *signing, const struct answer *answer,
	struct arena *arena)
{
	struct fact_ds *list = arena_alloc(
		arena, answer->count * sizeof(*list));
	struct rdata_ds ds;
	size_t count = 0;

	domain_keep_lookup(&signing->ds, answer, arena);
	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];

		if (rdata_ds(rdata->data, rdata->len, &ds) == 0)
			list[count++] = (struct fact_ds){
				ds.tag, ds.algorithm, ds.digest_type};
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), by_ds);
	signing->delegations = list;
	signing->delegation_count = count < EXTRA_KEYS_MAX ? count
							   : EXTRA_KEYS_MAX;
}

static int
by_key(const void *a, const void *b)
{
	const struct fact_dnskey *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	if (x->flags != y->flags)
		return x->flags < y->flags ? -1 : 1;
	return (x->algorithm > y->algorithm) - (x->algorithm < y->algorithm);
}

void
extra_zone_take_dnskey(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena)
{
	struct fact_dnskey *list = arena_alloc(
		arena, answer->count * sizeof(*list));
	struct rdata_dnskey key;
	size_t count = 0;

	domain_keep_lookup(&signing->dnskey, answer, arena);
	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];

		if (rdata_dnskey(rdata->data, rdata->len, &key) == 0)
			list[count++] = (struct fact_dnskey){
				key.tag, key.flags, key.algorithm};
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), by_key);
	signing->keys = list;
	signing->key_count = count < EXTRA_KEYS_MAX ? count : EXTRA_KEYS_MAX;
}

/* Of several records that a change of parameters leaves for a while, the worst
   that clients may see. Flags are not told here (RFC 5155 section 4.1.2). */
void
extra_zone_take_nsec3param(struct fact_signing *signing,
	const struct answer *answer, struct arena *arena)
{
	struct fact_nsec3 *nsec3 = NULL;
	struct rdata_nsec3param param;

	domain_keep_lookup(&signing->nsec3param, answer, arena);
	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];

		if (rdata_nsec3param(rdata->data, rdata->len, &param) < 0)
			continue;
		if (nsec3 == NULL)
			nsec3 = arena_alloc(arena, sizeof(*nsec3));
		if (param.iterations > nsec3->iterations)
			nsec3->iterations = param.iterations;
		if (param.salt_len > nsec3->salt_len)
			nsec3->salt_len = param.salt_len;
	}
	signing->nsec3 = nsec3;
}

/* What a denial shows is what the zone does use. */
void
extra_zone_take_nsec3(struct fact_signing *signing, const struct answer *answer,
	struct arena *arena)
{
	struct fact_nsec3 *nsec3;

	if (!answer->nsec3.found || answer->trust == ANSWER_BOGUS)
		return;
	nsec3 = arena_alloc(arena, sizeof(*nsec3));
	nsec3->iterations = answer->nsec3.iterations;
	nsec3->salt_len = answer->nsec3.salt_len;
	nsec3->opt_out = answer->nsec3.opt_out;
	signing->nsec3 = nsec3;
}
