-- The records of a scan that still runs, without indexes and statistics, are those
-- of the scan when it is complete; and no function is called for each host.

BEGIN;
SELECT plan(4);
\ir rows/report.sql

CREATE TEMP TABLE running AS
SELECT dane.scan_begin('running', '{}', '2026-01-04 00:00+00') AS id;
DO $$
DECLARE
	parent text;
	columns text;
BEGIN
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		SELECT string_agg(quote_ident(attname), ', ') INTO columns
		FROM pg_attribute WHERE attrelid = ('dane.' || parent)::regclass
			AND attnum > 0 AND NOT attisdropped AND attname <> 'scan_id';
		EXECUTE format('INSERT INTO dane.%1$I (scan_id, %2$s) SELECT id, %2$s
			FROM dane.%1$I, running WHERE scan_id = pg_temp.scan(4)',
			parent, columns);
	END LOOP;
END $$;

CREATE FUNCTION pg_temp.records(id bigint) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg((record::jsonb - 'scan')::text, E'\n' ORDER BY domain)
	FROM dane.records WHERE scan_id = id);
CREATE TEMP TABLE before AS SELECT pg_temp.records(id) AS text FROM running;

SELECT is((SELECT reltuples FROM pg_class WHERE oid
		= format('dane.domain_row_%s', id)::regclass), -1::real,
	'nothing is known of what comes in')
FROM running;
SELECT is(text, pg_temp.records(pg_temp.scan(4)),
	'the records are those of the same scan when it is complete') FROM before;
UPDATE dane.lease SET session = 1 WHERE scan_id = (SELECT id FROM running);
SELECT dane.scan_finish(id, 1, 1, 'complete') FROM running;
SELECT is(pg_temp.records(id), text, 'and stay when it ends') FROM before, running;

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || line;
	END LOOP;
	RETURN lines;
END $$;
SELECT is(array_agg(DISTINCT m[1]), '{labels,tls_json}',
	'only these are called, where there is something')
FROM running, regexp_matches(pg_temp.plan(format(
	'SELECT record FROM dane.records WHERE scan_id = %s', id)),
	'dane\.([a-z_]+)\(', 'g') m;

SELECT * FROM finish();
ROLLBACK;
