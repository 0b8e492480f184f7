/*
 * Would a client that trusts the public issuers accept this chain? The question
 * of MTA-STS (RFC 8461 section 4.1), asked of what a server sent. It has no
 * part in any verdict on DANE: RFC 7672 section 3.1.3.
 */
#ifndef SCANNER_CORE_PKIX_H
#define SCANNER_CORE_PKIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"
#include "scanner/core/vocabulary.h"

struct chain;

/* The issuers that are trusted. */
struct pkix;

/*
 * From certificates in PEM form; what is none is passed over. Costs about
 * 0.1 ms a certificate, so once a process. NULL when there is none among them.
 */
struct pkix *pkix_new(const void *pem, size_t len);
void pkix_free(struct pkix *pkix);

struct pkix_result {
	bool judged;
	int error;		 /* X509_V_ERR_*, the first one; 0 = verified */
	int depth;		 /* of the certificate that it is about */
	enum pkix_reason reason; /* of error */
	/* Name in the certificate that fits the host, also when something else
	   is wrong; NULL: none does. */
	const char *name;
};

/*
 * Judge what a server of the host sent at the time now. Its one reference
 * identifier is the host name of the MX record (RFC 7672 section 3.2.2, RFC
 * 8461 section 4.1); the subject's common name does not count. parsed is for
 * the parsing; name in the result is of arena.
 */
void pkix_evaluate(const struct pkix *pkix, struct chain *parsed,
	const struct fact_tls *tls, const char *host, time_t now,
	struct arena *arena, struct pkix_result *result);

#endif
