-- A scan as the work of many: members, each with a lease and a token of its
-- own, take chunks of the list, and return them when they end, in order or not.
--
-- What one transaction locks, it locks in the order lease, scan, chunk, host,
-- address, and of several rows of one kind in the order of their keys.

CREATE TABLE dane.fleet_setting (
	one        boolean PRIMARY KEY DEFAULT true CHECK (one),
	lease_time interval NOT NULL DEFAULT '30 s' CHECK (lease_time > '0'),
	index_size bigint NOT NULL DEFAULT 16777216
);

COMMENT ON TABLE dane.fleet_setting IS 'One row: what the owner may choose.';
COMMENT ON COLUMN dane.fleet_setting.lease_time IS
	'A member without a sign of life for so long is lost: its chunks, hosts and '
	'addresses return.';

COMMENT ON COLUMN dane.fleet_setting.index_size IS
	'Octets of rows of domains that are not looked through once for each chunk '
	'that returns: from then on their index is made first.';

INSERT INTO dane.fleet_setting DEFAULT VALUES;

CREATE FUNCTION dane.lease_time() RETURNS interval LANGUAGE sql STABLE
RETURN (SELECT lease_time FROM dane.fleet_setting);

COMMENT ON FUNCTION dane.lease_time IS 'See fleet_setting.';

-- Members

ALTER TABLE dane.scan
	ADD loader        bigint DEFAULT 1,
	ADD loaded_line   bigint NOT NULL DEFAULT 0,
	ADD loaded_chunks integer NOT NULL DEFAULT 0,
	ADD loaded_names  bigint NOT NULL DEFAULT 0,
	ADD loaded        boolean NOT NULL DEFAULT false,
	ADD revisit       boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN dane.scan.loader IS
	'Token of the member that reads the list and loads it.';
COMMENT ON COLUMN dane.scan.loaded_line IS
	'Of every input line up to and including this one the name, if any, is in a '
	'chunk up to loaded_chunks.';
COMMENT ON COLUMN dane.scan.loaded_names IS 'Names in these chunks.';
COMMENT ON COLUMN dane.scan.loaded IS 'The list is loaded to its end.';
COMMENT ON COLUMN dane.scan.revisit IS
	'Begun by a version without chunks: names that are loaded may be done.';

UPDATE dane.scan SET loaded = true WHERE state = 'complete';
UPDATE dane.scan s SET loaded_line = l.low_water, loader = l.token, revisit = true
FROM dane.lease l WHERE l.scan_id = s.scan_id AND s.state <> 'complete';

CREATE TABLE dane.chunk (
	scan_id    bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	chunk      integer NOT NULL,
	first_line bigint NOT NULL,
	size       integer NOT NULL,
	names      json,
	holder     bigint,
	request    bigint,
	tries      integer NOT NULL DEFAULT 0,
	done       boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scan_id, chunk),
	CHECK (done OR names IS NOT NULL)
);

CREATE INDEX ON dane.chunk (scan_id, chunk) WHERE holder IS NULL AND NOT done;
CREATE INDEX ON dane.chunk (scan_id, holder) WHERE NOT done;

COMMENT ON TABLE dane.chunk IS 'Names of the list that one member works on.';
COMMENT ON COLUMN dane.chunk.chunk IS
	'From 1; those over loaded_chunks of the scan are not to be had yet.';
COMMENT ON COLUMN dane.chunk.first_line IS 'Smallest line of its names.';
COMMENT ON COLUMN dane.chunk.names IS
	'[[line, name, as the list has it or null, {tag: value} or null], …]; the '
	'last ones may be missing. NULL when all are done.';
COMMENT ON COLUMN dane.chunk.holder IS 'Token of the member that works on it.';
COMMENT ON COLUMN dane.chunk.request IS
	'Number of the holder''s question: asked again, it has the same answer.';
COMMENT ON COLUMN dane.chunk.tries IS 'How often it was taken.';

