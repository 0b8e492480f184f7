/*
 * The evidence behind a verdict, written for a mail administrator: every step
 * from the MX answer to the certificate, and what to do.
 */
#ifndef SCANNER_EVIDENCE_H
#define SCANNER_EVIDENCE_H

#include <stdbool.h>
#include <stdio.h>

#include "scanner/judge.h"

void evidence_print(FILE *out, const struct judge_result *result, bool color);

/* One line of it, "    label      text", text broken where it is too long. */
void evidence_line(FILE *out, int indent, const char *label, const char *format,
	...) __attribute__((format(printf, 4, 5)));

#endif
