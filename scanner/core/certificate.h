/*
 * What a person wants to know of a certificate: names, dates, key. Pure but
 * for OpenSSL's own memory; nothing here is a verdict.
 */
#ifndef SCANNER_CORE_CERTIFICATE_H
#define SCANNER_CORE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/arena.h"
#include "scanner/core/fact.h"

struct certificate {
	const char *subject; /* RFC 2253 form, UTF-8 */
	const char *issuer;
	int64_t not_before; /* Unix time, seconds; 0 for a malformed date */
	int64_t not_after;
	const char *key; /* "EC-256", "RSA-2048", "Ed25519", "unknown" */
	bool weak;	 /* RSA under 2048 bits, EC under 224, or signed with
			    SHA-1 or MD5 (CONFORMANCE G13) */
	bool dns_names;	 /* the SAN has one, so that the CN does not count */
	uint8_t spki_sha256[32];
	uint8_t spki_sha512[64];
};

/* 0, or -1 when the octets are no certificate. Strings are allocated from
   arena. */
int certificate_read(const struct fact_certificate *fact, struct arena *arena,
	struct certificate *certificate);

/* The names in its SAN that count for a mail server, in the order of the
   certificate, commas between, anything that is no part of a name as "?"; NULL
   where there is none. */
const char *certificate_names(
	const struct fact_certificate *fact, struct arena *arena);

/* SHA-256 of any octets. */
void certificate_digest(const uint8_t *data, size_t len, uint8_t sha256[32]);

/* Is it signed with its own key? */
bool certificate_is_self_signed(const struct fact_certificate *fact);

#endif
