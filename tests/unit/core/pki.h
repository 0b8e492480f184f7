/*
 * Certificates, chains and TLSA records made in memory, for tests.
 */
#ifndef TESTS_UNIT_CORE_PKI_H
#define TESTS_UNIT_CORE_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

/* The moment at which tests judge: inside the dates of a certificate made
   without dates of its own. */
enum {
	PKI_NOW = 1700000000,
	PKI_DAY = 86400
};

enum pki_key {
	PKI_EC,
	PKI_RSA_512,
	PKI_RSA_1024,
	PKI_RSA_2048,
	PKI_ED25519
};

/* What to make; zero means the ordinary thing. */
struct pki_spec {
	const char *cn;	   /* subject */
	const char *san;   /* "DER:…", or as OpenSSL's configuration has it:
			      "DNS:a,DNS:b" */
	const char *eku;   /* such as "clientAuth"; NULL: none */
	const char *usage; /* keyUsage */
	const char *name_constraints;
	const char *critical; /* an unknown critical extension, if not NULL */
	bool ca;
	int pathlen; /* 1 + path length constraint, 0: none */
	bool sha1;   /* the digest of its signature */
	enum pki_key type;
	time_t not_before;	  /* 0: a year before PKI_NOW */
	time_t not_after;	  /* 0: a year after */
	const struct pki *issuer; /* NULL: self-signed */
	const struct pki *key;	  /* whose key to use again; NULL: a new one */
};

struct pki; /* a certificate with its key */
struct ssl_ctx_st;

struct pki *pki_new(const struct pki_spec *spec);
void pki_free(struct pki *pki);

/* The certificate as a server sends it; points into pki. */
struct fact_certificate pki_fact(const struct pki *pki);

/* Have a server show it, and prove it with its key. */
void pki_use(const struct pki *pki, struct ssl_ctx_st *server);

/* DER of the certificate (0) or of its public key (1). */
const uint8_t *pki_der(const struct pki *pki, int selector, size_t *len);

/* The TLSA record that describes the certificate, with an unknown selector its
   key; data from arena. */
struct fact_tlsa pki_tlsa(const struct pki *pki, int usage, int selector,
	int mtype, struct arena *arena);

/* Any record, with data given in hexadecimal. */
struct fact_tlsa pki_record(int usage, int selector, int mtype, const char *hex,
	struct arena *arena);

#endif
