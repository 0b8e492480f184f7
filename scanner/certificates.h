/*
 * The certificates of a scan, each given to the sinks once.
 */
#ifndef SCANNER_CERTIFICATES_H
#define SCANNER_CERTIFICATES_H

#include <stddef.h>

#include "scanner/core/fact.h"
#include "store/store.h"

struct certificates;

struct certificates *certificates_new(void);
void certificates_free(struct certificates *certificates);

/* Give the certificates of tls that are new to each of stores. tls may be
   NULL: there was no handshake. */
void certificates_store(struct certificates *certificates,
	const struct fact_tls *tls, struct store *const *stores,
	size_t store_count);

#endif
