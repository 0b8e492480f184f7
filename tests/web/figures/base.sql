-- What the site must say of a scan, from the raw observations alone: none of the
-- views and functions that the site is made with is used here.
--
-- These are the tables that the queries of the other files count. Each query has the
-- name of a data set, the columns that tell its rows apart, those of the file that
-- are no figures, and the order of the rows. :scan is the number of the scan.

CREATE TEMP TABLE this AS SELECT * FROM dane.scan WHERE scan_id = :scan;

-- All scans are of one series.
CREATE TEMP TABLE before AS
SELECT * FROM dane.scan WHERE scan_id < :scan ORDER BY scan_id DESC LIMIT 1;

CREATE FUNCTION pg_temp.utc(at timestamptz) RETURNS text LANGUAGE sql RETURN
	to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

CREATE TEMP TABLE dom AS
SELECT o.* FROM dane.domain_obs o JOIN this USING (scan_id);

-- Of this scan and those before what makes the history of a domain.
CREATE TEMP TABLE past AS
SELECT scan_id, domain, class, reason, time FROM dane.domain_obs
WHERE scan_id <= :scan;
CREATE INDEX ON past (domain);
CREATE INDEX ON dom (domain);

CREATE TEMP TABLE host AS
SELECT DISTINCT ON (o.host) o.*,
	o.tlsa_state = 'usable' OR o.tlsa_state = 'unusable' AS tlsa
FROM dane.host_obs o JOIN this USING (scan_id)
ORDER BY o.host, o.run DESC;

CREATE INDEX ON host (host);
CREATE INDEX ON host (provider);

CREATE TEMP TABLE addr AS
SELECT e.*, h.tlsa, h.class AS host_class
FROM dane.endpoint_obs e JOIN host h USING (scan_id, host, run);

CREATE TEMP TABLE rec AS
SELECT t.*, coalesce(t.hint, t.history_hint) AS cause, h.class AS host_class,
	h.reason AS host_reason
FROM dane.tlsa_obs t JOIN host h USING (scan_id, host, run) WHERE h.tlsa;
CREATE INDEX ON rec (host);
CREATE INDEX ON addr (host);

-- A domain's exchanges as it was judged on them.
CREATE TEMP TABLE link AS
SELECT DISTINCT m.domain, m.host, m.preference, m.class, h.provider, h.tlsa_state,
	h.tlsa AND m.class <> 'noaddr' AS tlsa,
	m.class <> 'noaddr' AND h.tlsa_state = 'usable' AS usable
FROM dane.mx_obs m JOIN this USING (scan_id) JOIN host h ON h.host = m.host;
CREATE INDEX ON link (domain);
CREATE INDEX ON link (host);
ANALYZE dom, past, host, addr, rec, link;

-- Who has to be told of a broken host: each address that fails, as the domain has it.
CREATE TEMP TABLE failing AS
SELECT m.domain, m.host, m.reason AS host_reason, f.address, f.reason, f.detail
FROM dane.mx_obs m JOIN this USING (scan_id) LEFT JOIN LATERAL (
	SELECT address, reason, detail FROM dane.endpoint_obs e
	WHERE m.view IS NULL AND e.class = 'fail'
		AND (e.scan_id, e.host, e.run) = (m.scan_id, m.host, m.run)
	UNION ALL
	SELECT v ->> 'address', v ->> 'reason', v ->> 'detail'
	FROM json_array_elements(m.view -> 'endpoints') v WHERE v ->> 'class' = 'fail'
) f ON true
WHERE m.class = 'broken';

CREATE TEMP TABLE named AS
SELECT host, count(DISTINCT domain) AS domains FROM link GROUP BY host;

CREATE FUNCTION pg_temp.is_dns(reason text) RETURNS boolean LANGUAGE sql RETURN
	coalesce(reason LIKE '%-bogus' OR split_part(reason, '-', 1) IN ('mx', 'addr', 'tlsa')
		AND split_part(reason, '-', 2) IN ('servfail', 'timeout', 'refused',
			'notimp', 'formerr'), false);

