-- Three scans of a small list with most of what can happen, and hostile data in
-- every place where data from the network or the list can stand. The third is not
-- complete yet.

SET TIME ZONE 'UTC';

-- What must do no harm, wherever it is shown.
CREATE TEMP TABLE hostile (n serial, text text);
INSERT INTO hostile (text) VALUES
	('<script>alert(1)</script>'),
	('"><img src=x onerror=alert(1)>'),
	(E'</title><svg onload=alert(1)>'),
	('=HYPERLINK("http://evil.invalid","x")'),
	('+1+1'),
	('-2+3'),
	('-rf'),
	('   '),
	(''),
	('@SUM(A1)'),
	(E'\t=1'),
	(E'two\r\nlines\n.\nBcc: all@example.net'),
	(E'\x01\x1b[31mred\x1b[0m\x7f'),
	(U&'\202Emoc.elgoog\202C'),
	(U&'zero\200Bwidth\FEFF\2066\2069'),
	('../../../etc/passwd'),
	('..'),
	('index.html'),
	('UPPER.Example'),
	('a,b;"c"'),
	('javascript:alert(1)'),
	('{key}'),
	('&amp;&#60;b>'),
	(']]>'),
	(repeat('x', 10240)),
	(repeat('<b>', 3500));

CREATE TEMP TABLE scan (n integer, id bigint);
INSERT INTO scan
SELECT n, dane.scan_begin('list ' || to_char(t, 'YYYY-MM'),
	'{"resolver": "unbound", "ehlo": "<b>scanner</b>", "window": 10000}', t)
FROM (VALUES (1, '2026-09-01 20:00+00'::timestamptz), (2, '2026-10-01 20:00+00'),
	(3, '2026-11-01 20:00+00')) v(n, t) ORDER BY n;

-- A domain and its only host, seen alike in some scans.
CREATE FUNCTION pg_temp.seen(scans integer[], name text, zone text, class text,
	reason text, host text, provider text, host_class text,
	tags jsonb DEFAULT NULL, detail text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
		severity, mx_status, mx_trust, mx_why, implicit, tags)
	SELECT id, 1, s.started + interval '1 hour', name, zone, class, reason,
		CASE class WHEN 'broken' THEN 'outage' END, 'data',
		CASE WHEN class = 'no-dnssec' THEN 'insecure'
			WHEN reason = 'mx-bogus' THEN 'bogus' ELSE 'secure' END,
		CASE WHEN reason = 'mx-bogus' THEN detail END, false, tags
	FROM scan JOIN dane.scan s ON scan_id = id WHERE n = ANY (scans);
	INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run,
		class, reason)
	SELECT id, name, 0, 10, host, 1, host_class, reason
	FROM scan WHERE n = ANY (scans) AND host IS NOT NULL;
	INSERT INTO dane.host_obs (scan_id, run, host, provider, base, class, reason,
		a_status, a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status,
		tlsa_trust, tlsa_ttl)
	SELECT id, 1, host, provider, host, host_class, reason, 'data', 'secure',
		'nodata', 'secure',
		CASE WHEN host_class IN ('valid', 'broken') THEN 'usable'
			ELSE 'none-secure' END,
		CASE WHEN host_class IN ('valid', 'broken') THEN 'data'
			ELSE 'nodata' END, 'secure', 3600
	FROM scan WHERE n = ANY (scans) AND host IS NOT NULL
		AND NOT EXISTS (SELECT FROM dane.host_obs o
			WHERE o.scan_id = id AND o.host = seen.host);
	INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
		class, reason, detail, tls_version, cipher, tls_key, chain, pkix_error,
		pkix_reason)
	SELECT id, 1, host, 0, '192.0.2.1', 25,
		CASE host_class WHEN 'valid' THEN 'ok' ELSE 'fail' END, reason, detail,
		'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'RSA-2048',
		ARRAY[sha256(convert_to(host, 'UTF8'))], 18, 'self-signed'
	FROM scan WHERE n = ANY (scans) AND host IS NOT NULL
		AND host_class IN ('valid', 'broken')
		AND NOT EXISTS (SELECT FROM dane.endpoint_obs o
			WHERE o.scan_id = id AND o.host = seen.host);
	INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
		data, usable, match, hint)
	SELECT id, 1, host, 0, 3, 1, 1, sha256(convert_to(host || 'key', 'UTF8')), true,
		host_class = 'valid', CASE host_class WHEN 'broken' THEN 'unknown' END
	FROM scan WHERE n = ANY (scans) AND host IS NOT NULL
		AND host_class IN ('valid', 'broken')
		AND NOT EXISTS (SELECT FROM dane.tlsa_obs o
			WHERE o.scan_id = id AND o.host = seen.host)
