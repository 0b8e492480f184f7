-- What changed between two scans, why, and how keys were rolled over.

BEGIN;
SELECT plan(45);

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin('scan ' || n, '{}',
	'2026-01-01 00:00+00'::timestamptz + n * interval '1 day') AS id
FROM generate_series(1, 5) n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

CREATE FUNCTION pg_temp.complete(place integer) RETURNS void LANGUAGE sql AS $$
	UPDATE dane.lease SET session = 1 WHERE scan_id = pg_temp.scan(place);
	SELECT dane.scan_finish(pg_temp.scan(place), 1, 1, 'complete')
$$;

-- Certificates by name; "x+y" has the key of x.
CREATE FUNCTION pg_temp.der(name text) RETURNS bytea LANGUAGE sql
RETURN convert_to('certificate ' || name, 'UTF8');
CREATE FUNCTION pg_temp.spki(name text) RETURNS bytea LANGUAGE sql
RETURN convert_to('key ' || split_part(name, '+', 1), 'UTF8');
INSERT INTO dane.certificate (sha256, spki_sha256, spki_sha512, der, subject,
	issuer, not_before, not_after, key)
SELECT sha256(pg_temp.der(n)), sha256(pg_temp.spki(n)), sha512(pg_temp.spki(n)),
	pg_temp.der(n), n, 'ca', now(), now(), 'EC-256'
FROM unnest('{a,a+new,b,c,ca,cb}'::text[]) n;

-- A host in one scan: records as "311 a" with commas; the chain, leaf first.
CREATE FUNCTION pg_temp.host(place integer, name text, records text, chain text,
	verdict text = 'valid', state text = 'usable', owner text = 'p.net')
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason,
		a_status, a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status,
		tlsa_trust, tlsa_ttl)
	VALUES (pg_temp.scan(place), 1, name, owner, split_part(verdict, ' ', 1),
		nullif(split_part(verdict, ' ', 2), ''), 'data', 'secure', 'nodata',
		'secure', state, 'data', 'secure', 3600);
	INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector,
		mtype, data, usable)
	SELECT pg_temp.scan(place), 1, name, i, substr(r, 1, 1)::smallint,
		substr(r, 2, 1)::smallint, substr(r, 3, 1)::smallint,
		sha256(CASE substr(r, 2, 1) WHEN '0' THEN pg_temp.der(substr(r, 5))
			ELSE pg_temp.spki(substr(r, 5)) END), true
	FROM string_to_table(nullif(records, ''), ',') WITH ORDINALITY u(r, i);
	INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
		class, chain)
	SELECT pg_temp.scan(place), 1, name, 0, '192.0.2.1', 25, 'ok',
		array_agg(sha256(pg_temp.der(c)) ORDER BY i)
	FROM string_to_table(nullif(chain, ''), ',') WITH ORDINALITY u(c, i)
	HAVING count(*) > 0;
$$;

-- A domain in one scan, with its MX hosts.
CREATE FUNCTION pg_temp.domain(place integer, name text, verdict text,
	VARIADIC hosts text[] = '{}')
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, mx_status, mx_trust, implicit)
	VALUES (pg_temp.scan(place), 1, now(), name, 'nl',
		split_part(verdict, ' ', 1), nullif(split_part(verdict, ' ', 2), ''),
		'data', 'secure', false);
	INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run,
		class)
	SELECT pg_temp.scan(place), name, i, 10, h, 1, split_part(verdict, ' ', 1)
	FROM unnest(hosts) WITH ORDINALITY u(h, i);
$$;

-- Changes: scan 1 and scan 2.

SELECT FROM unnest('{1,2}'::integer[]) n, unnest('{mx.same.net,mx2.same.net}'
	::text[]) h, pg_temp.host(n, h, '311 a', 'a,ca');
SELECT FROM unnest('{1,2}'::integer[]) n,
	pg_temp.host(n, 'mx.other.net', '311 a', 'a,ca', 'valid', 'usable', 'o.net');
