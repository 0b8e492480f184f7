-- The views that readers rely on: names, columns and their order; comments;
-- the life of a scan.

BEGIN;
SELECT plan(41);

-- INTERFACE section 4: these columns first, in this order.
CREATE FUNCTION pg_temp.columns(name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(attname, ', ' ORDER BY attnum)
	FROM pg_attribute
	WHERE attrelid = ('dane.' || name)::regclass AND attnum > 0
$$;

SELECT matches(pg_temp.columns(name), '^' || columns || '(,|$)', name)
FROM (VALUES
	('scans', 'scan_id, label, started, finished, state, domains, config'),
	('domain_results', 'scan_id, domain, tld, class, reason, severity, '
		'half_dane, time'),
	('signatures', 'scan_id, domain, host, type, trust, algorithm, expires'),
	('host_results', 'scan_id, host, base, provider, class, reason, '
		'tlsa_state, domains'),
	('endpoint_results', 'scan_id, host, address, class, reason, '
		'tls_version, cipher, leaf_sha256'),
	('tlsa_records', 'scan_id, host, usage, selector, mtype, data, ttl, '
		'usable, match, hint'),
	('certificates', 'sha256, subject, issuer, not_before, not_after, key, '
		'spki_sha256, der, first_seen, last_seen'),
	('summary', 'scan_id, class, reason, domains'),
	('history', 'domain, class, reason, from_scan, to_scan')
) AS views(name, columns);

SELECT view_owner_is('dane', name, current_user, name || ' is a view')
FROM unnest(ARRAY['scans', 'domain_results', 'host_results',
	'endpoint_results', 'tlsa_records', 'certificates', 'summary',
	'history']) name;

SELECT is_empty($$
	SELECT relname FROM pg_class
	WHERE relnamespace = 'dane'::regnamespace AND relkind IN ('r', 'p', 'v')
		AND obj_description(oid, 'pg_class') IS NULL
$$, 'every table and view has its comment');

-- Begin

CREATE TEMP TABLE id AS
SELECT dane.scan_begin('first', '{"window": 10}', '2026-11-21 20:00:00+00') AS a,
	dane.scan_begin('second', '{}', '2026-11-22 20:00:00+00') AS b;

SELECT isnt(a, b, 'each scan has its own number') FROM id;
SELECT results_eq(
	'SELECT label, state, domains, config, low_water FROM dane.scans, id
		WHERE scan_id = a',
	$$VALUES ('first', 'running', 0::bigint, '{"window": 10}'::jsonb,
		0::bigint)$$,
	'a new scan is running and has nothing');
SELECT is(count(*), 10::bigint, 'five partitions a scan')
FROM pg_inherits
WHERE inhparent IN (SELECT ('dane.' || t)::regclass
	FROM unnest(dane.observation_tables()) t)
	AND inhrelid::regclass::text ~ ('_(' || (SELECT a || '|' || b FROM id)
		|| ')$');

-- Rows

INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, mx_status,
	mx_trust, implicit)
SELECT a, 1, now(), 'example.com', 'com', 'valid', 'data', 'secure', false
FROM id;
SELECT throws_ok(
	'INSERT INTO dane.domain_obs SELECT d.* FROM dane.domain_obs d, id
		WHERE scan_id = a;
	SELECT dane.lease_session(a, 1, 1), dane.scan_finish(a, 1, 1, ''complete'')
	FROM id',
	'23505', NULL, 'a scan cannot end with a domain that is in it twice');
SELECT throws_ok(
	'INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		mx_status, mx_trust, implicit)
	VALUES (0, 1, now(), ''x'', ''x'', ''valid'', ''data'', ''secure'', false)',
	'23514', NULL, 'a row needs its scan');
SELECT results_eq(
	'SELECT reasons, lint, flags, tags FROM dane.domain_results',
	$$VALUES ('{}'::text[], '{}'::text[], '{}'::text[], '{}'::jsonb)$$,
	'lists are empty, not NULL, for readers');

-- Lease

SELECT is(dane.lease_session(a, 1, 1), 0::bigint,
	'a connection learns the last batch') FROM id;
SELECT throws_ok('SELECT dane.lease_session(a, 1, 1) FROM id', 'DS001', NULL,
	'a session number is used once');
SELECT throws_ok('SELECT dane.lease_session(a, 2, 9) FROM id', 'DS001', NULL,
	'a session needs the token');
SELECT lives_ok($$SELECT dane.batch_commit(a, 1, 1, 1, '{}', 1) FROM id$$,
	'the holder commits');
SELECT throws_ok($$SELECT dane.batch_commit(a, 1, 1, 1, '{}', 1) FROM id$$,
	'DS001', NULL, 'a batch is not committed twice');
SELECT throws_ok($$SELECT dane.batch_commit(a, 1, 0, 2, '{}', 1) FROM id$$,
	'DS001', NULL, 'an older session cannot commit');
SELECT lives_ok($$SELECT dane.batch_commit(a, 1, 1, 2, '{}', 1) FROM id$$,
	'the next batch');
SELECT is(domains, 2::bigint, 'domains committed so far')
FROM dane.scans, id WHERE scan_id = a;

-- Resume and finish

SELECT results_eq('SELECT r.* FROM id, dane.scan_resume(a) r',
	'VALUES (2::bigint, 0::bigint, 0, 0::bigint, false)',
	'resume: token, and how far the list was loaded');
SELECT throws_ok($$SELECT dane.scan_finish(a, 1, 1, 'complete') FROM id$$,
	'DS001', NULL, 'the one before cannot finish it');
SELECT lives_ok($$SELECT dane.lease_session(a, 2, 1),
	dane.scan_finish(a, 2, 1, 'complete') FROM id$$, 'the holder finishes');
SELECT results_eq('SELECT state, domains FROM dane.scans, id WHERE scan_id = a',
	$$VALUES ('complete', 1::bigint)$$, 'domains are counted, not believed');
SELECT is(runs, '[]', 'no run has reported') FROM dane.scans, id
	WHERE scan_id = a;
SELECT throws_ok($$SELECT dane.scan_finish(a, 1, 1, 'complete', '{"x": 1}')
	FROM id$$, 'DS001', NULL, 'only the holder reports');
UPDATE dane.scan SET runs = '[{"run": 1, "x": 1}]';
SELECT dane.scan_finish(a, 2, 1, 'complete', '{"x": 2}') FROM id;
SELECT dane.scan_finish(a, 2, 1, 'complete', '{"x": 3}') FROM id;
SELECT results_eq('SELECT state, runs FROM dane.scans, id WHERE scan_id = a',
	$$VALUES ('complete',
		'[{"run": 2, "x": 3}, {"run": 1, "x": 1}]'::jsonb)$$,
	'each run reports once, the newest first');
SELECT throws_ok('SELECT dane.scan_resume(a) FROM id', 'DS003', NULL,
	'a complete scan is not resumed');
SELECT throws_ok('SELECT dane.scan_resume(0)', 'DS002', 'there is no scan 0',
	'nor one that is not there');

SELECT * FROM finish();
ROLLBACK;
