/*
 * The facts of a scan: what was asked, what came, what a server did. Plain
 * structs, filled by the jobs and the prober, judged only by verdict. Strings
 * and arrays belong to the arena of the host or domain that the fact is about;
 * facts of a host are shared by all domains that name it and do not change
 * once the host is done.
 */
#ifndef SCANNER_CORE_FACT_H
#define SCANNER_CORE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/outcome.h"
#include "scanner/core/mtasts.h"
#include "scanner/core/vocabulary.h"

/* One look-up. Not asked: status ANSWER_SKIPPED, the rest zero. */
struct fact_lookup {
	enum answer_status status;
	enum answer_trust trust;
	uint32_t ttl_s;
	const char *why;   /* validator's words, verbatim, or NULL */
	const char *alias; /* end of the CNAME chain, or NULL */
	bool unsupported;  /* insecure for an algorithm that validators lack */
	/* Of MX and TLSA: the signature's dates, Unix time; 0: none. */
	uint32_t sig_inception;
	uint32_t sig_expiration;
};

struct fact_address {
	bool ipv6;
	uint8_t bytes[16]; /* the first 4 for IPv4, network order */
};

/* One TLSA record as published, before any judgement. */
struct fact_tlsa {
	uint8_t usage;
	uint8_t selector;
	uint8_t mtype;
	bool short_rdata; /* RDATA under 3 octets: the fields above are 0 */
	const uint8_t *data;
	size_t len;
};

struct x509_st;

/* One certificate as the server sent it. */
struct fact_certificate {
	uint8_t sha256[32]; /* of the DER */
	const uint8_t *der;
	size_t len;
	/* The same, as the handshake parsed it; the arena's. Saves work and
	   says nothing that der does not: NULL, der is parsed where it is read.
	 */
	struct x509_st *parsed;
};

/* What one of a zone's servers said when it was asked directly. */
struct fact_server {
	const char *name; /* of the NS record */
	struct fact_address address;
	enum answer_type type; /* that was asked for */
	enum outcome outcome;
	uint64_t digest; /* of the RRset; 0 without one */
	bool has_serial; /* was asked for, since the servers differ, and given
			  */
	uint32_t serial; /* of the zone */
};

/* How far a conversation with an address came. */
enum fact_phase {
	FACT_PHASE_NONE, /* not contacted */
	FACT_PHASE_CONNECT,
	FACT_PHASE_BANNER,
	FACT_PHASE_EHLO,
	FACT_PHASE_STARTTLS,
	FACT_PHASE_HANDSHAKE,
	FACT_PHASE_EHLO_TLS,
	FACT_PHASE_QUIT,
	FACT_PHASE_DONE,
};

/* Kinds of server key. A client says by its signature algorithms, and before
   TLS 1.3 by its ciphers, which of them it can do with. */
enum fact_key {
	FACT_KEY_ANY,
	FACT_KEY_RSA,
	FACT_KEY_ECDSA, /* or EdDSA */
};

/* What was negotiated; chain is as sent, leaf first. */
struct fact_tls {
	const char *version; /* "TLSv1.3" */
	const char *cipher;
	const char *group; /* "X25519", or NULL */
	const char *key;   /* leaf key: "EC-256", "RSA-2048", "Ed25519" */
	const struct fact_certificate *chain;
	size_t chain_len;
};

/* Why there is a conversation with an address. Each is had once at most. */
enum fact_attempt {
	FACT_ATTEMPT_FIRST,
	FACT_ATTEMPT_AGAIN,	/* what stopped the first may have passed */
	FACT_ATTEMPT_OTHER_KEY, /* than the first one's */
	FACT_ATTEMPT_NO_SNI,
	FACT_ATTEMPTS,
};

/*
 * One address of a host. failure is REASON_NONE when the TLS handshake was
 * completed; else what stopped the conversation, seen apart from any policy:
 * verdict turns it into fail or unreach.
 */
