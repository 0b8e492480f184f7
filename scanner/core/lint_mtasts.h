/*
 * Advice on the policy of MTA-STS, beside the hosts and what DANE says of them
 * (CONFORMANCE G22). Never changes a class. Pure.
 */
#ifndef SCANNER_CORE_LINT_MTASTS_H
#define SCANNER_CORE_LINT_MTASTS_H

#include <stdint.h>

#include "scanner/core/fact.h"
#include "scanner/core/verdict.h"

/* 1 << enum lint each; none where no policy was looked for. */
uint64_t lint_mtasts(const struct fact_domain *domain,
	const struct verdict_host *const *hosts);

#endif
