/*
 * Which facts may be others in a few minutes.
 */
#include "scanner/core/retry.h"

#include <stddef.h>
#include <string.h>

#include "scanner/core/smtp.h"

/*
 * Did the validator call the answer bogus because it got no answer to a
 * question of its own? It does not tell a key that is not there from one that
 * nobody sent; of a DS that failed it has the rcode, and more words between
 * that and "no DS" in later versions (libunbound, validator.c).
 */
static bool
wants_chain(const struct fact_lookup *lookup)
{
	static const char *const words[] = {"No DNSKEY record", "SERVFAIL"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (lookup->why != NULL && strstr(lookup->why, words[i]))
			return true;
	return false;
}

bool
retry_lookup(const struct fact_lookup *lookup)
{
	if (lookup->trust == ANSWER_BOGUS)
		return wants_chain(lookup);
	return answer_failed(lookup->status);
}

/* RFC 5321 section 4.2.1: 4yz is a transient negative reply. */
static bool
replied_for_now(const struct fact_endpoint *endpoint)
{
	return endpoint->smtp_code / 100 == 4;
}

static bool
was_reset(const struct fact_endpoint *endpoint)
{
	return endpoint->detail != NULL &&
	       strcmp(endpoint->detail, SMTP_TEXT_RESET) == 0;
}

/* Nothing was said for good. */
static bool
is_transient(enum reason failure)
{
	static const enum reason transient[] = {
		REASON_TCP_REFUSED,
		REASON_TCP_TIMEOUT,
		REASON_TCP_RESET,
		REASON_TCP_UNREACHABLE,
		REASON_BANNER_EOF,
		REASON_BANNER_4XX,
		REASON_BANNER_TIMEOUT,
		REASON_EHLO_4XX,
		REASON_EHLO_TIMEOUT,
		REASON_STARTTLS_454,
		REASON_STARTTLS_TIMEOUT,
		REASON_TLS_TIMEOUT,
		REASON_TARPIT,
		REASON_INTERNAL,
	};

	for (size_t i = 0; i < sizeof(transient) / sizeof(*transient); i++)
		if (transient[i] == failure)
			return true;
	return false;
}

bool
retry_endpoint(const struct fact_endpoint *endpoint)
{
	if (is_transient(endpoint->failure))
		return true;
	/* One without a reset comes of a server that cannot read its key. */
	if (endpoint->failure == REASON_TLS_EOF)
		return was_reset(endpoint);
	return endpoint->failure == REASON_POLICY && replied_for_now(endpoint);
}

bool
retry_host(const struct fact_host *host)
{
	if (retry_lookup(&host->a) || retry_lookup(&host->aaaa) ||
		retry_lookup(&host->cname) || retry_lookup(&host->tlsa))
		return true;
	for (size_t i = 0; i < host->endpoint_count; i++)
		if (retry_endpoint(&host->endpoints[i]))
			return true;
	return false;
}

bool
retry_domain(const struct fact_domain *domain)
{
	if (retry_lookup(&domain->mx))
		return true;
	for (size_t i = 0; i < domain->host_count; i++)
		if (retry_host(domain->hosts[i].host))
			return true;
	return false;
}
