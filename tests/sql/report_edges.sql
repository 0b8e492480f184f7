-- Edges of the published figures: a host that matches by two usages, one with
-- records of several causes, a provider that fails by DNS, a scan that probed
-- nobody, and what counts as a year before.

BEGIN;
SELECT plan(18);
-- Of 320 days before this winter's day one had 23 hours there.
SET LOCAL TimeZone = 'America/New_York';

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin(label, jsonb_build_object('probe', probe),
	'2026-02-01 00:00+00'::timestamptz - ago) AS id
FROM (VALUES (1, 'issuers', 'dane', interval '0'),
	(2, 'silent', 'none', '0'),
	(11, 'inside 2026', 'dane', '0'),
	(12, 'inside 2025', 'dane', 320 * interval '24 hours'),
	(21, 'inside-far 2026', 'dane', '0'),
	(22, 'inside-far 2025', 'dane', 410 * interval '24 hours'),
	(31, 'outside 2026', 'dane', '0'),
	(32, 'outside 2025', 'dane', 320 * interval '24 hours'
		- interval '1 second'),
	(33, 'outside 2025', 'dane', 410 * interval '24 hours'
		+ interval '1 second'),
	(41, 'near 2026', 'dane', '0'),
	(42, 'near 2025', 'dane', 325 * interval '24 hours'),
	(43, 'near 2025', 'dane', 366 * interval '24 hours'),
	(44, 'near 2025', 'dane', 362 * interval '24 hours'),
	(51, 'causes 2026-01', 'dane', 31 * interval '24 hours'),
	(52, 'causes 2026-02', 'dane', '0'))
	s(n, label, probe, ago) ORDER BY n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

-- Without probes: one whose host has TLSA records, and one where those of one
-- host are bogus, so that senders refuse it.
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, implicit)
SELECT pg_temp.scan(n), 1, now(), domain, 'nl', class, reason, severity, 'data',
	'secure', false
FROM (VALUES (1, 'two.nl', 'valid', NULL, NULL), (1, 'one.nl', 'valid', NULL, NULL),
	(2, 'a.nl', 'indeterminate', 'unreachable', NULL),
	(2, 'b.nl', 'broken', 'tlsa-bogus', 'degraded'))
	d(n, domain, class, reason, severity);
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT pg_temp.scan(n), 1, host, 'p.net', class, reason, 'data', 'secure',
	'nodata', 'secure', state, 'data', trust
FROM (VALUES (1, 'mx1.p.net', 'valid', NULL, 'usable', 'secure'),
	(1, 'mx2.p.net', 'valid', NULL, 'usable', 'secure'),
	(2, 'mx1.p.net', 'unreachable', 'not-probed', 'usable', 'secure'),
	(2, 'mx2.p.net', 'broken', 'tlsa-bogus', 'error', 'bogus'))
	h(n, host, class, reason, state, trust);
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT pg_temp.scan(n), domain, m, 10, format('mx%s.p.net', m), 1, class
FROM (VALUES (1, 'two.nl', 1, 'valid'), (1, 'one.nl', 2, 'valid'),
	(2, 'a.nl', 1, 'unreachable'), (2, 'b.nl', 1, 'unreachable'),
	(2, 'b.nl', 2, 'broken')) x(n, domain, m, class);
INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer,
	not_before, not_after, key)
SELECT sha256(c::bytea), sha256(c::bytea), c::bytea, '', 'CN=' || issuer,
	'2025-12-01', '2027-01-01', 'EC-256'
FROM (VALUES ('1', 'One'), ('2', 'One'), ('3', 'Other')) v(c, issuer);
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	tls_version, tls_key, chain, match_usage)
SELECT pg_temp.scan(1), 1, host, i, '192.0.2.' || i, 25, 'ok', 'TLSv1.3', 'EC-256',
	ARRAY[sha256(c::bytea)], usage
FROM (VALUES ('mx1.p.net', 1, '1', 3), ('mx1.p.net', 2, '2', 2),
	('mx2.p.net', 3, '2', 3), ('mx2.p.net', 4, '3', 3))
	e(host, i, c, usage);

-- In two scans: one whose host has four records, of which none matches or can be
-- used, and one whose TLSA look-up fails.
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, implicit)
SELECT pg_temp.scan(n), 1, now(), domain, 'nl', 'broken', reason, 'outage', 'data',
	'secure', false
FROM (VALUES ('many.nl', 'dane-no-match'), ('dns.nl', 'tlsa-servfail'))
	d(domain, reason), (VALUES (51), (52)) s(n);
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT pg_temp.scan(n), 1, 'mx.' || provider, provider, 'broken', reason, 'data',
	'secure', 'nodata', 'secure', state, status, 'secure'
FROM (VALUES ('many.net', 'dane-no-match', 'usable', 'data'),
	('dns.net', 'tlsa-servfail', 'error', 'servfail'))
	h(provider, reason, state, status), (VALUES (51), (52)) s(n);
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT pg_temp.scan(n), name || '.nl', 1, 10, format('mx.%s.net', name), 1, 'broken'
FROM (VALUES ('many'), ('dns')) d(name), (VALUES (51), (52)) s(n);
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
	data, usable, why, match, hint)