struct fact_endpoint {
	struct fact_address address;
	uint16_t port;
	bool insecure; /* DANE does not hold: the RRset of this family is not
			  secure, that of the other is */
	enum fact_phase phase;
	enum reason failure;
	int smtp_code;	    /* last reply code, 0 when there was none */
	const char *detail; /* reply text or library error, printable ASCII */
	const struct fact_tls *tls;   /* NULL without a completed handshake */
	const struct fact_tls *other; /* … with a key of the other kind, where
					 the server has one; with FLAG_SNI_FATAL
					 or FLAG_SNI_OTHER, without SNI */
	uint64_t flags;		      /* of FLAG_BIT() */
	bool selective;	  /* STARTTLS in one conversation, not in another */
	uint8_t attempts; /* 1 << enum fact_attempt */
	uint32_t elapsed_ms;
};

/* What further look-ups (--extras) found. A part that nobody asked for is NULL;
   a question that was not worth asking has status ANSWER_SKIPPED. */

/* A policy record in TXT, as senders take it (RFC 8461 section 3.1, RFC 8460
   section 3). */
enum fact_txt {
	FACT_TXT_ABSENT,
	FACT_TXT_PRESENT,
	FACT_TXT_MULTIPLE,
	FACT_TXT_MALFORMED,
};

/* The policy of MTA-STS (RFC 8461), and whether it could be had. */
struct fact_policy {
	enum policy_state state;
	const char *why; /* words of the library, of the parser, or NULL */
	int http_code;	 /* 0: there was no answer */
	/* With POLICY_FETCHED: */
	enum mtasts_mode mode;
	uint32_t max_age_s;
	const char *const *mx; /* patterns, as many as are looked at */
	size_t mx_count;
	bool truncated; /* there are more */
};

struct fact_mtasts {
	struct fact_lookup lookup;
	enum fact_txt state;
	const char *id; /* of a record that is present, else NULL */
	const struct fact_policy *policy; /* NULL: nobody fetched it */
};

struct fact_tlsrpt {
	struct fact_lookup lookup;
	enum fact_txt state;
	const char *rua; /* of a record that is present, else NULL */
};

/* The zone that the domain is in, and who serves it. */
struct fact_zone {
	struct fact_lookup lookup;  /* of NS, at its apex */
	const char *name;	    /* NULL: not found */
	const char *const *servers; /* sorted */
	size_t server_count;
	const char *provider; /* registrable domain of the first, or NULL */
};

struct fact_ds {
	uint16_t tag;
	uint8_t algorithm;
	uint8_t digest_type;
};

struct fact_dnskey {
	uint16_t tag;
	uint16_t flags;
	uint8_t algorithm;
};

struct fact_nsec3 {
	uint16_t iterations;
	uint8_t salt_len;
	bool opt_out;
};

/* How that zone is signed. */
struct fact_signing {
	const char *zone; /* NULL: not found */
	struct fact_lookup ds;
	const struct fact_ds *delegations;
	size_t delegation_count;
	struct fact_lookup dnskey;
	const struct fact_dnskey *keys;
	size_t key_count;
	struct fact_lookup nsec3param;
	const struct fact_nsec3 *nsec3; /* NULL: the zone uses NSEC */
	bool registry; /* others register names below the zone's */
};

struct fact_extras {
	const struct fact_mtasts *mtasts;
	const struct fact_tlsrpt *tlsrpt;
	const struct fact_zone *zone;
	const struct fact_signing *signing;
};

/* Address questions at the names that the TLSA look-up leads through, which
   nobody has an address at. */
struct fact_denial {
	struct fact_lookup parent; /* _tcp.<base> */
	struct fact_lookup owner;  /* _25._tcp.<base> */
	/* Where the name does not exist: what the zone's servers say when they
	   are asked for TLSA directly. */
	const struct fact_server *servers;
	size_t server_count;
};

