-- Partitions and their indexes. The rows of domains and of their exchanges come
-- in random order, and would cost more in their indexes than in themselves
-- (docs/performance.md); so these indexes are made when the scan ends. That no
-- domain is there twice is the work of lease, token and batch number; that the
-- index can be made is the proof. Hosts are few, and are looked up while the
-- scan runs: theirs are there from the start.

CREATE FUNCTION dane.index_partitions(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF to_regclass(format('dane.domain_row_%s_key', id)) IS NOT NULL THEN
		RETURN;
	END IF;
	EXECUTE format('CREATE UNIQUE INDEX domain_row_%1$s_key '
		'ON dane.domain_row_%1$s (scan_id, domain)', id);
	EXECUTE format('CREATE UNIQUE INDEX mx_row_%1$s_key '
		'ON dane.mx_row_%1$s (scan_id, domain, position)', id);
	EXECUTE format('CREATE INDEX mx_row_%1$s_host '
		'ON dane.mx_row_%1$s (scan_id, host)', id);
END $$;

COMMENT ON FUNCTION dane.index_partitions IS
	'Make the indexes of a scan that were left out while rows came in. They '
	'stay when it is taken up again.';

SELECT dane.index_partitions(scan_id) FROM dane.scan WHERE pruned IS NULL;

-- ATTACH locks the parent weakly: readers of other scans need not wait, as
-- they would for CREATE TABLE ... PARTITION OF.
CREATE FUNCTION dane.make_partitions(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	parent text;
BEGIN
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('CREATE TABLE dane.%I (LIKE dane.%I INCLUDING ALL)',
			parent || '_' || id, parent);
		EXECUTE format(
			'ALTER TABLE dane.%I ATTACH PARTITION dane.%I FOR VALUES IN (%L)',
			parent, parent || '_' || id, id);
		PERFORM dane.copy_grants(format('dane.%I', parent)::regclass,
			format('dane.%I', parent || '_' || id)::regclass);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.make_partitions IS
	'Make the partitions of a new scan, with the rights of their tables.';

CREATE OR REPLACE FUNCTION dane.scan_begin(
	scan_label text, scan_config jsonb, scan_started timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint;
BEGIN
	INSERT INTO dane.scan (label, config, started)
		VALUES (scan_label, scan_config, scan_started)
		RETURNING scan_id INTO id;
	PERFORM dane.make_partitions(id);
	INSERT INTO dane.lease (scan_id) VALUES (id);
	RETURN id;
END $$;

-- Where there is no index yet this is one pass over the rows, not one a name.
CREATE FUNCTION dane.done_lines(id bigint, names text[]) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
	SELECT d.line
	FROM (SELECT n COLLATE "C" AS domain FROM unnest(names) n) n
	JOIN dane.domain_row d ON d.domain = n.domain
	WHERE d.scan_id = id
$$;

COMMENT ON FUNCTION dane.done_lines IS
	'The input lines of those domains that a scan has rows of.';

-- At the end of a scan, before anything is computed from it; the planner is told
-- what is there.
CREATE OR REPLACE FUNCTION dane.scan_analyzed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	parent text;
BEGIN
	PERFORM dane.index_partitions(NEW.scan_id);
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('ANALYZE dane.%I', parent || '_' || NEW.scan_id);
	END LOOP;
	RETURN NULL;
END $$;

COMMENT ON FUNCTION dane.scan_analyzed IS
	'Make the indexes and the statistics of a scan that has come to an end.';

-- An interrupted scan is read as well.
DROP TRIGGER analyzed ON dane.scan;
CREATE TRIGGER analyzed AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state <> 'running' AND OLD.state <> NEW.state
	AND NEW.pruned IS NULL)
EXECUTE FUNCTION dane.scan_analyzed();

-- The rows are counted beforehand: no index can be made on what the statement that
-- fires the trigger still has open.
CREATE OR REPLACE FUNCTION dane.scan_finish(
	id bigint, my_token bigint, my_session bigint, new_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	rows_there bigint;
BEGIN
	PERFORM 1 FROM dane.lease
		WHERE scan_id = id AND chunk = 0 AND token = my_token
			AND session = my_session FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scan % was taken over by another scanner', id
			USING ERRCODE = 'DS001';
	END IF;
	SELECT count(*) INTO rows_there
		FROM dane.domain_obs d WHERE d.scan_id = id;
	UPDATE dane.scan SET state = new_state, finished = now(),
			domains = rows_there
		WHERE scan_id = id AND state <> 'complete';
END $$;

CREATE OR REPLACE FUNCTION dane.allow_rows(role text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	parent text;
	child regclass;
BEGIN
	EXECUTE format('GRANT SELECT ON dane.migration TO %I', role);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE (last_seen) '
		'ON dane.certificate TO %I', role);
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('GRANT INSERT ON dane.%I TO %I', parent, role);
		FOR child IN SELECT inhrelid FROM pg_catalog.pg_inherits
				WHERE inhparent = format('dane.%I', parent)::regclass LOOP
			EXECUTE format('GRANT INSERT ON %s TO %I', child, role);
		END LOOP;
	END LOOP;
	EXECUTE format('GRANT SELECT (scan_id, line) ON dane.domain_obs TO %I',
		role);
	EXECUTE format('GRANT EXECUTE ON FUNCTION dane.learn TO %I', role);
END $$;
