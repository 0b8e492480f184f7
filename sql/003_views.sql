-- The views that readers may rely on, and the figures.

CREATE VIEW dane.scans AS
SELECT s.scan_id, s.label, s.started, s.finished, s.state,
	coalesce(s.domains, l.domains) AS domains, s.config,
	l.low_water, l.updated
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains,
		max(low_water) FILTER (WHERE chunk = 0) AS low_water,
		max(updated) AS updated
	FROM dane.lease GROUP BY scan_id
) l USING (scan_id);

COMMENT ON VIEW dane.scans IS
	'All scans. domains: rows committed so far while it runs.';

CREATE VIEW dane.domain_results AS
SELECT scan_id, domain, tld, class, reason, severity, half_dane, time,
	coalesce(reasons, array_remove(ARRAY[reason], NULL)) AS reasons,
	coalesce(lint, '{}') AS lint, coalesce(flags, '{}') AS flags,
	coalesce(tags, '{}') AS tags, line,
	mx_status, mx_trust, mx_why, mx_ttl, mx_alias, implicit
FROM dane.domain_obs;

COMMENT ON VIEW dane.domain_results IS 'One row a scan and domain.';

CREATE VIEW dane.host_latest AS
SELECT DISTINCT ON (scan_id, host) *
FROM dane.host_obs
ORDER BY scan_id, host, run DESC;

COMMENT ON VIEW dane.host_latest IS
	'Each host of a scan as it was examined last.';

CREATE VIEW dane.host_results AS
SELECT h.scan_id, h.host, h.base, h.provider, h.class, h.reason, h.tlsa_state,
	coalesce(m.domains, 0) AS domains, h.alias,
	h.a_status, h.a_trust, h.a_why, h.aaaa_status, h.aaaa_trust, h.aaaa_why,
	h.tlsa_status, h.tlsa_trust, h.tlsa_why, h.tlsa_ttl,
	coalesce(h.flags, '{}') AS flags
FROM dane.host_latest h
LEFT JOIN (
	SELECT scan_id, host, count(DISTINCT domain) AS domains
	FROM dane.mx_obs GROUP BY scan_id, host
) m ON m.scan_id = h.scan_id AND m.host = h.host;

COMMENT ON VIEW dane.host_results IS
	'One row a scan and MX host. domains: how many of the scan name it.';

CREATE VIEW dane.endpoint_results AS
SELECT scan_id, e.host, e.address, e.class, e.reason, e.tls_version, e.cipher,
	e.chain[1] AS leaf_sha256, e.port, e.detail, e.smtp_code, e.tls_group,
	e.tls_key, e.chain, e.match_usage, e.match_selector, e.match_mtype,
	e.match_depth, e.match_name, e.dane_error,
	coalesce(e.flags, '{}') AS flags
FROM dane.host_latest h
JOIN dane.endpoint_obs e USING (scan_id, host, run);

COMMENT ON VIEW dane.endpoint_results IS 'One row a host and address.';

CREATE VIEW dane.tlsa_records AS
SELECT scan_id, t.host, t.usage, t.selector, t.mtype, t.data, h.tlsa_ttl AS ttl,
	t.usable, t.match, t.hint, t.why, t.depth, h.base
FROM dane.host_latest h
JOIN dane.tlsa_obs t USING (scan_id, host, run);

COMMENT ON VIEW dane.tlsa_records IS 'One row a host and TLSA record.';

CREATE VIEW dane.certificates AS
SELECT sha256, subject, issuer, not_before, not_after, key, spki_sha256, der,
	first_seen, last_seen
FROM dane.certificate;

COMMENT ON VIEW dane.certificates IS 'Every certificate ever seen.';

CREATE VIEW dane.summary AS
SELECT scan_id, class, reason, count(*) AS domains
FROM dane.domain_obs
GROUP BY scan_id, class, reason;

COMMENT ON VIEW dane.summary IS 'Domains of a scan by class and reason.';

-- Islands of equal verdicts in the order of the scans. A measurement that
-- failed says nothing about the domain, so it is left out before they form.
CREATE VIEW dane.history AS
SELECT domain, class, reason, from_scan,
	CASE WHEN island < max(island) OVER (PARTITION BY domain)
		THEN last_scan END AS to_scan
