/*
 * Facts to verdict: each address of a host, then the host.
 */
#include "scanner/core/verdict.h"

#include <string.h>

#include "scanner/core/hint.h"
#include "scanner/core/lint_chain.h"
#include "scanner/core/opinion.h"
#include "scanner/core/sender.h"
#include "scanner/core/severity.h"
#include "scanner/core/standing.h"

/* What matching a chain can set. */
static const uint64_t match_flags = SENDER_FLAGS |
				    FLAG_BIT(FLAG_NAME_ONLY_NEXTHOP);

/* What the steps of judging one host share. */
struct judge {
	struct dane *dane;
	const struct fact_host *host;
	struct dane_names names;
	time_t now;
	struct standing standing;
	struct verdict_host *verdict;
};

/* Is this address judged by DANE on a chain? */
static bool
has_chain(const struct judge *judge, const struct fact_endpoint *endpoint)
{
	return judge->verdict->tlsa == TLSA_USABLE && endpoint->tls != NULL &&
	       standing_covers(&judge->standing, endpoint);
}

/* Two addresses: the chains, and what they stand for. */
static bool
same_chains(const struct fact_endpoint *a, const struct fact_endpoint *b)
{
	if (!fact_same_chain(a->tls, b->tls) ||
		fact_has_other_key(a) != fact_has_other_key(b) ||
		fact_has_without_sni(a) != fact_has_without_sni(b))
		return false;
	return a->other == NULL || fact_same_chain(a->other, b->other);
}

/* The first address that sent the chains of address i: mostly all send the
   same. */
static size_t
first_with_chains(const struct judge *judge, size_t i)
{
	const struct fact_endpoint *endpoints = judge->host->endpoints;

	for (size_t j = 0; j < i; j++)
		if (has_chain(judge, &endpoints[j]) &&
			same_chains(&endpoints[j], &endpoints[i]))
			return j;
	return i;
}

static bool
needed_other_name(const struct judge *judge, const struct dane_result *result)
{
	return result->error == 0 && result->match.name != NULL &&
	       strcmp(result->match.name, judge->names.base) != 0;
}

static void
match_chain(const struct judge *judge, const struct fact_tls *tls,
	struct dane_result *result, uint64_t *flags)
{
	const struct fact_host *host = judge->host;
	const struct sender_case on = {
		host, tls, &judge->names, judge->now, result};

	dane_evaluate(judge->dane, host->records, host->record_count,
		tls->chain, tls->chain_len, &judge->names, judge->now, result);
	*flags |= sender_flags(judge->dane, &on);
	if (needed_other_name(judge, result))
		*flags |= FLAG_BIT(FLAG_NAME_ONLY_NEXTHOP);
}

/* RFC 7671 section 8: whichever key a client gets, it has to match. */
static void
match_other_key(const struct judge *judge, const struct fact_endpoint *endpoint,
	struct verdict_endpoint *verdict)
{
	bool first = verdict->dane.reason == REASON_NONE;

	match_chain(judge, endpoint->other, &verdict->other, &verdict->flags);
	if (first != (verdict->other.reason == REASON_NONE))
		verdict->failed_key = fact_tls_key(
			first ? endpoint->other : endpoint->tls);
}

/* The same chains give the same result. */
static void
take_match(
	const struct verdict_endpoint *from, struct verdict_endpoint *verdict)
{
	verdict->dane = from->dane;
	verdict->other = from->other;
	verdict->failed_key = from->failed_key;
	verdict->flags |= from->flags & match_flags;
}

static void
match_chains(const struct judge *judge, size_t i)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[i];
	struct verdict_endpoint *verdict = &judge->verdict->endpoints[i];
	size_t first = first_with_chains(judge, i);

	if (first < i) {
		take_match(&judge->verdict->endpoints[first], verdict);
		return;
	}
	match_chain(judge, endpoint->tls, &verdict->dane, &verdict->flags);
	if (fact_has_other_key(endpoint))
		match_other_key(judge, endpoint, verdict);
}

