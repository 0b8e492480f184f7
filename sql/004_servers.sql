-- What a zone's servers said when a look-up failed and each was asked directly.

ALTER TABLE dane.domain_obs ADD COLUMN servers json;
ALTER TABLE dane.host_obs ADD COLUMN servers json;

COMMENT ON COLUMN dane.domain_obs.servers IS
	'Second opinion on an MX look-up that failed or is bogus: name, address, '
	'type and outcome of each server of the zone; NULL: none.';
COMMENT ON COLUMN dane.host_obs.servers IS
	'The same for a TLSA or address look-up.';

CREATE VIEW dane.server_results AS
SELECT h.scan_id, NULL::text AS domain, h.host, s.name, s.address, s.type,
	s.outcome
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, servers
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h, json_to_recordset(h.servers)
	AS s(name text, address text, type text, outcome text)
UNION ALL
SELECT d.scan_id, d.domain, NULL, s.name, s.address, s.type, s.outcome
FROM dane.domain_obs d, json_to_recordset(d.servers)
	AS s(name text, address text, type text, outcome text);

COMMENT ON VIEW dane.server_results IS
	'One row a failed look-up, of a domain or of a host, and server of its '
	'zone.';

CREATE OR REPLACE FUNCTION dane.host_json(preference integer, h dane.host_obs)
RETURNS json LANGUAGE sql STABLE
RETURN json_build_object('host', h.host, 'preference', preference,
	'class', h.class, 'reason', h.reason, 'base', h.base, 'alias', h.alias,
	'a', dane.lookup_json(h.a_status, h.a_trust, h.a_why),
	'aaaa', dane.lookup_json(h.aaaa_status, h.aaaa_trust, h.aaaa_why),
	'tlsa', json_build_object('state', h.tlsa_state, 'status', h.tlsa_status,
		'trust', h.tlsa_trust, 'why', h.tlsa_why, 'ttl', h.tlsa_ttl,
		'records', ARRAY(SELECT dane.tlsa_json(t) FROM dane.tlsa_obs t
			WHERE t.scan_id = h.scan_id AND t.host = h.host
				AND t.run = h.run ORDER BY t.position)),
	'endpoints', ARRAY(SELECT dane.endpoint_json(e) FROM dane.endpoint_obs e
		WHERE e.scan_id = h.scan_id AND e.host = h.host
			AND e.run = h.run ORDER BY e.position),
	'servers', coalesce(h.servers, '[]'));

CREATE OR REPLACE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', to_char(date_trunc('second', d.time)
		AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'line', d.line, 'domain', d.domain, 'class', d.class, 'reason', d.reason,
	'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
	'severity', d.severity, 'half_dane', d.half_dane,
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