SELECT pg_temp.scan(n), 1, 'mx.many.net', i, usage, 1, 1, sha256(i::text::bytea),
	usable, why, CASE WHEN usable THEN false END, hint
FROM (VALUES (1, 3, true, NULL, 'digest-of-issuer'), (2, 2, true, NULL, NULL),
	(3, 2, true, NULL, 'retired-ca'), (4, 7, false, 'unknown-usage', NULL))
	t(i, usage, usable, why, hint), (VALUES (51), (52)) s(n);

UPDATE dane.lease SET session = 1 WHERE scan_id IN (SELECT id FROM scan);
SELECT dane.scan_finish(id, 1, 1, 'complete') FROM scan ORDER BY n;

-- Issuers

SELECT results_eq('SELECT issuer, usage, hosts FROM dane.report_issuers
	WHERE scan_id = pg_temp.scan(1) ORDER BY 1, 2',
	$$VALUES ('One' COLLATE "C", '2' COLLATE "C", 1::bigint), ('One', '3', 2),
		('Other', '3', 1)$$, 'hosts by issuer and usage');
SELECT results_eq('SELECT issuer, hosts, total FROM dane.u22_issuers
	WHERE scan_id = pg_temp.scan(1) ORDER BY 1',
	$$VALUES ('One' COLLATE "C", 2::bigint, 2::bigint), ('Other', 1, 2)$$,
	'a host that matches by two usages counts once');

-- Shares

SELECT is_empty($$SELECT value, total FROM generate_series(1, 400) total,
		generate_series(0, total) value
	WHERE round(100 * dane.figure_share(value, total), 2)
		<> round(100 * value::numeric / total, 2)$$,
	'a share can be rounded once more');

-- Several causes

SELECT results_eq('SELECT unit, usage3, undefined, mismatch, selector
	FROM dane.u20_incorrect WHERE scan_id = pg_temp.scan(52) ORDER BY 1',
	$$VALUES ('domains', 1::numeric, 1::numeric, 1::numeric, 0::numeric),
		('hosts', 1, 1, 1, 0), ('records', 1, 1, 2, 0)$$,
	'a host with records of two causes in one column counts once');
SELECT results_eq('SELECT provider, broken, broken_of_all, previous_broken_of_all, newly
	FROM dane.report_failing_providers WHERE scan_id = pg_temp.scan(52) ORDER BY 1',
	$$VALUES ('dns.net' COLLATE "C", 0::bigint, 1::bigint, 1::bigint, false),
		('many.net', 1, 1, 1, false)$$,
	'who failed by DNS before is not new among those that fail');

-- Without probes

SELECT results_eq('SELECT dimension, domains, signed, tlsa_all + tlsa_some, broken,
		correct, correct_measured, dane_broken, correct_rank
	FROM dane.population WHERE scan_id = pg_temp.scan(2)
	ORDER BY dimension',
	$$VALUES ('all' COLLATE "C", 2::bigint, 2::bigint, 1::bigint, 1::bigint,
			NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint),
		('provider', 2, 2, 1, 1, NULL, NULL, NULL, NULL),
		('tld', 2, 2, 1, 1, NULL, NULL, NULL, NULL)$$,
	'without probes it is not known who is correct');
SELECT is_empty(format('SELECT correct FROM dane.%I
	WHERE scan_id = pg_temp.scan(2) AND coalesce(correct, correct_share,
		correct_rank, dane_broken, broken_share) IS NOT NULL', v),
	'nor a share: ' || v)
FROM unnest('{report_populations,report_tlds,report_providers}'::text[]) v;
SELECT results_eq('SELECT domains, correct, broken FROM dane.report_tld_providers
	WHERE scan_id = pg_temp.scan(2)',
	'VALUES (2::bigint, NULL::bigint, 1::bigint)', 'of a zone''s providers');
SELECT results_eq('SELECT place, broken, total, share, broken_of_all
	FROM dane.report_failing_providers WHERE scan_id = pg_temp.scan(2)',
	'VALUES (1::bigint, NULL::bigint, 0::bigint, NULL::numeric, 1::bigint)',
	'of failing providers');
SELECT results_eq('SELECT market FROM dane.report_concentration
	WHERE scan_id = pg_temp.scan(2)', $$VALUES ('mail' COLLATE "C")$$,
	'nor of a market');
SELECT results_eq('SELECT correct, correct_measured, correct_share
	FROM dane.report_populations
	WHERE scan_id = pg_temp.scan(1) AND dimension = ''all''',
	'VALUES (2::bigint, 2::bigint, 1.000000)', 'with probes it is');

-- A year before

SELECT is(year_scan, CASE WHEN before IS NOT NULL THEN pg_temp.scan(before) END,
	what)
FROM (VALUES (11, 12, '320 days are a year'), (21, 22, '410 days are'),
	(31, NULL, 'a second less or more is not'),
	(41, 43, 'the nearest to 365 days is'),
	(12, NULL, 'nor is what comes after')) y(n, before, what)
JOIN dane.report_scans ON scan_id = pg_temp.scan(n) ORDER BY n;

SELECT * FROM finish();
ROLLBACK;
