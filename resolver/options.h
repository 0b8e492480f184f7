/*
 * The libunbound options of a resolver process.
 */
#ifndef RESOLVER_OPTIONS_H
#define RESOLVER_OPTIONS_H

#include <stddef.h>

struct resolver_config;
struct ub_ctx;

/*
 * Set everything that config asks for, and the sizes that a scan needs: the
 * library's own are made for a handful of questions. To be called before the
 * first question of ctx. 0, or -1 with one line in err.
 */
int options_apply(struct ub_ctx *ctx, const struct resolver_config *config,
	char *err, size_t errsize);

#endif
