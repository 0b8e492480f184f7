/* Rows that are committed together. */
#include "store/batch.h"

enum {
	KEEP_SIZE = 1024 * 1024
};

size_t
batch_bytes(const struct batch *batch)
{
	size_t bytes = 0;

	for (int table = 0; table < TABLE_COUNT; table++)
		bytes += batch->tables[table].len;
	return bytes;
}

bool
batch_is_empty(const struct batch *batch)
{
	return batch->chunks.len == 0 && batch_bytes(batch) == 0;
}

void
batch_end_chunk(struct batch *batch, uint32_t chunk)
{
	buffer_format(&batch->chunks, batch->chunks.len > 0 ? ",%u" : "%u",
		(unsigned)chunk);
}

void
batch_script(struct batch *batch, const struct tables_scope *scope,
	const struct lease *lease, struct buffer *sql,
	struct connection_script *script)
{
	sql->len = 0;
	*script = (struct connection_script){0};
	buffer_text(sql, "BEGIN;");
	for (int table = 0; table < TABLE_COUNT; table++) {
		if (batch->tables[table].len == 0)
			continue;
		tables_copy_sql(sql, (enum table)table, scope);
		script->copies[script->copy_count++] = &batch->tables[table];
	}
	if (batch->tables[TABLE_CERTIFICATE].len > 0)
		buffer_text(sql, tables_unstage_sql());
	lease_commit_sql(sql, lease, &batch->chunks, batch->domains);
	buffer_text(sql, "COMMIT");
	script->sql = buffer_string(sql);
}

void
batch_clear(struct batch *batch)
{
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_clear(&batch->tables[table], KEEP_SIZE);
	batch->domains = 0;
	batch->chunks.len = 0;
	batch->born_ms = 0;
}

void
batch_free(struct batch *batch)
{
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_free(&batch->tables[table]);
	buffer_free(&batch->chunks);
}
