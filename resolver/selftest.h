/*
 * The proof, before a scan, that every resolver process can validate.
 */
#ifndef RESOLVER_SELFTEST_H
#define RESOLVER_SELFTEST_H

#include <stddef.h>

struct resolver_config;
struct shard;

/*
 * Wait, at most config->timeout_ms, until the process of each of the n shards
 * has answered for the root's SOA, and the answer is secure. 0, or -1 with one
 * line in err that tells trust anchor, hints and network apart.
 */
int selftest_run(const struct shard *shards, unsigned n,
	const struct resolver_config *config, char *err, size_t errsize);

#endif
