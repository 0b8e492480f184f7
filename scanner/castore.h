/*
 * The public issuers of the machine.
 */
#ifndef SCANNER_CASTORE_H
#define SCANNER_CASTORE_H

#include <stddef.h>

#include "scanner/core/pkix.h"

/* From a file of certificates in PEM form. NULL, with one line in err, when it
   cannot be read or has none. */
struct pkix *castore_open(const char *path, char *err, size_t errsize);

#endif
