/*
 * The provider of an MX host: its registrable domain by the Public Suffix
 * List.
 */
#ifndef SCANNER_PROVIDER_H
#define SCANNER_PROVIDER_H

struct provider;

struct provider *provider_new(void);
void provider_free(struct provider *provider);

/* A pointer into host (normalised), or NULL: host is itself a public suffix,
   or no name. */
const char *provider_of(const struct provider *provider, const char *host);

#endif