FROM (
	SELECT domain, island, min(class) AS class, min(reason) AS reason,
		min(scan_id) AS from_scan, max(scan_id) AS last_scan
	FROM (
		SELECT domain, scan_id, class, reason,
			count(*) FILTER (WHERE changed)
				OVER (PARTITION BY domain ORDER BY scan_id) AS island
		FROM (
			SELECT domain, scan_id, class, reason,
				(class, reason) IS DISTINCT FROM
					(lag(class) OVER w, lag(reason) OVER w) AS changed
			FROM dane.domain_obs
			JOIN dane.scan s USING (scan_id)
			WHERE s.state = 'complete' AND class <> 'indeterminate'
			WINDOW w AS (PARTITION BY domain ORDER BY scan_id)
		) marked
	) numbered
	GROUP BY domain, island
) intervals;

COMMENT ON VIEW dane.history IS
	'Intervals of equal verdict over the complete scans. to_scan is the last '
	'scan that saw it so; NULL: still so.';

CREATE VIEW dane.broken AS
SELECT d.scan_id, d.domain, d.severity, d.reason, m.host, m.preference,
	m.reason AS host_reason, e.address, e.reason AS endpoint_reason, e.detail,
	coalesce(h.tlsa_why, h.a_why, h.aaaa_why, d.mx_why) AS why,
	d.time
FROM dane.domain_obs d
LEFT JOIN dane.mx_obs m ON m.scan_id = d.scan_id AND m.domain = d.domain
	AND m.class = 'broken'
LEFT JOIN dane.host_obs h ON h.scan_id = m.scan_id AND h.host = m.host
	AND h.run = m.run
LEFT JOIN LATERAL (
	SELECT o.address, o.reason, o.detail
	FROM dane.endpoint_obs o
	WHERE m.view IS NULL AND o.class = 'fail'
		AND o.scan_id = m.scan_id AND o.host = m.host AND o.run = m.run
	UNION ALL
	SELECT v.address, v.reason, v.detail
	FROM json_to_recordset(m.view -> 'endpoints')
		AS v(address text, class text, reason text, detail text)
	WHERE v.class = 'fail'
) e ON true
WHERE d.class = 'broken';

COMMENT ON VIEW dane.broken IS
	'What an operator must be told: each broken domain with each broken host '
	'and address as that domain sees it.';

-- Records as INTERFACE section 3 has them, member for member.

CREATE FUNCTION dane.lookup_json(status text, trust text, why text)
RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('status', status, 'trust', trust, 'why', why);

CREATE FUNCTION dane.endpoint_json(e dane.endpoint_obs)
RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('address', e.address, 'port', e.port,
	'class', e.class, 'reason', e.reason, 'detail', e.detail,
	'smtp_code', e.smtp_code,
	'tls', CASE WHEN e.tls_version IS NOT NULL THEN json_build_object(
		'version', e.tls_version, 'cipher', e.cipher, 'group', e.tls_group,
		'key', e.tls_key, 'chain', ARRAY(
			SELECT encode(c, 'hex')
			FROM unnest(e.chain) WITH ORDINALITY u(c, i) ORDER BY i)) END,
	'match', CASE WHEN e.match_usage IS NOT NULL THEN json_build_object(
		'usage', e.match_usage, 'selector', e.match_selector,
		'mtype', e.match_mtype, 'depth', e.match_depth,
		'name', e.match_name) END,
	'dane_error', e.dane_error, 'flags', coalesce(e.flags, '{}'));

CREATE FUNCTION dane.tlsa_json(t dane.tlsa_obs)
RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('usage', t.usage, 'selector', t.selector,
	'mtype', t.mtype, 'data', encode(t.data, 'hex'), 'usable', t.usable,
	'why', t.why, 'match', t.match, 'depth', t.depth, 'hint', t.hint);

CREATE FUNCTION dane.host_json(preference integer, h dane.host_obs)
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
			AND e.run = h.run ORDER BY e.position));

CREATE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', to_char(date_trunc('second', d.time)
		AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'line', d.line, 'domain', d.domain, 'class', d.class, 'reason', d.reason,
	'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
	'severity', d.severity, 'half_dane', d.half_dane,
	'mx', json_build_object('status', d.mx_status, 'trust', d.mx_trust,
		'why', d.mx_why, 'ttl', d.mx_ttl, 'alias', d.mx_alias,
		'implicit', d.implicit),
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

COMMENT ON VIEW dane.records IS
	'The record of each domain, as the scanner writes it to NDJSON.';
