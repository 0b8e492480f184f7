-- Evidence for what does not match: the records that are published, and what one
-- for the server's present key would be. Who gets a notice can compare them with
-- his zone and his server.

CREATE FUNCTION dane.tlsa_text(usage integer, selector integer, mtype integer,
	data bytea)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s %s %s %s', usage, selector, mtype, CASE
	WHEN length(data) > 64 THEN encode(substr(data, 1, 32), 'hex') || '...'
	ELSE encode(data, 'hex') END);

COMMENT ON FUNCTION dane.tlsa_text IS
	'A TLSA record as a zone file has it, long data cut short.';

CREATE OR REPLACE VIEW dane.registry AS
SELECT b.scan_id, d.tld, b.domain, h.provider, d.tags ->> 'registrar' AS registrar,
	b.severity, b.reason, b.host, b.address,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS cause,
	nullif(concat_ws('; ', coalesce(b.detail, b.why), 'published: ' || t.records,
		CASE WHEN t.records IS NOT NULL
			THEN 'the server''s key: ' || k.record END), '') AS evidence,
	coalesce(t.hint, b.endpoint_reason, b.host_reason, b.reason) AS remedy,
	s.first_seen, s.from_scan AS first_scan, coalesce(d.tags, '{}') AS tags
FROM dane.broken b
JOIN dane.domain_obs d ON d.scan_id = b.scan_id AND d.domain = b.domain
LEFT JOIN dane.host_latest h ON h.scan_id = b.scan_id AND h.host = b.host
LEFT JOIN LATERAL (
	SELECT min(r.hint) AS hint, string_agg(dane.tlsa_text(r.usage, r.selector,
		r.mtype, r.data), ', ' ORDER BY r.usage, r.selector, r.mtype, r.data)
		AS records
	FROM dane.tlsa_records r
	WHERE r.scan_id = b.scan_id AND r.host = b.host AND r.usable
		AND NOT r.match AND dane.reason_kind(coalesce(
			b.endpoint_reason, b.host_reason)) = 'match'
) t ON true
LEFT JOIN LATERAL (
	SELECT dane.tlsa_text(3, 1, 1, c.spki_sha256) AS record
	FROM dane.endpoint_results e
	JOIN dane.certificate c ON c.sha256 = e.leaf_sha256
	WHERE e.scan_id = b.scan_id AND e.host = b.host AND e.address = b.address
	LIMIT 1
) k ON true
LEFT JOIN LATERAL dane.broken_since(b.domain, b.scan_id) s ON true;

COMMENT ON FUNCTION dane.registry_broken IS
	'The broken domains of a zone, a row each broken host and address, for who '
	'has to be told. cause, remedy: codes of danescan explain; evidence: the '
	'words of the server, the library or the validator; of a mismatch the '
	'records that are published, and what one for the server''s key would be. '
	'first_seen: broken without interruption since. It needs the observations '
	'of the scan.';
