/*
 * The examination of one MX host as a state machine. Pure.
 */
#include "scanner/core/host.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "resolver/rdata.h"
#include "resolver/reserved.h"
#include "scanner/core/attempt.h"
#include "scanner/core/domain.h"

enum {
	FAMILY_IPV4,
	FAMILY_IPV6
};

static void
want(struct host *host, enum host_slot slot)
{
	host->to_ask |= 1u << slot;
}

void
host_init(struct host *host, const char *name, enum reason refused,
	const struct host_policy *policy, struct arena *arena)
{
	memset(host, 0, sizeof(*host));
	host->policy = policy;
	host->arena = arena;
	host->fact.name = arena_strdup(arena, name);
	host->fact.refused = refused;
	if (refused != REASON_NONE) {
		host->state = HOST_STATE_DONE;
		return;
	}
	host->state = HOST_STATE_ADDRESSES;
	want(host, HOST_SLOT_A);
	want(host, HOST_SLOT_AAAA);
}

static void
question_for(const struct host *host, enum host_slot slot,
	struct host_question *question)
{
	static const enum answer_type types[HOST_SLOTS] = {
		[HOST_SLOT_A] = ANSWER_TYPE_A,
		[HOST_SLOT_AAAA] = ANSWER_TYPE_AAAA,
		[HOST_SLOT_CNAME] = ANSWER_TYPE_CNAME,
		[HOST_SLOT_TLSA] = ANSWER_TYPE_TLSA,
	};

	question->slot = slot;
	question->type = types[slot];
	if (slot == HOST_SLOT_TLSA)
		snprintf(question->name, sizeof(question->name), "_%u._tcp.%s",
			host->policy->port, host->candidates[host->candidate]);
	else
		snprintf(question->name, sizeof(question->name), "%s",
			host->fact.name);
}

bool
host_ask(struct host *host, struct host_question *question)
{
	for (unsigned slot = 0; slot < HOST_SLOTS; slot++) {
		if (!(host->to_ask & 1u << slot))
			continue;
		host->to_ask &= ~(1u << slot);
		host->open |= 1u << slot;
		question_for(host, (enum host_slot)slot, question);
		return true;
	}
	return false;
}

void
host_refuse(struct host *host, enum host_slot slot, enum reason reason)
{
	host->open &= ~(1u << slot);
	host->to_ask = 0;
	assert(host->open == 0);
	host->fact.refused = reason;
	host->state = HOST_STATE_DONE;
}

void
host_put_off(struct host *host)
{
	host->to_ask = 0;
	host->fact.a.status = ANSWER_TIMEOUT;
	host->fact.a.trust = ANSWER_NONE;
	host->fact.a.why = "another scanner of the fleet is to ask again";
	host->state = HOST_STATE_DONE;
}

static bool
has_secure_address(const struct fact_lookup *lookup)
{
	return lookup->status == ANSWER_DATA && lookup->trust == ANSWER_SECURE;
}

static bool
has_address(const struct fact_lookup *lookup)
{
	return lookup->status == ANSWER_DATA && lookup->trust != ANSWER_BOGUS;
}

static bool
has_dane(const struct fact_host *fact)
{
	return fact->tlsa.status == ANSWER_DATA &&
	       fact->tlsa.trust == ANSWER_SECURE;
}

/* Is a conversation worth having with the addresses of this host? */
static bool
worth_probing(const struct host *host)
{
	/* With probing off, the endpoints tell what was left out. */
	return has_dane(&host->fact) || host->policy->probing == HOST_PROBE_ALL;
}

/* Beside a secure family; where both are insecure, it was the first hop of
   their alias that made the base domain, and it holds for both. */
static bool
insecure_family(const struct host *host, int family)
{
	const struct fact_lookup *lookup = family == FAMILY_IPV6
						   ? &host->fact.aaaa
						   : &host->fact.a;

	return lookup->trust != ANSWER_SECURE &&
	       (has_secure_address(&host->fact.a) ||
		       has_secure_address(&host->fact.aaaa));
}

/* Why an address is not contacted, whatever it offers; or REASON_NONE. */
static enum reason
contact_refusal(const struct host *host, const struct fact_endpoint *endpoint)
{
	const struct host_policy *policy = host->policy;

	if (endpoint->address.ipv6 ? policy->no_ipv6 : policy->no_ipv4)
		return endpoint->address.ipv6 ? REASON_NO_LOCAL_V6
					      : REASON_NO_LOCAL_V4;
	if (!policy->allow_reserved &&
		reserved_contains(endpoint->address.bytes,
			endpoint->address.ipv6 ? 16 : 4))
		return REASON_RESERVED_ADDRESS;
	if (policy->probing == HOST_PROBE_NONE)
		return REASON_NOT_PROBED;
	/* RFC 7672 section 2.2.2: DANE holds for addresses of a secure RRset
	   only; the others are a matter of ordinary delivery. */
	if (endpoint->insecure && policy->probing == HOST_PROBE_DANE)
		return REASON_PLAIN_POLICY;
	return REASON_NONE;
}

