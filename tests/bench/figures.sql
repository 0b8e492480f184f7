-- The observations of scan :id, the :n-th, of :domains domains; for figures.sh.

BEGIN;

CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT i, p, 'd' || i || (ARRAY['.nl', '.se', '.com', '.de', '.org'])[1 + i % 5]
		AS domain,
	i % 10 = 0 AS signed,
	p < 20000 AND abs(hashtext('t' || p)) % 100 < 18 AS dane,
	abs(hashtext('b' || p)) % 100 = :n AS broken
FROM (
	SELECT i, floor(exp(ln(:domains * 0.13)
		* (hashtext('u' || i)::bigint + 2147483648) / 4294967296.0))::integer
		AS p
	FROM generate_series(1, :domains) i
) d;

INSERT INTO dane.domain_row (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, mx_algorithm, implicit, tags, extras)
SELECT :id, i, now(), domain, split_part(domain, '.', 2),
	dane.code_of(CASE WHEN i % 97 = 0 THEN 'indeterminate'
		WHEN NOT signed THEN 'no-dnssec' WHEN NOT dane THEN 'no-tlsa'
		WHEN broken THEN 'broken' ELSE 'valid' END),
	dane.code_of(CASE WHEN i % 97 = 0 THEN 'mx-timeout'
		WHEN NOT signed THEN 'mx-insecure' WHEN NOT dane THEN 'tlsa-none'
		WHEN broken THEN 'dane-no-match' END),
	dane.code_of(CASE WHEN i % 97 <> 0 AND signed AND dane AND broken
		THEN 'outage' END),
	dane.code_of(CASE WHEN i % 97 = 0 THEN 'timeout' ELSE 'data' END),
	dane.code_of(CASE WHEN i % 97 = 0 THEN 'none' WHEN signed THEN 'secure'
		ELSE 'insecure' END),
	CASE WHEN signed THEN (ARRAY[13, 8])[1 + i % 2] END, false,
	jsonb_build_object('registrar', 'registrar ' || i % 50, 'rank', i),
	CASE WHEN :extras = 1 THEN format('{"mta_sts": {"status": "nodata", '
		'"trust": "insecure", "why": null, "state": "absent", "id": null, '
		'"policy": null}, "tlsrpt": null, "ns": {"status": "data", '
		'"trust": "secure", "why": null, "zone": "%1$s", "servers": '
		'["ns1.o%2$s.net", "ns2.o%2$s.net"], "operator": "o%2$s.net"}, '
		'"ds": {"zone": "%1$s", "ds": {"status": "data", "trust": "secure", '
		'"why": null, "records": [{"tag": 2, "algorithm": 13, '
		'"digest_type": 2}]}, "dnskey": {"status": "data", "trust": '
		'"secure", "why": null, "records": [{"tag": 2, "flags": 257, '
		'"algorithm": 13}]}, "nsec3": {"iterations": %3$s, "salt_length": 8, '
		'"opt_out": false}}}', domain, p % 5000, i % 20)::json END
FROM made;

INSERT INTO dane.mx_row (scan_id, domain, position, preference, host, run, class,
	reason)
SELECT :id, domain, m, 10 * m, format('mx%s.p%s.net', m, p), 1,
	dane.code_of(CASE WHEN NOT dane THEN 'no-dnssec' WHEN broken THEN 'broken'
		ELSE 'valid' END),
	dane.code_of(CASE WHEN NOT dane THEN 'addr-insecure' WHEN broken
		THEN 'dane-no-match' END)
FROM made, generate_series(1, 2) m
WHERE i % 97 <> 0;

CREATE TEMP TABLE host ON COMMIT DROP AS
SELECT format('mx%s.p%s.net', m, p) AS host, p, m, dane, broken
FROM (
	SELECT p, abs(hashtext('b' || p)) % 100 = :n AS broken, p < 20000
		AND abs(hashtext('t' || p)) % 100 < 18 AS dane
	FROM generate_series(1, (:domains * 0.13)::integer) p
) h, generate_series(1, 2) m;

INSERT INTO dane.host_row (scan_id, run, host, provider, class, reason, a_status,
	a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust,
	tlsa_ttl)
SELECT :id, 1, host, format('p%s.net', p),
	dane.code_of(CASE WHEN NOT dane THEN 'no-dnssec' WHEN broken THEN 'broken'
		ELSE 'valid' END),
	dane.code_of(CASE WHEN NOT dane THEN 'addr-insecure' WHEN broken
		THEN 'dane-no-match' END),
	dane.code_of('data'), dane.code_of(CASE WHEN dane THEN 'secure'
		ELSE 'insecure' END), dane.code_of('data'), dane.code_of('secure'),
	dane.code_of(CASE WHEN dane THEN 'usable' ELSE 'skipped' END),
	dane.code_of(CASE WHEN dane THEN 'data' ELSE 'skipped' END),
	dane.code_of(CASE WHEN dane THEN 'secure' ELSE 'none' END), 3600
FROM host;

INSERT INTO dane.certificate (sha256, spki_sha256, der, subject, issuer,
	not_before, not_after, key)
SELECT sha256(format('%s %s', host, :n)::bytea), sha256(host::bytea),
	host::bytea, '', format('C=US,O=Issuers %s,CN=R%s', p % 9, p % 20),
	now() - interval '10 days', now() + p % 100 * interval '1 day', 'EC-256'
FROM host WHERE dane
ON CONFLICT DO NOTHING;

INSERT INTO dane.endpoint_row (scan_id, run, host, position, address, port,
	class, reason, tls_version, cipher, tls_group, tls_key, chain, match_usage,
	pkix_error, pkix_reason)
SELECT :id, 1, host, a, '192.0.2.' || a, 25,
	dane.code_of(CASE WHEN broken THEN 'fail' ELSE 'ok' END),
	dane.code_of(CASE WHEN broken THEN 'dane-no-match' END), 'TLSv1.3',
	'TLS_AES_256_GCM_SHA384', 'X25519', 'EC-256',
	ARRAY[sha256(format('%s %s', host, :n)::bytea)],
	CASE WHEN NOT broken THEN 3 END, p % 2,
	dane.code_of(CASE p % 2 WHEN 1 THEN 'expired' END)
FROM host, generate_series(1, 2) a WHERE dane;

INSERT INTO dane.tlsa_row (scan_id, run, host, position, usage, selector, mtype,
	data, usable, match)
SELECT :id, 1, host, a, 3, 1, 1, sha256((host || a)::bytea), true,
	a = 1 AND NOT broken
FROM host, generate_series(1, 2) a WHERE dane;
COMMIT;
