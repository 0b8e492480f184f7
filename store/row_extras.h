/*
 * Rows of what further look-ups (--extras) found, as plain values. A part that
 * was not asked for is NULL.
 */
#ifndef STORE_ROW_EXTRAS_H
#define STORE_ROW_EXTRAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row_lookup {
	const char *status; /* "skipped" when it was not asked */
	const char *trust;
	const char *why;     /* or NULL */
	const char *alias;   /* or NULL */
	int64_t ttl_s;	     /* -1 where there is none */
	uint8_t algorithm;   /* that signed it (MX, TLSA); 0: none */
	int64_t sig_expires; /* … Unix time, seconds */
	int64_t sig_begins;
};

/* What a zone's server said when it was asked directly. */
struct row_server {
	const char *name;
	const char *address;
	const char *type; /* that was asked for: "TLSA" */
	const char *outcome;
	int64_t serial;	 /* of its zone; -1: was not asked for */
	uint64_t digest; /* of the RRset; 0: it gave none */
};

/* A policy record in TXT. */
struct row_txt {
	struct row_lookup lookup;
	const char *state; /* "absent", "present", "multiple", "malformed" */
	const char *value; /* MTA-STS: id, TLSRPT: rua; or NULL */
};

/* The policy of MTA-STS, and whether it could be had. */
struct row_policy {
	const char *state; /* "fetched", or what went wrong */
	const char *why;   /* or NULL */
	int http_code;	   /* 0: none */
	const char *mode;  /* NULL, as what follows: it was not fetched */
	int64_t max_age_s;
	const char *const *mx;
	size_t mx_count;
	bool truncated; /* there are more */
};

struct row_zone {
	struct row_lookup lookup; /* of NS */
	const char *name;	  /* or NULL: not found */
	const char *const *servers;
	size_t server_count;
	const char *provider; /* registrable domain of the first, or NULL */
};

struct row_ds {
	uint16_t tag;
	uint8_t algorithm;
	uint8_t digest_type;
};

struct row_dnskey {
	uint16_t tag;
	uint16_t flags;
	uint8_t algorithm;
};

struct row_nsec3 {
	uint16_t iterations;
	uint8_t salt_len;
	bool opt_out;
};

struct row_signing {
	const char *zone; /* or NULL: not found */
	struct row_lookup ds;
	const struct row_ds *delegations;
	size_t delegation_count;
	struct row_lookup dnskey;
	const struct row_dnskey *keys;
	size_t key_count;
	const struct row_nsec3 *nsec3; /* NULL: none */
	bool registry; /* others register names below the zone's */
};

struct row_extras {
	const struct row_txt *mta_sts;
	const struct row_policy *policy; /* … and its policy */
	const struct row_txt *tlsrpt;
	const struct row_zone *ns;
	const struct row_signing *ds;
};

struct row_denial {
	struct row_lookup parent;
	struct row_lookup owner;
	const struct row_server *servers;
	size_t server_count;
};

struct row_port {
	uint16_t port;
	struct row_lookup tlsa;
	size_t count; /* records */
};

struct row_host_extras {
	const struct row_denial *denial;
	const struct row_port *ports; /* NULL: not asked for */
	size_t port_count;
};

#endif
