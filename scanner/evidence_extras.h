/*
 * What further look-ups found, written for a person as evidence.h does the
 * rest.
 */
#ifndef SCANNER_EVIDENCE_EXTRAS_H
#define SCANNER_EVIDENCE_EXTRAS_H

#include <stdio.h>

#include "store/row.h"

/* Nothing for NULL, nor for a part that was not asked for. */
void evidence_extras_domain(FILE *out, const struct row_extras *extras);
void evidence_extras_host(FILE *out, const struct row_host_extras *extras);

#endif
