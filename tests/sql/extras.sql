-- What further look-ups found: the columns that readers rely on.

BEGIN;
SELECT plan(8);

CREATE TEMP TABLE id AS SELECT dane.scan_begin('extras', '{}', now()) AS a;

INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, mx_status,
	mx_trust, implicit, extras)
SELECT a, n, now(), name, 'com', 'valid', 'data', 'secure', false, extras::json
FROM id, (VALUES
	(1, 'all.com', '{"mta_sts": {"status": "data", "trust": "secure",
			"state": "present", "id": "1"},
		"tlsrpt": {"status": "nodata", "trust": "secure",
			"state": "absent", "rua": null},
		"ns": {"status": "data", "trust": "secure", "zone": "all.com",
			"servers": ["ns1.net", "ns2.net"], "operator": "ns.net"},
		"ds": {"zone": "all.com",
			"ds": {"status": "data", "trust": "secure", "records": [
				{"tag": 2, "algorithm": 13, "digest_type": 2},
				{"tag": 2, "algorithm": 13, "digest_type": 1},
				{"tag": 1, "algorithm": 8, "digest_type": 2}]},
			"dnskey": {"status": "data", "trust": "secure",
				"records": [{"tag": 2, "flags": 257,
					"algorithm": 13}]},
			"nsec3": {"iterations": 5, "salt_length": 8,
				"opt_out": true}}}'),
	(2, 'one.com', '{"mta_sts": null, "tlsrpt": null, "ns": null,
		"ds": {"zone": "com",
			"ds": {"status": "nodata", "trust": "secure",
				"records": []},
			"dnskey": {"status": "skipped", "trust": "none",
				"records": []}, "nsec3": null}}'),
	(3, 'none.com', NULL)
) d(n, name, extras);

SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum)
	FROM pg_attribute
	WHERE attrelid = 'dane.domain_extras'::regclass AND attnum > 0),
	'scan_id, domain, tld, zone, '
	'mta_sts_status, mta_sts_trust, mta_sts, mta_sts_id, '
	'tlsrpt_status, tlsrpt_trust, tlsrpt, tlsrpt_rua, '
	'ns_status, ns_trust, ns, ns_operator, '
	'ds_status, ds_trust, ds_algorithms, ds_digest_types, ds_tags, '
	'dnskey_status, dnskey_trust, dnskey_algorithms, '
	'nsec3_iterations, nsec3_salt_length, nsec3_opt_out',
	'columns of dane.domain_extras');
SELECT results_eq(
	'SELECT domain, zone, mta_sts, mta_sts_id, tlsrpt, tlsrpt_rua, ns, '
	'	ns_operator FROM dane.domain_extras, id WHERE scan_id = a '
	'ORDER BY domain',
	$$VALUES ('all.com' COLLATE "C", 'all.com', 'present', '1', 'absent',
			NULL, '{ns1.net,ns2.net}'::text[], 'ns.net'),
		('one.com', 'com', NULL, NULL, NULL, NULL, NULL, NULL)$$,
	'a row for each domain with something; NULL where nothing was asked for');
SELECT results_eq(
	'SELECT ds_algorithms, ds_digest_types, ds_tags, dnskey_algorithms, '
	'	nsec3_iterations, nsec3_salt_length, nsec3_opt_out '
	'FROM dane.domain_extras, id WHERE scan_id = a ORDER BY domain',
	$$VALUES ('{8,13}'::integer[], '{1,2}'::integer[], '{1,2}'::integer[],
			'{13}'::integer[], 5, 8, true),
		('{}', '{}', '{}', '{}', NULL, NULL, NULL)$$,
	'each number once; an empty list where there is no DS');
SELECT is((SELECT record -> 'extras' #>> '{ns,operator}'
	FROM dane.records, id WHERE scan_id = a AND domain = 'all.com'),
	'ns.net', 'a record has its extras');
SELECT is((SELECT json_typeof(record -> 'extras')
	FROM dane.records, id WHERE scan_id = a AND domain = 'none.com'),
	'null', 'or null');

-- Hosts, one of them examined twice.

INSERT INTO dane.host_obs (scan_id, run, host, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust, extras)
SELECT a, run, host, 'valid', 'data', 'secure', 'nodata', 'secure', 'usable',
	'data', 'secure', extras::json
FROM id, (VALUES
	(1, 'mx1', NULL),
	(2, 'mx1', '{"denial": {"parent": {"status": "nodata",
				"trust": "secure"},
			"owner": {"status": "nodata", "trust": "bogus"},
			"servers": [{"outcome": "timeout"},
				{"outcome": "nxdomain"},
				{"outcome": "timeout"}]},
		"ports": null}'),
	(1, 'mx2', '{"denial": null, "ports": [
		{"port": 465, "status": "data", "trust": "secure"},
		{"port": 587, "status": "data", "trust": "insecure"}]}'),
	(1, 'mx3', NULL)
) h(run, host, extras);

SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum)
	FROM pg_attribute
	WHERE attrelid = 'dane.host_extras'::regclass AND attnum > 0),
	'scan_id, host, provider, parent_status, parent_trust, owner_status, '
	'owner_trust, server_outcomes, tlsa_ports',
	'columns of dane.host_extras');
SELECT results_eq(
	'SELECT host, parent_status, owner_trust, server_outcomes, tlsa_ports '
	'FROM dane.host_extras, id WHERE scan_id = a ORDER BY host',
	$$VALUES ('mx1' COLLATE "C", 'nodata', 'bogus',
			'{nxdomain,timeout}'::text[], NULL::integer[]),
		('mx2', NULL, NULL, NULL, '{465}')$$,
	'hosts as they were examined last');
SELECT is((SELECT count(*) FROM dane.domain_extras WHERE scan_id = 0), 0::bigint,
	'nothing of another scan');

SELECT * FROM finish();
ROLLBACK;
