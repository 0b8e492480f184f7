/*
 * Which conversation with an address comes next.
 */
#include "scanner/core/attempt.h"

#include <string.h>

#include "scanner/core/severity.h"
#include "scanner/core/smtp.h"

static bool
was_had(const struct fact_endpoint *endpoint, enum fact_attempt attempt)
{
	return endpoint->attempts & 1u << attempt;
}

static unsigned
count_had(const struct fact_endpoint *endpoint)
{
	unsigned count = 0;

	for (unsigned i = 0; i < FACT_ATTEMPTS; i++)
		count += was_had(endpoint, (enum fact_attempt)i);
	return count;
}

/* RFC 3207 section 4: 454 is temporary. A reset may come from the network. */
static bool
may_pass(const struct fact_endpoint *endpoint)
{
	return endpoint->failure == REASON_STARTTLS_454 ||
	       (endpoint->failure == REASON_TLS_EOF &&
		       endpoint->detail != NULL &&
		       strcmp(endpoint->detail, SMTP_TEXT_RESET) == 0);
}

/* CONFORMANCE D47: does it offer STARTTLS to those who come again? */
static bool
may_be_selective(
	const struct fact_endpoint *endpoint, const struct attempt_host *host)
{
	return host->tls && endpoint->failure == REASON_STARTTLS_ABSENT;
}

/* After a handshake, where it has to match. */
static enum fact_attempt
next_chain(
	const struct fact_endpoint *endpoint, const struct attempt_host *host)
{
	if (!was_had(endpoint, FACT_ATTEMPT_OTHER_KEY) &&
		fact_tls_key(endpoint->tls) != FACT_KEY_ANY)
		return FACT_ATTEMPT_OTHER_KEY;
	return host->matches || endpoint->other != NULL ? FACT_ATTEMPTS
							: FACT_ATTEMPT_NO_SNI;
}

static enum fact_attempt
next_after_first(
	const struct fact_endpoint *endpoint, const struct attempt_host *host)
{
	if (may_pass(endpoint) || may_be_selective(endpoint, host))
		return FACT_ATTEMPT_AGAIN;
	if (endpoint->failure == REASON_TLS_ALERT_112 && endpoint->tls == NULL)
		return FACT_ATTEMPT_NO_SNI;
	if (host->dane && endpoint->failure == REASON_NONE &&
		endpoint->tls != NULL)
		return next_chain(endpoint, host);
	return FACT_ATTEMPTS;
}

enum fact_attempt
attempt_next(
	const struct fact_endpoint *endpoint, const struct attempt_host *host)
{
	enum fact_attempt next;

	if (!was_had(endpoint, FACT_ATTEMPT_FIRST))
		return endpoint->failure == REASON_NONE ? FACT_ATTEMPT_FIRST
							: FACT_ATTEMPTS;
	next = next_after_first(endpoint, host);
	if (was_had(endpoint, next) || count_had(endpoint) >= ATTEMPTS_MAX)
		return FACT_ATTEMPTS;
	return next;
}

enum fact_key
attempt_key(const struct fact_endpoint *endpoint, enum fact_attempt attempt)
{
	if (attempt != FACT_ATTEMPT_OTHER_KEY)
		return FACT_KEY_ANY;
	return fact_tls_key(endpoint->tls) == FACT_KEY_RSA ? FACT_KEY_ECDSA
							   : FACT_KEY_RSA;
}

/* What seen says takes the place of what was known. */
static void
replace(struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	uint32_t elapsed_ms = endpoint->elapsed_ms + seen->elapsed_ms;
	uint8_t attempts = endpoint->attempts;
	bool insecure = endpoint->insecure;
	bool selective = endpoint->selective;

	*endpoint = *seen;
	endpoint->elapsed_ms = elapsed_ms;
	endpoint->attempts = attempts;
	endpoint->insecure = insecure;
	endpoint->selective = selective;
}

/* A second time that got nowhere says less than the first. */
static void
take_again(struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	bool absent = endpoint->failure == REASON_STARTTLS_ABSENT;

	if (seen->failure != REASON_NONE && !severity_refuses(seen->failure)) {
		endpoint->elapsed_ms += seen->elapsed_ms;
		return;
	}
	replace(endpoint, seen);
	endpoint->flags |= FLAG_BIT(FLAG_RETRIED);
	/* RFC 7672 section 9.2: a sender that does DANE waits for TLS, and
	   never becomes one who comes again. */
	if (absent && fact_offers_starttls(seen))
		endpoint->failure = REASON_STARTTLS_SELECTIVE;
}

/* Did the conversation get as far as the server's choice of a key? */
static bool
showed_key(const struct fact_endpoint *seen)
{
	return seen->tls != NULL ||
	       (seen->phase == FACT_PHASE_HANDSHAKE &&
		       seen->failure != REASON_TLS_TIMEOUT);
}

/*
 * A server without such a key ends the handshake, mostly with alert 40, or
 * shows the key that it has.
 */
static void
take_other_key(struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	if (!showed_key(seen))
		endpoint->flags |= FLAG_BIT(FLAG_OTHER_KEY_UNSEEN);
	else if (seen->tls != NULL &&
		 fact_tls_key(seen->tls) != fact_tls_key(endpoint->tls))
		endpoint->other = seen->tls;
	endpoint->elapsed_ms += seen->elapsed_ms;
}

static void
take_without_sni(
	struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	endpoint->elapsed_ms += seen->elapsed_ms;
	if (seen->tls == NULL ||
		(endpoint->tls != NULL &&
			fact_same_chain(endpoint->tls, seen->tls)))
		return;
	endpoint->flags |= endpoint->tls == NULL ? FLAG_BIT(FLAG_SNI_FATAL)
						 : FLAG_BIT(FLAG_SNI_OTHER);
	endpoint->other = seen->tls;
}

/* Of two conversations that got as far as the offer, one has none. */
static void
note_selective(struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	bool before = fact_offers_starttls(endpoint);
	bool now = fact_offers_starttls(seen);

	endpoint->selective |=
		(before && seen->failure == REASON_STARTTLS_ABSENT) ||
		(now && endpoint->failure == REASON_STARTTLS_ABSENT);
}

void
attempt_take(struct fact_endpoint *endpoint, enum fact_attempt attempt,
	const struct fact_endpoint *seen)
{
	endpoint->attempts |= (uint8_t)(1u << attempt);
	if (attempt != FACT_ATTEMPT_FIRST)
		note_selective(endpoint, seen);
	switch (attempt) {
	case FACT_ATTEMPT_FIRST:
		replace(endpoint, seen);
		break;
	case FACT_ATTEMPT_AGAIN:
		take_again(endpoint, seen);
		break;
	case FACT_ATTEMPT_NO_SNI:
		take_without_sni(endpoint, seen);
		break;
	case FACT_ATTEMPT_OTHER_KEY:
		take_other_key(endpoint, seen);
		break;
	case FACT_ATTEMPTS:
		break;
	}
}
