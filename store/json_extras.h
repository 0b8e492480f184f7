/* The "extras" of a record as JSON values. */
#ifndef STORE_JSON_EXTRAS_H
#define STORE_JSON_EXTRAS_H

#include <jansson.h>

#include "store/row.h"

/* null for NULL: nothing was asked for. */
json_t *json_extras_domain(const struct row_extras *extras);
json_t *json_extras_host(const struct row_host_extras *extras);

#endif
