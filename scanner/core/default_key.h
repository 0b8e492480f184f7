/*
 * Keys that come with software for tests and examples, private half included.
 * Whoever serves with one proves nothing by it. Pure.
 */
#ifndef SCANNER_CORE_DEFAULT_KEY_H
#define SCANNER_CORE_DEFAULT_KEY_H

#include <stdint.h>

/* Where the key with this SHA-256 of its SPKI is published, or NULL. */
const char *default_key_source(const uint8_t spki_sha256[32]);

#endif