SELECT FROM pg_temp.host(1, 'mx.cert.net', '311 a', 'a,ca');
SELECT FROM pg_temp.host(2, 'mx.cert.net', '311 a', 'b,ca', 'broken dane-no-match');
SELECT FROM pg_temp.host(1, 'mx.back.net', '311 a', 'b,ca', 'broken dane-no-match');
SELECT FROM pg_temp.host(2, 'mx.back.net', '311 b', 'b,ca');
SELECT FROM pg_temp.host(1, 'mx.own.nl', '311 a', 'b,ca', 'broken dane-no-match',
		'usable', 'own.nl');
SELECT FROM pg_temp.host(2, 'mx.own.nl', '311 b', 'b,ca', 'valid', 'usable', 'own.nl');
SELECT FROM pg_temp.host(1, 'mx.roll.net', '311 a', 'a,ca');
SELECT FROM pg_temp.host(2, 'mx.roll.net', '311 c', 'b,ca', 'broken dane-no-match');
SELECT FROM pg_temp.host(1, 'mx.pub.net', '', '', 'no-tlsa tlsa-none', 'none-secure');
SELECT FROM pg_temp.host(2, 'mx.pub.net', '311 a', 'a,ca');
SELECT FROM pg_temp.host(2, 'mx.gone.net', '', '', 'no-tlsa tlsa-none', 'none-secure');
SELECT FROM pg_temp.host(1, 'mx.gone.net', '311 a', 'a,ca');
SELECT FROM pg_temp.host(1, 'mx.tls.net', '311 a', 'a,ca');
SELECT FROM pg_temp.host(2, 'mx.tls.net', '311 a', '', 'broken starttls-absent');

SELECT FROM (VALUES
	('same.nl', 'valid', 'valid', 'mx.same.net', 'mx.same.net'),
	('failed.nl', 'valid', 'indeterminate mx-timeout', 'mx.same.net', NULL),
	('cert.nl', 'valid', 'broken dane-no-match', 'mx.cert.net', NULL),
	('back.nl', 'broken dane-no-match', 'valid', 'mx.back.net', NULL),
	('own.nl', 'broken dane-no-match', 'valid', 'mx.own.nl', NULL),
	('roll.nl', 'valid', 'broken dane-no-match', 'mx.roll.net', NULL),
	('pub.nl', 'no-tlsa tlsa-none', 'valid', 'mx.pub.net', NULL),
	('gone.nl', 'valid', 'no-tlsa tlsa-none', 'mx.gone.net', NULL),
	('tls.nl', 'valid', 'broken starttls-absent', 'mx.tls.net', NULL),
	('ds.nl', 'valid', 'no-dnssec mx-insecure', 'mx.same.net', NULL),
	('signed.nl', 'no-dnssec mx-insecure', 'valid', 'mx.same.net', NULL),
	('bogus.nl', 'valid', 'broken mx-bogus', 'mx.same.net', NULL),
	('healed.nl', 'broken mx-bogus', 'valid', 'mx.same.net', NULL),
	('dns.nl', 'valid', 'broken tlsa-servfail', 'mx.same.net', NULL),
	('nomail.nl', 'valid', 'no-mail null-mx', 'mx.same.net', NULL),
	('move.nl', 'valid', 'valid', 'mx.same.net', 'mx.other.net'),
	('swap.nl', 'valid', 'valid', 'mx.same.net', 'mx2.same.net'),
	('away.nl', 'valid', 'broken dane-no-match', 'mx.same.net', 'mx.other.net'),
	('second.nl', 'valid', 'partial', 'mx.same.net', 'mx2.same.net'),
	('odd.nl', 'valid', 'partial', 'mx.same.net', NULL)
) d(name, old, new, old_mx, new_mx),
	pg_temp.domain(1, name, old, old_mx) x,
	pg_temp.domain(2, name, new, coalesce(new_mx, old_mx)) y;
SELECT FROM pg_temp.domain(1, 'left.nl', 'valid', 'mx.same.net');
SELECT FROM pg_temp.domain(2, 'new.nl', 'valid', 'mx.same.net');
SELECT FROM pg_temp.complete(1);
SELECT FROM pg_temp.complete(2);

CREATE TEMP TABLE change AS
SELECT * FROM dane.changes(pg_temp.scan(1), pg_temp.scan(2));

