/*
 * What a scan would do (--dry-run): the lists, what is in them, and the options
 * with their origin.
 */
#ifndef SCANNER_PLAN_H
#define SCANNER_PLAN_H

#include <stdio.h>

#include "scanner/config.h"
#include "scanner/list.h"

/* Reads list to its end, and contacts nobody. The exit code (enum
   config_exit). */
int plan_print(FILE *out, const struct config *config, struct list *list);

#endif
