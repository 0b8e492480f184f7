-- The broken domains of all zones, and those of one.

BEGIN;
SELECT plan(3);

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

SELECT * FROM finish();
ROLLBACK;
