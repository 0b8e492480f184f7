-- The record: intervals of domains and hosts, in whatever order scans end, are
-- repeated, dropped, or lose their observations.

BEGIN;
SELECT plan(50);

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin('scan ' || n, '{}',
	'2026-01-01 00:00+00'::timestamptz + n * interval '1 day') AS id
FROM generate_series(1, 9) n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

-- "class reason severity half_dane" of a domain in scans 1, 2, …; "-": not there.
CREATE FUNCTION pg_temp.seen(name text, VARIADIC verdicts text[])
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, severity, half_dane, mx_status, mx_trust, implicit)
	SELECT id, 1, '2026-01-01 12:00+00'::timestamptz + n * interval '1 day',
		name, 'com', split_part(v, ' ', 1), nullif(split_part(v, ' ', 2), ''),
		nullif(split_part(v, ' ', 3), ''), nullif(split_part(v, ' ', 4), ''),
		'data', 'secure', false
	FROM unnest(verdicts) WITH ORDINALITY u(v, i) JOIN scan ON n = i
	WHERE v <> '-'
$$;

CREATE FUNCTION pg_temp.complete(VARIADIC places integer[]) RETURNS void
LANGUAGE sql AS $$
	UPDATE dane.lease SET session = 1
	WHERE scan_id IN (SELECT id FROM scan WHERE n = ANY (places));
	SELECT dane.scan_finish(id, 1, 1, 'complete')
	FROM unnest(places) WITH ORDINALITY p(place, i) JOIN scan ON n = place
	ORDER BY i
$$;

-- Scan numbers by their place in the test.
CREATE FUNCTION pg_temp.places(gaps int8multirange) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('~%s-%s', f.n, t.n), '' ORDER BY g)
	FROM unnest(gaps) g
	JOIN scan f ON f.id = lower(g)
	LEFT JOIN scan t ON t.id = upper(g)
$$;

CREATE FUNCTION pg_temp.intervals(name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', class, reason, severity, half_dane,
			f.n || '-' || coalesce(t.n::text, ''), pg_temp.places(gaps)),
		', ' ORDER BY f.n)
	FROM dane.domain_state
	JOIN scan f ON f.id = from_scan
	LEFT JOIN scan t ON t.id = to_scan
	WHERE domain = name
$$;

CREATE FUNCTION pg_temp.record() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(s::text, E'\n' ORDER BY s.domain, s.from_scan)
		|| (SELECT string_agg(h::text, E'\n' ORDER BY h.host, h.from_scan)
			FROM dane.host_state h)
	FROM dane.domain_state s
$$;

SELECT FROM pg_temp.seen('same.com', 'valid', 'valid', 'valid', 'valid', 'valid');
SELECT FROM pg_temp.seen('absent.com', 'valid', '-', '-', 'valid', 'valid');
SELECT FROM pg_temp.seen('lost.com', 'valid', 'valid', '-', '-', '-');
SELECT FROM pg_temp.seen('failed.com', 'valid', 'indeterminate x', 'indeterminate y',
	'valid', 'indeterminate x');
SELECT FROM pg_temp.seen('first.com', 'indeterminate x', 'valid');
SELECT FROM pg_temp.seen('never.com', 'indeterminate x', 'indeterminate x');
SELECT FROM pg_temp.seen('broke.com', 'valid', 'valid', 'broken dane-no-match outage',
	'broken dane-no-match degraded', 'valid');
SELECT FROM pg_temp.seen('meanwhile.com', 'valid', '-', 'indeterminate x',
	'no-dnssec mx-insecure - some', 'no-dnssec mx-insecure - some');
SELECT FROM pg_temp.seen('flap.com', 'valid', 'no-mail', 'valid', 'no-mail', 'valid');