CREATE TEMP TABLE prop AS
SELECT s.*, class = 'indeterminate' AS indeterminate, class = 'no-mail' AS no_mail,
	signed AND class <> 'indeterminate' AS signed_measured,
	takes_mail AND NOT signed AS no_dnssec,
	takes_mail AND NOT signed AND half IN ('some', 'all', 'broken') AS half_dane,
	signed AND n_tlsa > 0 AND n_tlsa = n_counted AS tlsa_all,
	signed AND n_tlsa > 0 AND n_without > 0 AS tlsa_some,
	signed AND n_links > 0 AND n_tlsa = 0 AND n_without >= n_counted AS tlsa_none,
	signed AND n_tlsa + n_without < n_counted AND NOT (n_tlsa > 0 AND n_without > 0)
		AS tlsa_unknown,
	signed AND n_tlsa > 0 AND (n_tlsa = n_counted OR n_without > 0) AS published,
	class = 'valid' AS valid, class = 'partial' AS partial,
	class = 'unusable' AS unusable_class, class = 'no-tlsa' AS no_tlsa,
	class = 'broken' AS broken,
	signed AND n_best_good > 0 AND n_best_bad = 0 AS correct
FROM (
	SELECT d.domain, d.tld, d.class, d.reason, d.severity, d.tags, d.mx_algorithm,
		d.extras, d.half_dane AS half, d.mx_trust = 'bogus' AS mx_bogus,
		d.mx_trust = 'bogus' OR d.mx_status IN ('data', 'nodata') AS exist,
		d.mx_trust <> 'bogus' AND d.mx_status IN ('data', 'nodata')
			AND d.class <> 'no-mail' AS takes_mail,
		d.mx_trust = 'secure' AND d.mx_status IN ('data', 'nodata')
			AND d.class <> 'no-mail' AS signed, l.*
	FROM dom d CROSS JOIN LATERAL (
		SELECT count(*) AS n_links,
			count(*) FILTER (WHERE class <> 'noaddr') AS n_counted,
			count(*) FILTER (WHERE tlsa) AS n_tlsa,
			count(*) FILTER (WHERE class IN ('no-tlsa', 'no-dnssec')
				OR class <> 'noaddr' AND tlsa_state IN ('none-secure',
					'none-insecure', 'insecure')) AS n_without,
			count(*) FILTER (WHERE usable) AS n_usable,
			count(*) FILTER (WHERE usable AND class IN ('valid', 'broken'))
				AS n_reachable,
			count(*) FILTER (WHERE usable AND class = 'broken') AS n_failing,
			count(*) FILTER (WHERE usable AND class = 'valid'
				AND preference = best) AS n_best_good,
			count(*) FILTER (WHERE preference = best AND class NOT IN
				('valid', 'unreachable', 'indeterminate', 'noaddr'))
				AS n_best_bad
		FROM (
			SELECT *, (SELECT min(preference) FROM link b
				WHERE b.domain = d.domain AND b.class <> 'noaddr') AS best
			FROM link k WHERE k.domain = d.domain
		) k
	) l
) s;

-- Groups of domains. A tag without a name is a tag like others.
CREATE TEMP TABLE grp AS
SELECT 'tld' AS dim, NULL::text AS tag, tld COLLATE "C" AS key, domain FROM prop
UNION SELECT 'provider', NULL, provider, domain FROM link WHERE provider IS NOT NULL
UNION SELECT 'operator', NULL, extras #>> '{ns,operator}', domain FROM prop
	WHERE extras #>> '{ns,operator}' IS NOT NULL
UNION SELECT 'tag', t.key, t.value, domain FROM prop, jsonb_each_text(tags - 'rank') t
UNION SELECT 'rank', NULL, format('%s-%s', n - 9999, n), domain FROM (
	SELECT domain, ceil((tags ->> 'rank')::float / 10000)::bigint * 10000 AS n FROM prop
	WHERE tags ? 'rank'
) r
UNION SELECT 'all', NULL, NULL, domain FROM prop;

CREATE TEMP TABLE pop AS
SELECT *, (SELECT pg_temp.utc(started) FROM this) AS started, signed::float / nullif(takes_mail, 0) AS signed_share,
	correct_measured::float / nullif(signed_measured, 0) AS correct_share,
	dane_broken::float / nullif(with_tlsa, 0) AS broken_share,
	CASE WHEN domains > 0 THEN rank() OVER (PARTITION BY dim, tag
		ORDER BY domains DESC) END AS rank,
	CASE WHEN correct > 0 THEN rank() OVER (PARTITION BY dim, tag
		ORDER BY correct DESC) END AS correct_rank,
	CASE WHEN broken > 0 THEN rank() OVER (PARTITION BY dim, tag
		ORDER BY broken DESC) END AS broken_rank,
	CASE dim WHEN 'provider' THEN (SELECT count(*) FROM host h
		WHERE h.provider = p.key) END AS hosts,
	CASE dim WHEN 'provider' THEN (SELECT count(*) FROM host h
		WHERE h.provider = p.key AND tlsa) END AS tlsa_hosts,
	CASE dim WHEN 'provider' THEN (SELECT count(*) FROM host h
		WHERE h.provider = p.key AND h.class = 'valid') END AS valid_hosts,
	CASE dim WHEN 'provider' THEN (SELECT count(*) FROM host h
		WHERE h.provider = p.key AND h.class = 'broken') END AS broken_hosts
