-- The broken domains of all zones, and those of one.

BEGIN;
SELECT plan(5);

CREATE TEMP TABLE scan AS SELECT dane.scan_begin('registry', '{}', now()) AS id;

INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, mx_why, implicit, tags)
SELECT id, 1, now(), name, zone, class, reason, 'outage', 'data', 'bogus',
	'words of the validator', false, '{"registrar": "R"}'
FROM scan, (VALUES ('a.nl', 'nl', 'broken', 'mx-bogus'),
	('b.nl', 'nl', 'valid', NULL), ('a.se', 'se', 'broken', 'mx-bogus'))
	v(name, zone, class, reason);
UPDATE dane.scan SET state = 'complete', finished = now(), domains = 3
WHERE scan_id = (SELECT id FROM scan);

SELECT results_eq($$SELECT tld COLLATE "C", domain COLLATE "C", reason, registrar, cause,
		evidence, first_scan
	FROM dane.registry, scan WHERE scan_id = id ORDER BY 1, 2$$,
	$$SELECT zone COLLATE "C", name COLLATE "C", 'mx-bogus', 'R', 'mx-bogus', 'words of the validator', id
	FROM scan, (VALUES ('nl', 'a.nl'), ('se', 'a.se')) v(zone, name)$$,
	'each broken domain, and no other');
SELECT results_eq($$SELECT domain COLLATE "C", cause COLLATE "C", first_seen, tags
	FROM scan, dane.registry_broken(id, 'nl')$$,
	$$SELECT domain COLLATE "C", cause COLLATE "C", first_seen, tags FROM dane.registry, scan
	WHERE scan_id = id AND tld = 'nl'$$, 'of one zone the same');
SELECT is_empty($$SELECT 1 FROM scan, dane.registry_broken(id, 'com')$$,
	'of another none');

-- A host that was examined again: what the domain was judged on is told. Of the
-- two domains one was broken in the scan before as well.
CREATE TEMP TABLE later AS SELECT dane.scan_begin('registry', '{}', now()) AS id;
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, implicit)
SELECT id, 1, now() + interval '1 day', name, 'nl', 'broken', 'dane-no-match', 'outage',
	'data', 'secure', false
FROM later, (VALUES ('a.nl'), ('b.nl')) v(name);
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, run, 'mx.b.net', 'b.net', 'broken', 'dane-no-match', 'data', 'secure',
	'nodata', 'secure', 'usable', 'data', 'secure' FROM later, (VALUES (1), (2)) r(run);
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class, reason)
SELECT id, name, 1, 10, 'mx.b.net', run, 'broken', 'dane-no-match'
FROM later, (VALUES ('a.nl', 1), ('b.nl', 2)) v(name, run);
INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer, not_before,
	not_after, key)
VALUES (sha256('certificate'), sha256('key'), '\x01', '', '', '2025-12-01', '2027-01-01', 'EC-256')
ON CONFLICT DO NOTHING;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason, chain)
SELECT id, run, 'mx.b.net', 1, '192.0.2.1', 25, 'fail', 'dane-no-match',
	CASE run WHEN 2 THEN ARRAY[sha256('certificate')] END FROM later, (VALUES (1), (2)) r(run);
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype, data,
	usable, match, hint)
SELECT id, run, 'mx.b.net', 1, 3, 1, run, '\xaa', true, false, 'digest-of-hex'
FROM later, (VALUES (1), (2)) r(run);
UPDATE dane.scan SET state = 'complete', finished = now(), domains = 2
WHERE scan_id = (SELECT id FROM later);

SELECT results_eq($$SELECT domain COLLATE "C", provider COLLATE "C", address, cause, evidence
	FROM later, dane.registry WHERE scan_id = id ORDER BY 1$$,
	$$VALUES ('a.nl' COLLATE "C", 'b.net' COLLATE "C", '192.0.2.1', 'digest-of-hex',
			'published: 3 1 1 aa'),
		('b.nl', 'b.net', '192.0.2.1', 'digest-of-hex', format(
			'published: 3 1 2 aa; the server''s key: 3 1 1 %s',
			encode(sha256('key'), 'hex')))$$,
	'each domain has the records that it was judged on');
SELECT results_eq($$SELECT domain COLLATE "C", first_scan, first_seen = now() FROM later,
		dane.registry WHERE scan_id = later.id ORDER BY 1$$,
	$$SELECT 'a.nl' COLLATE "C", scan.id, true FROM scan
	UNION ALL SELECT 'b.nl', later.id, false FROM later$$,
	'since when each is broken without interruption');

SELECT * FROM finish();
ROLLBACK;