SELECT is((SELECT concat_ws(' ', change, cause, host) FROM change
	WHERE domain = name), expected, name)
FROM (VALUES
	('cert.nl', 'broke certificate-changed mx.cert.net'),
	('back.nl', 'fixed provider-records-changed mx.back.net'),
	('own.nl', 'fixed records-changed mx.own.nl'),
	('roll.nl', 'broke records-and-certificate-changed mx.roll.net'),
	('pub.nl', 'appeared provider-records-published mx.pub.net'),
	('gone.nl', 'gone provider-records-withdrawn mx.gone.net'),
	('tls.nl', 'broke server-changed mx.tls.net'),
	('ds.nl', 'gone ds-lost mx.same.net'),
	('signed.nl', 'appeared ds-gained mx.same.net'),
	('bogus.nl', 'broke dnssec-broken mx.same.net'),
	('healed.nl', 'fixed dnssec-repaired mx.same.net'),
	('dns.nl', 'broke dns-broken mx.same.net'),
	('nomail.nl', 'gone mail-ended mx.same.net'),
	('move.nl', 'moved mx-moved mx.other.net'),
	('away.nl', 'broke mx-moved mx.other.net'),
	('second.nl', 'other mx-changed mx2.same.net'),
	('odd.nl', 'other unknown mx.same.net'),
	('left.nl', 'gone not-in-scan mx.same.net'),
	('new.nl', 'appeared first-seen mx.same.net')
) AS e(name, expected);
SELECT is_empty($$SELECT FROM change
	WHERE domain IN ('same.nl', 'failed.nl', 'swap.nl')$$,
	'no change: the same, not measured, another host of the provider');
SELECT results_eq($$SELECT old_class, old_reason, new_class, new_reason
	FROM change WHERE domain IN ('cert.nl', 'left.nl') ORDER BY domain$$,
	$$VALUES ('valid', NULL, 'broken', 'dane-no-match'),
		('valid', NULL, NULL, NULL)$$, 'verdicts before and after');
SELECT results_eq($$SELECT change, cause, provider, domains
	FROM dane.change_summary(pg_temp.scan(1), pg_temp.scan(2))
	WHERE cause IN ('mx-moved', 'provider-records-changed')$$,
	$$VALUES ('broke', 'mx-moved', 'o.net', 1::bigint),
		('fixed', 'provider-records-changed', 'p.net', 1),
		('moved', 'mx-moved', 'o.net', 1)$$, 'in numbers');
SELECT is(sum(domains), (SELECT count(*) FROM change)::numeric, 'all of them')
FROM dane.change_summary(pg_temp.scan(1), pg_temp.scan(2));
SELECT is_empty('SELECT FROM dane.changes(pg_temp.scan(2), pg_temp.scan(2))',
	'nothing from a scan to itself');

-- Roll-over: "records/chain" of a host in scans 3, 4, 5; "-": unreachable.

CREATE FUNCTION pg_temp.roll(name text, VARIADIC states text[])
RETURNS void LANGUAGE sql AS $$
	SELECT pg_temp.host(i::integer + 2, name, CASE s WHEN '-' THEN '' ELSE
			split_part(s, '/', 1) END, split_part(s, '/', 2),
		CASE s WHEN '-' THEN 'unreachable' ELSE 'valid' END)
	FROM unnest(states) WITH ORDINALITY u(s, i)
$$;

SELECT FROM pg_temp.roll('correct', '311 a/a,ca', '311 a,311 b/a,ca',
	'311 b/b,ca');
