/* What a scan has seen so far. */
#include "scanner/tally.h"

#include <stdbool.h>

static enum tally_lookup
lookup_of(enum answer_type type)
{
	if (type == ANSWER_TYPE_MX)
		return TALLY_MX;
	if (type == ANSWER_TYPE_TLSA)
		return TALLY_TLSA;
	if (type == ANSWER_TYPE_A || type == ANSWER_TYPE_AAAA ||
		type == ANSWER_TYPE_CNAME)
		return TALLY_ADDRESS;
	return TALLY_OTHER;
}

void
tally_answer(void *arg, enum answer_type type, enum answer_status status,
	uint64_t elapsed_ms)
{
	struct tally *tally = arg;

	histogram_add(&tally->lookups[lookup_of(type)], elapsed_ms);
	tally->answers[status]++;
}

void
tally_conversation(
	void *arg, const struct fact_endpoint *endpoint, uint64_t handshake_ms)
{
	struct tally *tally = arg;

	histogram_add(&tally->sessions, endpoint->elapsed_ms);
	if (endpoint->tls != NULL)
		histogram_add(&tally->handshakes, handshake_ms);
	tally->phases[endpoint->phase]++;
}

static bool
is_truncated(const struct fact_domain *fact)
{
	if (fact->truncated)
		return true;
	for (size_t i = 0; i < fact->host_count; i++)
		if (fact->hosts[i].host->truncated)
			return true;
	return false;
}

void
tally_result(struct tally *tally, const struct judge_result *result)
{
	tally->reasons[result->verdict.reason]++;
	tally->truncated += is_truncated(result->fact);
}

const char *
tally_lookup_label(enum tally_lookup lookup)
{
	static const char *const labels[TALLY_LOOKUPS] = {
		[TALLY_MX] = "mx",
		[TALLY_ADDRESS] = "address",
		[TALLY_TLSA] = "tlsa",
		[TALLY_OTHER] = "other",
	};

	return labels[lookup];
}

const char *
tally_phase_label(enum fact_phase phase)
{
	static const char *const labels[FACT_PHASE_DONE + 1] = {
		[FACT_PHASE_NONE] = "none",
		[FACT_PHASE_CONNECT] = "connect",
		[FACT_PHASE_BANNER] = "banner",
		[FACT_PHASE_EHLO] = "ehlo",
		[FACT_PHASE_STARTTLS] = "starttls",
		[FACT_PHASE_HANDSHAKE] = "handshake",
		[FACT_PHASE_EHLO_TLS] = "ehlo-tls",
		[FACT_PHASE_QUIT] = "quit",
		[FACT_PHASE_DONE] = "done",
	};

	return labels[phase];
}
