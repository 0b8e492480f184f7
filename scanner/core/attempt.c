/*
 * Which conversation with an address comes next.
 */
#include "scanner/core/attempt.h"

static bool
was_had(const struct fact_endpoint *endpoint, enum fact_attempt attempt)
{
	return endpoint->attempts & 1u << attempt;
}

enum fact_attempt
attempt_next(
	const struct fact_endpoint *endpoint, const struct attempt_host *host)
{
	if (!was_had(endpoint, FACT_ATTEMPT_FIRST))
		return endpoint->failure == REASON_NONE ? FACT_ATTEMPT_FIRST
							: FACT_ATTEMPTS;
	if (!host->dane || endpoint->failure != REASON_NONE ||
		endpoint->tls == NULL)
		return FACT_ATTEMPTS;
	if (!was_had(endpoint, FACT_ATTEMPT_OTHER_KEY) &&
		fact_tls_key(endpoint->tls) != FACT_KEY_ANY)
		return FACT_ATTEMPT_OTHER_KEY;
	return FACT_ATTEMPTS;
}

enum fact_key
attempt_key(const struct fact_endpoint *endpoint, enum fact_attempt attempt)
{
	if (attempt != FACT_ATTEMPT_OTHER_KEY)
		return FACT_KEY_ANY;
	return fact_tls_key(endpoint->tls) == FACT_KEY_RSA ? FACT_KEY_ECDSA
							   : FACT_KEY_RSA;
}

static void
take_first(struct fact_endpoint *endpoint, const struct fact_endpoint *seen)
{
	uint8_t attempts = endpoint->attempts;
	bool insecure = endpoint->insecure;

	*endpoint = *seen;
	endpoint->attempts = attempts;
	endpoint->insecure = insecure;
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
		endpoint->flags |= 1u << FLAG_OTHER_KEY_UNSEEN;
	else if (seen->tls != NULL &&
		 fact_tls_key(seen->tls) != fact_tls_key(endpoint->tls))
		endpoint->other = seen->tls;
	endpoint->elapsed_ms += seen->elapsed_ms;
}

void
attempt_take(struct fact_endpoint *endpoint, enum fact_attempt attempt,
	const struct fact_endpoint *seen)
{
	endpoint->attempts |= (uint8_t)(1u << attempt);
	switch (attempt) {
	case FACT_ATTEMPT_FIRST:
		take_first(endpoint, seen);
		break;
	case FACT_ATTEMPT_OTHER_KEY:
		take_other_key(endpoint, seen);
		break;
	case FACT_ATTEMPTS:
		break;
	}
}
