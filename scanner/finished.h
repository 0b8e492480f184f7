/*
 * The MX hosts that are done, packed, for the domains to come: most of what a
 * long scan has in memory.
 */
#ifndef SCANNER_FINISHED_H
#define SCANNER_FINISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct finished;

struct finished *finished_new(void);
void finished_free(struct finished *finished);

/* Keep the octets of a host. transient: its facts may be others soon. */
void finished_keep(struct finished *finished, const char *name,
	const uint8_t *octets, size_t len, bool transient);

/* The octets of a host, or NULL. */
const uint8_t *finished_find(
	const struct finished *finished, const char *name, size_t *len);

typedef void (*finished_cb)(void *arg, const char *name);

/* Tell of those that are transient. */
void finished_transient(
	const struct finished *finished, finished_cb cb, void *arg);
/* Forget those that are transient; returns how many. */
uint64_t finished_forget(struct finished *finished);

/* Octets of memory. */
uint64_t finished_memory(const struct finished *finished);

#endif
