-- Rules of the fleet, again where they had a gap: who opts out, and no more; what
-- a worker is called for; an address whose holder is gone for good; a scan that
-- is taken up with a list, and how many names of it there were.

-- Opt-outs

CREATE FUNCTION dane.opt_out_text(new_entry text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	wanted text := lower(btrim(new_entry));
	name text := regexp_replace(wanted, '^\*?\.|\.$', '', 'g');
BEGIN
	-- To PostgreSQL 10 is a block of 16 million addresses, and to us a mistake.
	IF wanted ~ ':' OR wanted ~ '^[0-9]+(\.[0-9]+){3}(/[0-9]+)?$' THEN
		RETURN abbrev(wanted::cidr::inet);
	END IF;
	-- Of ASCII letters, digits, "-" and "_"; what else may be in a name is for
	-- the scanners to say.
	IF length(name) > 253 OR name ~ '(^|\.)-|-(\.|$)|(^|\.)[0-9]*$'
		OR name !~ '^([^[:space:][:cntrl:]!-,./:-@[-^`{-~]{1,63}(\.|$))+$' THEN
		RAISE EXCEPTION 'neither a name nor an address: %', new_entry
			USING ERRCODE = '22023';
	END IF;
	RETURN name;
END $$;

COMMENT ON FUNCTION dane.opt_out_text IS
	'The one way to write an entry of opt_out_entry.';

CREATE OR REPLACE FUNCTION dane.opt_out(new_entry text, new_note text = NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- One number after the other, or a reader could miss the smaller of two.
	LOCK TABLE dane.opt_out_entry IN SHARE ROW EXCLUSIVE MODE;
	INSERT INTO dane.opt_out_entry (entry, note)
	VALUES (dane.opt_out_text(new_entry), new_note)
	ON CONFLICT (entry) DO NOTHING;
END $$;

CREATE FUNCTION dane.opt_out_end(old_entry text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM dane.opt_out_entry WHERE entry = lower(btrim(old_entry));
	IF NOT FOUND THEN
		DELETE FROM dane.opt_out_entry
			WHERE entry = dane.opt_out_text(old_entry);
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no opt-out %', old_entry
			USING ERRCODE = 'DS008';
	END IF;
END $$;

COMMENT ON FUNCTION dane.opt_out_end IS
	'Take an opt-out back, as dane.opt_out_entry has it or in other words: it '
	'holds to the end of the scans that run, and for none that begins.';

CREATE OR REPLACE FUNCTION dane.loader_functions() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN '{scan_begin,scan_resume,chunk_load,chunks_publish,opt_out,
	opt_out_end}'::text[];

COMMENT ON FUNCTION dane.loader_functions IS
	'What a scanner calls besides that has the list; opt_out and opt_out_end.';

-- Work

CREATE OR REPLACE VIEW dane.running_scans AS
SELECT s.scan_id, s.label, s.config,
	EXISTS (SELECT FROM dane.chunk c WHERE c.scan_id = s.scan_id AND NOT c.done
		AND c.chunk <= s.loaded_chunks)
	OR NOT s.loaded AND EXISTS (SELECT FROM dane.lease l
		WHERE l.scan_id = s.scan_id AND l.token = s.loader
			AND l.ended IS NULL) AS work
FROM dane.scan s WHERE s.state = 'running';

COMMENT ON VIEW dane.running_scans IS
	'Scans that a worker may join. work: it has names to do that are to be had, '
	'or somebody loads its list.';

-- Addresses

CREATE FUNCTION dane.member_is_gone(id bigint, of_token bigint) RETURNS boolean
LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM dane.lease l WHERE l.scan_id = id
	AND l.token = of_token AND l.ended IS NULL
	AND l.updated > clock_timestamp() - interval '1 hour' - dane.lease_time());

COMMENT ON FUNCTION dane.member_is_gone IS
	'Has a member ended, or been silent for longer than any conversation lasts? '
	'Where all members of a scan went at once nobody is left to say that they '
	'are lost.';

CREATE OR REPLACE FUNCTION dane.addresses_claim(id bigint, my_token bigint,
	addresses inet[], interval_ms integer)
RETURNS json LANGUAGE sql AS $$
	WITH taken AS (
		INSERT INTO dane.address_claim AS c (address, scan_id, token)
		SELECT DISTINCT a, id, my_token FROM unnest(addresses) a ORDER BY a
		ON CONFLICT (address) DO UPDATE
			SET scan_id = id, token = my_token, released = NULL
			WHERE c.released + interval_ms * interval '1 ms'
					<= clock_timestamp()
				OR (c.released IS NULL AND (
					(c.scan_id, c.token) = (id, my_token)
					OR dane.member_is_gone(c.scan_id, c.token)))
		RETURNING c.address
	)
	SELECT json_agg(host(address)) FROM taken
$$;

-- A scan that is taken up

DROP FUNCTION dane.scan_resume(bigint);
CREATE FUNCTION dane.scan_resume(id bigint, has_list boolean = true,
	OUT token bigint, OUT loaded_line bigint, OUT loaded_chunks integer,
	OUT loaded_names bigint, OUT loaded boolean)
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
	ELSIF NOT has_list AND NOT scan.loaded THEN
		RAISE EXCEPTION 'the list of scan % was not loaded to its end: give '
			'it again', id USING ERRCODE = 'DS009';
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
	loaded_names := CASE WHEN NOT scan.revisit THEN scan.loaded_names END;
	loaded := scan.loaded;
END $$;

COMMENT ON FUNCTION dane.scan_resume IS
	'Take up a scan that is not complete, in the place of the member that loaded '
	'its list, which is fenced off; and learn how far that came. loaded_names: '
	'names up to loaded_line, NULL where they were not counted. Others go on.';
