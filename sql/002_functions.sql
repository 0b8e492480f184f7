-- The life of a scan: begin, resume, batches, finish, drop.

CREATE FUNCTION dane.observation_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY['domain_obs', 'mx_obs', 'host_obs', 'endpoint_obs', 'tlsa_obs'];

COMMENT ON FUNCTION dane.observation_tables IS
	'The tables that have one partition a scan.';

-- ATTACH locks the parent weakly: readers of other scans need not wait, as
-- they would for CREATE TABLE ... PARTITION OF.
CREATE FUNCTION dane.scan_begin(
	scan_label text, scan_config jsonb, scan_started timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint;
	parent text;
BEGIN
	INSERT INTO dane.scan (label, config, started)
		VALUES (scan_label, scan_config, scan_started)
		RETURNING scan_id INTO id;
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('CREATE TABLE dane.%I (LIKE dane.%I INCLUDING ALL)',
			parent || '_' || id, parent);
		EXECUTE format(
			'ALTER TABLE dane.%I ATTACH PARTITION dane.%I FOR VALUES IN (%L)',
			parent, parent || '_' || id, id);
	END LOOP;
	INSERT INTO dane.lease (scan_id) VALUES (id);
	RETURN id;
END $$;

COMMENT ON FUNCTION dane.scan_begin IS
	'Register a scan: its row, its partitions and its lease, token 1.';

CREATE FUNCTION dane.scan_resume(
	id bigint, OUT token bigint, OUT batch bigint, OUT low_water bigint)
LANGUAGE plpgsql AS $$
DECLARE
	old_state text;
BEGIN
	SELECT s.state INTO old_state
		FROM dane.scan s WHERE s.scan_id = id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	ELSIF old_state = 'complete' THEN
		RAISE EXCEPTION 'scan % is already complete', id
			USING ERRCODE = 'DS003';
	END IF;
	UPDATE dane.scan s SET state = 'running', finished = NULL, domains = NULL
		WHERE s.scan_id = id;
	UPDATE dane.lease l SET token = l.token + 1, session = 0, updated = now()
		WHERE l.scan_id = id AND l.chunk = 0
		RETURNING l.token, l.batch, l.low_water
		INTO token, batch, low_water;
END $$;

COMMENT ON FUNCTION dane.scan_resume IS
	'Take up a scan that is not complete; whoever wrote to it before is '
	'fenced off by the new token.';

CREATE FUNCTION dane.lease_session(id bigint, my_token bigint, my_session bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	last_batch bigint;
BEGIN
	UPDATE dane.lease SET session = my_session, updated = now()
		WHERE scan_id = id AND chunk = 0 AND token = my_token
			AND session < my_session
		RETURNING batch INTO last_batch;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scan % was taken over by another scanner', id
			USING ERRCODE = 'DS001';
	END IF;
	RETURN last_batch;
END $$;

COMMENT ON FUNCTION dane.lease_session IS
	'First act of a new connection: fence off the old one and learn which '
	'batch was committed last. Waits for a commit that is under way.';

CREATE FUNCTION dane.batch_commit(id bigint, my_token bigint,
	my_session bigint, my_batch bigint, my_low_water bigint, rows_added bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE dane.lease SET batch = my_batch,
			low_water = greatest(low_water, my_low_water),
			domains = domains + rows_added, updated = now()
		WHERE scan_id = id AND chunk = 0 AND token = my_token
			AND session = my_session AND batch = my_batch - 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scan % was taken over by another scanner', id
			USING ERRCODE = 'DS001';
	END IF;
END $$;

COMMENT ON FUNCTION dane.batch_commit IS
	'Last act of the transaction of a batch; fails, and the batch with it, '
	'when the caller no longer holds the lease.';

CREATE FUNCTION dane.scan_finish(
	id bigint, my_token bigint, my_session bigint, new_state text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM dane.lease
		WHERE scan_id = id AND chunk = 0 AND token = my_token
			AND session = my_session FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scan % was taken over by another scanner', id
			USING ERRCODE = 'DS001';
	END IF;
	UPDATE dane.scan SET state = new_state, finished = now(), domains =
			(SELECT count(*) FROM dane.domain_obs d WHERE d.scan_id = id)
		WHERE scan_id = id;
END $$;

COMMENT ON FUNCTION dane.scan_finish IS
	'Mark the end of a scan, complete or interrupted. May be repeated.';

CREATE FUNCTION dane.scan_drop(id bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	parent text;
BEGIN
	DELETE FROM dane.scan WHERE scan_id = id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	END IF;
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('DROP TABLE dane.%I', parent || '_' || id);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.scan_drop IS
	'Remove a scan and its observations. Certificates stay.';
