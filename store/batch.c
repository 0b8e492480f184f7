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

void
batch_script(const struct batch *batch, const struct tables_scope *scope,
	const struct lease *lease, struct buffer *sql,
	struct connection_script *script)
{
	sql->len = 0;
	script->copy_count = 0;
	buffer_text(sql, "BEGIN;");
	for (int table = 0; table < TABLE_COUNT; table++) {
		if (batch->tables[table].len == 0)
			continue;
		tables_copy_sql(sql, (enum table)table, scope);
		script->copies[script->copy_count++] = &batch->tables[table];
	}
	if (batch->tables[TABLE_CERTIFICATE].len > 0)
		buffer_text(sql, tables_unstage_sql());
	lease_commit_sql(sql, lease, batch->low_water, batch->domains);
	buffer_text(sql, "COMMIT");
	script->sql = buffer_string(sql);
}

void
batch_clear(struct batch *batch)
{
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_clear(&batch->tables[table], KEEP_SIZE);
	batch->domains = 0;
	batch->low_water = 0;
	batch->born_ms = 0;
}

void
batch_free(struct batch *batch)
{
	for (int table = 0; table < TABLE_COUNT; table++)
		buffer_free(&batch->tables[table]);
}
