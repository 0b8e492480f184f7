/*
 * Advice on what works today and may not tomorrow (CONFORMANCE group G), as
 * far as the facts of a scan tell. Never changes a class. Pure.
 */
#ifndef SCANNER_CORE_LINT_H
#define SCANNER_CORE_LINT_H

#include <stdint.h>
#include <time.h>

#include "scanner/core/fact.h"
#include "scanner/core/verdict.h"
#include "scanner/core/vocabulary.h"

/*
 * The lints of a domain at the time now, 1 << enum lint each. hosts[i] is the
 * verdict on domain->hosts[i].host.
 */
uint64_t lint_domain(const struct fact_domain *domain,
	const struct verdict_host *const *hosts, time_t now);

#endif
