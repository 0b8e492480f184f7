/*
 * The words of a result that are not explained elsewhere on its page.
 */
#ifndef SCANNER_GLOSSARY_H
#define SCANNER_GLOSSARY_H

#include "scanner/judge.h"
#include "scanner/page.h"

/* Reasons and flags of the domain, its hosts, their addresses and records; but
   for the domain's first reason and for what is advice as well. */
void glossary_print(const struct page *page, const struct judge_result *result);

#endif