$$;

-- The honest part: 30 domains in two zones, one of which breaks in scan 2 and is
-- mended in scan 3.
SELECT pg_temp.seen('{1,2,3}', 'good' || i || '.nl', 'nl', 'valid', NULL,
	'mx.provider' || i % 3 || '.example', 'provider' || i % 3 || '.example', 'valid')
FROM generate_series(1, 12) i;
SELECT pg_temp.seen('{1,2,3}', 'plain' || i || '.com', 'com', 'no-dnssec',
	'mx-insecure', 'mx.plain.example', 'plain.example', 'no-tlsa')
FROM generate_series(1, 10) i;
SELECT pg_temp.seen('{1,2,3}', 'signed' || i || '.com', 'com', 'no-tlsa',
	'tlsa-none', 'mx.signed.example', 'signed.example', 'no-tlsa')
FROM generate_series(1, 6) i;
SELECT pg_temp.seen('{1}', 'turned.nl', 'nl', 'valid', NULL, 'mx.turned.nl',
	'turned.nl', 'valid');
SELECT pg_temp.seen('{2}', 'turned.nl', 'nl', 'broken', 'dane-no-match',
	'mx.turned.nl', 'turned.nl', 'broken');
SELECT pg_temp.seen('{3}', 'turned.nl', 'nl', 'valid', NULL, 'mx.turned.nl',
	'turned.nl', 'valid');
SELECT pg_temp.seen('{2,3}', 'broken.nl', 'nl', 'broken', 'dane-no-match',
	'mx.broken.example', 'broken.example', 'broken', '{"registrar": "A"}',
	'no record matches');
SELECT pg_temp.seen('{2,3}', 'bogus.nl', 'nl', 'broken', 'mx-bogus', NULL, NULL,
	NULL, '{"registrar": "B"}', 'validation failure: signature expired');
-- Gone from the list before the last scan, with its zone.
SELECT pg_temp.seen('{1,2}', 'left.gone', 'gone', 'broken', 'dane-no-match',
	'mx.broken.example', 'broken.example', 'broken');

-- The hostile part: as domain, zone, host, provider, tag and evidence.
SELECT pg_temp.seen('{2,3}', 'd' || n || '.' || text, text, 'broken',
	'dane-no-match', 'mx' || n || '.' || text, text, 'broken',
	jsonb_build_object('registrar', text, 'tag ' || text, n), text)
FROM hostile;

-- What --extras would have found.
UPDATE dane.domain_obs SET extras = json_build_object(
	'mta_sts', json_build_object('status', 'data', 'trust', 'secure', 'state',
		'present', 'policy', json_build_object('state', 'fetched', 'mode',
		CASE class WHEN 'broken' THEN tld ELSE 'enforce' END)),
	'ns', json_build_object('status', 'data', 'trust', 'secure', 'zone', domain,
		'servers', ARRAY['ns1.' || tld], 'operator',
		CASE class WHEN 'broken' THEN tld ELSE 'dns.example' END))
WHERE scan_id = (SELECT id FROM scan WHERE n = 3);

INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer, not_before,
	not_after, key, first_seen, last_seen)
SELECT sha256(convert_to(host, 'UTF8')), sha256(convert_to(host || 'key', 'UTF8')), '\x30',
	'CN=' || host, 'O=' || host || ', CN=' || host, '2026-01-01', '2026-11-20',
	'RSA-2048', '2026-09-01', '2026-11-01'
FROM dane.host_obs WHERE class IN ('valid', 'broken')
GROUP BY host;

UPDATE dane.scan SET runs = '[{"stop": "done", "note": "<b>bold</b>"}]';
UPDATE dane.scan s SET finished = started + interval '2 hours',
	domains = (SELECT count(*) FROM dane.domain_obs d WHERE d.scan_id = s.scan_id);
UPDATE dane.scan SET state = 'complete' WHERE scan_id = (SELECT id FROM scan WHERE n = 1);
UPDATE dane.scan SET state = 'complete' WHERE scan_id = (SELECT id FROM scan WHERE n = 2);
