-- Rows as the schema before words became codes had them: every column, words that
-- no program has any more, lists, text that is hard to quote; scans that are
-- pruned, complete, interrupted and running. told() is what readers see of it,
-- less the figures by name, which came later and are made of scans that are there.

DROP TABLE IF EXISTS shown;
CREATE TABLE shown AS
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
	AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'dane'::regnamespace AND c.relkind IN ('v', 'p')
GROUP BY c.relname;

CREATE OR REPLACE FUNCTION told() RETURNS TABLE (name text, rows text)
LANGUAGE plpgsql AS $$
DECLARE
	columns text;
BEGIN
	FOR name, columns IN SELECT * FROM shown LOOP
		EXECUTE format('SELECT coalesce(string_agg(t::text, E''\n'' '
			'ORDER BY t::text COLLATE "C"), '''') '
			'FROM (SELECT %s FROM dane.%I %s) t', columns, name,
			CASE name WHEN 'figures' THEN 'WHERE name <> ''key''' END)
			INTO rows;
		RETURN NEXT;
	END LOOP;
END $$;

DO $$ BEGIN
	PERFORM dane.scan_begin('scan ' || n, '{}', '2026-11-21 20:00+00', 1)
	FROM generate_series(1, 4) n;
END $$;

INSERT INTO dane.domain_obs
SELECT scan_id, n, '2026-11-21 20:00:01.5+00', 'd' || n || '.example', 'example',
	(ARRAY['valid', 'broken', 'retired_class', 'no-dnssec'])[n % 4 + 1],
	(ARRAY[NULL, 'dane-no-match', 'retired_reason', 'it''s "\ $$ , {}'])[n % 4 + 1],
	CASE WHEN n % 4 = 1 THEN '{dane-no-match,retired_reason}'::text[]
		WHEN n % 4 = 2 THEN '{}' END,
	CASE WHEN n % 4 = 1 THEN 'outage' END, CASE WHEN n % 4 = 3 THEN 'some' END,
	'data', 'secure', 'why "this"', 3600, 'alias.example', n % 2 = 0,
	CASE WHEN n % 3 = 0 THEN '{tlsa-ttl,retired_lint}'::text[] END,
	CASE WHEN n % 3 = 1 THEN '{retried,retired_flag}'::text[] END,
	'{"rank": "1"}', '[{"name": "ns.example", "address": "192.0.2.53",
		"type": "MX", "outcome": "timeout", "serial": null}]', 2, 'D.example',
	13, '2027-01-01', '{"ns": {"zone": "example",  "status": "data"}}',
	CASE WHEN n = 7 THEN 'blocklisted' END, '2026-01-01',
	CASE WHEN n % 5 = 0 THEN '{null-mx,retired_fact}'::text[] END
FROM dane.scan, generate_series(1, 20) n;

INSERT INTO dane.host_obs
SELECT scan_id, run, 'mx' || h || '.example', 'example', 'mx' || h || '.example',
	'alias.example', (ARRAY['valid', 'broken', 'unreachable'])[h],
	(ARRAY[NULL, 'dane-no-match', 'connect-timeout'])[h], 'data', 'secure',
	'a why', 300, 'nodata', 'insecure', 'aaaa why', 60, 'usable', 'data',
	'secure', 'tlsa why', 3600, 'tlsa.example',
	CASE h WHEN 2 THEN '{agility}'::text[] END,
	'[{"name": "ns.example", "address": "192.0.2.53", "type": "TLSA",
		"outcome": "refused", "serial": 7}]', 8, '2027-01-01',
	'{"denial": {"parent": {"status": "data"}}}', '2026-11-21 20:00:02+00',
	CASE h WHEN 3 THEN 'blocklisted' END, 'nodata', 'bogus', 'cname why',
	'2026-01-01', CASE h WHEN 1 THEN '{a-unsupported,truncated}'::text[] END
FROM dane.scan, generate_series(1, 2) run, generate_series(1, 3) h;

INSERT INTO dane.endpoint_obs
SELECT scan_id, run, host, p, '192.0.2.' || p, 25,
	CASE class WHEN 'valid' THEN 'ok' ELSE 'fail' END, reason, 'detail', 220,
	'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'X25519', 'EC-256',
	ARRAY[sha256(host::bytea), sha256('issuer')], 3, 1, 1, 0, 'name', 65,
	CASE p WHEN 1 THEN '{tls-legacy}'::text[] END, 'TLSv1.2', 'AES128-SHA',
	'P-256', 'RSA-2048', ARRAY[sha256('other')], 2, 62, 'name-mismatch',
	'*.example', 'said', 'retired_phase', 'connect-timeout', 5, 1234,
	CASE p WHEN 1 THEN '{selective}'::text[] END
FROM dane.host_obs, generate_series(0, 1) p;

INSERT INTO dane.tlsa_obs
SELECT scan_id, run, host, p, 3, 1, 1, sha256((host || p)::bytea), p = 0,
	CASE p WHEN 1 THEN 'retired_record' END, p = 0, 0, CASE p WHEN 1 THEN
		'retired_hint' END, 'digest-of-other-host', p = 1
FROM dane.host_obs, generate_series(0, 1) p;

INSERT INTO dane.mx_obs
SELECT d.scan_id, d.domain, p, 10 * p, 'mx' || p || '.example', 1,
	(ARRAY['valid', 'broken', 'unreachable'])[p], (ARRAY[NULL, 'dane-no-match',
		'connect-timeout'])[p], CASE WHEN p = 3 THEN '{agility}'::text[] END,
	CASE WHEN p = 3 THEN '{"host":"mx3.example",  "endpoints": []}'::json END
FROM dane.domain_obs d, generate_series(1, 3) p WHERE d.line % 4 < 3;

INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer,
	not_before, not_after, key)
SELECT sha256('issuer'), sha256('key'), 'der', 'CN=issuer', 'CN=root',
	'2026-01-01', 'infinity', 'EC-256';

UPDATE dane.scan SET state = 'complete', finished = now(), domains = 20
WHERE scan_id < 3;
UPDATE dane.scan SET state = 'interrupted', finished = now() WHERE scan_id = 3;
DO $$ BEGIN PERFORM dane.scan_retain(1); END $$;
