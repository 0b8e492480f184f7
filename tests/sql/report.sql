-- The published figures, over a small set of scans whose counts are known: a
-- year ago, the scan before, the scan in question, one of another series without
-- any DANE, and one that probed nobody.

BEGIN;
SELECT plan(74);

CREATE TEMP TABLE scan AS
SELECT n, dane.scan_begin(label, jsonb_build_object('probe', CASE n WHEN 5
	THEN 'none' ELSE 'dane' END), started::timestamptz) AS id
FROM (VALUES (1, 'nl 2025-01-05', '2025-01-05 00:00+00'),
	(2, 'nl 2025-12-28', '2025-12-28 00:00+00'),
	(3, 'other-2025-12-30', '2025-12-30 00:00+00'),
	(4, 'nl 2026-01-04', '2026-01-04 00:00+00'),
	(5, 'unprobed', '2026-01-05 00:00+00')) s(n, label, started)
ORDER BY n;

CREATE FUNCTION pg_temp.scan(place integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT id FROM scan WHERE n = place);

-- Domains of the last scan; of the others, those that had the class that is
-- given for them.
CREATE TEMP TABLE named (domain text, class text, reason text, severity text,
	status text, trust text, before text, year text, mx text, tags jsonb,
	extras json);
INSERT INTO named VALUES
('a.nl', 'valid', NULL, NULL, 'data', 'secure', 'valid', 'valid',
	'10 mx1.one.net valid', '{"registrar": "One", "sector": "bank", "rank": "1"}',
	'{"mta_sts": {"status": "data", "trust": "secure", "state": "present",
		"policy": {"state": "fetched", "mode": "enforce"}},
	"ns": {"operator": "ns.net"}, "ds": {"dnskey": {"status": "data"},
		"nsec3": {"iterations": 5}}}'),
('b.nl', 'valid', NULL, NULL, 'data', 'secure', 'valid', NULL,
	'10 mx1.one.net valid,20 mx.dead.net unreachable',
	'{"registrar": "Two", "rank": "10000"}',
	'{"mta_sts": {"status": "nodata", "trust": "secure", "state": "absent",
		"policy": null}, "ns": {"operator": "ns.net"},
	"ds": {"dnskey": {"status": "data"}, "nsec3": null}}'),
('c.nl', 'broken', 'dane-no-match', 'degraded', 'data', 'secure', 'valid', NULL,
	'10 mx1.one.net valid,20 mx2.one.net broken',
	'{"registrar": "One", "rank": "10001"}', NULL),
('d.se', 'broken', 'dane-no-match', 'outage', 'data', 'secure', 'valid', 'valid',
	'10 mx2.one.net broken', '{"registrar": "Two"}', NULL),
('e.se', 'partial', 'tlsa-none', NULL, 'data', 'secure', 'partial', NULL,
	'10 mx1.one.net valid,20 mx.none.net no-tlsa', NULL, NULL),
('f.se', 'no-tlsa', 'tlsa-none', NULL, 'data', 'secure', 'broken', NULL,
	'10 mx.none.net no-tlsa', NULL, NULL),
('g.se', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx.plain.net no-dnssec,20 mx.plain.net no-dnssec', NULL, NULL),
('h.se', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx1.one.net valid', NULL, NULL),
('i.com', 'indeterminate', 'mx-timeout', NULL, 'timeout', 'none', 'valid', NULL,
	NULL, NULL, NULL),
('j.com', 'no-mail', 'null-mx', NULL, 'data', 'secure', NULL, NULL, NULL, NULL,
	NULL),
('k.com', 'no-mail', 'nxdomain', NULL, 'nxdomain', 'secure', NULL, NULL, NULL,
	NULL, NULL),
('l.com', 'broken', 'mx-bogus', 'outage', 'servfail', 'bogus', NULL, NULL, NULL,
	NULL, NULL),
('m.com', 'indeterminate', 'unreachable', NULL, 'data', 'secure', NULL, NULL,
	'10 mx.dead.net unreachable', NULL, NULL),
('n.com', 'broken', 'tlsa-bogus', 'outage', 'data', 'secure', NULL, NULL,
	'10 mx.bogus.net broken', NULL, NULL),
('o.com', 'unusable', 'pkix-usage', NULL, 'data', 'secure', NULL, NULL,
	'10 mx.two.net unusable', NULL, NULL),
('p.com', 'valid', NULL, NULL, 'data', 'secure', 'broken', NULL,
	'10 mx.ta.net valid', NULL, NULL),
('x.org', 'no-dnssec', 'mx-insecure', NULL, 'data', 'insecure', NULL, NULL,
	'10 mx.plain.net no-dnssec', NULL, NULL);

CREATE FUNCTION pg_temp.fill(place integer, wanted text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, severity, half_dane, mx_status, mx_trust, mx_why,
		mx_algorithm, implicit, lint, tags, extras, servers)
	SELECT id, 1, s.started + interval '1 hour', domain,
		substring(domain FROM '[^.]*$'), v.class,
		CASE WHEN n = 4 OR v.class = d.class THEN d.reason
			WHEN v.class = 'broken' THEN 'cert-expired' END,
		CASE WHEN v.class = d.class THEN d.severity
			WHEN v.class = 'broken' THEN 'outage' END,
		CASE domain WHEN 'h.se' THEN 'all' WHEN 'g.se' THEN 'none' END,
		CASE v.class WHEN d.class THEN d.status ELSE 'data' END,
		CASE v.class WHEN d.class THEN d.trust ELSE 'secure' END,
		CASE d.trust WHEN 'bogus' THEN 'validation failure <l.com. MX IN>: '
			'signature expired from 192.0.2.1' END,
		CASE d.trust WHEN 'secure' THEN CASE domain WHEN 'a.nl' THEN 8
			ELSE 13 END END, false,
		CASE domain WHEN 'a.nl' THEN '{tlsa-no-rollover}'::text[] END,
		CASE n WHEN 4 THEN d.tags END, CASE n WHEN 4 THEN d.extras END,
		CASE d.trust WHEN 'bogus' THEN '[{"name": "ns1.badns.org"},
			{"name": "ns2.badns.org"}]'::json END
	FROM scan JOIN dane.scan s ON s.scan_id = id, named d, LATERAL (
		SELECT CASE n WHEN 1 THEN d.year WHEN 2 THEN d.before
			ELSE d.class END AS class) v
	WHERE n = place AND domain = ANY (wanted) AND v.class IS NOT NULL;
	INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run,
		class)
	SELECT id, domain, i, split_part(m, ' ', 1)::integer,
		split_part(m, ' ', 2), 1,
		CASE WHEN n < 4 AND m ~ 'broken' THEN 'valid'
			ELSE split_part(m, ' ', 3) END
	FROM scan JOIN dane.domain_obs o ON o.scan_id = id
	JOIN named USING (domain),
		string_to_table(mx, ',') WITH ORDINALITY x(m, i)
	WHERE n = place