CREATE OR REPLACE VIEW dane.scans AS
SELECT s.scan_id, s.label, s.started, s.finished, s.state,
	coalesce(s.domains, l.domains) AS domains, s.config,
	coalesce((SELECT min(c.first_line) - 1 FROM dane.chunk c
		WHERE c.scan_id = s.scan_id AND NOT c.done
			AND c.chunk <= s.loaded_chunks), s.loaded_line) AS low_water,
	l.updated, s.runs, s.classifier, s.recorded, s.pruned
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains, max(updated) AS updated
	FROM dane.lease GROUP BY scan_id
) l USING (scan_id);

ALTER TABLE dane.lease
	DROP CONSTRAINT lease_pkey,
	DROP chunk,
	DROP low_water,
	ADD turn    bigint NOT NULL DEFAULT 0,
	ADD machine text,
	ADD process integer,
	ADD worker  boolean NOT NULL DEFAULT false,
	ADD since   timestamptz NOT NULL DEFAULT clock_timestamp(),
	ADD steady  timestamptz NOT NULL DEFAULT clock_timestamp(),
	ADD ended   timestamptz,
	ADD lost    boolean NOT NULL DEFAULT false,
	ADD shared  boolean NOT NULL DEFAULT false,
	ADD mark_time    timestamptz NOT NULL DEFAULT clock_timestamp(),
	ADD mark_domains bigint NOT NULL DEFAULT 0,
	ADD rate    real,
	ADD PRIMARY KEY (scan_id, token);

UPDATE dane.lease SET ended = updated, since = updated;

COMMENT ON TABLE dane.lease IS
	'The members of a scan''s fleet, and their right to write its rows.';
COMMENT ON COLUMN dane.lease.token IS
	'Which member; in rows it is the run. A member that has ended, or was '
	'lost, cannot commit any more.';
COMMENT ON COLUMN dane.lease.updated IS 'Last sign of life.';
COMMENT ON COLUMN dane.lease.turn IS
	'Number of the last turn that the member had on its second connection: what '
	'an older connection left behind on the server does nothing more.';
COMMENT ON COLUMN dane.lease.worker IS 'It has no list of its own.';
COMMENT ON COLUMN dane.lease.steady IS
	'Since when it has had no long silence. Only who has watched for a whole '
	'lease time may say that another one is lost: after an outage of the '
	'database all are silent.';
COMMENT ON COLUMN dane.lease.lost IS 'It ended without a word.';
COMMENT ON COLUMN dane.lease.shared IS
	'It claims hosts and addresses. The first member does so only when others '
	'come; they wait for it.';
COMMENT ON COLUMN dane.lease.rate IS
	'Domains a second between the last two marks, 10 seconds or more apart.';

