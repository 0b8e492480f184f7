-- The registry's list, where hundreds of thousands of domains are broken: what is
-- told of a host or domain is told once for each, not for every row; and codes are
-- compared, of which the planner knows how frequent they are.

CREATE OR REPLACE VIEW dane.broken AS
SELECT d.scan_id, d.domain, dane.label(d.severity) AS severity,
	dane.label(d.reason) AS reason, m.host, m.preference,
	dane.label(m.reason) AS host_reason, coalesce(e.address, v.address) AS address,
	coalesce(dane.label(e.reason), v.reason) AS endpoint_reason,
	coalesce(e.detail, v.detail) AS detail,
	coalesce(h.tlsa_why, h.a_why, h.aaaa_why, d.mx_why) AS why,
	d.time, d.tld, d.tags, m.run, h.provider
FROM dane.domain_row d
LEFT JOIN dane.mx_row m ON m.scan_id = d.scan_id AND m.domain = d.domain
	AND m.class = dane.code_of('broken')
LEFT JOIN dane.host_row h ON h.scan_id = m.scan_id AND h.host = m.host
	AND h.run = m.run
LEFT JOIN dane.endpoint_row e ON m.view IS NULL AND e.scan_id = m.scan_id
	AND e.host = m.host AND e.run = m.run AND e.class = dane.code_of('fail')
LEFT JOIN LATERAL json_to_recordset(m.view -> 'endpoints')
	AS v(address text, class text, reason text, detail text)
	ON v.class = 'fail'
WHERE d.class = dane.code_of('broken');

COMMENT ON VIEW dane.broken IS
	'What an operator must be told: each broken domain with each broken host '
	'and address as that domain sees it. run: of the host that it was judged '
	'on.';

CREATE OR REPLACE VIEW dane.registry AS
SELECT b.scan_id, b.tld, b.domain, b.provider, b.tags ->> 'registrar' AS registrar,
	b.severity, b.reason, b.host, b.address,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS cause,
	nullif(concat_ws('; ', coalesce(b.detail, b.why), 'published: ' || t.records,
		CASE WHEN t.records IS NOT NULL
			THEN 'the server''s key: ' || k.record END), '') AS evidence,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS remedy,
	s.first_seen, s.from_scan AS first_scan, coalesce(b.tags, '{}') AS tags
FROM dane.broken b
LEFT JOIN (
	SELECT scan_id, host, run,
		min(dane.label(coalesce(hint, history_hint))) AS hint,
		string_agg(dane.tlsa_text(usage, selector, mtype, data), ', '
			ORDER BY usage, selector, mtype, data) AS records
	FROM dane.tlsa_row WHERE usable AND NOT match
	GROUP BY scan_id, host, run
) t ON t.scan_id = b.scan_id AND t.host = b.host AND t.run = b.run
	AND dane.reason_kind(coalesce(b.endpoint_reason, b.host_reason)) = 'match'
LEFT JOIN (
	SELECT scan_id, host, run, address,
		min(dane.tlsa_text(3, 1, 1, c.spki_sha256)) AS record
	FROM dane.endpoint_row e
	JOIN dane.certificate c ON c.sha256 = e.chain[1]
	GROUP BY scan_id, host, run, address
) k ON k.scan_id = b.scan_id AND k.host = b.host AND k.run = b.run
	AND k.address = b.address
LEFT JOIN (
	SELECT d.scan_id, d.tld, d.domain, min(h.first_seen) AS first_seen,
		min(h.from_scan) AS from_scan
	FROM dane.domain_row d
	JOIN dane.domain_state h ON h.domain = d.domain AND h.class = 'broken'
		AND h.from_scan <= d.scan_id
	WHERE d.class = dane.code_of('broken') AND NOT EXISTS (
		SELECT FROM dane.domain_state o
		WHERE o.domain = d.domain AND o.class <> 'broken'
			AND o.from_scan > h.from_scan AND o.from_scan <= d.scan_id)
	GROUP BY d.scan_id, d.tld, d.domain
) s ON s.scan_id = b.scan_id AND s.tld = b.tld AND s.domain = b.domain;

DROP FUNCTION dane.broken_since;
