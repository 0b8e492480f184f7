/*
 * What the public issuers of the machine are good for in a run.
 */
#include "scanner/issuers.h"

#include <stdio.h>

#include "scanner/castore.h"
#include "scanner/core/extra.h"

enum {
	HTTPS_PORT = 443
};

static struct policy *
open_policy(const struct config *config, struct resolver *resolver,
	const struct blocklist *blocklist)
{
	struct policy *policy = policy_new(&(struct policy_config){
		.resolver = resolver,
		.ca_file = config->ca_file,
		.source_ipv4 = config->source_ipv4,
		.source_ipv6 = config->source_ipv6,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.allow_reserved = config->allow_reserved,
		.blocklist = blocklist,
		.connect_timeout_ms = config->connect_timeout_ms,
		.timeout_ms = config->smtp_timeout_ms,
		.port = HTTPS_PORT,
	});

	if (policy == NULL)
		fputs("danescan: libcurl cannot be set up: policies of MTA-STS "
		      "are not fetched\n",
			stderr);
	return policy;
}

void
issuers_open(struct scan_parts *parts, const struct config *config,
	const struct blocklist *blocklist)
{
	char err[512];

	parts->pkix = castore_open(config->ca_file, err, sizeof(err));
	if (parts->pkix == NULL && config->verbosity >= 0)
		fprintf(stderr, "danescan: no check against issuers: %s\n",
			err);
	if (parts->pkix != NULL && config->extras & 1u << EXTRA_MTA_STS)
		parts->policy = open_policy(config, parts->resolver, blocklist);
}

void
issuers_close(struct scan_parts *parts)
{
	policy_free(parts->policy);
	pkix_free(parts->pkix);
}