FROM (
SELECT dim, tag, key, count(*) AS domains,
	count(*) FILTER (WHERE indeterminate) AS indeterminate,
	count(*) FILTER (WHERE no_mail) AS no_mail,
	count(*) FILTER (WHERE exist) AS exist,
	count(*) FILTER (WHERE takes_mail) AS takes_mail,
	count(*) FILTER (WHERE mx_bogus) AS mx_bogus,
	count(*) FILTER (WHERE signed) AS signed,
	count(*) FILTER (WHERE signed_measured) AS signed_measured,
	count(*) FILTER (WHERE no_dnssec) AS no_dnssec,
	count(*) FILTER (WHERE half_dane) AS half_dane,
	count(*) FILTER (WHERE tlsa_all) AS tlsa_all,
	count(*) FILTER (WHERE tlsa_some) AS tlsa_some,
	count(*) FILTER (WHERE tlsa_none) AS tlsa_none,
	count(*) FILTER (WHERE tlsa_unknown) AS tlsa_unknown,
	count(*) FILTER (WHERE published AND NOT indeterminate) AS with_tlsa,
	count(*) FILTER (WHERE published AND n_usable > 0) AS with_usable,
	count(*) FILTER (WHERE published AND n_reachable > 0) AS reachable,
	count(*) FILTER (WHERE published AND n_reachable > 0 AND n_failing = 0) AS matches,
	count(*) FILTER (WHERE correct) AS correct,
	count(*) FILTER (WHERE correct AND NOT indeterminate) AS correct_measured,
	count(*) FILTER (WHERE valid) AS valid, count(*) FILTER (WHERE partial) AS partial,
	count(*) FILTER (WHERE unusable_class) AS unusable,
	count(*) FILTER (WHERE no_tlsa) AS no_tlsa,
	count(*) FILTER (WHERE broken) AS broken,
	count(*) FILTER (WHERE broken AND severity = 'outage') AS outage,
	count(*) FILTER (WHERE broken AND severity = 'degraded') AS degraded,
	count(*) FILTER (WHERE broken AND pg_temp.is_dns(reason)) AS broken_dns,
	count(*) FILTER (WHERE broken AND published) AS dane_broken
FROM grp JOIN prop USING (domain) GROUP BY dim, tag, key
) p;

-- MTA-STS of the domains that take mail (RFC 8461).
CREATE TEMP TABLE sts AS
SELECT class, CASE
	WHEN status NOT IN ('data', 'nodata', 'nxdomain') THEN 'unknown'
	WHEN state = 'absent' THEN 'none' WHEN state <> 'present' THEN state
	WHEN policy IS NULL THEN 'record' WHEN policy <> 'fetched' THEN 'no-policy'
	WHEN mode = 'none' THEN 'mode-none' ELSE mode END AS policy
FROM (
	SELECT class, x ->> 'status' AS status, x ->> 'state' AS state,
		x #>> '{policy,state}' AS policy, x #>> '{policy,mode}' AS mode
	FROM (SELECT class, extras -> 'mta_sts' AS x FROM dom WHERE class <> 'no-mail') d
) s WHERE state IS NOT NULL;
-- Secure answers by the algorithm of their signatures.
CREATE TEMP VIEW signature AS
SELECT tld, 'MX' AS type, mx_algorithm AS algorithm, 'domains' AS unit,
	count(*) OVER (PARTITION BY tld) AS total
FROM prop WHERE signed AND mx_algorithm IS NOT NULL
UNION ALL
SELECT NULL, 'MX', mx_algorithm, 'domains', count(*) OVER ()
FROM prop WHERE signed AND mx_algorithm IS NOT NULL
UNION ALL
SELECT NULL, 'TLSA', tlsa_algorithm, 'hosts', count(*) OVER ()
FROM host WHERE tlsa AND tlsa_algorithm IS NOT NULL;

-- Organisation and common name of who issued a certificate. No comma is in the
-- names of the tests.
CREATE TEMP TABLE issued AS
SELECT sha256, not_after, (
	SELECT string_agg(substring(part FROM '=(.*)'), ' ' ORDER BY part LIKE 'CN=%')
	FROM unnest(string_to_array(issuer, ',')) part WHERE part ~ '^(O|CN)=') AS issuer