static void
keep_worse(enum reason *worst, enum reason reason)
{
	if (severity_worse(reason, *worst))
		*worst = reason;
}

/* Why the conversation did not get TLS up; REASON_NONE if it did. */
static enum reason
failure_of(const struct fact_endpoint *endpoint)
{
	if (endpoint->failure != REASON_NONE)
		return endpoint->failure;
	if (endpoint->phase == FACT_PHASE_NONE)
		return REASON_NOT_PROBED;
	return endpoint->tls != NULL ? REASON_NONE : REASON_INTERNAL;
}

/*
 * RFC 7672 section 2.2: with usable records TLS must come up and match, with
 * unusable ones it must come up.
 */
static void
judge_promised(const struct judge *judge, size_t i)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[i];
	struct verdict_endpoint *verdict = &judge->verdict->endpoints[i];
	enum reason failure = failure_of(endpoint);

	if (has_chain(judge, endpoint))
		match_chains(judge, i);
	/* A chain that does not match is worse than what ended the
	   conversation after it (F06). */
	verdict->reason = failure;
	keep_worse(&verdict->reason, verdict->dane.reason);
	keep_worse(&verdict->reason, verdict->other.reason);
	if (verdict->reason == REASON_NONE)
		verdict->class = judge->verdict->tlsa == TLSA_USABLE
					 ? ENDPOINT_OK
					 : ENDPOINT_TLS_UNAUTH;
	else
		verdict->class = severity_refuses(verdict->reason)
					 ? ENDPOINT_FAIL
					 : ENDPOINT_UNREACH;
}

/* No promise: clear text will do (RFC 7672 section 2.2, case 3). */
static void
judge_unpromised(
	const struct fact_endpoint *endpoint, struct verdict_endpoint *verdict)
{
	enum reason failure = failure_of(endpoint);

	verdict->reason = failure;
	if (failure == REASON_NONE)
		verdict->class = ENDPOINT_TLS_UNAUTH;
	else if (severity_refuses(failure))
		verdict->class = ENDPOINT_PLAIN;
	else
		verdict->class = ENDPOINT_UNREACH;
}

/* An insecure address beside secure ones: delivery as of old (A28). */
static void
judge_uncovered(
	const struct fact_endpoint *endpoint, struct verdict_endpoint *verdict)
{
	judge_unpromised(endpoint, verdict);
	if (verdict->class == ENDPOINT_UNREACH &&
		verdict->reason != REASON_PLAIN_POLICY)
		return;
	verdict->class = ENDPOINT_PLAIN;
	verdict->reason = REASON_PLAIN_POLICY;
}

static void
judge_endpoint(const struct judge *judge, size_t i)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[i];
	struct verdict_endpoint *verdict = &judge->verdict->endpoints[i];

	verdict->flags = endpoint->flags;
	if (standing_covers(&judge->standing, endpoint))
		judge_promised(judge, i);
	else if (judge->standing.dane)
		judge_uncovered(endpoint, verdict);
	else
		judge_unpromised(endpoint, verdict);
}

/* Malformed data may still tell what it was meant to be. */
static bool
worth_a_hint(enum usability usability)
{
	return usability == USABILITY_BAD_DIGEST_LENGTH ||
	       usability == USABILITY_BAD_DER_CERT ||
	       usability == USABILITY_BAD_DER_SPKI;
}

/* Where the record alone, as published, matches the chain; -1: nowhere. */
static int
depth_in(const struct judge *judge, const struct fact_tlsa *record,
	const struct fact_tls *tls)
{
	return tls == NULL ? -1
			   : dane_record_depth(judge->dane, record, tls->chain,
				     tls->chain_len, judge->now);
}

/* The same of a chain that result is of. What all records together told need
   not be asked again of the only one that counts, or of a leaf's. */
