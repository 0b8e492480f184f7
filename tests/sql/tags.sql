-- Figures by tag, top-level domain and provider.

BEGIN;
SELECT plan(9);

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin('scan ' || n, '{}', now()) AS id
FROM generate_series(1, 2) n;

INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	mx_status, mx_trust, implicit, tags)
SELECT id, line, now(), domain, substring(domain FROM '[^.]*$'), class, reason,
	'data', 'secure', false, tags::jsonb
FROM scan, (VALUES
	(1, 'a.nl', 'valid', NULL, '{"registrar": "One", "sector": "bank"}'),
	(2, 'b.nl', 'valid', NULL, '{"registrar": "One", "sector": "gov"}'),
	(3, 'c.nl', 'broken', 'dane-no-match', '{"registrar": "Two"}'),
	(4, 'd.se', 'broken', 'cert-expired', '{"registrar": "One"}'),
	(5, 'e.se', 'no-tlsa', 'tlsa-none', NULL),
	(6, 'f.se', 'broken', 'dane-no-match', '{"registrar": "one", "sector": ""}')
) d(line, domain, class, reason, tags);
DELETE FROM dane.domain_obs USING scan
WHERE n = 2 AND scan_id = id AND domain <> 'a.nl';

SELECT results_eq(
	'SELECT domain, tag, value FROM dane.domain_tags, scan
		WHERE n = 1 AND scan_id = id AND domain IN (''a.nl'', ''e.se'', ''f.se'')
		ORDER BY 1, 2',
	$$VALUES ('a.nl' COLLATE "C", 'registrar' COLLATE "C", 'One' COLLATE "C"),
		('a.nl', 'sector', 'bank'), ('f.se', 'registrar', 'one'),
		('f.se', 'sector', '')$$,
	'a row for each tag; a domain without tags has none');
SELECT results_eq(
	'SELECT value, class, reason, domains FROM dane.summary_by_tag, scan
		WHERE n = 1 AND scan_id = id AND tag = ''registrar'' ORDER BY 1, 2, 3',
	$$VALUES ('One' COLLATE "C", 'broken', 'cert-expired', 1::bigint),
		('One', 'valid', NULL, 2), ('Two', 'broken', 'dane-no-match', 1),
		('one', 'broken', 'dane-no-match', 1)$$,
	'values as they are, with all that differs');
SELECT is(sum(domains), 5::numeric, 'a domain counts once for a tag')
FROM dane.summary_by_tag, scan
WHERE n = 1 AND scan_id = id AND tag = 'registrar';
SELECT is(count(*), 2::bigint, 'each scan for itself')
FROM dane.summary_by_tag, scan WHERE n = 2 AND scan_id = id;

SELECT results_eq(
	'SELECT tld, class, reason, domains FROM dane.summary_by_tld, scan
		WHERE n = 1 AND scan_id = id ORDER BY 1, 2, 3',
	$$VALUES ('nl' COLLATE "C", 'broken', 'dane-no-match', 1::bigint),
		('nl', 'valid', NULL, 2), ('se', 'broken', 'cert-expired', 1),
		('se', 'broken', 'dane-no-match', 1), ('se', 'no-tlsa', 'tlsa-none', 1)$$,
	'by top-level domain');

-- Providers: a.nl has two hosts of one; b.nl is at two; one host is unknown.
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, run, host, provider, 'valid', 'data', 'secure', 'nodata', 'secure',
	'usable', 'data', 'secure'
FROM scan, (VALUES (1, 'mx1.p.net', 'p.net'), (2, 'mx1.p.net', 'p.net'),
	(1, 'mx2.p.net', 'p.net'), (1, 'mx.q.net', 'q.net'), (1, 'net', NULL))
	h(run, host, provider)
WHERE n = 1;
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT id, domain, position, 10, host, 1, 'valid'
FROM scan, (VALUES ('a.nl', 0, 'mx1.p.net'), ('a.nl', 1, 'mx2.p.net'),
	('b.nl', 0, 'mx1.p.net'), ('b.nl', 1, 'mx.q.net'), ('c.nl', 0, 'mx2.p.net'),
	('d.se', 0, 'net')) m(domain, position, host)
WHERE n = 1;
SELECT results_eq(
	'SELECT provider, class, reason, domains FROM dane.summary_by_provider, scan
		WHERE n = 1 AND scan_id = id ORDER BY 1, 2',
	$$VALUES ('p.net' COLLATE "C", 'broken', 'dane-no-match', 1::bigint),
		('p.net', 'valid', NULL, 2), ('q.net', 'valid', NULL, 1)$$,
	'by provider, a domain once for each');

SELECT is((SELECT sum(domains) FROM dane.summary_by_tld),
	(SELECT sum(domains) FROM dane.summary), 'no domain is lost');
SELECT is_empty('SELECT FROM dane.summary_by_provider WHERE provider IS NULL',
	'a host without provider belongs to nobody');
SELECT lives_ok('SELECT dane.scan_drop(id) FROM scan', 'drop');

SELECT * FROM finish();
ROLLBACK;
