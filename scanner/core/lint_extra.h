/*
 * Advice that needs further look-ups (CONFORMANCE G19, G20, G22, G23, G31,
 * G32). Never changes a class. Pure.
 */
#ifndef SCANNER_CORE_LINT_EXTRA_H
#define SCANNER_CORE_LINT_EXTRA_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/core/fact.h"

/* 1 << enum lint each; none where nothing was asked for. promised: a host of
   the domain has usable TLSA records. */
uint64_t lint_extra_domain(const struct fact_domain *domain, bool promised);
uint64_t lint_extra_host(const struct fact_host *host);

#endif
