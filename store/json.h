/* The record of a domain as JSON (INTERFACE section 3, schema version 1). */
#ifndef STORE_JSON_H
#define STORE_JSON_H

#include "store/buffer.h"
#include "store/row.h"

/* Append the record, one object without a line break. scan: its label. */
void json_record(struct buffer *buffer, const char *scan,
	const struct row_domain *domain);

/* Append one element of the record's "hosts". */
void json_mx(struct buffer *buffer, const struct row_mx *mx);

/* The array of servers of a look-up. */
void json_servers(
	struct buffer *buffer, const struct row_server *servers, size_t count);

/* Append the "extras" of a record, and of one of its hosts. */
void json_extras(struct buffer *buffer, const struct row_extras *extras);
void json_host_extras(
	struct buffer *buffer, const struct row_host_extras *extras);

/* Append the record's "tags". */
void json_tags(struct buffer *buffer, const struct row_tag *tags, size_t count);

/* RFC 3339, UTC, seconds: size of out 21. The years 0 to 9999. */
void json_time(char out[21], int64_t time_us);

#endif
