/* Numbers as a person reads them. */
#ifndef SCANNER_SHOWN_H
#define SCANNER_SHOWN_H

#include <stdint.h>

enum {
	SHOWN_SIZE = 32
};

/* 1234567 as 1,234,567. Both return out. */
const char *shown_count(uint64_t n, char out[SHOWN_SIZE]);
/* The two largest units: 1h20m. */
const char *shown_duration(double seconds, char out[SHOWN_SIZE]);

#endif
