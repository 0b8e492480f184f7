-- Verdicts that are replaced: those that differ, and no others; the old ones
-- are kept; hints from history stay where nothing matches.

BEGIN;
SELECT plan(21);

CREATE TEMP TABLE id AS
SELECT dane.scan_begin('one', '{}', now(), 6) AS one,
	dane.scan_begin('old', '{}', now()) AS old;

CREATE FUNCTION pg_temp.one() RETURNS bigint LANGUAGE sql
RETURN (SELECT one FROM id);

SELECT is(classifier, 6, 'a scan has the version of its rules')
FROM dane.scans, id WHERE scan_id = one;
SELECT throws_ok($$ SELECT dane.reclassify_begin(-1) $$, 'DS002', NULL,
	'no such scan');
SELECT throws_ok($$ SELECT dane.reclassify_begin(pg_temp.one()) $$, 'DS004',
	NULL, 'not while it is running');
UPDATE dane.scan SET state = 'interrupted';
SELECT throws_ok($$ SELECT dane.reclassify_begin(old) FROM id $$, 'DS005', NULL,
	'not without all facts');

-- Two domains at two hosts, one record each that matches nothing; a third
-- domain sees the second host in its own way.
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, implicit, lint)
SELECT one, n, now(), d, 'example', 'broken', 'dane-no-match', 'outage', 'data',
	'secure', false, '{tlsa-no-rollover}'
FROM id, unnest('{a.example,b.example,c.example}'::text[]) WITH ORDINALITY u(d, n);
INSERT INTO dane.host_obs (scan_id, run, host, class, reason, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT one, 1, h, 'broken', 'dane-no-match', 'data', 'secure', 'nodata',
	'secure', 'usable', 'data', 'secure'
FROM id, unnest('{mx1.example,mx2.example}'::text[]) h;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
	class, reason, dane_error)
SELECT one, 1, h, 0, '192.0.2.1', 25, 'fail', 'dane-no-match', 65
FROM id, unnest('{mx1.example,mx2.example}'::text[]) h;
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
	data, usable, match, history_hint)
SELECT one, 1, h, 0, 3, 1, 1, '\x00', true, false, 'digest-of-other-host'
FROM id, unnest('{mx1.example,mx2.example}'::text[]) h;
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class,
	reason, view)
SELECT one, d, 0, 10, h, 1, 'broken', 'dane-no-match', v::json
FROM id, (VALUES ('a.example', 'mx1.example', NULL),
	('b.example', 'mx2.example', NULL),
	('c.example', 'mx2.example', '{"tlsa": {"records": '
		'[{"match": false, "hint": null}]}}')) m(d, h, v);

-- The scanner's rows: the same, without what only the database knows.
CREATE FUNCTION pg_temp.derive() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.reclassify_begin(pg_temp.one());
	INSERT INTO pg_temp.domain_row SELECT * FROM dane.domain_row
		WHERE scan_id = pg_temp.one();
	INSERT INTO pg_temp.mx_row SELECT * FROM dane.mx_row
		WHERE scan_id = pg_temp.one();
	INSERT INTO pg_temp.host_row SELECT * FROM dane.host_row
		WHERE scan_id = pg_temp.one();
	INSERT INTO pg_temp.endpoint_row SELECT * FROM dane.endpoint_row
		WHERE scan_id = pg_temp.one();
	INSERT INTO pg_temp.tlsa_row SELECT * FROM dane.tlsa_row
		WHERE scan_id = pg_temp.one();
	UPDATE pg_temp.tlsa_row SET history_hint = NULL;
END $$;
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE sql AS $$
	DROP TABLE pg_temp.domain_row, pg_temp.mx_row, pg_temp.host_row,
		pg_temp.endpoint_row, pg_temp.tlsa_row, pg_temp.changed_mx,
		pg_temp.changed_host, pg_temp.changed_domain
$$;

SELECT pg_temp.derive();
SELECT is(dane.reclassify_hosts(pg_temp.one(), 6), 0::bigint, 'no host differs');
SELECT is(dane.reclassify_domains(pg_temp.one(), 6), 0::bigint,
	'and no domain');
SELECT is_empty('SELECT * FROM dane.reclassified', 'nothing was replaced');
SELECT results_eq('SELECT DISTINCT history_hint FROM dane.tlsa_obs',
	$$ VALUES ('digest-of-other-host') $$, 'hints from history stay');