$$;
SELECT pg_temp.fill(p, array_agg(domain))
FROM generate_series(1, 5) p, named
WHERE CASE p WHEN 3 THEN domain = 'x.org' WHEN 5 THEN domain = 'm.com'
	ELSE domain <> 'x.org' END GROUP BY p;

-- Hosts. mx2 has another certificate in the last scan, and the same record.
INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer,
	not_before, not_after, key)
SELECT sha256(c::bytea), sha256(('key ' || c)::bytea), c::bytea, '',
	CASE c WHEN 'ta' THEN 'CN=Own' ELSE 'C=US,O=Let''s Encrypt,CN=R11' END,
	'2025-01-01', CASE c WHEN 'mx1' THEN '2026-01-10'::timestamptz
		WHEN 'ta' THEN '2026-03-01' ELSE '2025-12-01' END, 'EC-256'
FROM unnest('{mx1,mx2-old,mx2-new,ta}'::text[]) c;

CREATE TEMP TABLE host (n integer, host text, class text, reason text,
	state text, trust text, why text, a text, aaaa text, leaf text, other text,
	pkix text, matched integer);
INSERT INTO host VALUES
(4, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	'RSA-2048', NULL, 3),
(4, 'mx2.one.net', 'broken', 'dane-no-match', 'usable', 'secure', NULL, 'data',
	'nodata', 'mx2-new', NULL, 'expired', NULL),
(4, 'mx.two.net', 'unusable', 'pkix-usage', 'unusable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.none.net', 'no-tlsa', 'tlsa-none', 'none-secure', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.plain.net', 'no-dnssec', 'addr-insecure', 'skipped', 'none', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.dead.net', 'unreachable', 'tcp-timeout', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.bogus.net', 'broken', 'tlsa-bogus', 'error', 'bogus',
	'no signatures from 192.0.2.1', 'data', 'nodata', NULL, NULL, NULL, NULL),
(4, 'mx.ta.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata', 'ta',
	NULL, 'unknown-issuer', 2),
(1, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	NULL, NULL, 3),
(1, 'mx2.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata',
	'mx2-old', NULL, NULL, 3),
(2, 'mx1.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'data', 'mx1',
	NULL, NULL, 3),
(2, 'mx2.one.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata',
	'mx2-old', NULL, NULL, 3),
(2, 'mx.none.net', 'no-tlsa', 'tlsa-none', 'none-secure', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(2, 'mx.dead.net', 'unreachable', 'tcp-timeout', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(2, 'mx.ta.net', 'valid', NULL, 'usable', 'secure', NULL, 'data', 'nodata', 'ta',
	NULL, NULL, 2),
(3, 'mx.plain.net', 'no-dnssec', 'addr-insecure', 'skipped', 'none', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL),
(5, 'mx.dead.net', 'unreachable', 'not-probed', 'usable', 'secure', NULL, 'data',
	'nodata', NULL, NULL, NULL, NULL);

INSERT INTO dane.host_obs (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust,
	tlsa_why, tlsa_ttl, tlsa_algorithm)
SELECT id, 1, host, substring(host FROM '[^.]*\.[^.]*$'), class, reason, a,
	'secure', aaaa, 'secure', state, 'data', trust, why, 3600,
	CASE trust WHEN 'secure' THEN 13 END
FROM host JOIN scan USING (n);
-- Another run of the scan saw it otherwise, before.
INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT id, 0, 'mx.plain.net', 'plain.net', 'valid', 'data', 'secure', 'data',
	'secure', 'usable', 'data', 'secure' FROM scan WHERE n = 4;
INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port, class,
	reason, detail, tls_version, cipher, tls_key, other_key, chain, match_usage,
	pkix_error, pkix_reason)
SELECT id, 1, host, i, address, 25, CASE class WHEN 'valid' THEN 'ok'
		WHEN 'broken' THEN 'fail' ELSE 'unreach' END,
	CASE WHEN class <> 'valid' THEN reason END,
	CASE WHEN class = 'broken' THEN 'no match' END,
	CASE WHEN leaf IS NOT NULL THEN 'TLSv1.3' END,
	CASE WHEN leaf IS NOT NULL THEN 'TLS_AES_256_GCM_SHA384' END,
	CASE WHEN leaf IS NOT NULL THEN 'EC-256' END, other,
	CASE WHEN leaf IS NOT NULL THEN ARRAY[sha256(leaf::bytea)] END, matched,
	CASE WHEN leaf IS NOT NULL THEN CASE WHEN pkix IS NULL THEN 0 ELSE 10 END END,
	pkix
FROM host JOIN scan USING (n), LATERAL (VALUES (0, '192.0.2.25'),
	(1, CASE WHEN aaaa = 'data' THEN '2001:db8::25' END)) e(i, address)
WHERE address IS NOT NULL AND state <> 'error';
INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector, mtype,
	data, usable, why, match, hint)
