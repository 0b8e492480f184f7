/*
 * Questions on the side. Pure.
 */
#include "scanner/core/aside.h"

#include <stdio.h>
#include <string.h>

#include "resolver/rdata.h"

enum answer_type
aside_type(const struct aside *aside)
{
	return aside->kind == ASIDE_ALIASES ? ANSWER_TYPE_CNAME
					    : ANSWER_TYPE_TLSA;
}

/* Resolvers answer SERVFAIL to aliases that lead nowhere. */
static bool
is_failed(const struct fact_lookup *lookup)
{
	return lookup->status == ANSWER_SERVFAIL &&
	       lookup->trust != ANSWER_BOGUS;
}

static bool
is_denied(const struct fact_host *host)
{
	return host->base != NULL && host->tlsa.trust != ANSWER_BOGUS &&
	       (host->tlsa.status == ANSWER_NODATA ||
		       host->tlsa.status == ANSWER_NXDOMAIN);
}

/* False: the name does not fit. */
static bool
set_name(char out[NAME_SIZE], const char *prefix, const char *name)
{
	return snprintf(out, NAME_SIZE, "%s%s", prefix, name) < NAME_SIZE;
}

static bool
begin(struct aside *aside, enum aside_kind kind, const char *prefix,
	const char *name)
{
	memset(aside, 0, sizeof(*aside));
	aside->kind = kind;
	return set_name(aside->name, prefix, name);
}

bool
aside_for_domain(struct aside *aside, const struct fact_domain *domain)
{
	return is_failed(&domain->mx) &&
	       begin(aside, ASIDE_ALIASES, "", domain->name);
}

bool
aside_for_host(struct aside *aside, const struct fact_host *host, uint16_t port)
{
	char prefix[24];

	if (host->base != NULL && is_failed(&host->tlsa)) {
		snprintf(prefix, sizeof(prefix), "_%u._tcp.", port);
		return begin(aside, ASIDE_ALIASES, prefix, host->base);
	}
	if (is_failed(&host->a) || is_failed(&host->aaaa))
		return begin(aside, ASIDE_ALIASES, "", host->name);
	if (!is_denied(host))
		return false;
	snprintf(prefix, sizeof(prefix), "_%u.tcp.", port);
	return begin(aside, ASIDE_MISPLACED, prefix, host->name) &&
	       set_name(aside->other, "_smtp._tcp.", host->name);
}

bool
aside_for_hosts(struct aside *aside, const struct fact_domain *domain,
	const struct fact_host *const *hosts, size_t count, uint16_t port)
{
	char prefix[24];

	if (count == 0 || domain->mx.trust != ANSWER_SECURE)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_denied(hosts[i]) ||
			strcmp(hosts[i]->name, domain->name) == 0)
			return false;
	snprintf(prefix, sizeof(prefix), "_%u._tcp.", port);
	return begin(aside, ASIDE_MISPLACED, prefix, domain->name);
}

/* Where the alias leads; false: it is none, or leads nowhere. */
static bool
read_target(const struct answer *answer, char out[NAME_SIZE])
{
	char target[NAME_TEXT_SIZE];

	return answer->count > 0 &&
	       rdata_name(answer->rdata[0].data, answer->rdata[0].len,
		       target) == 0 &&
	       set_name(out, "", target);
}

/* A loop comes back to a name: one that is kept at each power of two hops is
   met again, whatever led into the loop. */
static bool
next_hop(struct aside *aside, const struct answer *answer)
{
	char before[NAME_SIZE];

	memcpy(before, aside->name, sizeof(before));
	if (!read_target(answer, aside->name))
		return false;
	if ((aside->hops & (aside->hops - 1)) == 0)
		memcpy(aside->other, before, sizeof(before));
	aside->hops++;
	aside->found = aside->hops >= ASIDE_HOPS_MAX ||
		       strcmp(aside->name, aside->other) == 0;
	return !aside->found;
}

bool
aside_next(struct aside *aside, const struct answer *answer)
{
	bool data = answer->status == ANSWER_DATA &&
		    answer->trust != ANSWER_BOGUS;

	if (aside->kind == ASIDE_ALIASES)
		return data && next_hop(aside, answer);
	aside->found = data;
	if (data || aside->other[0] == '\0')
		return false;
	memcpy(aside->name, aside->other, sizeof(aside->name));
	aside->other[0] = '\0';
	return true;
}
