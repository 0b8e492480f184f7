/*
 * Why a TLSA record does not match: what its data is instead, as far as the
 * record and the chain tell. A help for the repair, never a verdict.
 */
#ifndef SCANNER_CORE_HINT_H
#define SCANNER_CORE_HINT_H

#include <stddef.h>

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

/*
 * The hint on a record that is unusable or does not match the chain, which is
 * as sent, leaf first, and may be empty. HINT_NONE: nothing is known.
 */
enum hint hint_find(const struct fact_tlsa *record,
	const struct fact_certificate *chain, size_t chain_len);

#endif
