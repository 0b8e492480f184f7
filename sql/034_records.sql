-- Records without a call of a function for each host: what has a query in it, or
-- says that it changes less than what it calls, is not taken into the query that
-- calls it, and is made ready anew each time, every partition included.

CREATE OR REPLACE FUNCTION dane.lookup_json(status text, trust text, why text)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('status', status, 'trust', trust, 'why', why);

CREATE OR REPLACE FUNCTION dane.endpoint_json(e dane.endpoint_row)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('address', e.address, 'port', e.port,
	'class', dane.label(e.class), 'reason', dane.label(e.reason),
	'detail', e.detail, 'smtp_code', e.smtp_code,
	'tls', CASE WHEN e.tls_version IS NOT NULL THEN dane.tls_json(
		e.tls_version, e.cipher, e.tls_group, e.tls_key, e.chain) END,
	'tls_other', CASE WHEN e.other_version IS NOT NULL THEN dane.tls_json(
		e.other_version, e.other_cipher, e.other_group, e.other_key,
		e.other_chain) END,
	'match', CASE WHEN e.match_usage IS NOT NULL THEN json_build_object(
		'usage', e.match_usage, 'selector', e.match_selector,
		'mtype', e.match_mtype, 'depth', e.match_depth,
		'name', e.match_name) END,
	'dane_error', e.dane_error, 'min_seclevel', e.min_seclevel,
	'flags', coalesce(dane.labels(e.flags), '{}'),
	'pkix', CASE WHEN e.pkix_error IS NOT NULL THEN json_build_object(
		'ok', e.pkix_error = 0, 'error', e.pkix_error,
		'reason', dane.label(e.pkix_reason), 'name', e.pkix_name) END);


CREATE FUNCTION dane.host_json(preference integer, h dane.host_row,
	records json[], endpoints json[])
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('host', h.host, 'preference', preference,
	'class', dane.label(h.class), 'reason', dane.label(h.reason),
	'base', h.base, 'alias', h.alias,
	'a', dane.lookup_json(dane.label(h.a_status), dane.label(h.a_trust),
		h.a_why),
	'aaaa', dane.lookup_json(dane.label(h.aaaa_status),
		dane.label(h.aaaa_trust), h.aaaa_why),
	'tlsa', json_build_object('state', dane.label(h.tlsa_state),
		'status', dane.label(h.tlsa_status),
		'trust', dane.label(h.tlsa_trust), 'why', h.tlsa_why,
		'ttl', h.tlsa_ttl, 'algorithm', h.tlsa_algorithm,
		'sig_expires', dane.time_json(h.tlsa_sig_expires),
		'records', records),
	'endpoints', endpoints,
	'servers', coalesce(h.servers, '[]'), 'extras', h.extras);

COMMENT ON FUNCTION dane.host_json(integer, dane.host_row, json[], json[]) IS
	'One of the "hosts" of a record, of its TLSA records and endpoints.';

CREATE OR REPLACE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', dane.time_json(d.time),
	'line', d.line, 'domain', d.domain, 'input', d.input,
	'class', dane.label(d.class), 'reason', dane.label(d.reason),
	'reasons', coalesce(dane.labels(d.reasons),
		array_remove(ARRAY[dane.label(d.reason)], NULL)),
	'severity', dane.label(d.severity),
	'half_dane', dane.label(d.half_dane), 'passes', d.passes,
	'mx', json_build_object('status', dane.label(d.mx_status),
		'trust', dane.label(d.mx_trust), 'why', d.mx_why,
		'ttl', d.mx_ttl, 'algorithm', d.mx_algorithm,
		'sig_expires', dane.time_json(d.mx_sig_expires),
		'alias', d.mx_alias, 'implicit', d.implicit,
		'servers', coalesce(d.servers, '[]')),
	'hosts', ARRAY(
		SELECT coalesce(m.view, dane.host_json(m.preference, h,
			ARRAY(SELECT dane.tlsa_json(t) FROM dane.tlsa_row t
				WHERE t.scan_id = d.scan_id AND t.host = m.host
					AND t.run = m.run ORDER BY t.position),
			ARRAY(SELECT dane.endpoint_json(e)
				FROM dane.endpoint_row e
				WHERE e.scan_id = d.scan_id AND e.host = m.host
					AND e.run = m.run ORDER BY e.position)))
		FROM unnest(x.exchanges) m
		LEFT JOIN dane.host_row h ON h.scan_id = d.scan_id
			AND h.host = m.host AND h.run = m.run
		ORDER BY m.position),
	'extras', d.extras,
	'lint', coalesce(dane.labels(d.lint), '{}'),
	'flags', coalesce(dane.labels(d.flags), '{}'),
	'tags', coalesce(d.tags, '{}')) AS record
FROM dane.domain_row d
JOIN dane.scan s USING (scan_id)
LEFT JOIN (
	SELECT scan_id, domain, array_agg(m) AS exchanges
	FROM dane.mx_row m GROUP BY scan_id, domain
) x ON x.scan_id = d.scan_id AND x.domain = d.domain;


DROP FUNCTION dane.host_json(integer, dane.host_row);