-- Other rules: the first host is valid, and its domain with it; the second
-- domain gets another lint, the third sees its host otherwise.
SELECT pg_temp.forget();
SELECT pg_temp.derive();
UPDATE pg_temp.tlsa_row SET match = true WHERE host = 'mx1.example';
UPDATE pg_temp.endpoint_row SET class = dane.code_of('ok'), reason = NULL, dane_error = 0
	WHERE host = 'mx1.example';
UPDATE pg_temp.host_row SET class = dane.code_of('valid'), reason = NULL
	WHERE host = 'mx1.example';
UPDATE pg_temp.mx_row SET class = dane.code_of('valid'), reason = NULL
	WHERE domain = 'a.example';
UPDATE pg_temp.mx_row SET flags = dane.codes_of('{agility}'), view =
	'{"flags": ["agility"], "tlsa": {"records": [{"match": false, "hint": null}]}}'
	WHERE domain = 'c.example';
UPDATE pg_temp.domain_row SET class = dane.code_of('valid'), reason = NULL, severity = NULL
	WHERE domain = 'a.example';
UPDATE pg_temp.domain_row SET lint = NULL WHERE domain = 'b.example';

SELECT is(dane.reclassify_hosts(pg_temp.one(), 7), 1::bigint,
	'one host differs');
SELECT is(dane.reclassify_domains(pg_temp.one(), 7), 3::bigint,
	'and three domains');
SELECT results_eq('SELECT domain COLLATE "default", was, now, parts FROM pg_temp.changed_domain
	ORDER BY line', $$ VALUES
	('a.example', 'broken/dane-no-match', 'valid', 'severity, hosts'),
	('b.example', 'broken/dane-no-match', 'broken/dane-no-match', 'lint'),
	('c.example', 'broken/dane-no-match', 'broken/dane-no-match', 'hosts') $$,
	'what changed');
SELECT results_eq('SELECT host COLLATE "default", class, reason FROM dane.host_obs ORDER BY 1',
	$$ VALUES ('mx1.example', 'valid', NULL),
		('mx2.example', 'broken', 'dane-no-match') $$, 'hosts');
SELECT results_eq('SELECT host COLLATE "default", class, dane_error FROM dane.endpoint_obs
	ORDER BY 1', $$ VALUES ('mx1.example', 'ok', 0),
		('mx2.example', 'fail', 65) $$, 'addresses');
SELECT results_eq('SELECT host COLLATE "default", match, history_hint FROM dane.tlsa_obs ORDER BY 1',
	$$ VALUES ('mx1.example', true, NULL),
		('mx2.example', false, 'digest-of-other-host') $$, 'records');
SELECT results_eq('SELECT domain COLLATE "default", class, lint FROM dane.domain_obs ORDER BY 1',
	$$ VALUES ('a.example', 'valid', '{tlsa-no-rollover}'::text[]),
		('b.example', 'broken', NULL),
		('c.example', 'broken', '{tlsa-no-rollover}') $$, 'domains');
SELECT is(view #>> '{flags,0}', 'agility', 'a host as one domain sees it')
FROM dane.mx_obs WHERE domain = 'c.example';

SELECT results_eq('SELECT domain COLLATE "default", host COLLATE "default", class, reason,
	classifier, replaced_by
	FROM dane.reclassified ORDER BY 1, 2', $$ VALUES
	('a.example', NULL, 'broken', 'dane-no-match', 6, 7),
	('b.example', NULL, 'broken', 'dane-no-match', 6, 7),
	('c.example', NULL, 'broken', 'dane-no-match', 6, 7),
	(NULL, 'mx1.example', 'broken', 'dane-no-match', 6, 7) $$,
	'the old verdicts are kept');
SELECT is(verdict #>> '{endpoints,0,dane_error}', '65', '... of addresses too')
FROM dane.reclassified WHERE host = 'mx1.example';
SELECT is(verdict #>> '{lint,0}', 'tlsa-no-rollover', '... and the lints')
FROM dane.reclassified WHERE domain = 'b.example';
SELECT is(classifier, 7, 'the scan is of the new rules')
FROM dane.scan WHERE scan_id = pg_temp.one();

DELETE FROM dane.scan WHERE scan_id = pg_temp.one();
SELECT is_empty('SELECT * FROM dane.reclassified',
	'what was kept goes with its scan');

SELECT * FROM finish();
ROLLBACK;
