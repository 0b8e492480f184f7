-- A small set of scans whose counts are known: a year ago, the scan before, the
-- scan in question, one of another series without any DANE, and one that probed
-- nobody. Included by tests/sql/report.sql.

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin(label, jsonb_build_object('probe', CASE n WHEN 5
	THEN 'none' ELSE 'dane' END), started::timestamptz) AS id
FROM (VALUES (1, 'nl 2025-01-05', '2025-01-05 00:00+00'),
	(2, 'nl 2025-12-28', '2025-12-28 00:00+00'),
	(3, 'other-2025-12-30', '2025-12-30 00:00+00'),
	(4, 'nl 2026-01-04', '2026-01-04 00:00+00'),
	(5, 'unprobed', '2026-01-05 00:00+00')) s(n, label, started)
ORDER BY n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

-- Domains of the last scan; of the others, those that had the class that is
-- given for them.
CREATE TEMP TABLE named (domain text, class text, reason text, severity text,
	status text, trust text, before text, year text, mx text, tags jsonb,
	extras json);
INSERT INTO named VALUES
('a.nl', 'valid', NULL, NULL, 'data', 'secure', 'valid', 'valid',
	'10 mx1.one.net valid', '{"registrar": "One", "sector": "bank", "rank": "1"}',
	'{"mta_sts": {"status": "data", "trust": "secure", "state": "present",
		"policy": {"state": "fetched", "mode": "enforce"}},
	"ns": {"operator": "ns.net"}, "ds": {"dnskey": {"status": "data"},
		"nsec3": {"iterations": 5}}}'),
('b.nl', 'valid', NULL, NULL, 'data', 'secure', 'valid', NULL,
	'10 mx1.one.net valid,20 mx.dead.net unreachable',
	'{"registrar": "Two", "rank": "10000"}',
	'{"mta_sts": {"status": "nodata", "trust": "secure", "state": "absent",
		"policy": null}, "ns": {"operator": "ns.net"},
	"ds": {"dnskey": {"status": "data"}, "nsec3": null}}'),
('c.nl', 'broken', 'dane-no-match', 'degraded', 'data', 'secure', 'valid', NULL,
	'10 mx1.one.net valid,20 mx2.one.net broken',
	'{"registrar": "One", "rank": "10001"}', NULL),
('d.se', 'broken', 'dane-no-match', 'outage', 'data', 'secure', 'valid', 'valid',
	'10 mx2.one.net broken', '{"registrar": "Two"}', NULL),
('e.se', 'partial', 'tlsa-none', NULL, 'data', 'secure', 'partial', NULL,
	'10 mx1.one.net valid,20 mx.none.net no-tlsa', NULL, NULL),
('f.se', 'no-tlsa', 'tlsa-none', NULL, 'data', 'secure', 'broken', NULL,
	'10 mx.none.net no-tlsa', NULL, NULL),