static void
list_endpoints(struct host *host)
{
	struct fact_host *fact = &host->fact;
	size_t count = host->address_count[0] + host->address_count[1];

	fact->endpoints = arena_alloc(
		host->arena, count * sizeof(*fact->endpoints));
	for (int family = FAMILY_IPV4; family <= FAMILY_IPV6; family++) {
		for (size_t i = 0; i < host->address_count[family]; i++) {
			struct fact_endpoint *endpoint =
				&fact->endpoints[fact->endpoint_count++];

			endpoint->address = host->addresses[family][i];
			endpoint->port = host->policy->port;
			endpoint->insecure = insecure_family(host, family);
			endpoint->failure = contact_refusal(host, endpoint);
		}
	}
}

/* May one of the records be usable? What they hold is judged later. */
static bool
has_promising_record(const struct fact_host *fact)
{
	for (size_t i = 0; i < fact->record_count; i++)
		/* RFC 7672 section 3.1.3: usages 0 and 1 are not. */
		if (fact->records[i].usage == 2 || fact->records[i].usage == 3)
			return true;
	return false;
}

bool
host_next_probe(const struct host *host, const struct fact_endpoint *endpoint,
	bool matches, struct host_probe *probe)
{
	const struct fact_host *fact = &host->fact;
	bool promised = has_dane(fact) && !endpoint->insecure;
	const struct attempt_host view = {
		.tls = promised,
		.dane = promised && has_promising_record(fact),
		.matches = matches,
	};

	if (host->state != HOST_STATE_PROBES)
		return false;
	probe->attempt = attempt_next(endpoint, &view);
	if (probe->attempt == FACT_ATTEMPTS)
		return false;
	probe->sni = probe->attempt == FACT_ATTEMPT_NO_SNI ? NULL
		     : fact->base != NULL		   ? fact->base
							   : fact->name;
	probe->key = attempt_key(endpoint, probe->attempt);
	return true;
}

static void
begin_probes(struct host *host)
{
	struct host_probe probe;

	host->state = HOST_STATE_DONE;
	if (!worth_probing(host))
		return;
	list_endpoints(host);
	host->state = HOST_STATE_PROBES;
	for (size_t i = 0; i < host->fact.endpoint_count; i++)
		if (host_next_probe(
			    host, &host->fact.endpoints[i], false, &probe))
			return;
	host->state = HOST_STATE_DONE;
}

void
host_probed(struct host *host)
{
	assert(host->state == HOST_STATE_PROBES);
	host->state = HOST_STATE_DONE;
}

static size_t
tlsa_prefix_len(const struct host *host)
{
	return (size_t)snprintf(NULL, 0, "_%u._tcp.", host->policy->port);
}

/* Ask for the records of the candidate; one without room for the prefix cannot
   have any (A43), and the next one's turn comes. */
static void
begin_tlsa(struct host *host)
{
	size_t room = NAME_SIZE - 1 - tlsa_prefix_len(host);

	while (host->candidate < host->candidate_count &&
		strlen(host->candidates[host->candidate]) > room)
		host->candidate++;
	if (host->candidate < host->candidate_count) {
		host->state = HOST_STATE_TLSA;
		want(host, HOST_SLOT_TLSA);
		return;
	}
	if (host->fact.base == NULL)
		host->fact.refused = REASON_NAME_TOO_LONG;
	begin_probes(host);
}

static void
add_candidate(struct host *host, const char *base)
{
	host->candidates[host->candidate_count++] = base;
}

/*
 * RFC 7672 section 2.2.2: TLSA is asked only where the addresses are secure,
 * or where they are an alias whose first hop is.
 */
static void
addresses_known(struct host *host)
{
	struct fact_host *fact = &host->fact;
	const struct fact_lookup *secure = has_secure_address(&fact->a)
						   ? &fact->a
					   : has_secure_address(&fact->aaaa)
						   ? &fact->aaaa
						   : NULL;

	if (secure != NULL) {
		/* Section 2.2.3: the fully expanded name first, then the
		   original; intermediate names never. */
		if (secure->alias != NULL)
			add_candidate(host, secure->alias);
		add_candidate(host, fact->name);
		begin_tlsa(host);
	} else if ((has_address(&fact->a) && fact->a.alias != NULL) ||
		   (has_address(&fact->aaaa) && fact->aaaa.alias != NULL)) {
		host->state = HOST_STATE_CNAME;
		want(host, HOST_SLOT_CNAME);
	} else {
		begin_probes(host);
	}
}

