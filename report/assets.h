/* Files of report/ that the program carries with it. */
#ifndef REPORT_ASSETS_H
#define REPORT_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name; /* of the file, without its folder */
	const char *data; /* a NUL lies behind it */
	size_t len;
};

/* Walk them in the order of their names: i from 0 until NULL. */
const struct asset *assets_at(size_t i);
/* It has to be there. */
const struct asset *assets_find(const char *name);

#endif
