/*
 * A small file that readers find whole at any time: written beside its place,
 * then renamed.
 */
#ifndef SCANNER_REPLACE_H
#define SCANNER_REPLACE_H

#include <stddef.h>

/*
 * 0, or -1 with one line in err and the old file untouched. What is there and
 * is no regular file (a device, a pipe) is refused: it must not be replaced.
 */
int replace_file(const char *path, const char *data, size_t len, char *err,
	size_t errsize);

#endif