SELECT id, 1, r.host, i, usage, 1, 1, data, r.why IS NULL, r.why,
	CASE WHEN r.why IS NULL AND leaf IS NOT NULL
		THEN data = sha256(('key ' || leaf)::bytea) END,
	CASE WHEN n = 4 THEN hint END
FROM (VALUES
	('mx1.one.net', 0, 3, sha256('key mx1'), NULL, NULL),
	('mx2.one.net', 0, 3, sha256('key mx2-old'), NULL,
		'digest-of-earlier-certificate'),
	('mx.two.net', 0, 1, sha256('x'), 'pkix-usage', NULL),
	('mx.dead.net', 0, 3, sha256('y'), NULL, NULL),
	('mx.ta.net', 0, 2, sha256('key ta'), NULL, NULL),
	('mx.ta.net', 1, 2, '\x8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d'::bytea,
		NULL, 'retired-ca')
) r(host, i, usage, data, why, hint)
JOIN host ON host.host = r.host JOIN scan USING (n);

UPDATE dane.lease SET session = 1 WHERE scan_id IN (SELECT id FROM scan);
SELECT dane.scan_finish(id, 1, 1, 'complete') FROM scan ORDER BY n;

-- Scans

SELECT results_eq('SELECT n, series, number, p.place, y.place, newest, figured
	FROM dane.report_scans JOIN scan ON id = scan_id
	LEFT JOIN (SELECT id, n AS place FROM scan) p ON p.id = previous_scan
	LEFT JOIN (SELECT id, n AS place FROM scan) y ON y.id = year_scan
	ORDER BY n',
	$$VALUES (1, 'nl', 1, NULL::integer, NULL::integer, false, true),
		(2, 'nl', 2, 1, 1, false, true),
		(3, 'other', 1, NULL, NULL, true, true),
		(4, 'nl', 3, 2, 1, true, true),
		(5, 'unprobed', 1, NULL, NULL, true, true)$$,
	'series, the scan before, and the one a year before');
SELECT is(dane.series_name(label, config::jsonb), series, label || config)
FROM (VALUES ('2026-11-21', '{}', ''), ('top-1m_2026-W47', '{"shard": "1/1"}',
		'top-1m'), ('de', '{"sample": 0.01, "seed": "7"}',
		'de (sample 1%, seed 7)'),
	('de 2026-11', '{"only-signed": true, "shard": "2/3"}',
		'de (shard 2/3) (only signed)'))
	s(label, config, series);

-- Domains

SELECT results_eq('SELECT c.key, c.value::bigint FROM dane.population p,
	jsonb_each_text(to_jsonb(p)) c
	WHERE scan_id = pg_temp.scan(4) AND dimension = ''all''
		AND c.key NOT IN (''scan_id'', ''dimension'', ''key'')
	ORDER BY c.key COLLATE "C"',
	$$VALUES ('broken', 4::bigint), ('broken_dns', 2), ('broken_hosts', 2),
		('broken_tls', 2), ('correct', 5), ('correct_measured', 5),
		('dane_broken', 2), ('degraded', 1), ('domains', 16),
		('exist', 14), ('half_dane', 1), ('hosts', 8), ('indeterminate', 2),
		('matches', 4), ('mx_bogus', 1), ('no_dnssec', 2), ('no_mail', 2),
		('no_tlsa', 1), ('outage', 3), ('partial', 1), ('reachable', 6),
		('signed', 10), ('signed_measured', 9), ('takes_mail', 12),
		('tlsa_all', 7), ('tlsa_hosts', 5), ('tlsa_none', 1),
		('tlsa_some', 1), ('tlsa_unknown', 1), ('unusable', 1),
		('usable', 7), ('valid', 3), ('valid_hosts', 2), ('with_tlsa', 7)$$,
	'all counts of a scan');
