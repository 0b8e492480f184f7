/*
 * The codes behind the words of rows. Of NULL, and of a word that is not known,
 * the code is that for nothing. Pure.
 */
#ifndef SCANNER_CORE_REBUILD_WORD_H
#define SCANNER_CORE_REBUILD_WORD_H

#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/outcome.h"
#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

enum answer_status rebuild_status(const char *word);
enum answer_trust rebuild_trust(const char *word);
/* Of the types that a zone's servers are asked for; 0 for others. */
enum answer_type rebuild_type(const char *word);
enum outcome rebuild_outcome(const char *word);
/* NULL is the end of a conversation. */
enum fact_phase rebuild_phase(const char *word);
enum fact_txt rebuild_txt(const char *word);
enum mtasts_mode rebuild_mode(const char *word);
enum policy_state rebuild_policy_state(const char *word);
enum pkix_reason rebuild_pkix_reason(const char *word);
/* NULL is REASON_NONE, a word that is not known REASON_INTERNAL. */
enum reason rebuild_reason(const char *word);
/* Its bit, or 0. */
uint64_t rebuild_flag(const char *word);

#endif
