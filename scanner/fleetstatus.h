/*
 * The running scans and their fleets, for a person.
 */
#ifndef SCANNER_FLEETSTATUS_H
#define SCANNER_FLEETSTATUS_H

#include <stdio.h>

#include "store/status.h"

void fleetstatus_print(FILE *out, const struct status *status);

#endif
