/*
 * Facts that are complete become a verdict and rows: a host once, shared by
 * all domains that name it, and each domain.
 */
#ifndef SCANNER_JUDGE_H
#define SCANNER_JUDGE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "scanner/core/arena.h"
#include "scanner/core/domain.h"
#include "scanner/core/fact.h"
#include "scanner/core/rebuild.h"
#include "scanner/core/record.h"
#include "scanner/core/verdict.h"
#include "store/row.h"

struct judge;

/* NULL when OpenSSL cannot be set up. pkix, which stays the caller's, may be
   NULL: no chain is judged by public issuers. */
struct judge *judge_new(const struct pkix *pkix);
void judge_free(struct judge *judge);

/* A host as a domain without further reference identifiers sees it. */
struct judge_host {
	struct verdict_host verdict;
	const char *provider; /* registrable domain of its name, or NULL */
};

/* Does a record, for itself, match the chain that endpoint showed, if any? */
bool judge_matches(struct judge *judge, const struct fact_host *fact,
	const struct fact_endpoint *endpoint, time_t now);

/* The provider of a host (scanner/provider.h): a pointer into host, or NULL. */
const char *judge_provider(const struct judge *judge, const char *host);

/* Are there secure TLSA records that can be used, and a chain that none of them
   matches? */
bool judge_mismatches(
	struct judge *judge, const struct fact_host *fact, time_t now);

/* What judged points to is in arena, or belongs to fact. */
void judge_host(struct judge *judge, const struct fact_host *fact, time_t now,
	struct arena *arena, struct judge_host *judged);

/* The same of a stored host, as of the time at which it was judged. What public
   issuers said of its chains stays as it is stored. */
void judge_stored(struct judge *judge, const struct row_host *row,
	rebuild_certificate_cb certificate, void *arg, struct arena *arena,
	struct judge_host *judged);

/* Its row, in arena. */
const struct row_host *judge_row(
	const struct judge_host *judged, struct arena *arena);

/*
 * judged as octets in arena, for the domains to come (core/pack.h). evidence:
 * with the certificates, also where no verdict can need them.
 */
const uint8_t *judge_pack(const struct judge_host *judged, bool evidence,
	struct arena *arena, size_t *len);

/* The host called name that was packed into octets; all of it is in arena. */
const struct judge_host *judge_unpack(struct judge *judge, const char *name,
	const uint8_t *octets, size_t len, struct arena *arena);

/* A domain all of whose hosts are judged. */
struct judge_domain {
	struct fact_domain *fact; /* hosts and host_count are filled in */
	const struct domain_exchanges *exchanges;
	const struct judge_host *const *hosts; /* one an exchange */
	struct record_line line;
};

/* One judged domain with all its evidence. */
struct judge_result {
	const struct fact_domain *fact;
	struct verdict_domain verdict;
	const struct verdict_host *const *hosts; /* fact->host_count */
	uint64_t lints;				 /* 1 << enum lint */
	const struct row_domain *row;
};

/* What result points to is in arena, or belongs to the hosts. */
void judge_domain(struct judge *judge, const struct judge_domain *domain,
	struct arena *arena, struct judge_result *result);

#endif
