-- Passes: how often a domain was examined, and what each run of a scan has to
-- say about its passes and its own network.

ALTER TABLE dane.domain_obs ADD COLUMN passes smallint NOT NULL DEFAULT 1;

COMMENT ON COLUMN dane.domain_obs.passes IS
	'Passes that the domain was examined in: one more whenever an outcome was '
	'transient.';

ALTER TABLE dane.scan ADD COLUMN runs jsonb NOT NULL DEFAULT '[]';

COMMENT ON COLUMN dane.scan.runs IS
	'One object a run that came to an end, interrupted or complete: run is its '
	'lease token; passes, what its further passes changed; canary, when its own '
	'network failed.';

CREATE FUNCTION dane.scan_finish(id bigint, my_token bigint, my_session bigint,
	new_state text, report jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.scan_finish(id, my_token, my_session, new_state);
	UPDATE dane.scan s SET runs = jsonb_build_array(
			jsonb_build_object('run', my_token) || report) || (
			SELECT coalesce(jsonb_agg(r), '[]')
			FROM jsonb_array_elements(s.runs) r
			WHERE (r ->> 'run')::bigint <> my_token)
		WHERE s.scan_id = id;
END $$;

COMMENT ON FUNCTION dane.scan_finish(bigint, bigint, bigint, text, jsonb) IS
	'The same, and keep what this run has to report; the newest run comes '
	'first. May be repeated.';

CREATE OR REPLACE VIEW dane.scans AS
SELECT s.scan_id, s.label, s.started, s.finished, s.state,
	coalesce(s.domains, l.domains) AS domains, s.config,
	l.low_water, l.updated, s.runs
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains,
		max(low_water) FILTER (WHERE chunk = 0) AS low_water,
		max(updated) AS updated
	FROM dane.lease GROUP BY scan_id
) l USING (scan_id);

CREATE OR REPLACE VIEW dane.domain_results AS
SELECT scan_id, domain, tld, class, reason, severity, half_dane, time,
	coalesce(reasons, array_remove(ARRAY[reason], NULL)) AS reasons,
	coalesce(lint, '{}') AS lint, coalesce(flags, '{}') AS flags,
	coalesce(tags, '{}') AS tags, line,
	mx_status, mx_trust, mx_why, mx_ttl, mx_alias, implicit, passes
FROM dane.domain_obs;

CREATE OR REPLACE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', to_char(date_trunc('second', d.time)
		AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'line', d.line, 'domain', d.domain, 'class', d.class, 'reason', d.reason,
	'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
	'severity', d.severity, 'half_dane', d.half_dane, 'passes', d.passes,
	'mx', json_build_object('status', d.mx_status, 'trust', d.mx_trust,
		'why', d.mx_why, 'ttl', d.mx_ttl, 'alias', d.mx_alias,
		'implicit', d.implicit, 'servers', coalesce(d.servers, '[]')),
	'hosts', ARRAY(
		SELECT coalesce(m.view, dane.host_json(m.preference, h))
		FROM dane.mx_obs m
		LEFT JOIN dane.host_obs h ON h.scan_id = m.scan_id
			AND h.host = m.host AND h.run = m.run
		WHERE m.scan_id = d.scan_id AND m.domain = d.domain
		ORDER BY m.position),
	'lint', coalesce(d.lint, '{}'), 'flags', coalesce(d.flags, '{}'),
	'tags', coalesce(d.tags, '{}')) AS record
FROM dane.domain_obs d
JOIN dane.scan s USING (scan_id);
