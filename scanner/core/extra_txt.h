/*
 * The policy records that a domain publishes in TXT: MTA-STS (RFC 8461 section
 * 3.1) and TLSRPT (RFC 8460 section 3). Pure.
 */
#ifndef SCANNER_CORE_EXTRA_TXT_H
#define SCANNER_CORE_EXTRA_TXT_H

#include <stddef.h>

#include "resolver/answer.h"
#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

/*
 * Is this text, of len octets, a record of the one sort? FACT_TXT_PRESENT,
 * with the value in *value, which is a part of text, and *value_len;
 * FACT_TXT_MALFORMED; or FACT_TXT_ABSENT for what does not begin with the
 * version, and is to be passed over.
 */
enum fact_txt extra_txt_mtasts(
	const char *text, size_t len, const char **id, size_t *id_len);
enum fact_txt extra_txt_tlsrpt(
	const char *text, size_t len, const char **rua, size_t *rua_len);

/* What the answer for TXT tells; strings are copied into arena. */
void extra_txt_take_mtasts(struct fact_mtasts *fact,
	const struct answer *answer, struct arena *arena);
void extra_txt_take_tlsrpt(struct fact_tlsrpt *fact,
	const struct answer *answer, struct arena *arena);

#endif
