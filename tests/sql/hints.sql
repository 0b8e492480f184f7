-- Hints that need earlier scans and other hosts: three scans of a few hosts.

BEGIN;
SELECT plan(10);

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin('scan ' || n, '{}', now()) AS id
FROM generate_series(1, 3) n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

-- Certificates by name; "x+y" has the key of x.
CREATE FUNCTION pg_temp.der(name text) RETURNS bytea LANGUAGE sql
RETURN convert_to('certificate ' || name, 'UTF8');
CREATE FUNCTION pg_temp.spki(name text) RETURNS bytea LANGUAGE sql
RETURN convert_to('key ' || split_part(name, '+', 1), 'UTF8');

INSERT INTO dane.certificate (sha256, spki_sha256, spki_sha512, der, subject,
	issuer, not_before, not_after, key)
SELECT sha256(pg_temp.der(n)), sha256(pg_temp.spki(n)), sha512(pg_temp.spki(n)),
	pg_temp.der(n), n, 'ca', now(), now(), 'EC-256'
FROM unnest('{a,a+new,b,c,d,e,ca,ca+new,ca2,other,far}'::text[]) n;

CREATE FUNCTION pg_temp.host(place integer, host text, provider text,
	VARIADIC chain text[])
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status,
		a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
	VALUES (pg_temp.scan(place), 1, host, provider, 'broken', 'data', 'secure',
		'nodata', 'secure', 'usable', 'data', 'secure');
	INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
		class, chain)
	SELECT pg_temp.scan(place), 1, host, 0, '192.0.2.1', 25, 'fail',
		array_agg(sha256(pg_temp.der(c)) ORDER BY i)
	FROM unnest(chain) WITH ORDINALITY u(c, i);
$$;

-- A record of the certificate called what, which does not match.
CREATE FUNCTION pg_temp.tlsa(place integer, host text, pos integer,
	params text, what text, known text = NULL, matches boolean = false)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector,
		mtype, data, usable, match, hint)
	SELECT pg_temp.scan(place), 1, host, pos, u, s, m,
		CASE m WHEN 0 THEN octets WHEN 1 THEN sha256(octets)
			ELSE sha512(octets) END, true, matches, known
	FROM (SELECT left(params, 1)::smallint AS u, substr(params, 2, 1)::smallint
			AS s, right(params, 1)::smallint AS m) p,
		LATERAL (SELECT CASE s WHEN 0 THEN pg_temp.der(what)
			ELSE pg_temp.spki(what) END AS octets) o
$$;

CREATE FUNCTION pg_temp.complete(place integer) RETURNS void LANGUAGE sql AS $$
	SELECT dane.lease_session(pg_temp.scan(place), 1, 1),
		dane.scan_finish(pg_temp.scan(place), 1, 1, 'complete')
$$;

CREATE FUNCTION pg_temp.hints(place integer, name text) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(coalesce(hint, history_hint, '-'), ' ' ORDER BY position)
	FROM dane.tlsa_obs WHERE scan_id = pg_temp.scan(place) AND host = name
$$;

-- The first scan: mx1 shows a, mx2 shows b; nothing is known from before.
SELECT FROM pg_temp.host(1, 'mx1.p', 'p', 'a', 'ca');
SELECT FROM pg_temp.tlsa(1, 'mx1.p', 0, '311', 'd');
SELECT FROM pg_temp.host(1, 'mx2.p', 'p', 'b', 'ca');
SELECT FROM pg_temp.host(1, 'mx3.p', 'p', 'c', 'ca');
SELECT FROM pg_temp.host(1, 'gone.p', 'p', 'e', 'ca');
SELECT FROM pg_temp.host(1, 'ta.p', 'p', 'd', 'ca');
SELECT FROM pg_temp.complete(1);
SELECT is(pg_temp.hints(1, 'mx1.p'), 'digest-of-other-host',
	'the first scan knows no earlier one');