static int
depth_by(const struct judge *judge, size_t r, const struct fact_tls *tls,
	const struct dane_result *result)
{
	const struct fact_tlsa *record = &judge->host->records[r];
	bool found = result->match.found && result->match.record == r;

	if (found && (result->usable == 1 || record->usage == 3))
		return result->match.depth;
	return depth_in(judge, record, tls);
}

/* The record against what one address sent: a chain, or one for each of two
   keys, of which a record that is about a key can match but one. */
static bool
match_record(const struct judge *judge, size_t r, size_t e,
	struct verdict_record *verdict)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[e];
	const struct verdict_endpoint *judged = &judge->verdict->endpoints[e];
	int first = depth_by(judge, r, endpoint->tls, &judged->dane);
	int other = fact_has_other_key(endpoint)
			    ? depth_by(
				      judge, r, endpoint->other, &judged->other)
			    : -1;
	int depth = first >= 0 ? first : other;

	verdict->judged = true;
	verdict->matched &= depth >= 0;
	if (verdict->depth < 0)
		verdict->depth = depth;
	if ((first >= 0) != (other >= 0) && judged->failed_key != FACT_KEY_ANY)
		verdict->hint = HINT_ONLY_ONE_KEY_TYPE;
	return depth >= 0;
}

static void
find_hint(const struct fact_tlsa *record, const struct fact_tls *tls,
	struct verdict_record *verdict)
{
	if (verdict->hint == HINT_NONE && tls != NULL)
		verdict->hint = hint_find(record, tls->chain, tls->chain_len);
}

static void
judge_record_at(const struct judge *judge, size_t r, size_t e)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[e];
	const struct fact_tlsa *record = &judge->host->records[r];
	struct verdict_record *verdict = &judge->verdict->records[r];
	bool usable = verdict->usability == USABILITY_OK;

	if (!usable && !worth_a_hint(verdict->usability))
		return;
	if (usable && endpoint->tls != NULL &&
		match_record(judge, r, e, verdict))
		return;
	if (usable && fact_has_without_sni(endpoint) &&
		depth_in(judge, record, endpoint->other) >= 0)
		verdict->hint = HINT_MATCHES_ONLY_WITHOUT_SNI;
	find_hint(record, endpoint->tls, verdict);
	find_hint(record, endpoint->other, verdict);
}

/* Did address e show a chain that none before it did? */
static bool
is_worth_a_look(const struct judge *judge, size_t e)
{
	const struct fact_endpoint *endpoint = &judge->host->endpoints[e];

	if (!standing_covers(&judge->standing, endpoint))
		return false;
	return endpoint->tls != NULL ? first_with_chains(judge, e) == e
				     : endpoint->other != NULL;
}

/* A record matches where it matches every address that sent a chain. */
static void
judge_record(const struct judge *judge, size_t r)
{
	const struct fact_host *host = judge->host;
	struct verdict_record *verdict = &judge->verdict->records[r];

	verdict->depth = -1;
	verdict->matched = true;
	for (size_t e = 0; e < host->endpoint_count; e++)
		if (is_worth_a_look(judge, e))
			judge_record_at(judge, r, e);
	verdict->matched &= verdict->judged;
	if (verdict->judged && !verdict->matched &&
		verdict->hint == HINT_NONE &&
		opinion_disputes_tlsa(host->servers, host->server_count))
		verdict->hint = HINT_NAME_SERVER_STALE;
	if (!verdict->judged && worth_a_hint(verdict->usability) &&
		verdict->hint == HINT_NONE)
		verdict->hint = hint_find(&host->records[r], NULL, 0);
}

/* The cause that all records share, or that there are several. */
static enum reason
reason_of_unusable(const struct judge *judge)
{
	const struct verdict_record *records = judge->verdict->records;

	for (size_t i = 0; i < judge->host->record_count; i++)
		if (records[i].usability != records[0].usability)
			return REASON_TLSA_ALL_UNUSABLE;
	return judge->host->record_count == 0
		       ? REASON_TLSA_ALL_UNUSABLE
		       : vocabulary_unusable(records[0].usability);
}