-- A host in scans 1, 2, …: "class reason tlsa_state RRset chain other", where
-- the RRset is a list of records, a chain of certificates; "-": no such thing.
CREATE FUNCTION pg_temp.host(name text, VARIADIC states text[])
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason,
		a_status, a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status,
		tlsa_trust, tlsa_ttl)
	SELECT id, run, name, 'p', CASE run WHEN 1 THEN split_part(v, ' ', 1)
			ELSE 'broken' END,
		nullif(split_part(v, ' ', 2), '-'), 'data', 'secure', 'nodata',
		'secure', split_part(v, ' ', 3), 'data', 'secure', 3600 + i
	FROM unnest(states) WITH ORDINALITY u(v, i) JOIN scan ON n = i,
		(VALUES (0), (1)) r(run)
	WHERE v <> '-';
	INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector,
		mtype, data, usable)
	SELECT id, 1, name, place, 3, 1, 1, r::bytea, true
	FROM unnest(states) WITH ORDINALITY u(v, i) JOIN scan ON n = i,
		string_to_table(nullif(split_part(v, ' ', 4), '-'), ',')
			WITH ORDINALITY x(r, place)
	WHERE v <> '-';
	INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
		class, chain, other_chain)
	SELECT id, 1, name, place, '192.0.2.' || place, 25, 'ok',
		string_to_array(nullif(c, '-'), '/')::bytea[],
		CASE place WHEN 1 THEN
			string_to_array(nullif(split_part(v, ' ', 6), '-'), '/')::bytea[]
			END
	FROM unnest(states) WITH ORDINALITY u(v, i) JOIN scan ON n = i,
		string_to_table(split_part(v, ' ', 5), ',') WITH ORDINALITY x(c, place)
	WHERE v <> '-' AND c <> '';
$$;

CREATE FUNCTION pg_temp.host_intervals(name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', class,
			(SELECT string_agg(convert_from(data, 'UTF8'), ',')
				FROM dane.tlsa_rrsets r WHERE r.sha256 = tlsa_sha256),
			(SELECT string_agg(convert_from(c, 'UTF8'), ',')
				FROM unnest(leaves) c),
			(SELECT string_agg(convert_from(c, 'UTF8'), ',')
				FROM unnest(issuers) c),
			f.n || '-' || coalesce(t.n::text, ''), pg_temp.places(gaps)),
		'; ' ORDER BY f.n)
	FROM dane.host_state
	JOIN scan f ON f.id = from_scan
	LEFT JOIN scan t ON t.id = to_scan
	WHERE host = name
$$;

SELECT FROM pg_temp.host('same', 'valid - usable r1,r2 a/ca,b/ca',
	'valid - usable r2,r1 b/ca,a/ca', 'valid - usable r1,r2,r1 a/ca,b/ca');
SELECT FROM pg_temp.host('down', 'valid - usable r1 a/ca', 'unreachable - usable r1 -',
	'indeterminate - error', 'valid - usable r1 a/ca', 'unreachable - usable r1 -');
SELECT FROM pg_temp.host('part', 'valid - usable r1 a/ca,b/ca',
	'valid - usable r1 -,b/ca', 'valid - usable r1 a/ca,b/ca',
	'valid - usable r1 a/ca,a/ca');
SELECT FROM pg_temp.host('roll', 'valid - usable r1 a/ca', 'valid - usable r1,r2 a/ca',
	'valid - usable r1,r2 b/ca', 'valid - usable r2 b/ca', 'valid - usable r2 b/cb');
SELECT FROM pg_temp.host('keys', 'valid - usable r1 a/ca b/ca',
	'valid - usable r1 a/ca c/ca');
SELECT FROM pg_temp.host('plain', 'no-tlsa tlsa-none none-secure',
	'no-tlsa tlsa-none none-secure a/ca', 'no-tlsa tlsa-none none-secure');
UPDATE dane.host_obs SET tlsa_state = 'none-secure' WHERE host = 'plain';
DELETE FROM dane.tlsa_obs WHERE host = 'plain';

SELECT FROM pg_temp.complete(1, 2, 3, 4, 5);

SELECT is(pg_temp.intervals(name), intervals, name) FROM (VALUES
	('same.com', 'valid 1-'),
	('absent.com', 'valid 1-'),
	('lost.com', 'valid 1-'),
	('failed.com', 'valid 1- ~2-4~5-'),
	('first.com', 'valid 2-'),
	('never.com', NULL),
	('broke.com', 'valid 1-2, broken dane-no-match outage 3-3, '
		'broken dane-no-match degraded 4-4, valid 5-'),
	('meanwhile.com', 'valid 1-1 ~3-4, no-dnssec mx-insecure - some 4-'),
	('flap.com', 'valid 1-1, no-mail 2-2, valid 3-3, no-mail 4-4, valid 5-')
) AS expected(name, intervals);

