/*
 * TLSA usability and matching (RFC 6698, 7671, 7672), done by OpenSSL on a
 * stored chain: no connection is needed, and the same facts give the same
 * answer at any later time. Pure but for OpenSSL's own memory; the time of
 * judgement is a parameter.
 */
#ifndef SCANNER_CORE_DANE_H
#define SCANNER_CORE_DANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

struct chain;

/* OpenSSL state shared by all evaluations of one thread. */
struct dane;

/* NULL when OpenSSL cannot be set up. */
struct dane *dane_new(void);
void dane_free(struct dane *dane);

/* The chain parsed last, for others who judge the same one; dane's. */
struct chain *dane_chain(struct dane *dane);

/* Reference identifiers of RFC 7672 section 3.2.2, normalised names. */
enum {
	DANE_NAMES = 3
};
struct dane_names {
	const char *base; /* the TLSA base domain */
	const char
		*name[DANE_NAMES]; /* further ones: next hop, its expansion */
	size_t count;
	const char *unvouched; /* next hop of an insecure MX RRset: no
				  identifier, but see sender.h; or NULL */
};

/* Which record matched, at which depth of the verified chain. */
struct dane_match {
	bool found;
	size_t record; /* index into the records given */
	int depth;
	const char *name; /* reference identifier that matched under DANE-TA,
			     one of dane_names; NULL under DANE-EE */
};

struct dane_result {
	size_t usable; /* records that count (RFC 7672 section 2.2) */
	int error;     /* X509_V_ERR_*, 0 = verified; -1: nothing usable */
	int error_depth;
	enum reason reason;	 /* of error; REASON_NONE = verified, and
				    REASON_TLS_HANDSHAKE for a chain that cannot be
				    parsed */
	struct dane_match match; /* found also when a name or date failed */
	int level; /* highest of OpenSSL's security levels 0 to 2 at which it
		      is verified as well; 0 with an error */
};

/*
 * Is this record usable by an SMTP client? Usages 0 and 1 are not (RFC 7672
 * section 3.1.3).
 */
enum usability dane_usability(struct dane *dane, const struct fact_tlsa *tlsa);

/*
 * Match the chain, leaf first, against the records as an SMTP client would at
 * the time now, digest agility included (RFC 7671 section 9). name in the
 * result points into names.
 */
void dane_evaluate(struct dane *dane, const struct fact_tlsa *records,
	size_t record_count, const struct fact_certificate *chain,
	size_t chain_len, const struct dane_names *names, time_t now,
	struct dane_result *result);

/*
 * Would this record alone, as published, match the chain, whatever names and
 * dates say? The depth of what it matches, or -1. For showing what matched;
 * never a verdict.
 */
int dane_record_depth(struct dane *dane, const struct fact_tlsa *record,
	const struct fact_certificate *chain, size_t chain_len, time_t now);

/* OpenSSL's words for an X509_V_ERR_* number; static. */
const char *dane_error_text(int error);

#endif
