/*
 * The codes behind the words of rows.
 */
#include "scanner/core/rebuild_word.h"

#include <string.h>

/* The labels of a kind, by number. */
#define LABELS(kind, label, type)                      \
	static const char *kind##_label(unsigned code) \
	{                                              \
		return label((enum type)code);         \
	}
LABELS(status, answer_status_label, answer_status)
LABELS(trust, answer_trust_label, answer_trust)
LABELS(server, outcome_label, outcome)
LABELS(phase, fact_phase_label, fact_phase)
LABELS(txt, fact_txt_label, fact_txt)
LABELS(mode, mtasts_mode_label, mtasts_mode)
LABELS(policy, vocabulary_policy, policy_state)
LABELS(pkix, vocabulary_pkix, pkix_reason)
LABELS(reason, vocabulary_reason, reason)
LABELS(flag, vocabulary_flag, flag)
#undef LABELS

/* The code of count ones that has this label, or count. */
static unsigned
find(const char *word, const char *(*label)(unsigned), unsigned count)
{
	for (unsigned code = 0; word != NULL && code < count; code++) {
		const char *known = label(code);

		if (known != NULL && strcmp(known, word) == 0)
			return code;
	}
	return count;
}

/* The same, or 0. */
static unsigned
find_or_none(const char *word, const char *(*label)(unsigned), unsigned count)
{
	unsigned code = find(word, label, count);

	return code < count ? code : 0;
}

enum answer_status
rebuild_status(const char *word)
{
	return (enum answer_status)find_or_none(
		word, status_label, ANSWER_FORMERR + 1);
}

enum answer_trust
rebuild_trust(const char *word)
{
	return (enum answer_trust)find_or_none(
		word, trust_label, ANSWER_BOGUS + 1);
}

enum answer_type
rebuild_type(const char *word)
{
	static const struct {
		const char *word;
		enum answer_type type;
	} types[] = {
		{"A", ANSWER_TYPE_A},
		{"AAAA", ANSWER_TYPE_AAAA},
		{"MX", ANSWER_TYPE_MX},
		{"TLSA", ANSWER_TYPE_TLSA},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (word != NULL && strcmp(types[i].word, word) == 0)
			return types[i].type;
	return (enum answer_type)0;
}

enum outcome
rebuild_outcome(const char *word)
{
	return (enum outcome)find_or_none(
		word, server_label, OUTCOME_MALFORMED + 1);
}

enum fact_phase
rebuild_phase(const char *word)
{
	if (word == NULL)
		return FACT_PHASE_DONE;
	return (enum fact_phase)find_or_none(
		word, phase_label, FACT_PHASE_DONE + 1);
}

enum fact_txt
rebuild_txt(const char *word)
{
	return (enum fact_txt)find_or_none(
		word, txt_label, FACT_TXT_MALFORMED + 1);
}

enum mtasts_mode
rebuild_mode(const char *word)
{
	return (enum mtasts_mode)find_or_none(
		word, mode_label, MTASTS_ENFORCE + 1);
}

enum policy_state
rebuild_policy_state(const char *word)
{
	return (enum policy_state)find_or_none(
		word, policy_label, POLICY_COUNT);
}

enum pkix_reason
rebuild_pkix_reason(const char *word)
{
	return (enum pkix_reason)find_or_none(word, pkix_label, PKIX_COUNT);
}

enum reason
rebuild_reason(const char *word)
{
	unsigned code = find(word, reason_label, REASON_COUNT);

	if (word == NULL)
		return REASON_NONE;
	return code < REASON_COUNT ? (enum reason)code : REASON_INTERNAL;
}

uint64_t
rebuild_flag(const char *word)
{
	unsigned code = find(word, flag_label, FLAG_COUNT);

	return code < FLAG_COUNT ? FLAG_BIT(code) : 0;
}
