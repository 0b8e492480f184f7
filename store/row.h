/*
 * Rows: a scan's results as plain values, the same for every sink. Labels are
 * the stable strings of the interface. Pointers belong to the caller and are
 * not kept past the call they are given to.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/row_extras.h"

/* No list of labels in a row is longer. */
enum {
	ROW_LABELS_MAX = 64
};

/* A word of the closed lists (a class, a reason, a status …), and which list.
 */
struct row_word {
	const char *kind;
	const char *label;
};

struct row_words {
	const struct row_word *list;
	size_t count;
};

struct row_tlsa {
	uint8_t usage;
	uint8_t selector;
	uint8_t mtype;
	const uint8_t *data;
	size_t len;
	bool usable;
	const char *why;  /* why it is not usable, or NULL */
	int match;	  /* 1 yes, 0 no, -1 there was no chain to match */
	int depth;	  /* of the match, or -1 */
	const char *hint; /* or NULL */
	bool short_rdata; /* under 3 octets: there are no parameters */
};

struct row_tls {
	const char *version;
	const char *cipher;
	const char *group; /* or NULL */
	const char *key;
	const uint8_t (*chain)[32]; /* SHA-256 of each DER, leaf first */
	size_t chain_len;
};

struct row_match {
	uint8_t usage;
	uint8_t selector;
	uint8_t mtype;
	int depth;
	const char *name; /* or NULL */
};

/* What public issuers say of a chain. */
struct row_pkix {
	int error;	    /* X509_V_ERR_*, 0: verified */
	const char *reason; /* of error, or NULL */
	const char *name;   /* in the certificate, that fits; or NULL */
};

struct row_endpoint {
	const char *address;
	uint16_t port;
	const char *class;
	const char *reason; /* or NULL */
	const char *detail; /* or NULL; printable ASCII */
	const char *said;   /* where detail is the verdict's, what the server or
			       the library said, "" for nothing; else NULL */
	const char *phase;  /* that the conversation came to; NULL: the end */
	const char *failure; /* what stopped it, or NULL */
	uint8_t attempts;    /* 1 << kind of conversation */
	uint32_t elapsed_ms;
	const char *const *facts; /* that are either so or not */
	size_t fact_count;
	int smtp_code;		   /* 0: none */
	const struct row_tls *tls; /* or NULL */
	const struct row_tls
		*tls_other;	       /* other key, or without SNI; or NULL */
	const struct row_match *match; /* or NULL */
	int dane_error;		       /* X509_V_ERR_*, -1: does not apply */
	int min_seclevel; /* highest of OpenSSL's security levels 0 to 2 at
			     which all its keys are accepted, -1: none is */
	const struct row_pkix *pkix; /* or NULL */
	const char *const *flags;
	size_t flag_count;
};

struct row_host {
	const char *host;
	const char *provider; /* registrable domain of host, or NULL */
	const char *base;     /* or NULL */
	const char *alias;    /* end of the host's CNAME chain, or NULL */
	const char *class;
	const char *reason;  /* or NULL */
	int64_t time_s;	     /* Unix time of the verdict */
	const char *refused; /* why nothing was asked, or NULL */
	struct row_lookup a;
	struct row_lookup aaaa;
	struct row_lookup cname; /* of an insecure alias */
	struct row_lookup tlsa;
	const char *tlsa_state;
	const struct row_tlsa *records;
	size_t record_count;
	const struct row_endpoint *endpoints;
	size_t endpoint_count;
	const struct row_server *servers; /* second opinion on a look-up */
	size_t server_count;
	const struct row_host_extras *extras; /* NULL: not asked for */
	const char *const *flags;
	size_t flag_count;
	const char *const *facts; /* that are either so or not */
	size_t fact_count;
};

struct row_mx {
	uint16_t preference;
	const struct row_host *host; /* as this domain sees it */
};

struct row_tag {
	const char *name;
	const char *value;
};

struct row_domain {
	uint64_t line;	 /* of the input */
	int64_t time_us; /* Unix time of the verdict, microseconds */
	const char *domain;
	const char *input; /* … as the list has it, or NULL for the same */
	const char *tld;
	const char *class;
	const char *reason; /* or NULL */
	const char *const *reasons;
	size_t reason_count;
	const char *severity;	  /* or NULL */
	const char *half_dane;	  /* or NULL */
	unsigned passes;	  /* that it was examined in, 1 or more */
	const char *refused;	  /* why nothing was asked, or NULL */
	const char *const *facts; /* that are either so or not */
	size_t fact_count;
	struct row_lookup mx;
	bool implicit;
	const struct row_server *servers; /* second opinion on the MX */
	size_t server_count;
	const struct row_extras *extras; /* NULL: not asked for */
	const struct row_mx *hosts;
	size_t host_count;
	const char *const *lint;
	size_t lint_count;
	const char *const *flags;
	size_t flag_count;
	const struct row_tag *tags;
	size_t tag_count;
};

struct row_certificate {
	const uint8_t *sha256; /* 32 octets, of the DER */
	const uint8_t *spki_sha256;
	const uint8_t *spki_sha512; /* 64 octets */
	const uint8_t *der;
	size_t len;
	const char *subject; /* RFC 2253, UTF-8 */
	const char *issuer;
	int64_t not_before; /* Unix time, seconds */
	int64_t not_after;
	const char *key; /* "EC-256" */
};

#endif
