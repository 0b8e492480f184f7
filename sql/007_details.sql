-- What the signature of an RRset tells, the domain as the list had it, and what
-- security level a server's keys are good for.

ALTER TABLE dane.domain_obs
	ADD input          text,
	ADD mx_algorithm   smallint,
	ADD mx_sig_expires timestamptz;
ALTER TABLE dane.host_obs
	ADD tlsa_algorithm   smallint,
	ADD tlsa_sig_expires timestamptz;
ALTER TABLE dane.endpoint_obs
	ADD min_seclevel smallint;

COMMENT ON COLUMN dane.endpoint_obs.min_seclevel IS
	'Highest of OpenSSL''s security levels 0 to 2 at which all keys of the '
	'address are accepted; NULL: none is.';
COMMENT ON COLUMN dane.domain_obs.input IS
	'The domain as the list has it, where that is no plain ASCII; else NULL.';
COMMENT ON COLUMN dane.domain_obs.mx_algorithm IS
	'DNSSEC algorithm number of the MX RRset''s signature; NULL: it has none.';
COMMENT ON COLUMN dane.domain_obs.mx_sig_expires IS
	'When that signature expires.';
COMMENT ON COLUMN dane.host_obs.tlsa_algorithm IS
	'The same of the TLSA RRset.';

CREATE VIEW dane.signatures AS
SELECT scan_id, domain, NULL::text AS host, 'MX' AS type, mx_trust AS trust,
	mx_algorithm AS algorithm, mx_sig_expires AS expires
FROM dane.domain_obs WHERE mx_algorithm IS NOT NULL
UNION ALL
SELECT scan_id, NULL, host, 'TLSA', tlsa_trust, tlsa_algorithm, tlsa_sig_expires
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, tlsa_trust,
		tlsa_algorithm, tlsa_sig_expires
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h WHERE tlsa_algorithm IS NOT NULL;

COMMENT ON VIEW dane.signatures IS
	'One row a signed MX RRset of a domain, and a signed TLSA RRset of a host. '
	'Algorithms 5 and 7 are SHA-1, which RFC 9905 wants treated as unsigned.';

CREATE OR REPLACE VIEW dane.domain_results AS
SELECT scan_id, domain, tld, class, reason, severity, half_dane, time,
	coalesce(reasons, array_remove(ARRAY[reason], NULL)) AS reasons,
	coalesce(lint, '{}') AS lint, coalesce(flags, '{}') AS flags,
	coalesce(tags, '{}') AS tags, line,
	mx_status, mx_trust, mx_why, mx_ttl, mx_alias, implicit, passes,
	input, mx_algorithm, mx_sig_expires
FROM dane.domain_obs;

CREATE FUNCTION dane.time_json(t timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(date_trunc('second', t) AT TIME ZONE 'UTC',
	'YYYY-MM-DD"T"HH24:MI:SS"Z"');

CREATE OR REPLACE FUNCTION dane.endpoint_json(e dane.endpoint_obs)
RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('address', e.address, 'port', e.port,
	'class', e.class, 'reason', e.reason, 'detail', e.detail,
	'smtp_code', e.smtp_code,
	'tls', dane.tls_json(e.tls_version, e.cipher, e.tls_group, e.tls_key,
		e.chain),
	'tls_other', dane.tls_json(e.other_version, e.other_cipher,
		e.other_group, e.other_key, e.other_chain),
	'match', CASE WHEN e.match_usage IS NOT NULL THEN json_build_object(
		'usage', e.match_usage, 'selector', e.match_selector,
		'mtype', e.match_mtype, 'depth', e.match_depth,
		'name', e.match_name) END,
	'dane_error', e.dane_error, 'min_seclevel', e.min_seclevel,
	'flags', coalesce(e.flags, '{}'));

CREATE OR REPLACE FUNCTION dane.host_json(preference integer, h dane.host_obs)
RETURNS json LANGUAGE sql STABLE
RETURN json_build_object('host', h.host, 'preference', preference,
	'class', h.class, 'reason', h.reason, 'base', h.base, 'alias', h.alias,
	'a', dane.lookup_json(h.a_status, h.a_trust, h.a_why),
	'aaaa', dane.lookup_json(h.aaaa_status, h.aaaa_trust, h.aaaa_why),
	'tlsa', json_build_object('state', h.tlsa_state, 'status', h.tlsa_status,
		'trust', h.tlsa_trust, 'why', h.tlsa_why, 'ttl', h.tlsa_ttl,
		'algorithm', h.tlsa_algorithm,
		'sig_expires', dane.time_json(h.tlsa_sig_expires),
		'records', ARRAY(SELECT dane.tlsa_json(t) FROM dane.tlsa_obs t
			WHERE t.scan_id = h.scan_id AND t.host = h.host
				AND t.run = h.run ORDER BY t.position)),
	'endpoints', ARRAY(SELECT dane.endpoint_json(e) FROM dane.endpoint_obs e
		WHERE e.scan_id = h.scan_id AND e.host = h.host
			AND e.run = h.run ORDER BY e.position),
	'servers', coalesce(h.servers, '[]'));

CREATE OR REPLACE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', dane.time_json(d.time),
	'line', d.line, 'domain', d.domain, 'input', d.input,
	'class', d.class, 'reason', d.reason,
	'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
	'severity', d.severity, 'half_dane', d.half_dane, 'passes', d.passes,
	'mx', json_build_object('status', d.mx_status, 'trust', d.mx_trust,
		'why', d.mx_why, 'ttl', d.mx_ttl, 'algorithm', d.mx_algorithm,
		'sig_expires', dane.time_json(d.mx_sig_expires),
		'alias', d.mx_alias, 'implicit', d.implicit,
		'servers', coalesce(d.servers, '[]')),
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
