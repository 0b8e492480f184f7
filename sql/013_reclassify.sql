-- Verdicts derived again. Who does so calls reclassify_begin(), copies all rows
-- with the new verdicts into the tables that it makes, and calls the other two,
-- all in one transaction: readers see the scan as it was, or as it is now.

CREATE TABLE dane.reclassified (
	scan_id    bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	domain     text COLLATE "C",
	host       text COLLATE "C",
	run        bigint,
	time       timestamptz NOT NULL DEFAULT now(),
	class      text NOT NULL,
	reason     text,
	verdict    jsonb NOT NULL,
	classifier integer NOT NULL,
	replaced_by integer NOT NULL,
	CHECK ((domain IS NULL) <> (host IS NULL)),
	CHECK ((host IS NULL) = (run IS NULL))
);

CREATE INDEX ON dane.reclassified (scan_id, domain);
CREATE INDEX ON dane.reclassified (scan_id, host);

COMMENT ON TABLE dane.reclassified IS
	'Verdicts that danescan reclassify has replaced, of a domain or of a host.';
COMMENT ON COLUMN dane.reclassified.time IS 'When they were replaced.';
COMMENT ON COLUMN dane.reclassified.verdict IS
	'All columns of the verdict as they were.';
COMMENT ON COLUMN dane.reclassified.classifier IS
	'Version of the rules by which this verdict was derived.';
COMMENT ON COLUMN dane.reclassified.replaced_by IS
	'Version of the rules by which the next one was.';