FROM dane.certificate WHERE sha256 IN (SELECT chain[1] FROM addr);

-- Of the registry of the IANA, what the tests have.
CREATE TEMP TABLE mnemonic AS
SELECT * FROM (VALUES (5, 'RSASHA1'), (7, 'RSASHA1-NSEC3-SHA1'), (8, 'RSASHA256'),
	(10, 'RSASHA512'), (13, 'ECDSAP256SHA256'), (14, 'ECDSAP384SHA384'), (15, 'ED25519'),
	(16, 'ED448')) m(number, name);

-- Each time that a domain was broken, up to this scan. What could not be measured
-- says nothing.
CREATE TEMP TABLE spell AS
SELECT o.domain, o.scan_id, o.time, o.reason, e.scan_id AS ended_scan, e.time AS ended,
	e.class IN ('valid', 'partial', 'unusable') AS mended,
	row_number() OVER (PARTITION BY o.domain ORDER BY o.scan_id) AS number
FROM (
	SELECT *, lag(class) OVER (PARTITION BY domain ORDER BY scan_id) AS was
	FROM past WHERE class <> 'indeterminate'
) o
LEFT JOIN LATERAL (
	SELECT * FROM past n
	WHERE n.domain = o.domain AND n.scan_id > o.scan_id
		AND n.class NOT IN ('broken', 'indeterminate')
	ORDER BY n.scan_id LIMIT 1
) e ON true
WHERE o.class = 'broken' AND o.was IS DISTINCT FROM 'broken';

-- What became of domains. The verdict before is the last one that any scan could
-- tell.
CREATE TEMP TABLE exchange AS
SELECT m.scan_id, m.domain, m.host, m.class, m.position, h.provider
FROM dane.mx_obs m JOIN dane.host_obs h USING (scan_id, host, run)
WHERE scan_id = :scan OR scan_id = (SELECT scan_id FROM before);
CREATE INDEX ON exchange (domain);

CREATE TEMP TABLE mail AS
SELECT scan_id, domain, array_agg(DISTINCT host ORDER BY host) AS hosts,
	array_agg(DISTINCT coalesce(provider, host) ORDER BY coalesce(provider, host))
		AS providers
FROM exchange GROUP BY scan_id, domain;

CREATE TEMP TABLE turn AS
SELECT t.*, CASE WHEN class IS NULL THEN 'gone' WHEN old_class IS NULL THEN 'appeared'
	WHEN (old_class, old_reason) IS NOT DISTINCT FROM (class, reason) THEN 'moved'
	WHEN class = 'broken' AND old_class <> 'broken' THEN 'broke'
	WHEN old_class = 'broken' AND class IN ('valid', 'partial', 'unusable') THEN 'fixed'
	WHEN class IN ('no-dnssec', 'no-tlsa', 'no-mail')
		AND old_class IN ('valid', 'partial', 'unusable', 'broken') THEN 'gone'
	WHEN old_class IN ('no-dnssec', 'no-tlsa', 'no-mail')
		AND class IN ('valid', 'partial', 'unusable') THEN 'appeared'
	ELSE 'other' END AS change
FROM (
	SELECT coalesce(n.domain, w.domain) AS domain, n.class, n.reason,
		w.class AS old_class, w.reason AS old_reason,
		CASE WHEN a.hosts = b.hosts THEN NULL WHEN a.providers = b.providers
			THEN 'mx-changed' WHEN a.hosts IS NOT NULL AND b.hosts IS NOT NULL
			THEN 'mx-moved' END AS mx
	FROM (SELECT * FROM dom WHERE class <> 'indeterminate') n
	FULL JOIN (
		SELECT DISTINCT ON (domain) domain, class, reason FROM past
		WHERE scan_id < :scan AND class <> 'indeterminate'
		ORDER BY domain, scan_id DESC
	) w USING (domain)
	LEFT JOIN mail a ON a.scan_id = :scan AND a.domain = n.domain
	LEFT JOIN mail b ON b.scan_id < :scan AND b.domain = n.domain
	WHERE EXISTS (SELECT FROM before) AND (n.domain IS NOT NULL
		OR w.domain NOT IN (SELECT domain FROM dom)
			AND w.domain IN (SELECT domain FROM past JOIN before USING (scan_id)))
) t
WHERE (class, reason) IS DISTINCT FROM (old_class, old_reason) OR mx = 'mx-moved';

-- Hosts as each scan saw them: their records, and whose certificates they showed.
CREATE TEMP TABLE glimpse AS
SELECT h.scan_id, h.host, h.provider, h.class, h.reason, r.records, c.leaves, c.others,
	coalesce(c.whole, false) AS whole
