/*
 * What senders that depart from RFC 7672 make of a chain.
 */
#include "scanner/core/sender.h"

#include <string.h>

#include "scanner/core/certificate.h"

/* A record of the host, for itself and with this usage: where it matches. */
static int
depth_with_usage(struct dane *dane, const struct sender_case *on, size_t i,
	uint8_t usage)
{
	struct fact_tlsa record = on->host->records[i];

	record.usage = usage;
	return dane_record_depth(
		dane, &record, on->tls->chain, on->tls->chain_len, on->now);
}

/* Would a client without digest agility (RFC 7671 section 9) be content? */
static bool
matches_alone(struct dane *dane, const struct sender_case *on)
{
	const struct fact_host *host = on->host;

	for (size_t i = 0; i < host->record_count; i++)
		if (depth_with_usage(dane, on, i, host->records[i].usage) >= 0)
			return true;
	return false;
}

/* Exim with OpenSSL takes a self-signed server certificate for an anchor of
   itself (CONFORMANCE E40, E41). */
static bool
is_own_anchor(struct dane *dane, const struct sender_case *on)
{
	const struct fact_host *host = on->host;

	if (on->tls->chain_len == 0 ||
		!certificate_is_self_signed(&on->tls->chain[0]))
		return false;
	for (size_t i = 0; i < host->record_count; i++)
		if (host->records[i].usage == 2 &&
			depth_with_usage(dane, on, i, 3) == 0)
			return true;
	return false;
}

/* Postfix adds the next hop to the names even if the MX RRset that led from it
   to the host is insecure (CONFORMANCE E29). */
static bool
next_hop_would_do(struct dane *dane, const struct sender_case *on)
{
	struct dane_names names = *on->names;
	struct dane_result result;

	if (names.unvouched == NULL || names.count == DANE_NAMES)
		return false;
	names.name[names.count++] = names.unvouched;
	dane_evaluate(dane, on->host->records, on->host->record_count,
		on->tls->chain, on->tls->chain_len, &names, on->now, &result);
	return result.error == 0;
}

/* Postfix sets OpenSSL's security level 1, which also excludes the signatures
   of TLS before 1.2 (CONFORMANCE D27, E11). */
static bool
is_too_weak(const struct sender_case *on)
{
	const char *version = on->tls->version;

	return on->result->level < 1 ||
	       (version != NULL && (strcmp(version, "TLSv1") == 0 ||
					   strcmp(version, "TLSv1.1") == 0));
}

static uint64_t
bit(enum flag flag, bool set)
{
	return set ? FLAG_BIT(flag) : 0;
}

uint64_t
sender_flags(struct dane *dane, const struct sender_case *on)
{
	enum reason reason = on->result->reason;

	if (reason == REASON_NONE)
		return bit(FLAG_PF_WOULD_FAIL, is_too_weak(on));
	if (reason == REASON_CERT_NAME_MISMATCH)
		return bit(FLAG_PF_WOULD_PASS, next_hop_would_do(dane, on));
	if (reason == REASON_DANE_NO_MATCH)
		return bit(FLAG_AGILITY, matches_alone(dane, on)) |
		       bit(FLAG_EXIM_WOULD_PASS, is_own_anchor(dane, on));
	return 0;
}