CREATE FUNCTION dane.reclassify_begin(id bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	scan dane.scan;
	parent text;
BEGIN
	SELECT * INTO scan FROM dane.scan s WHERE s.scan_id = id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	ELSIF scan.state = 'running' THEN
		RAISE EXCEPTION 'scan % is running, or was not ended cleanly', id
			USING ERRCODE = 'DS004';
	ELSIF scan.pruned IS NOT NULL THEN
		RAISE EXCEPTION 'the observations of scan % are gone', id
			USING ERRCODE = 'DS006';
	ELSIF scan.classifier IS NULL THEN
		RAISE EXCEPTION 'scan % lacks facts that verdicts rest on: it was '
			'stored by an older version', id USING ERRCODE = 'DS005';
	END IF;
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('CREATE TEMP TABLE %I ON COMMIT DROP AS '
			'TABLE dane.%I WITH NO DATA', parent, parent);
	END LOOP;
	RETURN scan.classifier;
END $$;

COMMENT ON FUNCTION dane.reclassify_begin IS
	'Lock a scan, and make temporary tables for its rows with new verdicts.';

CREATE FUNCTION dane.reclassify_hosts(id bigint, version integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint;
BEGIN
	ANALYZE pg_temp.host_obs, pg_temp.endpoint_obs, pg_temp.tlsa_obs;

	CREATE TEMP TABLE changed_host ON COMMIT DROP AS
	SELECT o.host, o.run
	FROM dane.host_obs o
	JOIN pg_temp.host_obs n ON n.host = o.host AND n.run = o.run
	WHERE o.scan_id = id AND (o.class, o.reason, o.tlsa_state, o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.tlsa_state, n.flags)
	UNION
	SELECT o.host, o.run
	FROM dane.endpoint_obs o
	JOIN pg_temp.endpoint_obs n ON n.host = o.host AND n.run = o.run
		AND n.position = o.position
	WHERE o.scan_id = id
		AND (o.class, o.reason, o.detail, o.said, o.match_usage,
			o.match_selector, o.match_mtype, o.match_depth, o.match_name,
			o.dane_error, o.min_seclevel, o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.detail, n.said, n.match_usage,
			n.match_selector, n.match_mtype, n.match_depth, n.match_name,
			n.dane_error, n.min_seclevel, n.flags)
	UNION
	SELECT o.host, o.run
	FROM dane.tlsa_obs o
	JOIN pg_temp.tlsa_obs n ON n.host = o.host AND n.run = o.run
		AND n.position = o.position
	WHERE o.scan_id = id AND (o.usable, o.why, o.match, o.depth, o.hint)
		IS DISTINCT FROM (n.usable, n.why, n.match, n.depth, n.hint);
	GET DIAGNOSTICS changed = ROW_COUNT;
	IF changed = 0 THEN
		RETURN 0;
	END IF;
	ANALYZE pg_temp.changed_host;

	INSERT INTO dane.reclassified (scan_id, host, run, class, reason, verdict,
		classifier, replaced_by)
	SELECT id, h.host, h.run, h.class, h.reason, jsonb_build_object(
		'class', h.class, 'reason', h.reason, 'tlsa_state', h.tlsa_state,
		'flags', h.flags,
		'endpoints', ARRAY(SELECT jsonb_build_object('address', e.address,
				'class', e.class, 'reason', e.reason, 'detail', e.detail,
				'said', e.said, 'match_usage', e.match_usage,
				'match_selector', e.match_selector,
				'match_mtype', e.match_mtype, 'match_depth', e.match_depth,
				'match_name', e.match_name, 'dane_error', e.dane_error,
				'min_seclevel', e.min_seclevel, 'flags', e.flags)
			FROM dane.endpoint_obs e WHERE e.scan_id = id
				AND e.host = h.host AND e.run = h.run ORDER BY e.position),
		'records', ARRAY(SELECT jsonb_build_object('usage', t.usage,
				'selector', t.selector, 'mtype', t.mtype,
				'data', encode(t.data, 'hex'), 'usable', t.usable,
				'why', t.why, 'match', t.match, 'depth', t.depth,
				'hint', t.hint, 'history_hint', t.history_hint)
			FROM dane.tlsa_obs t WHERE t.scan_id = id
				AND t.host = h.host AND t.run = h.run ORDER BY t.position)),
		s.classifier, version
	FROM pg_temp.changed_host c
	JOIN dane.host_obs h ON h.scan_id = id AND h.host = c.host AND h.run = c.run
	JOIN dane.scan s ON s.scan_id = id;

	UPDATE dane.host_obs o SET class = n.class, reason = n.reason,
		tlsa_state = n.tlsa_state, flags = n.flags
	FROM pg_temp.changed_host c
	JOIN pg_temp.host_obs n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run;
	UPDATE dane.endpoint_obs o SET class = n.class, reason = n.reason,
		detail = n.detail, said = n.said, match_usage = n.match_usage,
		match_selector = n.match_selector, match_mtype = n.match_mtype,
		match_depth = n.match_depth, match_name = n.match_name,
		dane_error = n.dane_error, min_seclevel = n.min_seclevel,
		flags = n.flags
	FROM pg_temp.changed_host c
	JOIN pg_temp.endpoint_obs n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run
		AND o.position = n.position;
	UPDATE dane.tlsa_obs o SET usable = n.usable, why = n.why, match = n.match,
		depth = n.depth, hint = n.hint, history_hint = CASE
			WHEN n.hint IS NULL AND NOT n.match THEN o.history_hint END
	FROM pg_temp.changed_host c
	JOIN pg_temp.tlsa_obs n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run
		AND o.position = n.position;
	RETURN changed;
END $$;

COMMENT ON FUNCTION dane.reclassify_hosts IS
	'Replace the verdicts of hosts, addresses and TLSA records that are others '
	'now. Returns how many hosts have changed.';

CREATE FUNCTION dane.reclassify_domains(id bigint, version integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	changed bigint;
BEGIN
	ANALYZE pg_temp.domain_obs, pg_temp.mx_obs;
	CREATE TEMP TABLE changed_mx ON COMMIT DROP AS
	SELECT o.domain, o.position
	FROM dane.mx_obs o
	JOIN pg_temp.mx_obs n ON n.domain = o.domain AND n.position = o.position
	WHERE o.scan_id = id AND ((o.class, o.reason, o.flags)
			IS DISTINCT FROM (n.class, n.reason, n.flags)
		OR o.view::jsonb IS DISTINCT FROM n.view::jsonb);
	ANALYZE pg_temp.changed_mx;

	CREATE TEMP TABLE changed_domain ON COMMIT DROP AS
	SELECT o.line, o.domain, o.class AS was_class, n.class AS now_class,
		concat_ws('/', o.class, o.reason) AS was,
		concat_ws('/', n.class, n.reason) AS now,
		concat_ws(', ',
			CASE WHEN o.reasons IS DISTINCT FROM n.reasons THEN 'reasons' END,
			CASE WHEN o.severity IS DISTINCT FROM n.severity
				THEN 'severity' END,
			CASE WHEN o.half_dane IS DISTINCT FROM n.half_dane
				THEN 'half_dane' END,
			CASE WHEN o.lint IS DISTINCT FROM n.lint THEN 'lint' END,
			CASE WHEN o.flags IS DISTINCT FROM n.flags THEN 'flags' END,
			CASE WHEN m.domain IS NOT NULL THEN 'hosts' END) AS parts
	FROM dane.domain_obs o
	JOIN pg_temp.domain_obs n ON n.domain = o.domain
	LEFT JOIN (SELECT DISTINCT c.domain FROM pg_temp.changed_mx c) m
		ON m.domain = o.domain
	WHERE o.scan_id = id AND (m.domain IS NOT NULL
		OR (o.class, o.reason, o.reasons, o.severity, o.half_dane, o.lint,
			o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.reasons, n.severity,
			n.half_dane, n.lint, n.flags));
	GET DIAGNOSTICS changed = ROW_COUNT;
	ANALYZE pg_temp.changed_domain;

	INSERT INTO dane.reclassified (scan_id, domain, class, reason, verdict,
		classifier, replaced_by)
	SELECT id, d.domain, d.class, d.reason, jsonb_build_object(
		'class', d.class, 'reason', d.reason,
		'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
		'severity', d.severity, 'half_dane', d.half_dane,
		'lint', d.lint, 'flags', d.flags,
		'hosts', ARRAY(SELECT jsonb_build_object('host', m.host,
				'run', m.run, 'class', m.class, 'reason', m.reason,
				'flags', m.flags, 'view', m.view)
			FROM dane.mx_obs m WHERE m.scan_id = id AND m.domain = d.domain
			ORDER BY m.position)),
		s.classifier, version
	FROM pg_temp.changed_domain c
	JOIN dane.domain_obs d ON d.scan_id = id AND d.domain = c.domain
	JOIN dane.scan s ON s.scan_id = id;

	UPDATE dane.domain_obs o SET class = n.class, reason = n.reason,
		reasons = n.reasons, severity = n.severity, half_dane = n.half_dane,
		lint = n.lint, flags = n.flags
	FROM pg_temp.changed_domain c
	JOIN pg_temp.domain_obs n ON n.domain = c.domain
	WHERE o.scan_id = id AND o.domain = n.domain;
	UPDATE dane.mx_obs o SET class = n.class, reason = n.reason,
		flags = n.flags, view = n.view
	FROM pg_temp.changed_mx c
	JOIN pg_temp.mx_obs n ON n.domain = c.domain AND n.position = c.position
	WHERE o.scan_id = id AND o.domain = n.domain AND o.position = n.position;

	-- What matches nothing any more may have a cause in earlier scans; and the
	-- record of all scans takes the new verdicts in. Figures stay.
	IF changed > 0 OR EXISTS (SELECT FROM pg_temp.changed_host) THEN
		PERFORM dane.history_hints(id), dane.record_scan(id)
		FROM dane.scan s
		WHERE s.scan_id = id AND s.state = 'complete';
	END IF;
	UPDATE dane.scan s SET classifier = version WHERE s.scan_id = id;
	RETURN changed;
END $$;

COMMENT ON FUNCTION dane.reclassify_domains IS
	'Replace the verdicts of domains that are others now, after those of the '
	'hosts. Returns how many; changed_domain tells which.';
