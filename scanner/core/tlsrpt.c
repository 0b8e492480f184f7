/*
 * Result types of RFC 8460 section 4.3.
 */
#include "scanner/core/tlsrpt.h"

#include <stddef.h>

#define STARTTLS "starttls-not-supported"
#define DNSSEC "dnssec-invalid"
#define TLSA "tlsa-invalid"
#define TRUST "certificate-not-trusted"
#define TLS "validation-failure"

static const struct {
	enum reason reason;
	const char *result;
} table[] = {
	{REASON_MX_BOGUS, DNSSEC},
	{REASON_MX_SERVFAIL, DNSSEC},
	{REASON_MX_TIMEOUT, DNSSEC},
	{REASON_MX_REFUSED, DNSSEC},
	{REASON_MX_NOTIMP, DNSSEC},
	{REASON_MX_FORMERR, DNSSEC},
	{REASON_ADDR_BOGUS, DNSSEC},
	{REASON_ADDR_SERVFAIL, DNSSEC},
	{REASON_ADDR_TIMEOUT, DNSSEC},
	{REASON_ADDR_REFUSED, DNSSEC},
	{REASON_ADDR_NOTIMP, DNSSEC},
	{REASON_ADDR_FORMERR, DNSSEC},
	{REASON_TLSA_BOGUS, DNSSEC},
	{REASON_TLSA_SERVFAIL, DNSSEC},
	{REASON_TLSA_TIMEOUT, DNSSEC},
	{REASON_TLSA_REFUSED, DNSSEC},
	{REASON_TLSA_NOTIMP, DNSSEC},
	{REASON_TLSA_FORMERR, DNSSEC},
	{REASON_TLSA_ALL_UNUSABLE, TLSA},
#define X(id, ...) {REASON_##id, TLSA},
#define USABILITIES
#include "scanner/core/vocabulary.def"
#undef X
	{REASON_DANE_NO_MATCH, TLSA},
	{REASON_TA_NOT_IN_CHAIN, TRUST},
	{REASON_CHAIN_INCOMPLETE, TRUST},
	{REASON_CERT_NAME_MISMATCH, "certificate-host-mismatch"},
	{REASON_CERT_EXPIRED, "certificate-expired"},
	{REASON_CERT_NOT_YET_VALID, TLS},
	{REASON_CHAIN_INVALID, TRUST},
	{REASON_KEY_TOO_WEAK, TRUST},
	{REASON_MD_TOO_WEAK, TRUST},
#define ALERT(n, name) {REASON_TLS_ALERT_##n, TLS},
#include "scanner/core/vocabulary_alert.def"
#undef ALERT
	{REASON_TLS_PROTOCOL, TLS},
	{REASON_TLS_HANDSHAKE, TLS},
	{REASON_TLS_NOT_TLS, TLS},
	{REASON_TLS_EOF, TLS},
	{REASON_TLS_TIMEOUT, TLS},
	{REASON_STARTTLS_ABSENT, STARTTLS},
	{REASON_STARTTLS_REFUSED, STARTTLS},
	{REASON_STARTTLS_454, STARTTLS},
	{REASON_STARTTLS_SELECTIVE, STARTTLS},
	{REASON_STARTTLS_TIMEOUT, STARTTLS},
};

const char *
tlsrpt_result(enum reason reason)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].reason == reason)
			return table[i].result;
	return NULL;
}