SELECT is(pg_temp.host_intervals(name), intervals, name) FROM (VALUES
	('same', 'valid r1,r2 a,b ca 1-'),
	('down', 'valid r1 a ca 1- ~2-4~5-'),
	('part', 'valid r1 a,b ca 1-3; valid r1 a ca 4-'),
	('roll', 'valid r1 a ca 1-1; valid r1,r2 a ca 2-2; valid r1,r2 b ca 3-3; '
		'valid r2 b ca 4-4; valid r2 b cb 5-'),
	('keys', 'valid r1 a,b ca 1-1; valid r1 a,c ca 2-'),
	('plain', 'no-tlsa   1-')
) AS expected(name, intervals)
WHERE name <> 'plain';
SELECT is(count(*), 1::bigint, 'no RRset, and certificates once seen')
FROM dane.host_state WHERE host = 'plain' AND tlsa_sha256 IS NULL
	AND to_scan IS NULL;

SELECT results_eq($$SELECT class, f.n, t.n, extract(day FROM first_seen
		AT TIME ZONE 'UTC')::int, extract(day FROM last_seen
		AT TIME ZONE 'UTC')::int
	FROM dane.history JOIN scan f ON f.id = from_scan
	LEFT JOIN scan t ON t.id = to_scan
	WHERE domain = 'broke.com' ORDER BY from_scan$$,
	$$VALUES ('valid', 1, 2, 2, 3), ('broken', 3, 4, 4, 5),
		('valid', 5, NULL, 6, NULL)$$,
	'history: by class and reason, with the times');
SELECT results_eq($$SELECT h.domain, n FROM dane.history h
	JOIN scan ON id = gap_since ORDER BY 1$$,
	$$VALUES ('failed.com' COLLATE "C", 5)$$, 'history: since when it fails');
SELECT results_eq($$SELECT h.host, n FROM dane.host_history h
	JOIN scan ON id = gap_since ORDER BY 1$$,
	$$VALUES ('down' COLLATE "C", 5)$$, 'hosts: the same');
SELECT is(sha256, sha256('\x00050301017232'), 'RRsets are stored once, by hash')
FROM dane.tlsa_rrsets WHERE data = 'r2' AND sha256 NOT IN (
	SELECT sha256 FROM dane.tlsa_rrsets WHERE data <> 'r2');
SELECT is(tlsa_ttl, 3601::bigint, 'TTL as first seen')
FROM dane.host_history WHERE host = 'same';

-- Again, late, dropped: always what the scans in their order give.

CREATE TEMP TABLE expected AS SELECT pg_temp.record() AS record;

SELECT lives_ok($$SELECT dane.scan_finish(pg_temp.scan(5), 1, 1, 'complete')$$,
	'finished again');
SELECT is(pg_temp.record(), record, 'which changes nothing') FROM expected;
SELECT is(state, 'complete', 'what is complete is not interrupted')
FROM dane.scan_finish(pg_temp.scan(5), 1, 1, 'interrupted'), dane.scans
WHERE scan_id = pg_temp.scan(5);
SELECT ok(dane.record_scan(pg_temp.scan(place)), 'recorded again: ' || place)
FROM generate_series(1, 5, 2) place;
SELECT is(pg_temp.record(), record, 'which changes nothing either')
FROM expected;

SELECT FROM dane.record_rewind(pg_temp.scan(1));
SELECT is_empty('SELECT FROM dane.domain_state', 'rewound to nothing');
UPDATE dane.scan SET recorded = false, state = 'running';
SELECT FROM pg_temp.complete(4, 2, 5, 3, 1);
SELECT is(pg_temp.record(), record, 'scans may end in any order')
FROM expected;

-- A scan whose verdicts are all different, in the midst, dropped at once.
SAVEPOINT before;
UPDATE dane.scan SET recorded = false, state = 'running'
WHERE scan_id = pg_temp.scan(3);
SELECT FROM dane.record_rewind(pg_temp.scan(3));
SELECT FROM dane.record_replay(pg_temp.scan(3));
SELECT is(pg_temp.intervals('flap.com'), 'valid 1-1, no-mail 2-4, valid 5-',
	'without scan 3');