CREATE FUNCTION dane.no_lease(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'scan % was taken over by another scanner', id
		USING ERRCODE = 'DS001';
END $$;

COMMENT ON FUNCTION dane.no_lease IS
	'What is told to whoever has lost its lease.';

CREATE FUNCTION dane.member_gone(id bigint, gone bigint, was_lost boolean)
RETURNS void LANGUAGE sql AS $$
	UPDATE dane.lease SET ended = clock_timestamp(), lost = was_lost
		WHERE scan_id = id AND token = gone AND ended IS NULL;
	UPDATE dane.chunk SET holder = NULL
		WHERE scan_id = id AND holder = gone AND NOT done
$$;

COMMENT ON FUNCTION dane.member_gone IS
	'A member ends: what it held returns. Its lease is locked.';

CREATE FUNCTION dane.members_reap(id bigint, my_token bigint)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	silent bigint;
	gone bigint[] := '{}';
	limit_time timestamptz := clock_timestamp() - dane.lease_time();
BEGIN
	IF NOT EXISTS (SELECT FROM dane.lease WHERE scan_id = id
			AND token = my_token AND steady < limit_time) THEN
		RETURN gone;
	END IF;
	FOR silent IN SELECT l.token FROM dane.lease l
			WHERE l.scan_id = id AND l.ended IS NULL AND l.token <> my_token
				AND l.updated < limit_time
			ORDER BY l.token FOR UPDATE SKIP LOCKED LOOP
		PERFORM dane.member_gone(id, silent, true);
		gone := gone || silent;
	END LOOP;
	RETURN gone;
END $$;

COMMENT ON FUNCTION dane.members_reap IS
	'Members that are lost, by the clock of the database and the watch of this '
	'one; they have been ended.';

CREATE FUNCTION dane.member_new(id bigint, is_worker boolean) RETURNS bigint
LANGUAGE sql AS $$
	INSERT INTO dane.lease (scan_id, token, worker, shared)
	SELECT id, max(token) + 1, is_worker, true
	FROM dane.lease WHERE scan_id = id
	RETURNING token
$$;

COMMENT ON FUNCTION dane.member_new IS
	'A further member, with the next token; the row of the scan is locked.';

DROP FUNCTION dane.scan_resume(bigint);
CREATE FUNCTION dane.scan_resume(id bigint, OUT token bigint,
	OUT loaded_line bigint, OUT loaded_chunks integer, OUT loaded boolean)
LANGUAGE plpgsql AS $$
DECLARE
	scan dane.scan;
BEGIN
	PERFORM FROM dane.lease l WHERE l.scan_id = id ORDER BY l.token FOR UPDATE;
	SELECT * INTO scan FROM dane.scan s WHERE s.scan_id = id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	ELSIF scan.state = 'complete' THEN
		RAISE EXCEPTION 'scan % is already complete', id
			USING ERRCODE = 'DS003';
	END IF;
	PERFORM dane.member_gone(id, scan.loader, true);
	DELETE FROM dane.chunk c
		WHERE c.scan_id = id AND c.chunk > scan.loaded_chunks;
	token := dane.member_new(id, false);
	UPDATE dane.scan s SET state = 'running', finished = NULL, domains = NULL,
			loader = scan_resume.token
		WHERE s.scan_id = id;
	loaded_line := scan.loaded_line;
	loaded_chunks := scan.loaded_chunks;
	loaded := scan.loaded;
END $$;

COMMENT ON FUNCTION dane.scan_resume IS
	'Take up a scan that is not complete, in the place of the member that loaded '
	'its list, which is fenced off; and learn how far that came. Others go on.';

CREATE FUNCTION dane.scan_join(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	scan_state text;
BEGIN
	SELECT s.state INTO scan_state
		FROM dane.scan s WHERE s.scan_id = id FOR NO KEY UPDATE;
	IF scan_state IS NULL THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	ELSIF scan_state <> 'running' THEN
		RAISE EXCEPTION 'scan % is not running, it is %', id, scan_state
			USING ERRCODE = 'DS003';
	END IF;
	RETURN dane.member_new(id, true);
END $$;

COMMENT ON FUNCTION dane.scan_join IS
	'Become a member of a running scan. Returns the token.';

CREATE OR REPLACE FUNCTION dane.lease_session(
	id bigint, my_token bigint, my_session bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	last_batch bigint;
BEGIN
	UPDATE dane.lease SET session = my_session, updated = clock_timestamp()
		WHERE scan_id = id AND token = my_token AND ended IS NULL
			AND session < my_session
		RETURNING batch INTO last_batch;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
	RETURN last_batch;
END $$;

CREATE FUNCTION dane.member_turn(id bigint, my_token bigint, my_turn bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	here timestamptz := clock_timestamp();
BEGIN
	UPDATE dane.lease l SET turn = my_turn, updated = here,
		steady = CASE WHEN here - l.updated > dane.lease_time() / 2
			THEN here ELSE l.steady END,
		rate = CASE WHEN here - l.mark_time < '10 s' THEN l.rate
			ELSE (l.domains - l.mark_domains)
				/ extract(epoch FROM here - l.mark_time) END,
		mark_domains = CASE WHEN here - l.mark_time < '10 s'
			THEN l.mark_domains ELSE l.domains END,
		mark_time = CASE WHEN here - l.mark_time < '10 s'
			THEN l.mark_time ELSE here END
		WHERE l.scan_id = id AND l.token = my_token AND l.ended IS NULL
			AND l.turn <= my_turn;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
END $$;

COMMENT ON FUNCTION dane.member_turn IS
	'First act of each transaction of the second connection: a sign of life, '
	'and the lease is locked, so that turns come one after the other.';

CREATE FUNCTION dane.member_named(id bigint, my_token bigint, my_machine text,
	my_process integer)
RETURNS void LANGUAGE sql AS $$
	UPDATE dane.lease SET machine = my_machine, process = my_process
		WHERE scan_id = id AND token = my_token
$$;

COMMENT ON FUNCTION dane.member_named IS 'Where a member runs, for status.';

CREATE FUNCTION dane.member_shares(id bigint, my_token bigint) RETURNS void
LANGUAGE sql AS $$
	UPDATE dane.lease SET shared = true WHERE scan_id = id AND token = my_token
$$;

COMMENT ON FUNCTION dane.member_shares IS
	'All that this member examines is claimed, or stored, from now on.';

-- The list

CREATE FUNCTION dane.chunk_load(id bigint, my_token bigint, my_chunk integer,
	lines_from bigint, my_size integer, my_names json)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	scan dane.scan;
BEGIN
	SELECT * INTO scan FROM dane.scan s
		WHERE s.scan_id = id AND s.loader = my_token FOR SHARE;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
	INSERT INTO dane.chunk (scan_id, chunk, first_line, size, names, tries)
	SELECT id, my_chunk, lines_from, my_size, my_names, scan.revisit::integer
	WHERE my_chunk > scan.loaded_chunks
	ON CONFLICT DO NOTHING;
END $$;

COMMENT ON FUNCTION dane.chunk_load IS
	'Store a chunk, which is not to be had yet. May be repeated.';

CREATE FUNCTION dane.chunks_publish(id bigint, my_token bigint,
	last_chunk integer, last_line bigint, is_whole boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE dane.scan s SET loaded_chunks = last_chunk, loaded_line = last_line,
			loaded = is_whole, loaded_names = s.loaded_names + (
				SELECT coalesce(sum(c.size), 0) FROM dane.chunk c
				WHERE c.scan_id = id AND c.chunk > s.loaded_chunks
					AND c.chunk <= last_chunk)
		WHERE s.scan_id = id AND s.loader = my_token;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
END $$;

COMMENT ON FUNCTION dane.chunks_publish IS
	'The chunks up to last_chunk are to be had: they hold the names of every '
	'line up to last_line. May be repeated.';

CREATE FUNCTION dane.lacks_index(id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN to_regclass(format('dane.domain_row_%s_key', id)) IS NULL
	AND pg_relation_size(to_regclass(format('dane.domain_row_%s', id)))
		> (SELECT index_size FROM dane.fleet_setting);

COMMENT ON FUNCTION dane.lacks_index IS
	'Has a scan many rows, and no index of them? Then chunks that were taken '
	'before are not to be had, for nobody could tell what is done of them.';

CREATE FUNCTION dane.index_scan(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('dane.index_scan', id));
	PERFORM dane.index_partitions(id);
END $$;

COMMENT ON FUNCTION dane.index_scan IS
	'Make the indexes of a scan while it runs; rows wait for that. Several may '
	'call it at once, none that holds a lock on a row of the fleet.';

CREATE FUNCTION dane.chunk_claim(id bigint, my_token bigint, my_request bigint,
	in_hand integer)
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	found_chunk dane.chunk;
	scan dane.scan;
	members bigint;
	free bigint;
	only_new boolean := dane.lacks_index(id);
BEGIN
	SELECT * INTO found_chunk FROM dane.chunk c WHERE c.scan_id = id
		AND c.holder = my_token AND c.request = my_request AND NOT c.done;
	IF NOT FOUND THEN
		SELECT * INTO scan FROM dane.scan s WHERE s.scan_id = id;
		SELECT count(*) INTO members FROM dane.lease l
			WHERE l.scan_id = id AND l.ended IS NULL;
		IF in_hand > 0 AND members > 1 THEN
			SELECT count(*) INTO free FROM dane.chunk c
				WHERE c.scan_id = id AND c.holder IS NULL AND NOT c.done;
			IF in_hand * members > free THEN
				RETURN NULL;
			END IF;
		END IF;
		SELECT * INTO found_chunk FROM dane.chunk c
			WHERE c.scan_id = id AND c.holder IS NULL AND NOT c.done
				AND c.chunk <= scan.loaded_chunks
				AND NOT (only_new AND c.tries > 0)
			ORDER BY c.chunk LIMIT 1 FOR UPDATE SKIP LOCKED;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
		UPDATE dane.chunk c SET holder = my_token, request = my_request,
				tries = c.tries + 1
			WHERE c.scan_id = id AND c.chunk = found_chunk.chunk;
	END IF;
	RETURN json_build_object('chunk', found_chunk.chunk,
		'names', found_chunk.names, 'done', CASE WHEN found_chunk.tries > 0
		THEN (SELECT json_agg(line) FROM dane.done_lines(id, ARRAY(
			SELECT n.value ->> 1
			FROM json_array_elements(found_chunk.names) n)) line) END);
END $$;

COMMENT ON FUNCTION dane.chunk_claim IS
	'Take a chunk that nobody holds: its number, its names, and the lines of it '
	'that an earlier holder has done. NULL: there is none, or this member has as '
	'many in hand as its share of what is left.';

-- Batches, and the end

DROP FUNCTION dane.batch_commit(bigint, bigint, bigint, bigint, bigint, bigint);
CREATE FUNCTION dane.batch_commit(id bigint, my_token bigint,
	my_session bigint, my_batch bigint, chunks integer[], rows_added bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ended_chunks bigint;
BEGIN
	UPDATE dane.lease SET batch = my_batch, domains = domains + rows_added,
			updated = clock_timestamp()
		WHERE scan_id = id AND token = my_token AND ended IS NULL
			AND session = my_session AND batch = my_batch - 1;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
	UPDATE dane.chunk SET done = true, names = NULL
		WHERE scan_id = id AND chunk = ANY (chunks) AND holder = my_token
			AND NOT done;
	GET DIAGNOSTICS ended_chunks = ROW_COUNT;
	IF ended_chunks <> cardinality(chunks) THEN
		PERFORM dane.no_lease(id);
	END IF;
END $$;

COMMENT ON FUNCTION dane.batch_commit IS
	'Last act of the transaction of a batch, after which all names of these '
	'chunks are done; fails, and the batch with it, when the caller no longer '
	'holds its lease.';

CREATE FUNCTION dane.is_done(id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT NOT EXISTS (SELECT FROM dane.chunk WHERE scan_id = id AND NOT done)
		AND (s.loaded OR NOT EXISTS (SELECT FROM dane.chunk WHERE scan_id = id))
	FROM dane.scan s WHERE s.scan_id = id
$$;

COMMENT ON FUNCTION dane.is_done IS
	'Is the whole list loaded, and every chunk done?';

CREATE OR REPLACE FUNCTION dane.scan_finish(
	id bigint, my_token bigint, my_session bigint, new_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	rows_there bigint;
BEGIN
	PERFORM 1 FROM dane.lease
		WHERE scan_id = id AND token = my_token AND session = my_session
			AND NOT lost FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM dane.no_lease(id);
	END IF;
	PERFORM FROM dane.scan WHERE scan_id = id FOR NO KEY UPDATE;
	PERFORM dane.member_gone(id, my_token, false);
	IF new_state = 'complete' AND NOT dane.is_done(id) THEN
		RAISE EXCEPTION 'scan % is not done', id USING ERRCODE = 'DS007';
	ELSIF new_state = 'complete' OR NOT EXISTS (SELECT FROM dane.lease
			WHERE scan_id = id AND ended IS NULL) THEN
		-- Beforehand: no index can be made on what a statement has open.
		SELECT count(*) INTO rows_there
			FROM dane.domain_row d WHERE d.scan_id = id;
		UPDATE dane.scan SET state = new_state, finished = now(),
				domains = rows_there
			WHERE scan_id = id AND state <> 'complete';
	END IF;
END $$;

COMMENT ON FUNCTION dane.scan_finish(bigint, bigint, bigint, text) IS
	'A member ends. complete: the scan is, which only the first to say so '
	'changes; interrupted: it is when no other member is left. May be repeated.';

CREATE VIEW dane.running_scans AS
SELECT s.scan_id, s.label, s.config,
	EXISTS (SELECT FROM dane.chunk c WHERE c.scan_id = s.scan_id AND NOT c.done)
	OR NOT s.loaded AND EXISTS (SELECT FROM dane.lease l
		WHERE l.scan_id = s.scan_id AND l.token = s.loader
			AND l.ended IS NULL) AS work
FROM dane.scan s WHERE s.state = 'running';

COMMENT ON VIEW dane.running_scans IS
	'Scans that a worker may join. work: it has names to do, or somebody loads '
	'its list.';