SELECT results_eq('SELECT section, item, unit, value, total, previous_value,
		previous_total, year_value, year_total
	FROM dane.report_key_figures WHERE scan_id = pg_temp.scan(4)
		AND figure = ''' || figure || '''', expected, figure)
FROM (VALUES ('correct', $$VALUES ('headline', 'V1', 'domains' COLLATE "C",
		5::bigint, 10::bigint, 6::bigint, 8::bigint, 2::bigint, 2::bigint)$$),
	('signed', $$VALUES ('headline', 'V2', 'domains' COLLATE "C",
		10::bigint, 12::bigint, 8::bigint, 8::bigint, 2::bigint, 2::bigint)$$),
	('zones-with-tlsa', $$VALUES ('survey', 'V4', 'zones' COLLATE "C",
		4::bigint, NULL::bigint, 3::bigint, NULL::bigint, 1::bigint,
		NULL::bigint)$$),
	('certificates', $$VALUES ('survey', 'V5', 'certificates' COLLATE "C",
		3::bigint, NULL::bigint, 3::bigint, NULL::bigint, 2::bigint,
		NULL::bigint)$$),
	('wrong-hosts', $$VALUES ('survey', 'V7', 'hosts' COLLATE "C",
		1::bigint, 3::bigint, 0::bigint, 3::bigint, 0::bigint, 2::bigint)$$),
	('hosts-ipv6', $$VALUES ('hosts', 'N7', 'hosts' COLLATE "C",
		1::bigint, 8::bigint, 1::bigint, 5::bigint, 1::bigint, 2::bigint)$$))
	f(figure, expected);
SELECT is(string_agg(format('%s %s/%s', figure, value, total), ', '
		ORDER BY position),
	'indeterminate 2/16, tlsa-unknown 1/10, broken 4/10, partial-tlsa 1/8, '
	'wrong-domains 2/7, lookup-domains 2/10, rate-domains 3/9, '
	'rate-hosts 2/3, rate-records 2/4, dual-certificate 1/3, '
	'dual-certificate-wrong 0/1', 'figures with what they are a part of')
FROM dane.report_key_figures
WHERE scan_id = pg_temp.scan(4) AND figure IN ('indeterminate', 'tlsa-unknown',
	'broken', 'partial-tlsa', 'wrong-domains', 'lookup-domains', 'rate-domains',
	'rate-hosts', 'rate-records', 'dual-certificate', 'dual-certificate-wrong');
SELECT results_eq('SELECT stage, domains, total, unknown, previous_domains,
		year_domains
	FROM dane.report_funnel WHERE scan_id = pg_temp.scan(4) ORDER BY step',
	$$VALUES ('listed', 16::bigint, NULL::bigint, 0::bigint, 8::bigint,
		2::bigint), ('exists', 14, 16, 0, 8, 2), ('takes-mail', 12, 13, 1, 8, 2),
		('signed', 10, 12, 0, 8, 2), ('with-tlsa', 8, 9, 1, 6, 2),
		('usable', 7, 8, 0, 6, 2), ('reachable', 6, 6, 1, 6, 2),
		('matches', 4, 6, 0, 6, 2)$$, 'the funnel');
SELECT results_eq('SELECT class, reason, domains, total, previous_domains
	FROM dane.report_classes WHERE scan_id = pg_temp.scan(4) AND class IN
		(''broken'', ''valid'') ORDER BY 1, 2',
	$$VALUES ('broken', 'dane-no-match', 2::bigint, 16::bigint, NULL::bigint),
		('broken', 'mx-bogus', 1, 16, NULL),
		('broken', 'tlsa-bogus', 1, 16, NULL), ('valid', NULL, 3, 16, 5)$$,
	'classes');
SELECT results_eq('SELECT tld, domains, signed, correct, correct_share, broken,
		rank, previous_domains, year_correct
	FROM dane.report_tlds WHERE scan_id = pg_temp.scan(4) ORDER BY tld',
	$$VALUES ('com' COLLATE "C", 8::bigint, 4::bigint, 1::bigint, 0.333333,
			2::bigint, 1::bigint, 2::bigint, NULL::bigint),
		('nl', 3, 3, 3, 1.000000, 1, 3, 3, 1),
		('se', 5, 3, 1, 0.333333, 1, 2, 3, 1)$$, 'top-level domains');
SELECT results_eq('SELECT tag, value, domains, broken
	FROM dane.report_tags WHERE scan_id = pg_temp.scan(4) ORDER BY 1, 2',
	$$VALUES ('registrar' COLLATE "C", 'One' COLLATE "C", 2::bigint, 1::bigint),
		('registrar', 'Two', 2, 1), ('sector', 'bank', 1, 0)$$,
	'tags, but for the rank');
SELECT results_eq('SELECT bucket, from_rank, to_rank, domains
	FROM dane.report_ranks WHERE scan_id = pg_temp.scan(4) ORDER BY 2',
	$$VALUES ('1-10000' COLLATE "C", 1::bigint, 10000::bigint, 2::bigint),
		('10001-20000', 10001, 20000, 1)$$, 'ranks');
SELECT results_eq('SELECT operator, domains, correct FROM dane.report_operators
	WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('ns.net' COLLATE "C", 2::bigint, 2::bigint)$$, 'operators');
SELECT results_eq('SELECT key, class, reason, domains, previous_domains
	FROM dane.report_reasons WHERE scan_id = pg_temp.scan(4)
		AND dimension = ''provider'' AND key = ''one.net'' ORDER BY 2',
	$$VALUES ('one.net' COLLATE "C", 'broken', 'dane-no-match', 2::bigint,
			NULL::bigint), ('one.net', 'no-dnssec', 'mx-insecure', 1, NULL),
		('one.net', 'partial', 'tlsa-none', 1, 1), ('one.net', 'valid',
			NULL, 2, 4)$$, 'reasons of a provider');
SELECT results_eq('SELECT tld, place, provider, domains, correct, broken
	FROM dane.report_tld_providers WHERE scan_id = pg_temp.scan(4)
		AND tld = ''nl'' ORDER BY 2',
	$$VALUES ('nl' COLLATE "C", 1::bigint, 'one.net' COLLATE "C", 3::bigint,
			3::bigint, 1::bigint), ('nl', 2, 'dead.net', 1, 1, 0)$$,
	'providers of a top-level domain');

-- Providers

SELECT results_eq('SELECT place, provider, correct, total, domains, hosts,
		previous_place, previous_correct, year_correct, place_change
	FROM dane.report_top_providers WHERE scan_id = pg_temp.scan(4)
	ORDER BY place, provider',
	$$VALUES (1::bigint, 'one.net' COLLATE "C", 4::bigint, 5::bigint, 6::bigint,
			2::bigint, 1::bigint, 5::bigint, 2::bigint, 0::bigint),
		(2, 'dead.net', 1, 5, 2, 1, 2, 1, NULL, 0),
		(2, 'none.net', 1, 5, 2, 1, 2, 1, NULL, 0),
		(2, 'ta.net', 1, 5, 1, 1, 2, 1, NULL, 0)$$,
	'providers by correct domains');
SELECT results_eq('SELECT market, providers, total, top1, top10, hhi
	FROM dane.report_concentration WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('correct' COLLATE "C", 4::bigint, 7::bigint, 4::bigint, 7::bigint,
			3877.6), ('mail', 7, 14, 6, 14, 2449.0)$$, 'concentration');
SELECT results_eq('SELECT place, provider, broken, total, previous_broken, newly,
		reason, broken_hosts, broken_of_all
	FROM dane.report_failing_providers WHERE scan_id = pg_temp.scan(4)
	ORDER BY place',
	$$VALUES (1::bigint, 'one.net' COLLATE "C", 2::bigint, 5::bigint, 0::bigint,
			true, 'dane-no-match', 1::bigint, 2::bigint),
		(2, 'bogus.net', 0, 0, NULL, NULL, 'tlsa-bogus', 1, 1)$$,
	'failing providers');
SELECT results_eq('SELECT operator, source, domains
	FROM dane.report_failing_operators WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('badns.org' COLLATE "C", 'servers' COLLATE "C", 1::bigint)$$,
	'operators of failing name servers');
SELECT results_eq('SELECT place, host, provider, reason, domains
	FROM dane.report_broken_hosts WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES (1::bigint, 'mx2.one.net' COLLATE "C", 'one.net' COLLATE "C",
			'dane-no-match' COLLATE "C", 2::bigint),
		(2, 'mx.bogus.net', 'bogus.net', 'tlsa-bogus', 1)$$, 'broken hosts');

-- Failures

SELECT results_eq('SELECT class, reason, kind, domains, outage, degraded, hosts,
		addresses, records, total_domains, previous_domains
	FROM dane.report_failures WHERE scan_id = pg_temp.scan(4) ORDER BY 1, 2',
	$$VALUES ('broken' COLLATE "C", 'dane-no-match' COLLATE "C",
			'match' COLLATE "C", 2::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint,
			4::bigint, NULL::bigint),
		('broken', 'mx-bogus', 'dnssec', 1, 1, 0, 0, 0, 0, 4, NULL),
		('broken', 'tlsa-bogus', 'dnssec', 1, 1, 0, 1, 0, 0, 4, NULL),
		('indeterminate', 'mx-timeout', 'dns', 1, 0, 0, 0, 0, 0, 2, NULL),
		('indeterminate', 'tcp-timeout', 'unreachable', 0, 0, 0, 1, 0, 0, 2,
			0),
		('indeterminate', 'unreachable', 'unreachable', 1, 0, 0, 0, 0, 0, 2,
			NULL),
		('partial', 'tlsa-none', 'other', 1, 0, 0, 0, 0, 0, 1, 1),
		('unusable', 'pkix-usage', 'usability', 1, 0, 0, 1, 0, 0, 1, NULL)$$,
	'failures in all units');
SELECT results_eq('SELECT kind, cause, records, hosts, domains, total_records
	FROM dane.report_mismatch_causes WHERE scan_id = pg_temp.scan(4)
	ORDER BY 1, 2',
	$$VALUES ('mismatch' COLLATE "C", 'digest-of-earlier-certificate'
			COLLATE "C", 1::bigint, 1::bigint, 2::bigint, 5::bigint),
		('spare', 'retired-ca', 1, 1, 1, 5),
		('unusable', 'pkix-usage', 1, 1, 1, 5)$$, 'causes of mismatches');
SELECT results_eq('SELECT lookup, cause, domains, hosts, total
	FROM dane.report_bogus_causes WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('mx' COLLATE "C", 'signature-expired' COLLATE "C", 1::bigint,
			NULL::bigint, 1::bigint), ('tlsa', 'no-signatures', 1, 1, 1)$$,
	'causes of bogus answers');
SELECT results_eq('SELECT result_type, hosts, domains, total_hosts
	FROM dane.report_tlsrpt WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('dnssec-invalid' COLLATE "C", 1::bigint, 1::bigint, 5::bigint),
		('tlsa-invalid', 2, 3, 5)$$, 'result types');

-- Records and TLS

SELECT results_eq('SELECT usage, selector, mtype, records, hosts, domains, match,
		mismatch, unusable, unseen, total_records, total_hosts,
		previous_records
	FROM dane.report_tlsa_parameters WHERE scan_id = pg_temp.scan(4)
	ORDER BY 1', $$VALUES (1, 1, 1, 1::bigint, 1::bigint, 1::bigint, 0::bigint,
			0::bigint, 1::bigint, 0::bigint, 6::bigint, 5::bigint,
			NULL::bigint), (2, 1, 1, 2, 1, 1, 1, 1, 0, 0, 6, 5, 2),
		(3, 1, 1, 3, 3, 7, 1, 1, 0, 1, 6, 5, 3)$$, 'parameters');
