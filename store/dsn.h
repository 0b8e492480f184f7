/* Connection strings of libpq: are they well-formed, do they hold a secret. */
#ifndef STORE_DSN_H
#define STORE_DSN_H

#include <jansson.h>
#include <stddef.h>

enum dsn_status {
	DSN_OK,
	DSN_SECRET, /* well-formed, with a password in it */
	DSN_BAD,    /* libpq's words are in words; they may quote a secret */
};

enum dsn_status dsn_check(const char *dsn, char *words, size_t size);

/* Service, host, port, database and user as an object: where the data went,
   nothing secret. null for NULL or a bad string. */
json_t *dsn_json(const char *dsn);

#endif