static void
judge_usability(const struct judge *judge)
{
	const struct fact_host *host = judge->host;
	struct verdict_host *verdict = judge->verdict;
	size_t usable = 0;

	for (size_t i = 0; i < host->record_count; i++) {
		verdict->records[i].usability = dane_usability(
			judge->dane, &host->records[i]);
		usable += verdict->records[i].usability == USABILITY_OK;
	}
	if (judge->standing.dane && usable == 0)
		verdict->tlsa = TLSA_UNUSABLE;
}

struct tally {
	size_t good, bad, unreached;
	bool reach_partial;
	bool open; /* an address that no promise covers */
	enum reason worst_bad, worst_unreached;
};

/*
 * Does mail get through to an address that fails? F09: clients that get the
 * good key deliver. D47: this server saw no mail between two visits, and
 * offered STARTTLS on the second; a sender that comes again delivers too.
 */
static bool
delivers_all_the_same(const struct fact_endpoint *fact,
	const struct verdict_endpoint *endpoint)
{
	return endpoint->failed_key != FACT_KEY_ANY ||
	       (endpoint->reason == REASON_STARTTLS_SELECTIVE &&
		       fact->tls != NULL);
}

static void
count_endpoint(struct tally *tally, const struct fact_endpoint *fact,
	const struct verdict_endpoint *endpoint)
{
	switch (endpoint->class) {
	case ENDPOINT_OK:
	case ENDPOINT_TLS_UNAUTH:
		tally->good++;
		break;
	case ENDPOINT_FAIL:
		tally->bad++;
		tally->good += delivers_all_the_same(fact, endpoint);
		keep_worse(&tally->worst_bad, endpoint->reason);
		break;
	case ENDPOINT_UNREACH:
		tally->unreached++;
		keep_worse(&tally->worst_unreached, endpoint->reason);
		/* A family that the scanner lacks counts for nothing (D45). */
		if (endpoint->reason != REASON_NO_LOCAL_V4 &&
			endpoint->reason != REASON_NO_LOCAL_V6)
			tally->reach_partial = true;
		break;
	case ENDPOINT_PLAIN: /* not covered by the promise */
	case ENDPOINT_COUNT:
		break;
	}
}

/* All addresses of one family are good, of the other, where there is one, none
   is. */
static bool
is_split_by_family(const struct judge *judge)
{
	size_t good[2] = {0}, rest[2] = {0};

	for (size_t i = 0; i < judge->host->endpoint_count; i++) {
		const struct fact_endpoint *fact = &judge->host->endpoints[i];
		enum endpoint_class class = judge->verdict->endpoints[i].class;
		bool ours = fact->failure == REASON_NO_LOCAL_V4 ||
			    fact->failure == REASON_NO_LOCAL_V6 ||
			    fact->failure == REASON_BLOCKLISTED;

		good[fact->address.ipv6] += class == ENDPOINT_OK;
		rest[fact->address.ipv6] += class != ENDPOINT_OK && !ours;
	}
	return (good[0] > 0 && rest[0] == 0 && good[1] == 0 && rest[1] > 0) ||
	       (good[1] > 0 && rest[1] == 0 && good[0] == 0 && rest[0] > 0);
}