('g.se', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx.plain.net no-dnssec,20 mx.plain.net no-dnssec', NULL, NULL),
('h.se', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx1.one.net valid', NULL, NULL),
('i.com', 'indeterminate', 'mx-timeout', NULL, 'timeout', 'none', 'valid', NULL,
	NULL, NULL, NULL),
('j.com', 'no-mail', 'null-mx', NULL, 'data', 'secure', NULL, NULL, NULL, NULL,
	NULL),
('k.com', 'no-mail', 'nxdomain', NULL, 'nxdomain', 'secure', NULL, NULL, NULL,
	NULL, NULL),
('l.com', 'broken', 'mx-bogus', 'outage', 'servfail', 'bogus', NULL, NULL, NULL,
	NULL, NULL),
('m.com', 'indeterminate', 'unreachable', NULL, 'data', 'secure', NULL, NULL,
	'10 mx.dead.net unreachable', NULL, NULL),
('n.com', 'broken', 'tlsa-bogus', 'outage', 'data', 'secure', NULL, NULL,
	'10 mx.bogus.net broken', NULL, NULL),
('o.com', 'unusable', 'pkix-usage', NULL, 'data', 'secure', NULL, NULL,
	'10 mx.two.net unusable', NULL, NULL),
('p.com', 'valid', NULL, NULL, 'data', 'secure', 'broken', NULL,
	'10 mx.ta.net valid', NULL, NULL),
('x.org', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx.plain.net no-dnssec', NULL, NULL);

CREATE FUNCTION pg_temp.fill(place integer, wanted text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, severity, half_dane, mx_status, mx_trust, mx_why,
		mx_algorithm, implicit, lint, tags, extras, servers)
	SELECT id, 1, s.started + interval '1 hour', domain,
		substring(domain FROM '[^.]*$'), v.class,
		CASE WHEN n = 4 OR v.class = d.class THEN d.reason
			WHEN v.class = 'broken' THEN 'cert-expired' END,
		CASE WHEN v.class = d.class THEN d.severity
			WHEN v.class = 'broken' THEN 'outage' END,
		CASE domain WHEN 'h.se' THEN 'all' WHEN 'g.se' THEN 'none' END,
		CASE v.class WHEN d.class THEN d.status ELSE 'data' END,
		CASE v.class WHEN d.class THEN d.trust ELSE 'secure' END,
		CASE d.trust WHEN 'bogus' THEN 'validation failure <l.com. MX IN>: '
			'signature expired from 192.0.2.1' END,
		CASE d.trust WHEN 'secure' THEN CASE domain WHEN 'a.nl' THEN 8
			ELSE 13 END END, false,
		CASE domain WHEN 'a.nl' THEN '{tlsa-no-rollover}'::text[] END,
		CASE n WHEN 4 THEN d.tags END, CASE n WHEN 4 THEN d.extras END,
		CASE d.trust WHEN 'bogus' THEN '[{"name": "ns1.badns.org"},
			{"name": "ns2.badns.org"}]'::json END
	FROM scan JOIN dane.scan s ON s.scan_id = id, named d, LATERAL (
		SELECT CASE n WHEN 1 THEN d.year WHEN 2 THEN d.before
			ELSE d.class END AS class) v
	WHERE n = place AND domain = ANY (wanted) AND v.class IS NOT NULL;
	INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run,
		class)
	SELECT id, domain, i, split_part(m, ' ', 1)::integer,
		split_part(m, ' ', 2), 1,
		CASE WHEN n < 4 AND m ~ 'broken' THEN 'valid'
			ELSE split_part(m, ' ', 3) END
	FROM scan JOIN dane.domain_obs o ON o.scan_id = id
	JOIN named USING (domain),
		string_to_table(mx, ',') WITH ORDINALITY x(m, i)
	WHERE n = place
$$;
SELECT pg_temp.fill(p, array_agg(domain))
FROM generate_series(1, 5) p, named
WHERE CASE p WHEN 3 THEN domain = 'x.org' WHEN 5 THEN domain = 'm.com'
	ELSE domain <> 'x.org' END GROUP BY p;

-- Hosts. mx2 has another certificate in the last scan, and the same record.
INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer,
	not_before, not_after, key)
SELECT sha256(c::bytea), sha256(('key ' || c)::bytea), c::bytea, '',
	CASE c WHEN 'ta' THEN 'CN=Own' ELSE 'C=US,O=Let''s Encrypt,CN=R11' END,
	'2025-01-01', CASE c WHEN 'mx1' THEN '2026-01-10'::timestamptz
		WHEN 'ta' THEN '2026-03-01' ELSE '2025-12-01' END, 'EC-256'
FROM unnest('{mx1,mx2-old,mx2-new,ta}'::text[]) c;

CREATE TEMP TABLE host (n integer, host text, class text, reason text,
	state text, trust text, why text, a text, aaaa text, leaf text, other text,
	pkix text, matched integer);
INSERT INTO host VALUES
(4, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	'RSA-2048', NULL, 3),
(4, 'mx2.one.net', 'broken', 'dane-no-match', 'usable', 'secure', NULL, 'data',
	'nodata', 'mx2-new', NULL, 'expired', NULL),
