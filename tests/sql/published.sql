-- Figures that never change: what they count, that nobody can alter them, and
-- that the summaries are the same when the observations are gone.

BEGIN;
SELECT plan(21);

CREATE TEMP TABLE scan AS SELECT dane.scan_begin('figures', '{}', now()) AS id;

INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	mx_status, mx_trust, implicit, tags)
SELECT id, line, now(), domain, substring(domain FROM '[^.]*$'), class, reason,
	'data', trust, false, tags::jsonb
FROM scan, (VALUES
	(1, 'a.nl', 'valid', NULL, 'secure', '{"sector": "bank", "rank": "1"}'),
	(2, 'b.nl', 'valid', NULL, 'secure', '{"sector": "bank", "rank": "2"}'),
	(3, 'c.nl', 'broken', 'dane-no-match', 'secure', '{"sector": "gov"}'),
	(4, 'd.se', 'broken', 'mx-bogus', 'bogus', NULL),
	(5, 'e.se', 'no-tlsa', 'tlsa-none', 'secure', '{"sector": ""}'),
	(6, 'f.se', 'no-dnssec', 'mx-insecure', 'insecure', NULL),
	(7, 'g.se', 'no-mail', 'null-mx', 'secure', NULL),
	(8, 'h.se', 'indeterminate', 'mx-timeout', 'none', NULL)
) d(line, domain, class, reason, trust, tags);
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, mx_status,
	mx_trust, implicit, tags)
SELECT id, n, now(), 'x' || n || '.com', 'com', 'no-dnssec', 'data', 'insecure',
	false, jsonb_build_object('rank', n::text)
FROM scan, generate_series(100, 1098) n;

INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, run, host, provider, class, reason, 'data', 'secure', 'nodata',
	'secure', state, 'data', 'secure'
FROM scan, (VALUES (1, 'mx1', 'p', 'broken', 'dane-no-match', 'usable'),
	(2, 'mx1', 'p', 'valid', NULL, 'usable'),
	(1, 'mx2', 'p', 'broken', 'dane-no-match', 'usable'),
	(1, 'mx3', 'q', 'broken', 'tlsa-bogus', 'error'),
	(1, 'mx4', NULL, 'unreachable', 'timeout', 'usable'),
	(1, 'mx5', 'q', 'no-tlsa', 'tlsa-none', 'none-secure')
) h(run, host, provider, class, reason, state);
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT id, domain, position, 10, host, 1, 'valid'
FROM scan, (VALUES ('a.nl', 0, 'mx1'), ('a.nl', 1, 'mx2'), ('b.nl', 0, 'mx1'),
	('b.nl', 1, 'mx3'), ('c.nl', 0, 'mx2'), ('c.nl', 1, 'mx3'), ('h.se', 0, 'mx4'))
	m(domain, position, host);
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT id, 'x' || n || '.com', 0, 10, 'mx.' || n, 1, 'valid'
FROM scan, generate_series(100, 1098) n;
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, 1, 'mx.' || n, n, 'no-dnssec', 'data', 'insecure', 'nodata', 'insecure',
	'skipped', 'skipped', 'none'
FROM scan, generate_series(100, 1098) n;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason)
SELECT id, run, host, 0, '192.0.2.1', 25, class, reason
FROM scan, (VALUES (1, 'mx1', 'fail', 'dane-no-match'), (2, 'mx1', 'ok', NULL),
	(1, 'mx2', 'fail', 'dane-no-match')) e(run, host, class, reason);
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
	data, usable, match)
SELECT id, run, host, position, usage, 1, 1, '\x00', usable, match
FROM scan, (VALUES (2, 'mx1', 0, 3, true, true), (2, 'mx1', 1, 3, true, false),
	(1, 'mx2', 0, 3, true, false), (1, 'mx2', 1, 1, false, NULL),
	(1, 'mx4', 0, 2, true, NULL)) t(run, host, position, usage, usable, match);

UPDATE dane.lease SET session = 1 WHERE scan_id IN (SELECT id FROM scan);
SELECT FROM scan, dane.scan_finish(id, 1, 1, 'complete');

CREATE FUNCTION pg_temp.figure(n text, d text, VARIADIC k text[] = '{}')
RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', nullif(key, ''), class, reason, value,
		'of ' || total), ', ' ORDER BY key, class, reason)
	FROM dane.figures JOIN scan ON id = scan_id
	WHERE name = n AND dimension = d AND (k = '{}' OR key = ANY (k))
$$;

