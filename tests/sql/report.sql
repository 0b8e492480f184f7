-- The published figures, over the scans of rows/report.sql, whose counts are
-- known.

BEGIN;
SELECT plan(74);
\ir rows/report.sql

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
		AND c.key !~ ''rank''
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
	$$VALUES ('com' COLLATE "C", 8::bigint, 4::bigint, 1::bigint, round(1.0 / 3, 12),
			2::bigint, 1::bigint, 2::bigint, NULL::bigint),
		('nl', 3, 3, 3, 1.000000, 1, 3, 3, 1),
		('se', 5, 3, 1, round(1.0 / 3, 12), 1, 2, 3, 1)$$, 'top-level domains');
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
			round(1.0 / 6, 12), 0), (2, 3, 0, 1, 0, 2, round(1.0 / 6, 12), 1),
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
		'digest-of-earlier-certificate', 'no match; published: 3 1 1 '
			|| encode(sha256('key mx2-old'), 'hex')
			|| '; the server''s key: 3 1 1 '
			|| encode(sha256('key mx2-new'), 'hex'),
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
		('se', 5, 2, 0.4, 1, 2)$$, 'by top-level domain');
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