(4, 'mx.two.net', 'unusable', 'pkix-usage', 'unusable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.none.net', 'no-tlsa', 'tlsa-none', 'none-secure', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.plain.net', 'no-dnssec', 'addr-insecure', 'skipped', 'none', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.dead.net', 'unreachable', 'tcp-timeout', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.bogus.net', 'broken', 'tlsa-bogus', 'error', 'bogus',
	'no signatures from 192.0.2.1', 'data', 'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.ta.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata', 'ta',
	NULL, 'unknown-issuer', 2),
(1, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	NULL, NULL, 3),
(1, 'mx2.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata',
	'mx2-old', NULL, NULL, 3),
(2, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	NULL, NULL, 3),
(2, 'mx2.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata',
	'mx2-old', NULL, NULL, 3),
(2, 'mx.none.net', 'no-tlsa', 'tlsa-none', 'none-secure', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(2, 'mx.dead.net', 'unreachable', 'tcp-timeout', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(2, 'mx.ta.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata', 'ta',
	NULL, NULL, 2),
(3, 'mx.plain.net', 'no-dnssec', 'addr-insecure', 'skipped', 'none', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(5, 'mx.dead.net', 'unreachable', 'not-probed', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL);

INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust,
	tlsa_why, tlsa_ttl, tlsa_algorithm)
SELECT id, 1, host, substring(host FROM '[^.]*\.[^.]*$'), class, reason, a,
	'secure', aaaa, 'secure', state, 'data', trust, why, 3600,
	CASE trust WHEN 'secure' THEN 13 END
FROM host JOIN scan USING (n);
-- Another run of the scan saw it otherwise, before.
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, 0, 'mx.plain.net', 'plain.net', 'valid', 'data', 'secure', 'data',
	'secure', 'usable', 'data', 'secure' FROM scan WHERE n = 4;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason, detail, tls_version, cipher, tls_key, other_key, chain, match_usage,
	pkix_error, pkix_reason)
SELECT id, 1, host, i, address, 25, CASE class WHEN 'valid' THEN 'ok'
		WHEN 'broken' THEN 'fail' ELSE 'unreach' END,
	CASE WHEN class <> 'valid' THEN reason END,
	CASE WHEN class = 'broken' THEN 'no match' END,
	CASE WHEN leaf IS NOT NULL THEN 'TLSv1.3' END,
	CASE WHEN leaf IS NOT NULL THEN 'TLS_AES_256_GCM_SHA384' END,
	CASE WHEN leaf IS NOT NULL THEN 'EC-256' END, other,
	CASE WHEN leaf IS NOT NULL THEN ARRAY[sha256(leaf::bytea)] END, matched,
	CASE WHEN leaf IS NOT NULL THEN CASE WHEN pkix IS NULL THEN 0 ELSE 10 END END,
	pkix
FROM host JOIN scan USING (n), LATERAL (VALUES (0, '192.0.2.25'),
	(1, CASE WHEN aaaa = 'data' THEN '2001:db8::25' END)) e(i, address)
WHERE address IS NOT NULL AND state <> 'error';
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
	data, usable, why, match, hint)
SELECT id, 1, r.host, i, usage, 1, 1, data, r.why IS NULL, r.why,
	CASE WHEN r.why IS NULL AND leaf IS NOT NULL
		THEN data = sha256(('key ' || leaf)::bytea) END,
	CASE WHEN n = 4 THEN hint END
FROM (VALUES
	('mx1.one.net', 0, 3, sha256('key mx1'), NULL, NULL),
	('mx2.one.net', 0, 3, sha256('key mx2-old'), NULL,
		'digest-of-earlier-certificate'),
	('mx.two.net', 0, 1, sha256('x'), 'pkix-usage', NULL),
	('mx.dead.net', 0, 3, sha256('y'), NULL, NULL),
	('mx.ta.net', 0, 2, sha256('key ta'), NULL, NULL),
	('mx.ta.net', 1, 2, '\x8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d'::bytea,
		NULL, 'retired-ca')
) r(host, i, usage, data, why, hint)
JOIN host ON host.host = r.host JOIN scan USING (n);

UPDATE dane.lease SET session = 1 WHERE scan_id IN (SELECT id FROM scan);
SELECT dane.scan_finish(id, 1, 1, 'complete') FROM scan ORDER BY n;
