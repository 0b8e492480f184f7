/* NDJSON: one record a line (INTERFACE section 3). */
#include "store/json.h"
#include "store/stream.h"

static void
encode(struct buffer *buffer, const char *scan, const struct row_domain *domain)
{
	json_record(buffer, scan, domain);
	buffer_byte(buffer, '\n');
}

struct store *
store_ndjson_open(const char *path, const char *scan, char *err, size_t errsize)
{
	return stream_open(path, scan, "", encode, err, errsize);
}
