/*
 * The sinks of a scan as one: each is given every row, and what all have
 * committed is committed.
 */
#ifndef SCANNER_SINKS_H
#define SCANNER_SINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/judge.h"
#include "store/store.h"

struct sinks;

/* Watch fd of store for events (enum store_events); 0: forget it. */
typedef void (*sinks_watch_cb)(
	void *arg, struct store *store, int fd, int events);

/* The array and the stores stay the caller's, and outlive the sinks. */
struct sinks *sinks_new(struct store *const *stores, size_t count);
void sinks_free(struct sinks *sinks);

void sinks_watch(struct sinks *sinks, sinks_watch_cb watch, void *arg);

/* A host, after its certificates; or one that another run has stored. */
void sinks_add_host(struct sinks *sinks, const struct judge_host *judged);
void sinks_know_host(
	struct sinks *sinks, const struct judge_host *judged, int64_t run);

/* As store_…() of each. */
void sinks_end_chunk(struct sinks *sinks, uint32_t chunk);
void sinks_add_domain(struct sinks *sinks, const struct row_domain *domain);
void sinks_flush(struct sinks *sinks);
void sinks_finish(struct sinks *sinks, const char *report, const char *state);

/* Domains that every sink has committed, of done. */
uint64_t sinks_committed(const struct sinks *sinks, uint64_t done);
bool sinks_closed(const struct sinks *sinks);
/* The failure of one of them, or NULL. */
const char *sinks_failed(const struct sinks *sinks);

#endif
