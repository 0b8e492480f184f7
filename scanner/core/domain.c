/*
 * From the MX answer to the hosts to examine. Pure.
 */
#include "scanner/core/domain.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/name.h"
#include "resolver/rdata.h"

void
domain_keep_lookup(struct fact_lookup *lookup, const struct answer *answer,
	struct arena *arena)
{
	lookup->status = answer->status;
	lookup->trust = answer->trust;
	lookup->ttl_s = answer->ttl_s;
	lookup->why = arena_strdup(arena, answer->why);
	lookup->alias = arena_strdup(arena, answer->alias);
	lookup->unsupported = answer->trust == ANSWER_INSECURE &&
			      (answer->unsupported ||
				      answer_algorithm_is_unknown(
					      answer->algorithm));
	lookup->sig_inception = answer->sig_inception;
	lookup->sig_expiration = answer->sig_expiration;
}

static enum reason
refusal(const char *exchange)
{
	struct fact_address address;

	switch (name_check_host(exchange)) {
	case NAME_OK:
		return REASON_NONE;
	case NAME_IS_ADDRESS:
		/* RFC 5321 section 5.1: the exchange must be a name; RFC 7672
		   section 2.2: DANE does not apply to an address. Most names
		   that end in a number are not even that. */
		if (fact_address_parse(exchange, &address) == 0)
			return REASON_MX_IP_LITERAL;
		break;
	case NAME_EMPTY:
	case NAME_TOO_LONG:
	case NAME_LABEL_LONG:
	case NAME_LABEL_EMPTY:
	case NAME_BAD_CHAR:
	case NAME_BAD_HYPHEN:
	case NAME_BAD_UTF8:
	case NAME_BAD_IDNA:
		break;
	}
	return REASON_MX_BAD_NAME;
}

static int
compare(const void *a, const void *b)
{
	const struct domain_exchange *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool
named_already(
	const struct domain_exchange *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

/* Keep the best preference of each name, at most DOMAIN_HOSTS_MAX names. */
static void
choose(struct fact_domain *fact, const struct domain_exchange *sorted,
	size_t count, struct domain_exchanges *chosen)
{
	for (size_t i = 0; i < count; i++) {
		if (named_already(chosen->list, chosen->count, sorted[i].name))
			continue;
		if (chosen->count == DOMAIN_HOSTS_MAX) {
			fact->truncated = true;
			return;
		}
		chosen->list[chosen->count++] = sorted[i];
	}
}

/*
 * RFC 7505 section 3: "." alone says that the domain takes no mail. Beside
 * other exchanges it is a defect, and is left out (CONFORMANCE A16, A17).
 */
static void
note_null_mx(struct fact_domain *fact, size_t nulls, bool pref, size_t others)
{
	fact->null_mx = nulls > 0 && others == 0;
	fact->null_mx_pref = fact->null_mx && pref;
	fact->null_mx_mixed = nulls > 0 && others > 0;
}

static void
take_records(struct fact_domain *fact, const struct answer *answer,
	struct arena *arena, struct domain_exchanges *chosen)
{
	struct domain_exchange *all = arena_alloc(
		arena, answer->count * sizeof(*all));
	size_t count = 0, nulls = 0;
	bool null_pref = false;
	struct rdata_mx mx;

	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];

		if (rdata_mx(rdata->data, rdata->len, &mx) < 0)
			continue;
		if (strcmp(mx.exchange, ".") == 0) {
			nulls++;
			null_pref |= mx.preference != 0;
			continue;
		}
		all[count].preference = mx.preference;
		all[count].name = arena_strdup(arena, mx.exchange);
		all[count].refused = refusal(mx.exchange);
		count++;
	}
	note_null_mx(fact, nulls, null_pref, count);
	qsort(all, count, sizeof(*all), compare);
	choose(fact, all, count, chosen);
}

void
domain_take_mx(struct fact_domain *fact, const struct answer *answer,
	struct arena *arena, struct domain_exchanges *exchanges)
{
	exchanges->count = 0;
	domain_keep_lookup(&fact->mx, answer, arena);
	fact->mx_algorithm = answer->algorithm;
	/* Bogus comes before anything else: nothing in it can be believed. */
	if (answer->trust == ANSWER_BOGUS)
		return;
	if (answer->status == ANSWER_DATA)
		take_records(fact, answer, arena, exchanges);
	if (answer->status != ANSWER_NODATA)
		return;
	/* RFC 5321 section 5.1: without MX the domain is its own exchange. */
	fact->implicit = true;
	exchanges->list[0].preference = 0;
	exchanges->list[0].name = fact->name;
	exchanges->list[0].refused = REASON_NONE;
	exchanges->count = 1;
}
