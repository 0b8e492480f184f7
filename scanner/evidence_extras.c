/*
 * What further look-ups found, written for a person.
 */
#include "scanner/evidence_extras.h"

#include <string.h>

#include "scanner/evidence.h"

enum {
	DOMAIN_INDENT = 2,
	HOST_INDENT = 4
};

/* "none (secure)", or found in place of "none". The validator's words come with
   what is bogus. */
static void
print_lookup(FILE *out, int indent, const char *label,
	const struct row_lookup *lookup, const char *found)
{
	const char *what = "no answer";
	bool bogus = strcmp(lookup->trust, "bogus") == 0;

	if (strcmp(lookup->status, "skipped") == 0) {
		evidence_line(out, indent, label, "not asked");
		return;
	}
	if (bogus)
		what = "not to be believed";
	else if (strcmp(lookup->status, "data") == 0)
		what = found;
	else if (strcmp(lookup->status, "nodata") == 0)
		what = "none";
	else if (strcmp(lookup->status, "nxdomain") == 0)
		what = "none, the name does not exist";
	evidence_line(out, indent, label, "%s (%s%s%s)", what,
		strcmp(lookup->trust, "none") == 0 ? lookup->status
						   : lookup->trust,
		lookup->why != NULL ? ": " : "",
		lookup->why != NULL ? lookup->why : "");
}

static void
print_txt(FILE *out, const char *label, const struct row_txt *txt)
{
	if (txt == NULL)
		return;
	if (strcmp(txt->state, "absent") == 0)
		print_lookup(out, DOMAIN_INDENT, label, &txt->lookup,
			"no such record among TXT");
	else
		evidence_line(out, DOMAIN_INDENT, label, "%s%s%s (%s)",
			txt->state, txt->value != NULL ? ": " : "",
			txt->value != NULL ? txt->value : "",
			txt->lookup.trust);
}

static void
print_policy(FILE *out, const struct row_policy *policy)
{
	if (policy == NULL)
		return;
	if (policy->mode == NULL)
		evidence_line(out, DOMAIN_INDENT, "policy",
			"not to be had: %s%s%s", policy->state,
			policy->why != NULL ? ": " : "",
			policy->why != NULL ? policy->why : "");
	else
		evidence_line(out, DOMAIN_INDENT, "policy",
			"%s, for %lld seconds", policy->mode,
			(long long)policy->max_age_s);
	for (size_t i = 0; i < policy->mx_count; i++)
		evidence_line(out, DOMAIN_INDENT, "", "mx %s", policy->mx[i]);
}

static void
print_zone(FILE *out, const struct row_zone *zone)
{
	if (zone == NULL)
		return;
	print_lookup(out, DOMAIN_INDENT, "zone", &zone->lookup,
		zone->name != NULL ? zone->name : "not found");
	for (size_t i = 0; i < zone->server_count; i++)
		evidence_line(out, DOMAIN_INDENT, i == 0 ? "served by" : "",
			"%s", zone->servers[i]);
	if (zone->provider != NULL)
		evidence_line(out, DOMAIN_INDENT, "", "(operator %s)",
			zone->provider);
}

static void
print_signing(FILE *out, const struct row_signing *signing)
{
	const struct row_nsec3 *nsec3;

	if (signing == NULL)
		return;
	print_lookup(out, DOMAIN_INDENT, "DS", &signing->ds, "found");
	for (size_t i = 0; i < signing->delegation_count; i++)
		evidence_line(out, DOMAIN_INDENT, "",
			"key tag %u, algorithm %u, digest type %u",
			signing->delegations[i].tag,
			signing->delegations[i].algorithm,
			signing->delegations[i].digest_type);
	print_lookup(out, DOMAIN_INDENT, "DNSKEY", &signing->dnskey, "found");
	for (size_t i = 0; i < signing->key_count; i++)
		evidence_line(out, DOMAIN_INDENT, "",
			"key tag %u, flags %u, algorithm %u",
			signing->keys[i].tag, signing->keys[i].flags,
			signing->keys[i].algorithm);
	nsec3 = signing->nsec3;
	if (nsec3 != NULL)
		evidence_line(out, DOMAIN_INDENT, "NSEC3",
			"iterations %u, salt of %u octets%s", nsec3->iterations,
			nsec3->salt_len, nsec3->opt_out ? ", opt-out" : "");
}

void
evidence_extras_domain(FILE *out, const struct row_extras *extras)
{
	if (extras == NULL)
		return;
	print_txt(out, "MTA-STS", extras->mta_sts);
	print_policy(out, extras->policy);
	print_txt(out, "TLSRPT", extras->tlsrpt);
	print_zone(out, extras->ns);
	print_signing(out, extras->ds);
}

static void
print_denial(FILE *out, const struct row_denial *denial)
{
	if (denial == NULL)
		return;
	print_lookup(out, HOST_INDENT, "A at _tcp", &denial->parent, "found");
	print_lookup(
		out, HOST_INDENT, "A at TLSA name", &denial->owner, "found");
	for (size_t i = 0; i < denial->server_count; i++)
		evidence_line(out, HOST_INDENT, "name server",
			"%s (%s), asked for %s: %s", denial->servers[i].name,
			denial->servers[i].address, denial->servers[i].type,
			denial->servers[i].outcome);
}

void
evidence_extras_host(FILE *out, const struct row_host_extras *extras)
{
	if (extras == NULL)
		return;
	print_denial(out, extras->denial);
	for (size_t i = 0; i < extras->port_count; i++) {
		char label[32];

		snprintf(label, sizeof(label), "TLSA at %u",
			extras->ports[i].port);
		print_lookup(out, HOST_INDENT, label, &extras->ports[i].tlsa,
			"found");
	}
}
