-- The figures: what is counted, and how history is made of scans.

BEGIN;
SELECT plan(15);

CREATE TEMP TABLE scan (n integer, id bigint);
INSERT INTO scan
SELECT n, dane.scan_begin('scan ' || n, '{}', now()) FROM generate_series(1, 6) n;

-- Class of one domain in scans 1, 2, …; "-": it was not scanned.
CREATE FUNCTION pg_temp.seen(name text, VARIADIC verdicts text[])
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, mx_status, mx_trust, implicit)
	SELECT id, 1, now(), name, 'com', split_part(v, ' ', 1),
		nullif(split_part(v, ' ', 2), ''), 'data', 'secure', false
	FROM unnest(verdicts) WITH ORDINALITY u(v, i) JOIN scan ON n = i
	WHERE v <> '-'
$$;

-- Its intervals: class, reason and the scans by their place in the test.
CREATE FUNCTION pg_temp.intervals(name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s%s %s-%s', class, ' ' || reason, f.n, t.n), ', '
		ORDER BY f.n)
	FROM dane.history
	JOIN scan f ON f.id = from_scan
	LEFT JOIN scan t ON t.id = to_scan
	WHERE domain = name
$$;

SELECT pg_temp.seen('same.com', 'valid', 'valid', 'valid');
SELECT pg_temp.seen('gap.com', 'valid', '-', '-', 'valid');
SELECT pg_temp.seen('failed.com', 'valid', 'indeterminate mx-timeout', 'valid');
SELECT pg_temp.seen('open.com', 'indeterminate mx-timeout', 'valid',
	'indeterminate mx-timeout');
SELECT pg_temp.seen('never.com', 'indeterminate mx-timeout');
SELECT pg_temp.seen('change.com', 'valid', 'broken dane-no-match',
	'broken cert-expired', 'broken cert-expired', 'valid');
SELECT pg_temp.seen('back.com', 'no-tlsa tlsa-none', 'valid',
	'indeterminate mx-timeout', 'no-tlsa tlsa-none');
SELECT pg_temp.seen('running.com', 'valid', '-', '-', '-', '-', 'no-mail');

UPDATE dane.scan SET state = 'complete', finished = now(), domains = 0
WHERE scan_id IN (SELECT id FROM scan WHERE n < 6);

SELECT is(pg_temp.intervals(name), intervals, name) FROM (VALUES
	('same.com', 'valid 1-'),
	('gap.com', 'valid 1-'),
	('failed.com', 'valid 1-'),
	('open.com', 'valid 2-'),
	('never.com', NULL),
	('change.com', 'valid 1-1, broken dane-no-match 2-2, '
		'broken cert-expired 3-4, valid 5-'),
	('back.com', 'no-tlsa tlsa-none 1-1, valid 2-2, no-tlsa tlsa-none 4-'),
	('running.com', 'valid 1-')
) AS expected(name, intervals);

SELECT results_eq(
	'SELECT class, reason, domains FROM dane.summary, scan
		WHERE n = 1 AND scan_id = id ORDER BY 1, 2',
	$$VALUES ('indeterminate', 'mx-timeout', 2::bigint),
		('no-tlsa', 'tlsa-none', 1::bigint),
		('valid', NULL, 5::bigint)$$,
	'summary counts domains by class and reason');

-- Hosts: mx1 examined in two runs; mx2 named twice by one domain.

INSERT INTO dane.host_obs (scan_id, run, host, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, run, host, class, 'data', 'secure', 'nodata', 'secure', 'usable',
	'data', 'secure'
FROM scan, (VALUES (1, 'mx1', 'broken'), (2, 'mx1', 'valid'), (1, 'mx2', 'valid'),
	(1, 'mx3', 'broken')) h(run, host, class)
WHERE n = 2;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason, detail, chain, pkix_error, pkix_reason, pkix_name)
SELECT id, run, host, 0, '192.0.2.' || run, 25, class, 'dane-no-match', 'words',
	ARRAY['\x0a'::bytea, '\x0b'], error, word, name
FROM scan, (VALUES (1, 'mx1', 'fail', 0, NULL, 'mx1'),
		(2, 'mx1', 'ok', 18, 'self-signed', NULL),
		(1, 'mx3', 'fail', NULL, NULL, NULL))
	e(run, host, class, error, word, name)
WHERE n = 2;
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class,
	reason, view)
SELECT id, domain, position, 10, host, 1, class, 'dane-no-match', view::json
FROM scan, (VALUES
	('same.com', 0, 'mx1', 'valid', NULL),
	('change.com', 0, 'mx1', 'broken', NULL),
	('change.com', 1, 'mx2', 'valid', NULL),
	('change.com', 2, 'mx2', 'valid', NULL),
	('change.com', 3, 'mx3', 'broken',
		'{"endpoints": [{"address": "192.0.2.9", "class": "fail",
			"reason": "cert-name-mismatch", "detail": null},
			{"address": "192.0.2.10", "class": "ok"}]}')
) m(domain, position, host, class, view)
WHERE n = 2;

SELECT results_eq(
	'SELECT host, class, domains FROM dane.host_results, scan
		WHERE n = 2 AND scan_id = id ORDER BY 1',
	$$VALUES ('mx1' COLLATE "C", 'valid', 2::bigint), ('mx2', 'valid', 1),
		('mx3', 'broken', 1)$$,
	'a host is listed once, as seen last, with the domains that name it');
SELECT results_eq(
	'SELECT host, address, leaf_sha256 FROM dane.endpoint_results, scan
		WHERE n = 2 AND scan_id = id ORDER BY 1',
	$$VALUES ('mx1' COLLATE "C", '192.0.2.2', '\x0a'::bytea),
		('mx3', '192.0.2.1', '\x0a')$$,
	'endpoints are those of the last examination');
SELECT results_eq(
	'SELECT host, pkix_ok, pkix_error, pkix_reason, pkix_name
		FROM dane.endpoint_results, scan
		WHERE n = 2 AND scan_id = id ORDER BY 1',
	$$VALUES ('mx1' COLLATE "C", false, 18, 'self-signed', NULL),
		('mx3', NULL, NULL, NULL, NULL)$$,
	'issuers are asked apart from the class, or not at all');
SELECT results_eq(
	'SELECT domain, host, address, endpoint_reason, detail FROM dane.broken, scan
		WHERE n = 2 AND scan_id = id ORDER BY 2',
	$$VALUES ('change.com' COLLATE "C", 'mx1' COLLATE "C", '192.0.2.1',
			'dane-no-match', 'words'),
		('change.com', 'mx3', '192.0.2.9', 'cert-name-mismatch', NULL)$$,
	'broken: the evidence that the domain was judged on');

-- Drop

SELECT lives_ok('SELECT dane.scan_drop(id) FROM scan WHERE n = 1', 'scan_drop');
SELECT is(
	(SELECT count(*) FROM dane.domain_results JOIN scan ON id = scan_id
		WHERE n = 1)
	+ (SELECT count(*) FROM pg_class JOIN scan
		ON relname ~ ('_obs_' || id || '$') AND n = 1),
	0::bigint, 'nothing is left of a dropped scan');

SELECT * FROM finish();
ROLLBACK;