SELECT results_eq('SELECT records, hosts, total_hosts
	FROM dane.report_tlsa_sizes WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	'VALUES (1, 4::bigint, 5::bigint), (2, 1, 5)', 'sizes of RRsets');
SELECT results_eq('SELECT version, key, addresses, hosts, total_addresses
	FROM dane.report_tls WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('TLSv1.3' COLLATE "C", 'EC-256' COLLATE "C", 4::bigint, 3::bigint,
		4::bigint)$$, 'TLS');
SELECT results_eq('SELECT keys, outcome, hosts, total_hosts
	FROM dane.report_dual_keys WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('EC-256 + RSA-2048' COLLATE "C", 'both-match' COLLATE "C",
		1::bigint, 3::bigint)$$, 'two kinds of key');
SELECT results_eq('SELECT dane, usage, pkix, addresses, hosts, domains
	FROM dane.report_pkix WHERE scan_id = pg_temp.scan(4) ORDER BY 1, 2, 3',
	$$VALUES ('broken' COLLATE "C", 'none' COLLATE "C", 'expired' COLLATE "C",
			1::bigint, 1::bigint, 2::bigint),
		('valid', '2', 'unknown-issuer', 1, 1, 1),
		('valid', '3', 'ok', 2, 1, 5)$$, 'DANE and PKIX');