/* F01 to F08, for a host with a secure TLSA RRset. */
static void
aggregate(const struct judge *judge)
{
	const struct fact_endpoint *facts = judge->host->endpoints;
	struct verdict_host *verdict = judge->verdict;
	struct tally tally = {0};

	for (size_t i = 0; i < judge->host->endpoint_count; i++)
		if (standing_covers(&judge->standing, &facts[i]))
			count_endpoint(
				&tally, &facts[i], &verdict->endpoints[i]);
		else
			/* A28: mail goes there as of old. */
			tally.open |= verdict->endpoints[i].class ==
				      ENDPOINT_PLAIN;
	if (tally.bad > 0) {
		verdict->class = HOST_BROKEN;
		verdict->reason = tally.worst_bad;
		verdict->outage = tally.good == 0 && !tally.open;
	} else if (tally.good == 0) {
		verdict->class = HOST_UNREACHABLE;
		verdict->reason = tally.unreached > 0 ? tally.worst_unreached
						      : REASON_NOT_PROBED;
	} else if (verdict->tlsa == TLSA_USABLE) {
		verdict->class = HOST_VALID;
	} else {
		verdict->class = HOST_UNUSABLE;
		verdict->reason = reason_of_unusable(judge);
	}
	if (verdict->tlsa == TLSA_USABLE && is_split_by_family(judge))
		verdict->flags |= FLAG_BIT(FLAG_ONLY_ONE_FAMILY);
	if (tally.good > 0 && tally.reach_partial)
		verdict->flags |= FLAG_BIT(FLAG_REACH_PARTIAL);
}

static void
judge_host(const struct judge *judge)
{
	const struct fact_host *host = judge->host;
	struct verdict_host *verdict = judge->verdict;

	judge_usability(judge);
	for (size_t i = 0; i < host->endpoint_count; i++) {
		judge_endpoint(judge, i);
		verdict->flags |= verdict->endpoints[i].flags;
	}
	for (size_t i = 0; i < host->record_count; i++)
		judge_record(judge, i);
	if (judge->standing.dane)
		aggregate(judge);
	else
		verdict->outage = verdict->class == HOST_BROKEN;
}

void
verdict_host(struct dane *dane, const struct fact_host *host,
	const struct dane_names *names, time_t now, struct arena *arena,
	struct verdict_host *verdict)
{
	struct judge judge = {
		.dane = dane, .host = host, .now = now, .verdict = verdict};

	standing_of(host, &judge.standing);
	if (names != NULL)
		judge.names = *names;
	judge.names.base = host->base != NULL ? host->base : host->name;
	*verdict = (struct verdict_host){
		.fact = host,
		.time = now,
		.class = judge.standing.class,
		.reason = judge.standing.reason,
		.tlsa = judge.standing.tlsa,
		.flags = judge.standing.flags,
		.records = arena_alloc(
			arena, host->record_count * sizeof(*verdict->records)),
		.endpoints = arena_alloc(arena,
			host->endpoint_count * sizeof(*verdict->endpoints)),
	};
	judge_host(&judge);
	lint_chain(verdict, now, arena);
}

bool
verdict_depends_on_names(const struct verdict_host *verdict)
{
	for (size_t i = 0; i < verdict->fact->endpoint_count; i++) {
		const struct verdict_endpoint *endpoint =
			&verdict->endpoints[i];

		/* The name check comes before the dates and after the match,
		   so no other failure hides one of a name. */
		if (endpoint->dane.reason == REASON_CERT_NAME_MISMATCH ||
			endpoint->other.reason == REASON_CERT_NAME_MISMATCH ||
			endpoint->flags & FLAG_BIT(FLAG_NAME_ONLY_NEXTHOP))
			return true;
	}
	return false;
}

void
verdict_names(const struct fact_domain *domain, struct dane_names *names)
{
	memset(names, 0, sizeof(*names));
	/* RFC 7672 section 3.2.2: an insecure MX RRset vouches for no name but
	   that of the host. */
	if (domain->mx.trust != ANSWER_SECURE) {
		names->unvouched = domain->name;
		return;
	}
	/* Without MX the original name counts too, if the base domain is its
	   expansion; if it is not, this is the base domain once more. */
	names->name[names->count++] = domain->name;
	if (!domain->implicit && domain->mx.alias != NULL)
		names->name[names->count++] = domain->mx.alias;
}
