-- The observations of scan :id, the :n-th, of :domains domains in :tlds top-level
-- domains, with registrars and :groups values of each of two other tags; for
-- figures.sh and site.sh. :extras 1: as with --extras mta-sts,ns,ds. :crowd 1: far
-- more is broken than anywhere: half of a top-level domain with a fifth of all
-- domains, all of the largest provider, and one domain in eight of the others.

-- From 0 to 1, by a name.
CREATE FUNCTION pg_temp.part(name text) RETURNS float LANGUAGE sql IMMUTABLE RETURN
	(hashtext(name)::bigint + 2147483648) / 4294967296.0;

CREATE FUNCTION pg_temp.groups(i bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN
	CASE WHEN :groups > 0 THEN jsonb_build_object('sector', 'sector ' || i % :groups,
		'plan', 'plan ' || i / 7 % :groups) ELSE '{}' END;

BEGIN;

CREATE TEMP TABLE this ON COMMIT DROP AS
SELECT scan_id, started FROM dane.scan WHERE scan_id = :id;

CREATE TEMP TABLE provider ON COMMIT DROP AS
SELECT p, p = 1 AND :crowd = 1 OR p < 20000 AND t < 18 OR :crowd = 1 AND t < 80 AS dane,
	p = 1 AND :crowd = 1 OR b = :n OR :crowd = 1 AND b >= :n AND b < 64 + :n
		AS broken
FROM (
	SELECT p, abs(hashtext('b' || p)) % 100 AS b, abs(hashtext('t' || p)) % 100 AS t
	FROM generate_series(1, (:domains * 0.13)::integer) p
) h;

CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT *, i % 10 = 0 OR :crowd = 1 AND (p = 1 OR t = 0 OR i % 4 = 0) AS signed,
	'd' || i || '.' || tld AS domain
FROM (
	SELECT *, coalesce((ARRAY['nl', 'se', 'com', 'de', 'org'])[t + 1], 't' || t) AS tld
	FROM (
		SELECT i, CASE WHEN :tlds <= 5 THEN i % :tlds WHEN i / 10 % 5 = 0 THEN 0
				ELSE floor(exp(ln(:tlds) * pg_temp.part('v' || i)))::integer END AS t,
			floor(exp(ln(:domains * 0.13) * pg_temp.part('u' || i)))::integer AS p
		FROM generate_series(1, :domains) i
	) d
) d JOIN provider USING (p);

INSERT INTO dane.domain_row (scan_id, line, time, domain, tld, class, reason,
	severity, mx_status, mx_trust, mx_algorithm, implicit, tags, extras)
SELECT scan_id, i, started, domain, tld,
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
	jsonb_build_object('registrar', 'registrar ' || i % 50, 'rank', i) || pg_temp.groups(i),
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
FROM made, this;

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
SELECT format('mx%s.p%s.net', m, p) AS host, p, dane, broken, p % 7 = 0 AS dual
FROM provider, generate_series(1, 2) m;

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
SELECT sha256(format('%s %s%s', host, :n, k)::bytea), sha256((host || k)::bytea),
	(host || k)::bytea, '', format('C=US,O=Issuers %s,CN=R%s', p % 9, p % 20),
	started - interval '10 days', started + interval '1 hour' + (p % 100 - 5) * interval '1 day',
	CASE k WHEN '' THEN 'EC-256' ELSE 'RSA-2048' END
FROM host, this, unnest(ARRAY['', ' rsa']) k WHERE dane AND (k = '' OR dual)
ON CONFLICT DO NOTHING;

INSERT INTO dane.endpoint_row (scan_id, run, host, position, address, port,
	class, reason, tls_version, cipher, tls_group, tls_key, chain,
	other_version, other_cipher, other_group, other_key, other_chain,
	match_usage, pkix_error, pkix_reason)
SELECT :id, 1, host, a, '192.0.2.' || a, 25,
	dane.code_of(CASE WHEN broken THEN 'fail' ELSE 'ok' END),
	dane.code_of(CASE WHEN broken THEN 'dane-no-match' END), 'TLSv1.3',
	'TLS_AES_256_GCM_SHA384', 'X25519', 'EC-256',
	ARRAY[sha256(format('%s %s', host, :n)::bytea)], o.version, o.cipher, o.part,
	o.key, o.chain, CASE WHEN NOT broken THEN 3 END, p % 2,
	dane.code_of(CASE p % 2 WHEN 1 THEN 'expired' END)
FROM host CROSS JOIN generate_series(1, 2) a LEFT JOIN LATERAL (
	SELECT 'TLSv1.2' AS version, 'ECDHE-RSA-AES256-GCM-SHA384' AS cipher,
		'X25519' AS part, 'RSA-2048' AS key,
		ARRAY[sha256(format('%s %s rsa', host, :n)::bytea)] AS chain
) o ON dual
WHERE dane;

INSERT INTO dane.tlsa_row (scan_id, run, host, position, usage, selector, mtype,
	data, usable, match, hint)
SELECT :id, 1, host, a, 3, 1, 1, sha256((host || a)::bytea), true,
	a = 1 AND NOT broken, dane.code_of(CASE WHEN a = 1 AND broken AND dual
		THEN 'only-one-key-type' END)
FROM host, generate_series(1, 2) a WHERE dane
UNION ALL
SELECT :id, 1, host, 3, 2, 1, 1, retired.spki_sha256, true, false,
	dane.code_of('retired-ca')
FROM host, (SELECT spki_sha256 FROM dane.retired_issuer ORDER BY name LIMIT 1) retired
WHERE dane AND p % 11 = 0;
COMMIT;