SELECT results_eq('SELECT issuer, usage, hosts, certificates, total_hosts
	FROM dane.report_issuers WHERE scan_id = pg_temp.scan(4) ORDER BY 1, 2',
	$$VALUES ('Let''s Encrypt R11' COLLATE "C", '3' COLLATE "C", 1::bigint,
			1::bigint, 3::bigint), ('Let''s Encrypt R11', 'none', 1, 1, 3),
		('Own', '2', 1, 1, 3)$$, 'issuers');
SELECT results_eq('SELECT issuer, hosts, domains, broken_hosts, total_hosts
	FROM dane.report_retired_issuers WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('Let''s Encrypt R3' COLLATE "C", 1::bigint, 1::bigint, 0::bigint,
		1::bigint)$$, 'retired issuers');
SELECT results_eq('SELECT within_days, usage, certificates, hosts, total_hosts
	FROM dane.report_expiries WHERE scan_id = pg_temp.scan(4) ORDER BY 1, 2',
	$$VALUES (0, 'ee' COLLATE "C", 1::bigint, 1::bigint, 3::bigint),
		(14, 'ee', 1, 1, 3), (30, 'ee', 1, 1, 3), (90, 'ee', 1, 1, 3),
		(90, 'ta', 1, 1, 3)$$, 'expiries');

-- Hosts, policy, DNSSEC

SELECT results_eq('SELECT measure, n, count, unit, total
	FROM dane.report_mx_hosts WHERE scan_id = pg_temp.scan(4)
		AND measure IN (''hosts-per-domain'', ''ipv6-per-host'') ORDER BY 1, 2',
	$$VALUES ('hosts-per-domain' COLLATE "C", 1, 9::bigint, 'domains',
			12::bigint), ('hosts-per-domain', 2, 3, 'domains', 12),
		('ipv6-per-host', 0, 6, 'hosts', 7), ('ipv6-per-host', 1, 1, 'hosts',
			7)$$, 'hosts and addresses');
SELECT results_eq('SELECT low, high, valid_hosts, broken_hosts, valid_domains,
		broken_domains, valid_cdf, broken_cdf
	FROM dane.report_server_sizes WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES (1::bigint, 1::bigint, 1::bigint, 0::bigint, 1::bigint, 0::bigint,
			0.166667, 0.000000), (2, 3, 0, 1, 0, 2, 0.166667, 1.000000),
		(4, 7, 1, 0, 5, 0, 1.000000, 1.000000)$$, 'sizes of servers');
SELECT results_eq('SELECT policy, dane, domains, total
	FROM dane.report_mta_sts WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('enforce' COLLATE "C", 'valid' COLLATE "C", 1::bigint, 2::bigint),
		('none', 'valid', 1, 2)$$, 'MTA-STS beside DANE');
SELECT results_eq('SELECT tld, type, name, count, total
	FROM dane.report_algorithms WHERE scan_id = pg_temp.scan(4)
		AND (tld = ''nl'' OR tld IS NULL) ORDER BY 1, 2, 3',
	$$VALUES ('nl' COLLATE "C", 'MX' COLLATE "C", 'ECDSAP256SHA256', 2::bigint,
			3::bigint), ('nl', 'MX', 'RSASHA256', 1, 3),
		(NULL, 'MX', 'ECDSAP256SHA256', 9, 10), (NULL, 'MX', 'RSASHA256', 1,
			10), (NULL, 'TLSA', 'ECDSAP256SHA256', 5, 5)$$, 'algorithms');
SELECT results_eq('SELECT iterations, domains, total
	FROM dane.report_nsec3 WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('1-10' COLLATE "C", 1::bigint, 2::bigint), ('nsec', 1, 2)$$,
	'NSEC3');
