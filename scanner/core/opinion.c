/*
 * The second opinion of a zone's servers. Pure.
 */
#include "scanner/core/opinion.h"

#include <stdio.h>
#include <string.h>

static bool
is_doubtful(const struct fact_lookup *lookup)
{
	return lookup->trust == ANSWER_BOGUS || answer_failed(lookup->status);
}

static void
set_question(struct opinion_question *question, enum answer_type type,
	const char *name)
{
	question->type = type;
	snprintf(question->name, sizeof(question->name), "%s", name);
}

bool
opinion_for_domain(
	const struct fact_domain *domain, struct opinion_question *question)
{
	if (!is_doubtful(&domain->mx))
		return false;
	set_question(question, ANSWER_TYPE_MX, domain->name);
	return true;
}

void
opinion_for_unanswered(const char *domain, struct opinion_question *question)
{
	set_question(question, ANSWER_TYPE_MX, domain);
}

/* TLSA was asked because the addresses came, so at most one sort fails; of the
   addresses one tells enough. */
bool
opinion_for_host(const struct fact_host *host, bool mismatch, uint16_t port,
	struct opinion_question *question)
{
	if ((mismatch || is_doubtful(&host->tlsa)) && host->base != NULL) {
		question->type = ANSWER_TYPE_TLSA;
		snprintf(question->name, sizeof(question->name), "_%u._tcp.%s",
			port, host->base);
	} else if (is_doubtful(&host->a)) {
		set_question(question, ANSWER_TYPE_A, host->name);
	} else if (is_doubtful(&host->aaaa)) {
		set_question(question, ANSWER_TYPE_AAAA, host->name);
	} else {
		return false;
	}
	return true;
}

const char *
opinion_next_zone(const char *zone, bool delegation)
{
	const char *dot = strchr(zone, '.');

	if (dot == NULL || (!delegation && strchr(dot + 1, '.') == NULL))
		return NULL;
	return dot + 1;
}

static bool
is_within(const char *name, const char *zone)
{
	size_t len = strlen(name), zone_len = strlen(zone);

	return len >= zone_len && strcmp(name + len - zone_len, zone) == 0 &&
	       (len == zone_len || name[len - zone_len - 1] == '.');
}

bool
opinion_is_delegation(const char *name, const char *zone, const char *above)
{
	return is_within(name, zone) && is_within(zone, above) &&
	       strlen(zone) > strlen(above);
}

/* A cut at the port's label is possible, and in nobody's use. */
const char *
opinion_first_zone(const struct opinion_question *question)
{
	return question->type == ANSWER_TYPE_TLSA
		       ? opinion_next_zone(question->name, true)
		       : question->name;
}

/* How a look-up fails at a server with this outcome; ANSWER_SKIPPED: that does
   not say. */
static enum answer_status
failure_of(enum outcome outcome, bool heard)
{
	switch (outcome) {
	case OUTCOME_SERVFAIL:
		return ANSWER_SERVFAIL;
	case OUTCOME_REFUSED:
		return ANSWER_REFUSED;
	case OUTCOME_NOTIMP:
		return ANSWER_NOTIMP;
	case OUTCOME_FORMERR:
		return ANSWER_FORMERR;
	case OUTCOME_TIMEOUT:
		return ANSWER_TIMEOUT;
	case OUTCOME_SILENT:
		return heard ? ANSWER_TIMEOUT : ANSWER_SKIPPED;
	case OUTCOME_NONE:
	case OUTCOME_DATA:
	case OUTCOME_DATA_UNSIGNED:
	case OUTCOME_ALIAS:
	case OUTCOME_NODATA:
	case OUTCOME_NODATA_UNPROVED:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_NXDOMAIN_UNPROVED:
	case OUTCOME_TRUNCATED:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
		break;
	}
	return ANSWER_SKIPPED;
}

/* Bogus stays bogus: there was an answer, and it was looked at. */
static void
make_exact(struct fact_lookup *lookup, const struct fact_server *servers,
	size_t count, bool heard)
{
	size_t votes[ANSWER_FORMERR + 1] = {0};
	size_t asked = 0;

	if (lookup->trust == ANSWER_BOGUS || !answer_failed(lookup->status))
		return;
	for (size_t i = 0; i < count; i++) {
		asked += servers[i].outcome != OUTCOME_NONE;
		votes[failure_of(servers[i].outcome, heard)]++;
	}
	for (int status = ANSWER_SERVFAIL; status <= ANSWER_FORMERR; status++)
		if (2 * votes[status] > asked)
			lookup->status = (enum answer_status)status;
}

void
opinion_take_domain(struct fact_domain *domain,
	const struct fact_server *servers, size_t count, bool heard)
{
	domain->servers = servers;
	domain->server_count = count;
	make_exact(&domain->mx, servers, count, heard);
}

void
opinion_take_host(struct fact_host *host, enum answer_type type,
	const struct fact_server *servers, size_t count, bool heard)
{
	struct fact_lookup *lookup = type == ANSWER_TYPE_TLSA ? &host->tlsa
				     : type == ANSWER_TYPE_A  ? &host->a
							      : &host->aaaa;

	host->servers = servers;
	host->server_count = count;
	make_exact(lookup, servers, count, heard);
}

/* As many as there is room for may not be all. */
bool
opinion_is_silence(const struct fact_server *servers, size_t count, bool heard)
{
	for (size_t i = 0; i < count; i++)
		if (servers[i].outcome != OUTCOME_SILENT)
			return false;
	return heard && count > 0 && count < OPINION_SERVERS_MAX;
}

bool
opinion_differs(const struct fact_server *servers, size_t count)
{
	const struct fact_server *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (servers[i].outcome == OUTCOME_NONE)
			continue;
		if (first == NULL)
			first = &servers[i];
		else if (servers[i].outcome != first->outcome ||
			 servers[i].digest != first->digest)
			return true;
	}
	return false;
}

/* A server's word on whether there is an RRset, and which; false: none. */
static bool
tells_rrset(const struct fact_server *server, uint64_t *digest)
{
	switch (server->outcome) {
	case OUTCOME_DATA:
	case OUTCOME_DATA_UNSIGNED:
		*digest = server->digest;
		return true;
	case OUTCOME_NODATA:
	case OUTCOME_NODATA_UNPROVED:
	case OUTCOME_NXDOMAIN:
	case OUTCOME_NXDOMAIN_UNPROVED:
		*digest = 0;
		return true;
	case OUTCOME_NONE:
	case OUTCOME_ALIAS:
	case OUTCOME_SERVFAIL:
	case OUTCOME_REFUSED:
	case OUTCOME_NOTIMP:
	case OUTCOME_FORMERR:
	case OUTCOME_TIMEOUT:
	case OUTCOME_SILENT:
	case OUTCOME_TRUNCATED:
	case OUTCOME_LAME:
	case OUTCOME_MALFORMED:
		break;
	}
	return false;
}

bool
opinion_disputes_tlsa(const struct fact_server *servers, size_t count)
{
	uint64_t first = 0, digest;
	bool told = false;

	for (size_t i = 0; i < count; i++) {
		if (servers[i].type != ANSWER_TYPE_TLSA ||
			!tells_rrset(&servers[i], &digest))
			continue;
		if (told && digest != first)
			return true;
		first = digest;
		told = true;
	}
	return false;
}