/*
 * The first hop is there, and addresses that came through it are not bogus: so
 * neither is it. It is a DNAME, and unbound has no proof for the CNAME that is
 * made up from one where that is all that was asked for.
 */
static bool
hides_dname(const struct fact_host *fact)
{
	return fact->cname.trust == ANSWER_BOGUS &&
	       fact->a.trust != ANSWER_BOGUS &&
	       fact->aaaa.trust != ANSWER_BOGUS;
}

/*
 * RFC 7672 section 2.1.3: an alias whose first hop is secure leaves the
 * original name as the only base domain. Below a DNAME the name of the TLSA
 * records takes the same first hop, so their own answer tells.
 */
static void
cname_known(struct host *host)
{
	const struct fact_lookup *cname = &host->fact.cname;

	if ((cname->status == ANSWER_DATA && cname->trust == ANSWER_SECURE) ||
		hides_dname(&host->fact)) {
		add_candidate(host, host->fact.name);
		begin_tlsa(host);
	} else {
		begin_probes(host);
	}
}

static void
keep_records(struct host *host, const struct answer *answer)
{
	struct fact_tlsa *records = arena_alloc(
		host->arena, answer->count * sizeof(*records));
	struct rdata_tlsa tlsa;

	for (size_t i = 0; i < answer->count; i++) {
		const struct answer_rdata *rdata = &answer->rdata[i];

		if (rdata_tlsa(rdata->data, rdata->len, &tlsa) < 0) {
			records[i].short_rdata = true;
			records[i].data = arena_copy(
				host->arena, rdata->data, rdata->len);
			records[i].len = rdata->len;
			continue;
		}
		records[i].usage = tlsa.usage;
		records[i].selector = tlsa.selector;
		records[i].mtype = tlsa.mtype;
		records[i].data = arena_copy(host->arena, tlsa.data, tlsa.len);
		records[i].len = tlsa.len;
	}
	host->fact.records = records;
	host->fact.record_count = answer->count;
}

/* Records that nobody can prove say more than a denial for another name. */
static bool
tells_more(const struct fact_host *fact, const struct answer *answer)
{
	return fact->base == NULL || fact->tlsa.status != ANSWER_DATA ||
	       answer->status == ANSWER_DATA;
}

/*
 * RFC 7672 section 2.2.3: the first candidate with a secure RRset, usable or
 * not, ends the search; so does a look-up error (section 2.1.2).
 */
static void
tlsa_known(struct host *host, const struct answer *answer)
{
	struct fact_host *fact = &host->fact;
	bool decided = answer_failed(answer->status) ||
		       answer->trust == ANSWER_BOGUS ||
		       (answer->status == ANSWER_DATA &&
			       answer->trust == ANSWER_SECURE);

	if (decided || tells_more(fact, answer)) {
		domain_keep_lookup(&fact->tlsa, answer, host->arena);
		fact->base = host->candidates[host->candidate];
		fact->tlsa_wildcard = answer->wildcard;
		fact->tlsa_algorithm = answer->algorithm;
		fact->records = NULL;
		fact->record_count = 0;
		if (answer->trust != ANSWER_BOGUS)
			keep_records(host, answer);
	}
	if (decided) {
		begin_probes(host);
		return;
	}
	host->candidate++;
	begin_tlsa(host);
}

static void
keep_addresses(struct host *host, int family, const struct answer *answer)
{
	size_t len = family == FAMILY_IPV6 ? 16 : 4;

	if (answer->trust == ANSWER_BOGUS)
		return;
	for (size_t i = 0; i < answer->count; i++) {
		size_t *count = &host->address_count[family];
		struct fact_address *address;

		if (answer->rdata[i].len != len)
			continue;
		if (*count == HOST_ADDRESSES_MAX) {
			host->fact.truncated = true;
			return;
		}
		address = &host->addresses[family][(*count)++];
		address->ipv6 = family == FAMILY_IPV6;
		memcpy(address->bytes, answer->rdata[i].data, len);
	}
}

void
host_answer(struct host *host, enum host_slot slot, const struct answer *answer)
{
	assert(host->open & 1u << slot);
	host->open &= ~(1u << slot);
	switch (slot) {
	case HOST_SLOT_A:
		domain_keep_lookup(&host->fact.a, answer, host->arena);
		keep_addresses(host, FAMILY_IPV4, answer);
		break;
	case HOST_SLOT_AAAA:
		domain_keep_lookup(&host->fact.aaaa, answer, host->arena);
		keep_addresses(host, FAMILY_IPV6, answer);
		break;
	case HOST_SLOT_CNAME:
		domain_keep_lookup(&host->fact.cname, answer, host->arena);
		cname_known(host);
		return;
	case HOST_SLOT_TLSA:
		tlsa_known(host, answer);
		return;
	case HOST_SLOTS:
		break;
	}
	if (host->to_ask == 0 && host->open == 0)
		addresses_known(host);
}