SELECT results_eq('SELECT lint, domains, total, previous_domains
	FROM dane.report_lints WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('tlsa-no-rollover' COLLATE "C", 1::bigint, 16::bigint,
		1::bigint)$$, 'advice');

-- Change

SELECT results_eq('SELECT change, cause, domains FROM dane.report_changes
	WHERE scan_id = pg_temp.scan(4) AND previous_scan = pg_temp.scan(2)
		AND change IN (''broke'', ''fixed'') ORDER BY 1, 2',
	$$VALUES ('broke' COLLATE "C", 'certificate-changed' COLLATE "C",
			2::bigint), ('fixed', 'unknown', 1)$$, 'changes');
SELECT results_eq('SELECT change, cause, provider, domains
	FROM dane.report_change_causes WHERE scan_id = pg_temp.scan(4)
		AND change = ''broke''',
	$$VALUES ('broke' COLLATE "C", 'certificate-changed' COLLATE "C",
		'one.net' COLLATE "C", 2::bigint)$$, 'the largest of them');
SELECT results_eq('SELECT outcome, depth, hosts, domains, uncertain_hosts
	FROM dane.report_rollovers WHERE scan_id = pg_temp.scan(4)',
	$$VALUES ('no-introduction' COLLATE "C", 1, 1::bigint, 2::bigint,
		0::bigint)$$, 'roll-overs');
SELECT results_eq('SELECT domain, number, reason, o.n, e.n, outcome, days,
		first_sight
	FROM dane.report_incidents JOIN scan o ON o.id = opened_scan
	LEFT JOIN scan e ON e.id = ended_scan
	WHERE domain IN (''c.nl'', ''f.se'', ''p.com'') ORDER BY 1',
	$$VALUES ('c.nl' COLLATE "C", 1::bigint, 'dane-no-match', 4,
			NULL::integer, 'open', NULL::numeric, false),
		('f.se', 1, 'cert-expired', 2, 4, 'withdrawn', 7.00, true),
		('p.com', 1, 'cert-expired', 2, 4, 'fixed', 7.00, true)$$,
	'incidents');
SELECT is(string_agg(format('%s %s/%s', figure, value, total), ', '
		ORDER BY position),
	'incidents-opened 4/, incidents-recurring 0/4, incidents-fixed 1/, '
	'incidents-withdrawn 1/, incidents-open 4/', 'figures of incidents')
FROM dane.report_key_figures
WHERE scan_id = pg_temp.scan(4) AND section = 'incidents';

-- The registry's list

SELECT results_eq('SELECT domain, provider, registrar, severity, host, address,
		cause, evidence, first_seen, s.n
	FROM dane.registry_broken(pg_temp.scan(4), ''nl'')
	JOIN scan s ON s.id = first_scan',
	$$VALUES ('c.nl', 'one.net', 'One', 'degraded', 'mx2.one.net', '192.0.2.25',
		'digest-of-earlier-certificate', 'no match',
		'2026-01-04 01:00+00'::timestamptz, 4)$$, 'the broken of a zone');
SELECT is(string_agg(domain || ' ' || remedy, ', '),
	'n.com tlsa-bogus, l.com mx-bogus', 'those without a host too')
FROM dane.registry_broken(pg_temp.scan(4), 'com');

-- Data sets

SELECT results_eq('SELECT total, tlsa_crawled, cert_crawled, secure, insecure,
		bogus, dane_valid, dane_invalid, matching_only_error
	FROM dane.u20_validation WHERE scan_id = pg_temp.scan(4)',
	$$VALUES (8::bigint, 5::bigint, 3::bigint, 5::bigint, 0::bigint, 1::bigint,
		2::bigint, 1::bigint, 1::bigint)$$, 'dane-validation-stat');
SELECT results_eq('SELECT unit, no_data, usage3, mismatch FROM dane.u20_incorrect
	WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('domains', NULL::numeric, 0::numeric, 2::numeric),
		('hosts', NULL, 0, 1), ('records', 1, 0, 1)$$, 'check-incorrect');
SELECT results_eq('SELECT unreachable, starttls, tls, judged FROM dane.u20_starttls
	WHERE scan_id = pg_temp.scan(4)',
	'VALUES (1::numeric, 0::numeric, 0::numeric, 3::bigint)', 'STARTTLS');
SELECT results_eq('SELECT tld, domains_with_mx, domains_with_tlsa, tlsa_share,
		incorrect, measured_with_tlsa FROM dane.u20_tlds
	WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('com' COLLATE "C", 4::bigint, 3::bigint, 1.000000, 0::bigint,
			2::bigint), ('nl', 3, 3, 1.000000, 1, 3),
		('se', 5, 2, 0.400000, 1, 2)$$, 'by top-level domain');
SELECT results_eq('SELECT from_rank, domains_with_mx, domains_with_tlsa
	FROM dane.u20_ranks WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	'VALUES (1::bigint, 2::bigint, 2::bigint), (10001, 1, 1)', 'by rank');
SELECT results_eq('SELECT total, no_cert, no_tlsa, invalid, dnssec, bogus, unmatch,
		ever_matched, unknown FROM dane.u22_tlsa
	WHERE scan_id = pg_temp.scan(4)',
	$$VALUES (6::bigint, 2::bigint, 1::bigint, 2::bigint, 1::bigint, 1::bigint,
		1::bigint, 1::bigint, 0::bigint)$$, 'case-tlsa-stat');
SELECT results_eq('SELECT issuer, hosts, total FROM dane.u22_issuers
	WHERE scan_id = pg_temp.scan(4) ORDER BY 1',
	$$VALUES ('Let''s Encrypt R11' COLLATE "C", 2::bigint, 3::bigint),
		('Own', 1, 3)$$, 'cert-pki-cn-stat');

-- A scan without DANE, and of another series: no share of nothing.

SELECT is(string_agg(format('%s %s/%s', figure, value, total), ', '
		ORDER BY position),
	'signed 0/1, domains 1/, measured 1/1, indeterminate 0/1, no-dnssec 1/1, '
	'half-dane 0/1, no-mail 0/1, zones-with-tlsa 0/, hosts-with-tlsa 0/1, '
	'certificates 0/, hosts 1/, hosts-ipv6 0/1, addresses 1/, '
	'incidents-opened 0/, incidents-fixed 0/, incidents-withdrawn 0/, '
	'incidents-open 0/', 'no figure of what is not there')
FROM dane.report_key_figures WHERE scan_id = pg_temp.scan(3);
SELECT ok(bool_and(previous_value IS NULL AND year_value IS NULL),
	'and nothing to compare with')
FROM dane.report_key_figures WHERE scan_id = pg_temp.scan(3);
SELECT ok(correct_share IS NULL AND broken_share IS NULL, 'a share is NULL')
FROM dane.report_populations
WHERE scan_id = pg_temp.scan(3) AND dimension = 'all';
SELECT is(count(*), 0::bigint, 'and there is no row')
FROM dane.tally WHERE scan_id = pg_temp.scan(3) AND name IN ('tlsa_parameters',
	'tls', 'pkix', 'issuers', 'mta_sts', 'concentration')
	AND keys[1] IS DISTINCT FROM 'mail';

SELECT is(string_agg(figure, ' ' ORDER BY position), 'signed domains measured '
	'indeterminate tlsa-all tlsa-some tlsa-none tlsa-unknown no-dnssec no-mail '
	'zones-with-tlsa hosts-with-tlsa certificates partial-tlsa hosts hosts-ipv6 '
	'addresses incidents-opened incidents-fixed incidents-withdrawn '
	'incidents-open', 'without probes nothing is said of servers')
FROM dane.report_key_figures WHERE scan_id = pg_temp.scan(5);

-- Nothing is forgotten

SELECT is_empty($$SELECT key FROM dane.figure WHERE name = 'key'
	EXCEPT SELECT figure FROM dane.key_figure_list()$$,
	'each figure has a meaning');
SELECT is_empty($$SELECT relname FROM pg_class
	WHERE relnamespace = 'dane'::regnamespace AND relkind = 'v'
		AND relname ~ '^(report_|u2[02]_)'
		AND obj_description(oid, 'pg_class') IS NULL$$,
	'each view has a comment');
\set docs `cat docs/statistics.md`
SELECT isnt_empty(format('SELECT regexp_matches(%L, %L)', :'docs', '`report_'),
	'there are docs of the figures');
SELECT is_empty(format($$SELECT m[1] FROM regexp_matches(%L,
		'`((?:report_|u20_|u22_)[a-z0-9_]+)', 'g') m
	WHERE to_regclass('dane.' || m[1]) IS NULL$$, :'docs'),
	'and what they name is there');

-- What was published stays

CREATE FUNCTION pg_temp.published() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v regclass;
	rows text;
	everything text := '';
BEGIN
	FOR v IN SELECT oid FROM pg_class
			WHERE relnamespace = 'dane'::regnamespace AND relkind = 'v'
				AND relname ~ '^(report_|u2[02]_)'
				AND relname <> 'report_scans' ORDER BY relname LOOP
		EXECUTE format('SELECT string_agg(x::text, E''\n'' ORDER BY x::text) '
			'FROM %s x', v) INTO rows;
		everything := everything || v || E'\n' || coalesce(rows, '');
	END LOOP;
	RETURN everything;
END $$;
CREATE TEMP TABLE before AS SELECT pg_temp.published() AS text;
SELECT is(dane.scan_retain(0), 5, 'the observations go');
SELECT is(pg_temp.published(), text, 'all figures stay') FROM before;
SELECT throws_ok('DELETE FROM dane.tally', '55000', NULL, 'nothing is deleted');
SELECT throws_ok('UPDATE dane.population SET domains = 0', '55000', NULL,
	'nothing is changed');
SELECT is(pg_temp.published() <> '', dane.scan_drop(pg_temp.scan(3)) IS NOT NULL,
	'a scan can be dropped');
SELECT is(count(*), 0::bigint, 'and its figures with it')
FROM dane.tally WHERE scan_id = pg_temp.scan(3);

-- One table of retired issuers

\set retired `sed -n '/^RETIRED(/,/);*$/p' scanner/core/retired_keys.def | tr -d '\n'`
SELECT set_eq($$SELECT name, encode(spki_sha256, 'hex'), since::text
	FROM dane.retired_issuer$$,
	format('SELECT m[1] AS a, m[2] AS b, m[3] AS c FROM regexp_matches(%L, %L, ''g'') m',
		:'retired', 'RETIRED\("([^"]*)",\s*"([0-9a-f]{64})",\s*"([0-9-]*)"\)'),
	'as the hint has them');

SELECT * FROM finish();
ROLLBACK;