FROM (
	SELECT DISTINCT ON (scan_id, host) * FROM dane.host_obs WHERE scan_id <= :scan
	ORDER BY scan_id, host, run DESC
) h
LEFT JOIN LATERAL (
	SELECT array_agg(DISTINCT concat_ws(' ', usage, selector, mtype, data)) AS records
	FROM dane.tlsa_obs t
	WHERE (t.scan_id, t.host, t.run) = (h.scan_id, h.host, h.run)
) r ON true
LEFT JOIN LATERAL (
	SELECT array_agg(x) FILTER (WHERE first) AS leaves,
		array_agg(x) FILTER (WHERE NOT first) AS others,
		bool_and(chain IS NOT NULL) AS whole
	FROM dane.endpoint_obs e LEFT JOIN LATERAL (
		SELECT x, n = 1 AS first FROM unnest(chain) WITH ORDINALITY u(x, n)
		UNION ALL
		SELECT x, n = 1 FROM unnest(other_chain) WITH ORDINALITY u(x, n)
		WHERE NOT coalesce(flags && '{sni-fatal,sni-other}', false)
	) u ON true
	WHERE (e.scan_id, e.host, e.run) = (h.scan_id, h.host, h.run)
) c ON true
WHERE class NOT IN ('indeterminate', 'unreachable');
CREATE INDEX ON glimpse (host);

CREATE TEMP TABLE change AS
SELECT t.domain, change, m.provider, coalesce(CASE
	WHEN t.class IS NULL THEN 'not-in-scan' WHEN old_class IS NULL THEN 'first-seen'
	WHEN change = 'moved' THEN NULL
	WHEN t.class = 'no-mail' AND old_class <> 'no-mail' THEN 'mail-ended'
	WHEN old_class = 'no-mail' AND t.class <> 'no-mail' THEN 'mail-began'
	WHEN t.class = 'no-dnssec' AND old_class <> 'no-dnssec' THEN 'ds-lost'
	WHEN old_class = 'no-dnssec' AND t.class <> 'no-dnssec' THEN 'ds-gained'
	WHEN t.reason IS NOT DISTINCT FROM old_reason THEN NULL
	WHEN t.reason LIKE '%-bogus' THEN 'dnssec-broken'
	WHEN old_reason LIKE '%-bogus' THEN 'dnssec-repaired'
	WHEN pg_temp.is_dns(t.reason) THEN 'dns-broken'
	WHEN pg_temp.is_dns(old_reason) THEN 'dns-repaired' END, mx, m.cause, 'unknown') AS cause
FROM turn t LEFT JOIN LATERAL (
	SELECT n.provider, told.cause
	FROM (
		SELECT *, max(scan_id) OVER () AS newest FROM exchange m
		WHERE m.domain = t.domain AND (scan_id < :scan OR t.class IS NOT NULL)
	) m
	LEFT JOIN LATERAL (SELECT * FROM glimpse g WHERE g.host = m.host
		ORDER BY scan_id DESC LIMIT 1) n ON true
	LEFT JOIN LATERAL (SELECT * FROM glimpse g WHERE g.host = m.host
		AND g.scan_id < :scan ORDER BY scan_id DESC LIMIT 1) o ON true
	CROSS JOIN LATERAL (SELECT o.leaves <> '{}' AND n.leaves <> '{}' AND NOT (
		n.leaves <@ o.leaves AND n.others <@ o.others AND (NOT n.whole
			OR o.leaves <@ n.leaves AND o.others <@ n.others)) AS certificate) x
	CROSS JOIN LATERAL (SELECT CASE
		WHEN o.records IS DISTINCT FROM n.records THEN CASE
			WHEN certificate AND o.records <> '{}' AND n.records <> '{}'
				THEN 'records-and-certificate-changed'
			ELSE CASE WHEN '.' || t.domain LIKE '%.' || n.provider THEN ''
				ELSE 'provider-' END || CASE WHEN o.records IS NULL
				THEN 'records-published' WHEN n.records IS NULL
				THEN 'records-withdrawn' ELSE 'records-changed' END END
		WHEN certificate THEN 'certificate-changed'
		WHEN (o.class, o.reason) IS DISTINCT FROM (n.class, n.reason)
			THEN 'server-changed' END AS cause) told
	WHERE m.scan_id = newest
	ORDER BY mx IS NOT NULL AND m.host IN (SELECT host FROM exchange b
			WHERE b.scan_id < :scan AND b.domain = t.domain),
		told.cause IS NULL, m.class <> 'broken', m.position
	LIMIT 1
) m ON true;