SELECT FROM pg_temp.roll('kept', '311 a,311 b/a,ca', '311 a,311 b/b,ca');
SELECT FROM pg_temp.roll('early', '311 a/a,ca', '311 b/a,ca', '311 b/b,ca');
SELECT FROM pg_temp.roll('late', '311 a/a,ca', '311 a/b,ca', '311 b/b,ca');
SELECT FROM pg_temp.roll('never', '311 a/a,ca', '311 a/b,ca', '311 a/b,ca');
SELECT FROM pg_temp.roll('wrong', '311 a/a,ca', '311 c/b,ca');
SELECT FROM pg_temp.roll('same', '311 a/a,ca', '311 b/b,ca');
SELECT FROM pg_temp.roll('none', '311 a/a,ca', '311 a/a,cb');
SELECT FROM pg_temp.roll('ta', '211 ca/a,ca', '211 ca/b,ca', '211 ca/b,cb');
SELECT FROM pg_temp.roll('mixed', '311 a,211 ca/a,ca', '311 a,211 ca/b,ca');
SELECT FROM pg_temp.roll('both', '311 a/a,ca', '311 a,311 b/a,ca', '311 b/b,cb');
SELECT FROM pg_temp.roll('gap', '311 a/a,ca', '-', '311 a/b,ca');
SELECT FROM pg_temp.roll('before', '311 c/a,ca', '311 c/b,ca');
SELECT FROM pg_temp.roll('renewed', '311 a/a,ca', '311 a/a+new,ca');
SELECT FROM pg_temp.roll('cert', '301 a/a,ca', '301 a/a+new,ca');
SELECT FROM generate_series(3, 5) n, pg_temp.complete(n);

SELECT is((SELECT string_agg(concat_ws(' ', s.n, outcome, depth, 'after', b.n),
		', ' ORDER BY s.n)
	FROM dane.rollovers(pg_temp.scan(3), pg_temp.scan(5)) r
	JOIN scan s ON s.id = r.scan_id
	LEFT JOIN scan b ON b.id = r.before_scan
	WHERE host = name), expected, name)
FROM (VALUES
	('correct', '5 correct 1 after 4'),
	('kept', '4 correct 1 after 3'),
	('early', '5 early-retirement 1 after 4'),
	('late', '4 late 1 after 3'),
	('never', '4 no-introduction 1 after 3'),
	('wrong', '4 no-introduction 1 after 3'),
	('same', '4 same-time 1 after 3'),
	('none', '4 not-rollover 2 after 3'),
	('ta', '4 not-rollover 1 after 3, 5 no-introduction 2 after 4'),
	('mixed', '4 correct 1 after 3'),
	('both', '5 correct 0 after 4'),
	('gap', '5 no-data 1 after 3'),
	('before', NULL),
	('renewed', NULL),
	('cert', '4 no-introduction 1 after 3')
) AS e(name, expected);
SELECT is(count(*), 5::bigint, 'of those scans that are asked for')
FROM dane.rollovers(pg_temp.scan(4), pg_temp.scan(5));
SELECT results_eq($$SELECT between_scans, ttl, certain
	FROM dane.rollovers(pg_temp.scan(3), pg_temp.scan(5))
	WHERE host IN ('never', 'same') ORDER BY host$$,
	$$VALUES (interval '1 day', 3600::bigint, true),
		('1 day', 3600, false)$$,
	'between two scans a day apart there is time for more than is seen');
UPDATE dane.host_state SET first_seen = '2026-01-05 00:00+00', tlsa_ttl = 43200
WHERE host IN ('same', 'kept') AND from_scan = pg_temp.scan(4);
UPDATE dane.host_state SET tlsa_ttl = 43201 WHERE host IN ('same', 'kept')
	AND from_scan = pg_temp.scan(3);
SELECT results_eq($$SELECT outcome, certain
	FROM dane.rollovers(pg_temp.scan(3), pg_temp.scan(5))
	WHERE host IN ('kept', 'same') ORDER BY host$$,
	$$VALUES ('late', true), ('same-time', true)$$,
	'scans that are twice the TTL apart or less tell it');

-- Without observations the record still tells most of it.

SELECT FROM dane.scan_retain(0);
SELECT is(count(*), 17::bigint, 'changes of pruned scans')
FROM dane.changes(pg_temp.scan(1), pg_temp.scan(2));
SELECT is(cause, 'ds-lost', 'with the cause that the verdicts tell')
FROM dane.changes(pg_temp.scan(1), pg_temp.scan(2)) WHERE domain = 'ds.nl';
SELECT is(count(*), 5::bigint, 'roll-over needs none')
FROM dane.rollovers(pg_temp.scan(4), pg_temp.scan(5));

SELECT * FROM finish();
ROLLBACK;
