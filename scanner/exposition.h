/*
 * The text format in which Prometheus reads metrics (version 0.0.4): families
 * with their samples, into a buffer. Pure.
 *
 * Names and help texts are ours and written as they are; label values may hold
 * anything and are escaped.
 */
#ifndef SCANNER_EXPOSITION_H
#define SCANNER_EXPOSITION_H

#include <stdint.h>

#include "scanner/core/histogram.h"
#include "store/buffer.h"

/* Begins a family: name with its prefix, "counter", "gauge" or "histogram". */
void exposition_family(struct buffer *out, const char *name, const char *type,
	const char *help);

/* One sample of the family; label NULL: without one. */
void exposition_count(struct buffer *out, const char *name, const char *label,
	const char *value, uint64_t n);
void exposition_number(struct buffer *out, const char *name, const char *label,
	const char *value, double n);

/* All samples of one histogram, in seconds. */
void exposition_histogram(struct buffer *out, const char *name,
	const char *label, const char *value,
	const struct histogram *histogram);

#endif
