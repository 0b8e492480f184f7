/*
 * Labels and texts of the vocabulary, from vocabulary.def.
 */
#include "scanner/core/vocabulary.h"

static const char kind_class[] = "class";
static const char kind_host[] = "host class";
static const char kind_tlsa[] = "tlsa state";
static const char kind_endpoint[] = "endpoint class";
static const char kind_reason[] = "reason";
static const char kind_usability[] = "record";
static const char kind_hint[] = "hint";
static const char kind_pkix[] = "pkix";
static const char kind_policy[] = "policy";
static const char kind_lint[] = "lint";
static const char kind_flag[] = "flag";

#define X(id, label, meaning, section, remedy) \
	[CLASS_##id] = {kind_class, label, meaning, section, remedy},
static const struct vocabulary_entry classes[CLASS_COUNT] = {
#define DOMAIN_CLASSES
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[HOST_##id] = {kind_host, label, meaning, section, remedy},
static const struct vocabulary_entry host_classes[HOST_COUNT] = {
#define HOST_CLASSES
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[TLSA_##id] = {kind_tlsa, label, meaning, section, remedy},
static const struct vocabulary_entry tlsa_states[TLSA_COUNT] = {
#define TLSA_STATES
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[ENDPOINT_##id] = {kind_endpoint, label, meaning, section, remedy},
static const struct vocabulary_entry endpoint_classes[ENDPOINT_COUNT] = {
#define ENDPOINT_CLASSES
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[REASON_##id] = {kind_reason, label, meaning, section, remedy},
static const struct vocabulary_entry reasons[REASON_COUNT] = {
#define REASONS
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[USABILITY_##id] = {kind_usability, label, meaning, section, remedy},
static const struct vocabulary_entry usabilities[USABILITY_COUNT] = {
#define USABILITIES
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[HINT_##id] = {kind_hint, label, meaning, section, remedy},
static const struct vocabulary_entry hints[HINT_COUNT] = {
#define HINTS
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[PKIX_##id] = {kind_pkix, label, meaning, section, remedy},
static const struct vocabulary_entry pkix_reasons[PKIX_COUNT] = {
#include "scanner/core/vocabulary_pkix.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[POLICY_##id] = {kind_policy, label, meaning, section, remedy},
static const struct vocabulary_entry policy_states[POLICY_COUNT] = {
#include "scanner/core/vocabulary_policy.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[LINT_##id] = {kind_lint, label, meaning, section, remedy},
static const struct vocabulary_entry lints[LINT_COUNT] = {
#define LINTS
#include "scanner/core/vocabulary.def"
};
#undef X

#define X(id, label, meaning, section, remedy) \
	[FLAG_##id] = {kind_flag, label, meaning, section, remedy},
static const struct vocabulary_entry flags[FLAG_COUNT] = {
#define FLAGS
#include "scanner/core/vocabulary.def"
};
#undef X

/* The kinds in the order in which a person reads them; first skips the code
   that means "none". */
static const struct {
	const struct vocabulary_entry *entries;
	size_t first;
	size_t count;
} kinds[] = {
	{classes, 0, CLASS_COUNT},
	{host_classes, 0, HOST_COUNT},
	{tlsa_states, 0, TLSA_COUNT},
	{endpoint_classes, 0, ENDPOINT_COUNT},
	{reasons, REASON_NONE + 1, REASON_COUNT},
	{usabilities, USABILITY_OK + 1, USABILITY_COUNT},
	{hints, HINT_NONE + 1, HINT_COUNT},
	{pkix_reasons, PKIX_OK + 1, PKIX_COUNT},
	{policy_states, 0, POLICY_COUNT},
	{lints, 0, LINT_COUNT},
	{flags, 0, FLAG_COUNT},
};

/* A set of flags must fit its 64 bits. */
_Static_assert(FLAG_COUNT <= 64, "too many flags");

const char *
vocabulary_class(enum domain_class code)
{
	return classes[code].label;
}

const char *
vocabulary_host_class(enum host_class code)
{
	return host_classes[code].label;
}

const char *
vocabulary_tlsa_state(enum tlsa_state code)
{
	return tlsa_states[code].label;
}

const char *
vocabulary_endpoint_class(enum endpoint_class code)
{
	return endpoint_classes[code].label;
}

const char *
vocabulary_reason(enum reason code)
{
	return reasons[code].label;
}

const char *
vocabulary_usability(enum usability code)
{
	return usabilities[code].label;
}

const char *
vocabulary_hint(enum hint code)
{
	return hints[code].label;
}

const char *
vocabulary_pkix(enum pkix_reason code)
{
	return pkix_reasons[code].label;
}

const char *
vocabulary_policy(enum policy_state code)
{
	return policy_states[code].label;
}

const char *
vocabulary_lint(enum lint code)
{
	return lints[code].label;
}

const char *
vocabulary_flag(enum flag code)
{
	return flags[code].label;
}

enum reason
vocabulary_tls_alert(int alert)
{
	switch (alert) {
#define ALERT(n, name) \
	case n:        \
		return REASON_TLS_ALERT_##n;
#include "scanner/core/vocabulary_alert.def"
#undef ALERT
	default:
		return REASON_TLS_HANDSHAKE;
	}
}

enum reason
vocabulary_unusable(enum usability cause)
{
	switch (cause) {
	case USABILITY_OK:
	case USABILITY_COUNT:
		break;
#define X(id, ...)           \
	case USABILITY_##id: \
		return REASON_##id;
#define USABILITIES
#include "scanner/core/vocabulary.def"
#undef X
	}
	return REASON_NONE;
}

const struct vocabulary_entry *
vocabulary_at(size_t i)
{
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		size_t count = kinds[kind].count - kinds[kind].first;

		if (i < count)
			return &kinds[kind].entries[kinds[kind].first + i];
		i -= count;
	}
	return NULL;
}

const struct vocabulary_entry *
vocabulary_reason_entry(enum reason code)
{
	return code == REASON_NONE ? NULL : &reasons[code];
}

const struct vocabulary_entry *
vocabulary_class_entry(enum domain_class code)
{
	return &classes[code];
}

const struct vocabulary_entry *
vocabulary_hint_entry(enum hint code)
{
	return code == HINT_NONE ? NULL : &hints[code];
}

const struct vocabulary_entry *
vocabulary_lint_entry(enum lint code)
{
	return &lints[code];
}

const struct vocabulary_entry *
vocabulary_flag_entry(enum flag code)
{
	return &flags[code];
}
