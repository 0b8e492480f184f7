/*
 * A typed DNS answer with its DNSSEC standing: what every resolver backend
 * hands to its caller, and the only form in which answers are known above.
 */
#ifndef RESOLVER_ANSWER_H
#define RESOLVER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the name servers said. ANSWER_SKIPPED never comes from a resolver: it
 * marks a question that was not asked.
 */
enum answer_status {
	ANSWER_SKIPPED,
	ANSWER_DATA,
	ANSWER_NODATA,
	ANSWER_NXDOMAIN,
	ANSWER_SERVFAIL,
	ANSWER_TIMEOUT,
	ANSWER_REFUSED,
	ANSWER_NOTIMP,
	ANSWER_FORMERR,
};

/*
 * What DNSSEC says of it (RFC 4035 section 4.3). ANSWER_NONE: there is no
 * answer to judge. Data of a bogus answer is never handed on.
 */
enum answer_trust {
	ANSWER_NONE,
	ANSWER_SECURE,
	ANSWER_INSECURE,
	ANSWER_BOGUS,
};

/* The RR types asked for (IANA DNS parameters). */
enum answer_type {
	ANSWER_TYPE_A = 1,
	ANSWER_TYPE_NS = 2,
	ANSWER_TYPE_CNAME = 5,
	ANSWER_TYPE_SOA = 6,
	ANSWER_TYPE_PTR = 12,
	ANSWER_TYPE_MX = 15,
	ANSWER_TYPE_TXT = 16,
	ANSWER_TYPE_AAAA = 28,
	ANSWER_TYPE_DS = 43,
	ANSWER_TYPE_DNSKEY = 48,
	ANSWER_TYPE_NSEC3PARAM = 51,
	ANSWER_TYPE_TLSA = 52,
};

/* RDATA of one record, uncompressed wire form. */
struct answer_rdata {
	const uint8_t *data;
	size_t len;
};

/* The NSEC3 records of a denial (RFC 5155 section 3.1). */
struct answer_nsec3 {
	bool found;
	bool opt_out; /* set in one of them at least */
	uint8_t salt_len;
	uint16_t iterations;
};

/*
 * One answer. All pointers are the resolver's and live only until the
 * callback returns.
 */
struct answer {
	enum answer_status status;
	enum answer_trust trust;
	const char *why;   /* validator's or transport's words, or NULL */
	const char *alias; /* end of the CNAME chain: lower case, no trailing
			      dot; NULL when the asked name is the owner */
	uint32_t ttl_s;	   /* of the answering RRset; 0 when there is none */
	size_t count;	   /* records; 0 unless status is ANSWER_DATA */
	const struct answer_rdata *rdata;
	bool wildcard;	   /* MX, TLSA: signed as expansion of a wildcard */
	uint8_t algorithm; /* MX, TLSA: of the RRset's signature (IANA DNSSEC
			      algorithm numbers); 0 when there is none. Of
			      several, one that validators accept */
	bool unsupported;  /* the resolver says so: signed in a way that it
			      cannot validate (RFC 8914, extended errors 1 and
			      2) */
	uint32_t sig_inception; /* … and from when, until when it holds, Unix */
	uint32_t sig_expiration;   /* time; of several, the longest */
	struct answer_nsec3 nsec3; /* PTR: of a denial at a zone's apex */
};

/* RSASHA1 and RSASHA1-NSEC3-SHA1, which RFC 9905 section 2 wants treated as if
   they signed nothing, and which validators still accept. */
bool answer_algorithm_is_sha1(uint8_t algorithm);

/* Is this an algorithm that validators do not implement, so that what it signs
   is insecure (RFC 4035 section 5.2, RFC 9906 section 2)? No for 0. */
bool answer_algorithm_is_unknown(uint8_t algorithm);

/* "data", "nodata", … and "secure", "insecure", "bogus", "none". */
const char *answer_status_label(enum answer_status status);
const char *answer_trust_label(enum answer_trust trust);

/* Is this a look-up error (RFC 7672 section 2.1.2), as against an answer? */
int answer_failed(enum answer_status status);

#endif