SELECT is(pg_temp.figure('domains', 'all'), 'broken dane-no-match 1, '
	'broken mx-bogus 1, indeterminate mx-timeout 1, no-dnssec mx-insecure 1, '
	'no-dnssec 999, no-mail null-mx 1, no-tlsa tlsa-none 1, valid 2',
	'domains');
SELECT is(pg_temp.figure('domains', 'tld', 'nl', 'com'), 'com no-dnssec 999, '
	'nl broken dane-no-match 1, nl valid 2', 'by top-level domain');
SELECT is(pg_temp.figure('domains', 'provider', 'p', 'q', '100', '999'),
	'100 no-dnssec 1, p broken dane-no-match 1, p valid 2, '
	'q broken dane-no-match 1, q valid 1',
	'by provider');
SELECT is(count(DISTINCT key), 1000::bigint, 'the largest ones')
FROM dane.figures JOIN scan ON id = scan_id WHERE dimension = 'provider';
SELECT is(pg_temp.figure('domains', 'tag:sector'), 'no-tlsa tlsa-none 1, '
	'bank valid 2, gov broken dane-no-match 1', 'by tag');
SELECT is(pg_temp.figure('domains', 'tag:rank'), NULL,
	'not where it has as many values as domains');
SELECT is(pg_temp.figure('hosts', 'all'), 'broken dane-no-match 1, '
	'broken tlsa-bogus 1, no-dnssec 999, no-tlsa tlsa-none 1, '
	'unreachable timeout 1, valid 1', 'hosts, as examined last');
SELECT is(pg_temp.figure('hosts', 'tlsa_state'), 'error 1, none-secure 1, '
	'skipped 999, usable 3', 'by the state of their records');
SELECT is(pg_temp.figure('endpoints', 'all'), 'fail dane-no-match 1, ok 1',
	'addresses');
SELECT is(pg_temp.figure('records', 'parameters'), '1 1 1 unusable 1, '
	'2 1 1 unseen 1, 3 1 1 match 1, 3 1 1 mismatch 2', 'records');
SELECT is(pg_temp.figure('rate', 'domains'), 'valid 2 of 4', 'rate of domains');
SELECT is(pg_temp.figure('rate', 'hosts'), 'valid 1 of 2', 'of hosts');
SELECT is(pg_temp.figure('rate', 'records'), 'match 1 of 3', 'of records');

SELECT throws_ok('UPDATE dane.figure SET value = 0', '55000', NULL,
	'a figure does not change');
SELECT throws_ok('DELETE FROM dane.figure', '55000', NULL, 'nor vanish');
SELECT throws_ok('TRUNCATE dane.figure', '55000', NULL, 'one or all');

CREATE TEMP TABLE before AS
SELECT 'all' AS by, NULL AS tag, NULL AS key, class, reason, domains
FROM dane.summary, scan WHERE scan_id = id
UNION ALL SELECT 'tld', NULL, tld, class, reason, domains
FROM dane.summary_by_tld, scan WHERE scan_id = id
UNION ALL SELECT 'provider', NULL, provider, class, reason, domains
FROM dane.summary_by_provider, scan WHERE scan_id = id
	AND provider NOT IN ('999')
UNION ALL SELECT 'tag', tag, value, class, reason, domains
FROM dane.summary_by_tag, scan WHERE scan_id = id AND tag <> 'rank';
SELECT is(dane.scan_retain(0) > 0, true, 'observations dropped');
SELECT set_eq($$
	SELECT 'all' AS by, NULL AS tag, NULL AS key, class, reason, domains
	FROM dane.summary, scan WHERE scan_id = id
	UNION ALL SELECT 'tld', NULL, tld, class, reason, domains
	FROM dane.summary_by_tld, scan WHERE scan_id = id
	UNION ALL SELECT 'provider', NULL, provider, class, reason, domains
	FROM dane.summary_by_provider, scan WHERE scan_id = id
		AND provider NOT IN ('999')
	UNION ALL SELECT 'tag', tag, value, class, reason, domains
	FROM dane.summary_by_tag, scan WHERE scan_id = id
	$$, 'SELECT * FROM before', 'the summaries are what they were');
SELECT results_eq('SELECT domains, recorded, pruned IS NOT NULL
	FROM dane.scans, scan WHERE scan_id = id',
	'VALUES (1007::bigint, true, true)', 'so is the scan');

SELECT lives_ok('SELECT dane.scan_drop(id) FROM scan', 'drop');
SELECT is_empty('SELECT FROM dane.figures, scan WHERE scan_id = id',
	'figures go with the scan');

SELECT * FROM finish();
ROLLBACK;