/* TLSA at a port of message submission (RFC 8314 section 4.5.4). */
struct fact_port {
	uint16_t port;
	struct fact_lookup tlsa;
	size_t count; /* records */
};

enum {
	FACT_PORTS = 2
};

struct fact_host_extras {
	const struct fact_denial *denial;
	const struct fact_port *ports; /* FACT_PORTS, or NULL */
};

/* One MX host and all that was learnt of it. */
struct fact_host {
	const char *name;    /* as the MX record has it, normalised */
	enum reason refused; /* why nothing was asked: a name that is no host
				name or too long; else REASON_NONE */
	struct fact_lookup a;
	struct fact_lookup aaaa;
	struct fact_lookup cname; /* only asked for an insecure alias */
	struct fact_lookup tlsa;  /* of the candidate that decided */
	const char *base;	  /* TLSA base domain that was chosen; NULL when
				     TLSA was not asked */
	const struct fact_tlsa *records;
	size_t record_count;
	struct fact_endpoint *endpoints; /* one an address, IPv4 first */
	size_t endpoint_count;
	bool truncated;		/* more addresses than the scanner looks at */
	bool tlsa_wildcard;	/* the records come from a wildcard */
	bool cname_loop;	/* a look-up failed over aliases without end */
	bool tlsa_misplaced;	/* there is a record under a wrong name */
	uint8_t tlsa_algorithm; /* that signed them; 0: none did */
	/* Second opinion on a look-up that failed or is bogus, or on a TLSA
	 * RRset that does not match. */
	const struct fact_server *servers;
	size_t server_count;
	const struct fact_host_extras *extras; /* NULL: not asked for */
};

/* One exchange of a domain's MX RRset. */
struct fact_mx {
	uint16_t preference;
	const struct fact_host *host;
};

/* One domain: the MX answer and its hosts, by preference, then name. */
struct fact_domain {
	const char *name;    /* normalised */
	enum reason refused; /* why nothing was asked, or REASON_NONE */
	struct fact_lookup mx;
	uint8_t mx_algorithm; /* that signed the MX RRset; 0: none did */
	bool implicit;	      /* NODATA: the domain is its own host */
	bool null_mx;	      /* RFC 7505, every exchange is "." */
	bool null_mx_pref;    /* … with a preference other than 0 */
	bool null_mx_mixed;   /* "." beside other exchanges */
	bool cname_loop;      /* as of a host */
	bool tlsa_misplaced;
	bool truncated; /* more exchanges than the scanner looks at */
	const struct fact_mx *hosts;
	size_t host_count;
	const struct fact_server *servers; /* second opinion on the MX */
	size_t server_count;
	const struct fact_extras *extras; /* NULL: not asked for */
};

/* Presentation form; size of out 46. */
void fact_address_text(const struct fact_address *address, char out[46]);
bool fact_address_equal(
	const struct fact_address *a, const struct fact_address *b);
/* Are the chains the same, octet for octet? */
bool fact_same_chain(const struct fact_tls *a, const struct fact_tls *b);
/* Did the server offer STARTTLS, whatever became of it? */
bool fact_offers_starttls(const struct fact_endpoint *endpoint);
/* Which of its two meanings other has; both false where it is NULL. */
bool fact_has_other_key(const struct fact_endpoint *endpoint);
bool fact_has_without_sni(const struct fact_endpoint *endpoint);
/* Of the leaf; FACT_KEY_ANY where it is neither. */
enum fact_key fact_tls_key(const struct fact_tls *tls);
/* "absent", "present", "multiple", "malformed" */
const char *fact_txt_label(enum fact_txt state);
/* "none", "connect", … "done" */
const char *fact_phase_label(enum fact_phase phase);
/* "rsa", "ecdsa" */
const char *fact_key_label(enum fact_key key);
/* 0, or -1 when text is no IPv4 or IPv6 address. */
int fact_address_parse(const char *text, struct fact_address *address);

#endif