SELECT is(pg_temp.intervals('broke.com'),
	'valid 1-2, broken dane-no-match degraded 4-4, valid 5-',
	'so with what it began');
ALTER TABLE expected ADD without_3 text;
UPDATE expected SET without_3 = pg_temp.record();
SELECT FROM pg_temp.complete(3);
SELECT is(pg_temp.record(), record, 'it may come late') FROM expected;
SELECT lives_ok('SELECT dane.scan_drop(pg_temp.scan(3))', 'dropped');
SELECT is(pg_temp.record(), without_3, 'as if it never had been')
FROM expected;
ROLLBACK TO before;

-- Observations go; what follows is recorded as if they were there.
SELECT throws_ok('SELECT dane.scan_retain(-1)', '22023', NULL, 'how many?');
CREATE FUNCTION pg_temp.later() RETURNS void LANGUAGE sql AS $$
	SELECT pg_temp.seen('same.com', '-', '-', '-', '-', '-', 'no-mail'),
		pg_temp.seen('absent.com', '-', '-', '-', '-', '-', 'valid'),
		pg_temp.seen('lost.com', '-', '-', '-', '-', '-', 'no-mail'),
		pg_temp.seen('failed.com', '-', '-', '-', '-', '-', 'no-mail'),
		pg_temp.host('down', '-', '-', '-', '-', '-', 'valid - usable r3 c/ca'),
		pg_temp.host('part', '-', '-', '-', '-', '-', 'valid - usable r1 b/ca');
	SELECT pg_temp.complete(6)
$$;
SELECT is(dane.scan_retain(1), 4, 'all but the last of those that are complete');
SELECT is(dane.scan_retain(1), 0, 'once');
SELECT results_eq('SELECT n FROM dane.domain_obs JOIN scan ON id = scan_id
	GROUP BY n', 'VALUES (5)', 'their observations are gone');
SELECT results_eq($$SELECT domain, n FROM dane.domain_state
	JOIN scan ON id = kept_scan ORDER BY 1$$,
	$$VALUES ('failed.com' COLLATE "C", 4), ('lost.com', 2)$$,
	'kept: where no later scan tells');

SELECT is(dane.record_scan(pg_temp.scan(5)), true, 'the last can be redone');
SELECT is(dane.record_scan(pg_temp.scan(3)), false, 'none before');
SELECT FROM pg_temp.later();
SELECT is(pg_temp.intervals(name), intervals, name || ' without observations')
FROM (VALUES
	('same.com', 'valid 1-5, no-mail 6-'),
	('absent.com', 'valid 1-'),
	('lost.com', 'valid 1-2, no-mail 6-'),
	('failed.com', 'valid 1-4 ~2-4~5-6, no-mail 6-')
) AS expected(name, intervals);
SELECT is(pg_temp.host_intervals(name), intervals, name)
FROM (VALUES
	('down', 'valid r1 a ca 1-4 ~2-4~5-6; valid r3 c ca 6-'),
	('part', 'valid r1 a,b ca 1-3; valid r1 a ca 4-4; valid r1 b ca 6-')
) AS expected(name, intervals);
SELECT FROM dane.scan_retain(0);
SELECT FROM dane.scan_drop(pg_temp.scan(6));
SELECT is(pg_temp.intervals('lost.com'), 'valid 1-2, no-mail 6-',
	'the record of a scan without observations outlives it');

-- A scan that comes after a later one has lost its observations.
SELECT FROM pg_temp.seen('late.com', '-', '-', '-', '-', '-', '-', 'valid', 'no-mail');
SELECT FROM pg_temp.complete(8);
SELECT FROM dane.scan_retain(0);
SELECT FROM pg_temp.complete(7);
SELECT is(pg_temp.intervals('late.com'), 'no-mail 8-', 'is not recorded');
SELECT is(state, 'complete', 'but complete') FROM dane.scans
WHERE scan_id = pg_temp.scan(7);

SELECT * FROM finish();
ROLLBACK;
