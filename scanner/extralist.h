/* The list of further look-ups as the user writes it: "mta-sts,ds". Pure. */
#ifndef SCANNER_EXTRALIST_H
#define SCANNER_EXTRALIST_H

#include <jansson.h>
#include <stddef.h>

/* 0, with 1 << enum extra each in *set; or -1 with what is wrong, for a
   person, in problem. */
int extralist_parse(
	unsigned *set, const char *text, char *problem, size_t size);

/* The words of a set as a JSON array. */
json_t *extralist_json(unsigned set);

#endif