-- The second: mx1 has changed its key.
SELECT FROM pg_temp.host(2, 'mx1.p', 'p', 'other', 'ca2');
SELECT FROM unnest('{311,301,312,302,310,300}'::text[]) WITH ORDINALITY
	u(params, i), pg_temp.tlsa(2, 'mx1.p', (i - 1)::integer, params, 'a');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 6, '211', 'ca');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 7, '311', 'c');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 8, '311', 'far');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 9, '311', 'a', 'retired-ca');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 10, '311', 'other', NULL, true);
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 11, '311', 'a+unseen');
SELECT FROM pg_temp.tlsa(2, 'mx1.p', 12, '301', 'a+unseen');
SELECT FROM pg_temp.host(2, 'mx3.p', 'p', 'c', 'ca');
SELECT FROM pg_temp.host(2, 'mx9.q', 'q', 'far', 'ca');
-- Renewed with the same key; the issuer as well.
SELECT FROM pg_temp.host(2, 'mx2.p', 'p', 'a+new', 'ca+new');
SELECT FROM pg_temp.tlsa(2, 'mx2.p', 0, '301', 'a');
SELECT FROM pg_temp.tlsa(2, 'mx2.p', 1, '201', 'ca');
SELECT FROM pg_temp.tlsa(2, 'mx2.p', 2, '302', 'a');
SELECT FROM pg_temp.tlsa(2, 'mx2.p', 3, '211', 'ca2');
-- One address still shows what the record describes.
SELECT FROM pg_temp.host(2, 'gone.p', 'p', 'e', 'ca');
SELECT FROM pg_temp.tlsa(2, 'gone.p', 0, '311', 'e');

INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
VALUES (pg_temp.scan(2), 'plain.test', 0, 10, 'mx1.p', 1, 'broken');
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, mx_status,
	mx_trust, implicit)
VALUES (pg_temp.scan(2), 1, now(), 'plain.test', 'test', 'broken', 'data',
	'secure', false);

SELECT lives_ok('SELECT dane.lease_session(pg_temp.scan(2), 1, 1),
	dane.scan_finish(pg_temp.scan(2), 1, 1, ''interrupted'')', 'interrupted');
SELECT is(pg_temp.hints(2, 'mx2.p'), '- - - -',
	'a scan that is not complete has no such hints');
SELECT lives_ok('SELECT dane.scan_resume(pg_temp.scan(2)),
	dane.lease_session(pg_temp.scan(2), 2, 1),
	dane.scan_finish(pg_temp.scan(2), 2, 1, ''complete'')', 'complete');

SELECT is(pg_temp.hints(2, 'mx1.p'),
	(SELECT string_agg('digest-of-earlier-certificate', ' ')
		FROM generate_series(1, 7))
	|| ' digest-of-other-host - retired-ca - digest-of-earlier-certificate -',
	'of another host of the provider only; better hints and matches stay');
SELECT is(pg_temp.hints(2, 'mx2.p'), 'renewed-same-key '
	'ca-cert-renewed-same-key renewed-same-key digest-of-other-issuer',
	'renewed with the same key; an issuer of others');
SELECT is(pg_temp.hints(2, 'gone.p'), '-',
	'what an address still shows is not earlier');
SELECT is((SELECT hint FROM dane.tlsa_records
	WHERE scan_id = pg_temp.scan(2) AND host = 'mx2.p' ORDER BY data LIMIT 1),
	(SELECT history_hint FROM dane.tlsa_obs
	WHERE scan_id = pg_temp.scan(2) AND host = 'mx2.p' ORDER BY data LIMIT 1),
	'the view shows it');
SELECT is((SELECT record #>> '{hosts,0,tlsa,records,0,hint}' FROM dane.records
	WHERE scan_id = pg_temp.scan(2) AND domain = 'plain.test'), NULL,
	'the record stays what the scanner wrote');

-- The third: the first is dropped, and what it saw is still known.
SELECT FROM dane.scan_drop(pg_temp.scan(1));
SELECT FROM pg_temp.host(3, 'ta.p', 'p', 'b', 'ca');
SELECT FROM pg_temp.tlsa(3, 'ta.p', 0, '311', 'd');
SELECT FROM pg_temp.complete(3);
SELECT is(pg_temp.hints(3, 'ta.p'), 'digest-of-earlier-certificate',
	'certificates outlive the scan that saw them');

SELECT * FROM finish();
ROLLBACK;
