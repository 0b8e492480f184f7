/*
 * The provider of an MX host, by libpsl.
 */
#include "scanner/provider.h"

#include <libpsl.h>
#include <stdlib.h>

#include "scanner/core/arena.h"

struct provider {
	psl_ctx_t *list; /* NULL where the system has none */
};

struct provider *
provider_new(void)
{
	struct provider *provider = calloc(1, sizeof(*provider));

	if (provider == NULL)
		arena_out_of_memory();
	provider->list = psl_latest(NULL);
	return provider;
}

void
provider_free(struct provider *provider)
{
	if (provider == NULL)
		return;
	psl_free(provider->list);
	free(provider);
}

const char *
provider_of(const struct provider *provider, const char *host)
{
	if (provider->list == NULL)
		return NULL;
	return psl_registrable_domain(provider->list, host);
}
