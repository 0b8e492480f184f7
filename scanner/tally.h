/*
 * What a scan has seen so far, in numbers that nobody else keeps: how long
 * look-ups and conversations took, how they ended, and the reasons and flags of
 * the domains. Fed by the observers of the resolver and the prober and by the
 * results; read by metrics and summary. Pure.
 */
#ifndef SCANNER_TALLY_H
#define SCANNER_TALLY_H

#include <stdint.h>

#include "resolver/answer.h"
#include "scanner/core/fact.h"
#include "scanner/core/histogram.h"
#include "scanner/core/vocabulary.h"
#include "scanner/judge.h"

/* What is asked for. */
enum tally_lookup {
	TALLY_MX,
	TALLY_ADDRESS, /* A, AAAA, and CNAME on the way to them */
	TALLY_TLSA,
	TALLY_OTHER,
	TALLY_LOOKUPS,
};

enum {
	TALLY_STATUSES = ANSWER_FORMERR + 1
};

/* All zero at the start. */
struct tally {
	struct histogram lookups[TALLY_LOOKUPS];
	uint64_t answers[TALLY_STATUSES];
	struct histogram sessions;
	struct histogram handshakes;
	uint64_t phases[FACT_PHASE_DONE + 1]; /* how far conversations came */
	uint64_t reasons[REASON_COUNT];	      /* REASON_NONE: domains without */
	uint64_t truncated; /* domains with more exchanges, or a host with more
			       addresses, than are looked at */
};

/* As resolver_observe_cb and probe_observe_cb; arg is the tally. */
void tally_answer(void *arg, enum answer_type type, enum answer_status status,
	uint64_t elapsed_ms);
void tally_conversation(
	void *arg, const struct fact_endpoint *endpoint, uint64_t handshake_ms);
void tally_result(struct tally *tally, const struct judge_result *result);

/* "mx", "address", "tlsa", "other"; "connect", "banner", … "done". */
const char *tally_lookup_label(enum tally_lookup lookup);
const char *tally_phase_label(enum fact_phase phase);

#endif
