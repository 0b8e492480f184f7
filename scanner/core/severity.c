/*
 * Which reason is worse.
 */
#include "scanner/core/severity.h"

#include <stddef.h>

/* Worst first. */
static const enum reason order[] = {
	REASON_MX_BOGUS,
	REASON_ADDR_BOGUS,
	REASON_TLSA_BOGUS,
	REASON_TLSA_SERVFAIL,
	REASON_TLSA_TIMEOUT,
	REASON_TLSA_REFUSED,
	REASON_TLSA_NOTIMP,
	REASON_TLSA_FORMERR,
	/* Certificate: no match, name, date, chain (F06). The next two are a
	   no-match whose cause is known. */
	REASON_DANE_NO_MATCH,
	REASON_TA_NOT_IN_CHAIN,
	REASON_CHAIN_INCOMPLETE,
	REASON_CERT_NAME_MISMATCH,
	REASON_CERT_EXPIRED,
	REASON_CERT_NOT_YET_VALID,
	REASON_CHAIN_INVALID,
	REASON_KEY_TOO_WEAK,
	REASON_MD_TOO_WEAK,
	/* TLS */
	REASON_TLS_PROTOCOL,
#define ALERT(n, name) REASON_TLS_ALERT_##n,
#include "scanner/core/vocabulary_alert.def"
#undef ALERT
	REASON_TLS_HANDSHAKE,
	REASON_TLS_NOT_TLS,
	REASON_TLS_EOF,
	REASON_TLS_TIMEOUT,
	/* STARTTLS */
	REASON_STARTTLS_ABSENT,
	REASON_STARTTLS_REFUSED,
	REASON_STARTTLS_454,
	REASON_STARTTLS_SELECTIVE,
	REASON_STARTTLS_TIMEOUT,
	/* TLS is mandatory, authentication impossible. */
	REASON_TLSA_ALL_UNUSABLE,
#define X(id, ...) REASON_##id,
#define USABILITIES
#include "scanner/core/vocabulary.def"
#undef X
	/* Nothing is promised. */
	REASON_MX_INSECURE,
	REASON_MX_DENIAL_INSECURE,
	REASON_MXHOST_UNSIGNED,
	REASON_ADDR_INSECURE,
	REASON_TLSA_INSECURE,
	REASON_TLSA_CNAME_INSECURE,
	REASON_TLSA_WILDCARD_OPTOUT,
	REASON_MX_IP_LITERAL,
	REASON_NAME_TOO_LONG,
	REASON_TLSA_NONE,
	REASON_TLSA_DENIAL_INSECURE,
	/* No statement is possible. */
	REASON_MX_SERVFAIL,
	REASON_MX_TIMEOUT,
	REASON_MX_REFUSED,
	REASON_MX_NOTIMP,
	REASON_MX_FORMERR,
	REASON_ADDR_SERVFAIL,
	REASON_ADDR_TIMEOUT,
	REASON_ADDR_REFUSED,
	REASON_ADDR_NOTIMP,
	REASON_ADDR_FORMERR,
	REASON_UNREACHABLE,
	REASON_BANNER_5XX,
	REASON_BANNER_4XX,
	REASON_BANNER_EOF,
	REASON_BANNER_TIMEOUT,
	REASON_EHLO_5XX,
	REASON_EHLO_4XX,
	REASON_EHLO_TIMEOUT,
	REASON_NOT_SMTP,
	REASON_PROTOCOL,
	REASON_POLICY,
	REASON_TARPIT,
	REASON_TCP_REFUSED,
	REASON_TCP_RESET,
	REASON_TCP_TIMEOUT,
	REASON_TCP_UNREACHABLE,
	REASON_RESERVED_ADDRESS,
	/* No mail. */
	REASON_NXDOMAIN,
	REASON_NULL_MX,
	REASON_NO_ADDRESS,
	REASON_MX_TARGET_NXDOMAIN,
	REASON_MX_TARGET_NOADDR,
	REASON_MX_BAD_NAME,
	/* The scanner's own. */
	REASON_PLAIN_POLICY,
	REASON_BLOCKLISTED,
	REASON_NO_LOCAL_V4,
	REASON_NO_LOCAL_V6,
	REASON_NOT_PROBED,
	REASON_INTERNAL,
};

/* Every reason has its place, REASON_NONE none. */
_Static_assert(sizeof(order) / sizeof(*order) == REASON_COUNT - 1,
	"a reason without severity");

static size_t
rank(enum reason reason)
{
	size_t i = 0;

	while (i < sizeof(order) / sizeof(*order) && order[i] != reason)
		i++;
	return i;
}

bool
severity_worse(enum reason a, enum reason b)
{
	return rank(a) < rank(b);
}

bool
severity_refuses(enum reason failure)
{
	/* A server that offers STARTTLS and lets it time out was reached; so
	   the order above is the answer. */
	return failure != REASON_NONE &&
	       !severity_worse(REASON_STARTTLS_TIMEOUT, failure);
}
