-- The broken domains of all zones at once: who reads zone after zone would read
-- all domains for each.

CREATE VIEW dane.registry AS
SELECT b.scan_id, d.tld, b.domain, h.provider, d.tags ->> 'registrar' AS registrar,
	b.severity, b.reason, b.host, b.address,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS cause,
	coalesce(b.detail, b.why) AS evidence,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS remedy,
	s.first_seen, s.from_scan AS first_scan, coalesce(d.tags, '{}') AS tags
FROM dane.broken b
JOIN dane.domain_obs d ON d.scan_id = b.scan_id AND d.domain = b.domain
LEFT JOIN dane.host_latest h ON h.scan_id = b.scan_id AND h.host = b.host
LEFT JOIN LATERAL (
	SELECT min(r.hint) AS hint FROM dane.tlsa_records r
	WHERE r.scan_id = b.scan_id AND r.host = b.host AND r.usable
		AND NOT r.match AND dane.reason_kind(coalesce(
			b.endpoint_reason, b.host_reason)) = 'match'
) t ON true
LEFT JOIN LATERAL dane.broken_since(b.domain, b.scan_id) s ON true;

COMMENT ON VIEW dane.registry IS
	'The broken domains of a scan by zone (tld), a row each broken host and '
	'address, with what dane.registry_broken tells of one zone. It needs the '
	'observations of the scan.';

CREATE OR REPLACE FUNCTION dane.registry_broken(scan bigint, zone text)
RETURNS TABLE (domain text, provider text, registrar text, severity text,
	reason text, host text, address text, cause text, evidence text,
	remedy text, first_seen timestamptz, first_scan bigint, tags jsonb)
LANGUAGE sql STABLE AS $$
	SELECT r.domain, r.provider, r.registrar, r.severity, r.reason, r.host,
		r.address, r.cause, r.evidence, r.remedy, r.first_seen, r.first_scan,
		r.tags
	FROM dane.registry r
	WHERE r.scan_id = scan AND r.tld = zone COLLATE "C"
	ORDER BY r.provider, r.registrar, r.domain, r.host, r.address
$$;
