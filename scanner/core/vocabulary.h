/*
 * Every word that a verdict can use, in one table a kind (vocabulary.def):
 * from it come the enums, the labels of NDJSON and SQL, the texts of
 * `danescan explain`, and the docs.
 */
#ifndef SCANNER_CORE_VOCABULARY_H
#define SCANNER_CORE_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#define X(id, ...) CLASS_##id,
enum domain_class {
#define DOMAIN_CLASSES
#include "scanner/core/vocabulary.def"
	CLASS_COUNT
};
#undef X

#define X(id, ...) HOST_##id,
enum host_class {
#define HOST_CLASSES
#include "scanner/core/vocabulary.def"
	HOST_COUNT
};
#undef X

#define X(id, ...) TLSA_##id,
enum tlsa_state {
#define TLSA_STATES
#include "scanner/core/vocabulary.def"
	TLSA_COUNT
};
#undef X

#define X(id, ...) ENDPOINT_##id,
enum endpoint_class {
#define ENDPOINT_CLASSES
#include "scanner/core/vocabulary.def"
	ENDPOINT_COUNT
};
#undef X

#define X(id, ...) REASON_##id,
enum reason {
	REASON_NONE,
#define REASONS
#include "scanner/core/vocabulary.def"
	REASON_COUNT
};
#undef X

/* Why one TLSA record is unusable. */
#define X(id, ...) USABILITY_##id,
enum usability {
	USABILITY_OK,
#define USABILITIES
#include "scanner/core/vocabulary.def"
	USABILITY_COUNT
};
#undef X

/* Why public issuers do not vouch for a chain. */
#define X(id, ...) PKIX_##id,
enum pkix_reason {
	PKIX_OK,
#include "scanner/core/vocabulary_pkix.def"
	PKIX_COUNT
};
#undef X

/* Could the policy of MTA-STS be had? */
#define X(id, ...) POLICY_##id,
enum policy_state {
#include "scanner/core/vocabulary_policy.def"
	POLICY_COUNT
};
#undef X

#define X(id, ...) HINT_##id,
enum hint {
	HINT_NONE,
#define HINTS
#include "scanner/core/vocabulary.def"
	HINT_COUNT
};
#undef X

#define X(id, ...) LINT_##id,
enum lint {
#define LINTS
#include "scanner/core/vocabulary.def"
	LINT_COUNT
};
#undef X

#define X(id, ...) FLAG_##id,
enum flag {
#define FLAGS
#include "scanner/core/vocabulary.def"
	FLAG_COUNT
};
#undef X

/* One flag of a set. */
#define FLAG_BIT(flag) (UINT64_C(1) << (flag))

/* One word with what a person should know of it. */
struct vocabulary_entry {
	const char *kind;    /* "class", "host class", "tlsa state", "endpoint
				class", "reason", "record", "hint", "pkix",
				"policy", "lint", "flag" */
	const char *label;   /* the stable string */
	const char *meaning; /* a sentence or two */
	const char *section; /* RFC and section, or "" */
	const char *remedy;  /* what the domain's operator should do, or "" */
};

/* Labels; NULL for REASON_NONE, USABILITY_OK, HINT_NONE and PKIX_OK. */
const char *vocabulary_class(enum domain_class code);
const char *vocabulary_host_class(enum host_class code);
const char *vocabulary_tlsa_state(enum tlsa_state code);
const char *vocabulary_endpoint_class(enum endpoint_class code);
const char *vocabulary_reason(enum reason code);
const char *vocabulary_usability(enum usability code);
const char *vocabulary_hint(enum hint code);
const char *vocabulary_pkix(enum pkix_reason code);
const char *vocabulary_policy(enum policy_state code);
const char *vocabulary_lint(enum lint code);
const char *vocabulary_flag(enum flag code);

/*
 * The reason for a fatal TLS alert (RFC 8446 section 6): tls-alert-<n>, or
 * REASON_TLS_HANDSHAKE for a number that is not registered.
 */
enum reason vocabulary_tls_alert(int alert);

/* The reason of a host all of whose TLSA records are unusable for this cause;
   REASON_NONE for USABILITY_OK. */
enum reason vocabulary_unusable(enum usability cause);

/* Walk all entries, kind by kind: i from 0 until NULL. */
const struct vocabulary_entry *vocabulary_at(size_t i);
/* NULL for REASON_NONE. */
const struct vocabulary_entry *vocabulary_reason_entry(enum reason code);
const struct vocabulary_entry *vocabulary_class_entry(enum domain_class code);
const struct vocabulary_entry *vocabulary_hint_entry(enum hint code);
const struct vocabulary_entry *vocabulary_lint_entry(enum lint code);
const struct vocabulary_entry *vocabulary_flag_entry(enum flag code);

#endif
