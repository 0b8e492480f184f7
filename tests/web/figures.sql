-- What the site must say of a scan, from the raw observations alone: none of the
-- views and functions that the site is made with is used here.
--
-- After the tables of the first part, each query has the name of a data set, the
-- columns that tell its rows apart, those of the file that are no figures, and the
-- order of the rows. :scan is the number of the scan.

CREATE TEMP TABLE this AS SELECT * FROM dane.scan WHERE scan_id = :scan;

CREATE TEMP TABLE dom AS
SELECT o.* FROM dane.domain_obs o JOIN this USING (scan_id);

CREATE TEMP TABLE host AS
SELECT DISTINCT ON (o.host) o.*,
	o.tlsa_state = 'usable' OR o.tlsa_state = 'unusable' AS tlsa
FROM dane.host_obs o JOIN this USING (scan_id)
ORDER BY o.host, o.run DESC;

CREATE TEMP TABLE addr AS
SELECT e.*, h.tlsa, h.class AS host_class
FROM dane.endpoint_obs e JOIN host h USING (scan_id, host, run);

CREATE TEMP TABLE rec AS
SELECT t.*, coalesce(t.hint, t.history_hint) AS cause, h.class AS host_class,
	h.reason AS host_reason
FROM dane.tlsa_obs t JOIN host h USING (scan_id, host, run) WHERE h.tlsa;

-- A domain's exchanges as it was judged on them.
CREATE TEMP TABLE link AS
SELECT DISTINCT m.domain, m.host, m.preference, m.class, h.provider, h.tlsa_state,
	h.tlsa AND m.class <> 'noaddr' AS tlsa,
	m.class <> 'noaddr' AND h.tlsa_state = 'usable' AS usable
FROM dane.mx_obs m JOIN this USING (scan_id) JOIN host h ON h.host = m.host;

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
UNION SELECT 'all', NULL, NULL, domain FROM prop;

CREATE TEMP TABLE pop AS
SELECT *, signed::float / nullif(takes_mail, 0) AS signed_share,
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

-- data: classes
-- key: class reason
-- order: class_size DESC, class COLLATE "C", domains DESC, reason COLLATE "C"
SELECT class, reason, count(*) AS domains, (SELECT count(*) FROM dom) AS total,
	count(*)::float / (SELECT count(*) FROM dom) AS share,
	(SELECT count(*) FROM dom o WHERE o.class = d.class) AS class_size
FROM dom d GROUP BY class, reason;

-- data: class_history
-- key: scan_id
-- not: started
-- order: scan_id
SELECT scan_id, count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM dane.domain_obs WHERE scan_id <= :scan GROUP BY scan_id;

-- data: scans
-- key: scan_id
-- not: started finished pruned
-- order: scan_id DESC
SELECT scan_id, label, (SELECT count(*) FROM dane.domain_obs o
	WHERE o.scan_id = s.scan_id) AS domains
FROM dane.scan s WHERE state = 'complete' AND scan_id <= :scan;

-- data: failures
-- key: class reason
-- not: kind
-- order: class COLLATE "C", domains DESC, hosts DESC, reason COLLATE "C"
SELECT class, reason, domains, total_domains,
	domains::float / nullif(total_domains, 0) AS share,
	domains_any, outage, degraded, hosts, addresses, records
FROM (
	SELECT k.class, k.reason,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason))
			AS domains,
		(SELECT count(*) FROM dom d WHERE d.class = k.class) AS total_domains,
		(SELECT count(*) FROM dom d WHERE d.class = k.class
			AND k.reason = ANY (coalesce(d.reasons, ARRAY[d.reason])))
			AS domains_any,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason)
			AND d.severity = 'outage') AS outage,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason)
			AND d.severity = 'degraded') AS degraded,
		(SELECT count(*) FROM host h WHERE h.reason = k.reason AND (k.class =
			CASE h.class WHEN 'unreachable' THEN 'indeterminate' ELSE h.class END))
			AS hosts,
		(SELECT count(*) FROM addr a WHERE k.class = 'broken' AND a.class = 'fail'
			AND a.reason = k.reason) AS addresses,
		(SELECT count(*) FROM rec r WHERE k.class = 'broken' AND usable
			AND NOT match AND r.host_class = 'broken'
			AND r.host_reason = k.reason) AS records
	FROM (
		SELECT class, reason FROM dom
		UNION SELECT class, r FROM dom, unnest(reasons) r
		UNION SELECT CASE class WHEN 'unreachable' THEN 'indeterminate' ELSE class END,
			reason FROM host
		UNION SELECT 'broken', reason FROM addr WHERE class = 'fail'
	) k
	WHERE k.reason IS NOT NULL
		AND k.class IN ('broken', 'unusable', 'partial', 'indeterminate')
) f;

-- data: mismatch_causes
-- key: cause kind
-- order: records DESC, cause COLLATE "C", kind COLLATE "C"
SELECT cause, kind, records, total_records, records::float / total_records AS share,
	hosts, (SELECT count(DISTINCT l.domain) FROM link l
		WHERE l.host = ANY (f.host_names)) AS domains
FROM (
	SELECT coalesce(CASE WHEN usable THEN cause ELSE why END, 'unexplained') AS cause,
		CASE WHEN NOT usable THEN 'unusable'
			WHEN host_class = 'broken' THEN 'mismatch' ELSE 'spare' END AS kind,
		count(*) AS records,
		(SELECT count(*) FROM rec WHERE NOT usable OR match IS NOT NULL)
			AS total_records,
		count(DISTINCT host) AS hosts, array_agg(host) AS host_names
	FROM rec WHERE NOT usable OR NOT match GROUP BY 1, 2
) f;

-- data: broken_hosts
-- key: host
-- order: place
SELECT row_number() OVER (ORDER BY coalesce(n.domains, 0) DESC, h.host) AS place,
	h.host, h.provider, h.reason, h.tlsa_state, coalesce(n.domains, 0) AS domains
FROM host h LEFT JOIN named n ON n.host = h.host WHERE h.class = 'broken';

-- data: bogus_causes
-- key: lookup cause
-- order: lookup COLLATE "C", domains DESC, hosts DESC, cause COLLATE "C"
WITH bogus AS (
	SELECT 'mx' AS lookup, mx_why AS why, domain, NULL AS host FROM dom
	WHERE mx_trust = 'bogus'
	UNION ALL SELECT 'address', a_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE a_trust = 'bogus'
	UNION ALL SELECT 'address', aaaa_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE aaaa_trust = 'bogus'
	UNION ALL SELECT 'tlsa', tlsa_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE tlsa_trust = 'bogus'
), told AS (
	SELECT *, CASE WHEN why ILIKE '%signature expired%' THEN 'signature-expired'
		WHEN why ILIKE '%no keys have a DS%' THEN 'no-keys-have-ds'
		WHEN why ILIKE '%DS hash mismatch%' THEN 'ds-mismatch'
		WHEN why ILIKE '%nsec3%' THEN 'nsec3'
		WHEN why ILIKE '%no DNSSEC records%' THEN 'no-dnssec-records'
		WHEN why ILIKE '%no signatures%' THEN 'no-signatures'
		WHEN why ILIKE '%signature missing%' THEN 'signature-missing'
		ELSE 'other' END AS cause
	FROM bogus
)
SELECT *, CASE lookup WHEN 'mx' THEN domains ELSE hosts END::float / total AS share FROM (
	SELECT lookup, cause, count(DISTINCT domain) AS domains,
		CASE lookup WHEN 'mx' THEN NULL ELSE count(DISTINCT host) END AS hosts,
		CASE lookup WHEN 'mx' THEN (SELECT count(DISTINCT domain) FROM told o
				WHERE o.lookup = t.lookup)
			ELSE (SELECT count(DISTINCT host) FROM told o WHERE o.lookup = t.lookup) END
			AS total
	FROM told t GROUP BY lookup, cause
) f;

-- data: tlsrpt
-- key: result_type
-- order: hosts DESC, result_type COLLATE "C"
SELECT *, hosts::float / total_hosts AS share FROM (
	SELECT t.result_type, count(DISTINCT h.host) AS hosts,
		(SELECT count(*) FROM host WHERE class IN ('valid', 'broken', 'unusable'))
			AS total_hosts,
		count(DISTINCT l.domain) AS domains
	FROM (VALUES ('dnssec-invalid',
			'-bogus$|^(mx|addr|tlsa)-(servfail|timeout|refused|notimp|formerr)$'),
		('starttls-not-supported', '^starttls-(absent|454|refused|selective)$'),
		('tlsa-invalid', '^dane-no-match$|-(usage|selector|mtype)$|^tlsa-all-unusable$'
			'|^(bad-digest-length|short-rdata|empty-data|bad-der-cert|bad-der-spki)$'),
		('certificate-host-mismatch', '^cert-name-mismatch$'),
		('certificate-expired', '^cert-expired$'),
		('certificate-not-trusted', '^(ta-not-in-chain|chain-invalid|chain-incomplete'
			'|key-too-weak|md-too-weak)$'),
		('validation-failure', '^cert-not-yet-valid$|^tls-')) t(result_type, pattern)
	JOIN host h ON h.reason ~ t.pattern AND h.class IN ('broken', 'unusable')
	LEFT JOIN link l ON l.host = h.host
	GROUP BY t.result_type
) t;

-- data: tlsa_parameters
-- key: parameters
-- order: records DESC, usage, selector, mtype
SELECT concat_ws(' ', usage, selector, mtype) AS parameters, usage, selector, mtype,
	count(*) AS records, (SELECT count(*) FROM rec) AS total_records,
	count(*)::float / (SELECT count(*) FROM rec) AS share,
	count(DISTINCT host) AS hosts, (SELECT count(DISTINCT host) FROM rec) AS total_hosts,
	count(DISTINCT host)::float / (SELECT count(DISTINCT host) FROM rec) AS host_share,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(r.host)))
		AS domains,
	count(*) FILTER (WHERE usable AND match) AS match,
	count(*) FILTER (WHERE usable AND NOT match) AS mismatch,
	count(*) FILTER (WHERE NOT usable) AS unusable,
	count(*) FILTER (WHERE usable AND match IS NULL) AS unseen
FROM rec r GROUP BY usage, selector, mtype;

-- data: tlsa_sizes
-- key: records
-- order: records
SELECT records, count(*) AS hosts, sum(count(*)) OVER () AS total_hosts,
	count(*) / sum(count(*)) OVER () AS share,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(r.host)))
		AS domains
FROM (SELECT host, count(*) AS records FROM rec GROUP BY host) r
GROUP BY records;

-- data: tls
-- key: version cipher key
-- order: addresses DESC, version COLLATE "C", cipher COLLATE "C", key COLLATE "C"
SELECT tls_version AS version, cipher, tls_key AS key, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses, count(*) / sum(count(*)) OVER () AS share,
	count(DISTINCT host) AS hosts
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1, 2, 3;

-- data: tls_versions
-- key: version
-- order: version COLLATE "C" DESC
SELECT tls_version AS version, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1;

-- data: key_types
-- key: key
-- order: addresses DESC, key COLLATE "C"
SELECT tls_key AS key, count(*) AS addresses, sum(count(*)) OVER () AS total_addresses
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1;

-- data: dual_keys
-- key: keys outcome
-- order: hosts DESC, keys COLLATE "C", outcome COLLATE "C"
SELECT keys, outcome, count(DISTINCT host) AS hosts,
	(SELECT count(DISTINCT host) FROM addr WHERE tlsa AND tls_version IS NOT NULL)
		AS total_hosts
FROM (
	SELECT host, least(tls_key, other_key) || ' + ' || greatest(tls_key, other_key)
			AS keys,
		CASE WHEN host_class NOT IN ('valid', 'broken') THEN 'unknown'
			WHEN host IN (SELECT host FROM rec WHERE cause = 'only-one-key-type')
				THEN 'one-unmatched'
			WHEN host_class = 'valid' THEN 'both-match' ELSE 'unknown' END AS outcome
	FROM addr WHERE tlsa AND tls_version IS NOT NULL AND other_key IS NOT NULL
		AND NOT coalesce(flags && '{sni-fatal,sni-other}', false)
) k GROUP BY keys, outcome;

-- data: pkix
-- key: dane usage pkix
-- order: addresses DESC, dane COLLATE "C", usage COLLATE "C", pkix COLLATE "C"
SELECT a.host_class AS dane, coalesce(match_usage::text, 'none') AS usage,
	coalesce(pkix_reason, 'ok') AS pkix, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses, count(*) / sum(count(*)) OVER () AS share,
	count(DISTINCT a.host) AS hosts,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(a.host)))
		AS domains
FROM addr a WHERE tlsa AND tls_version IS NOT NULL AND pkix_error IS NOT NULL
GROUP BY 1, 2, 3;

-- data: issuers
-- key: issuer usage
-- order: hosts DESC, issuer COLLATE "C", usage COLLATE "C"
SELECT issuer, usage, count(DISTINCT host) AS hosts,
	(SELECT count(DISTINCT host) FROM addr a WHERE tlsa AND tls_version IS NOT NULL)
		AS total_hosts,
	count(DISTINCT host)::float / (SELECT count(DISTINCT host) FROM addr a
		WHERE tlsa AND tls_version IS NOT NULL) AS share,
	count(DISTINCT leaf) AS certificates,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(x.host)))
		AS domains
FROM (
	-- In the laboratory an issuer has a common name and nothing else.
	SELECT a.host, a.chain[1] AS leaf, coalesce(match_usage::text, 'none') AS usage,
		replace(c.issuer, 'CN=', '') AS issuer
	FROM addr a JOIN dane.certificate c ON c.sha256 = a.chain[1]
	WHERE tlsa AND tls_version IS NOT NULL
) x GROUP BY issuer, usage;

-- data: expiries
-- key: within_days usage
-- order: usage COLLATE "C" DESC, within_days
SELECT *, hosts::float / total_hosts AS share FROM (
	SELECT within_days, usage, count(DISTINCT leaf) AS certificates,
		count(DISTINCT host) AS hosts,
		(SELECT count(DISTINCT host) FROM addr a WHERE tlsa
			AND tls_version IS NOT NULL) AS total_hosts,
		(SELECT count(DISTINCT domain) FROM link
			WHERE host = ANY (array_agg(x.host))) AS domains
	FROM (
		SELECT a.host, a.chain[1] AS leaf, w.within_days,
			CASE match_usage WHEN 2 THEN 'ta' ELSE 'ee' END AS usage
		FROM addr a JOIN dane.certificate c ON c.sha256 = a.chain[1]
		CROSS JOIN this CROSS JOIN (VALUES (0), (14), (30), (90)) w(within_days)
		WHERE tlsa AND tls_version IS NOT NULL AND CASE within_days
			WHEN 0 THEN not_after < started
			ELSE not_after BETWEEN started AND
				started + make_interval(days => within_days) END
	) x GROUP BY within_days, usage
) y;

-- data: mx_hosts
-- key: measure n
-- order: measure COLLATE "C", n
SELECT measure, least(k, 10) AS n, count(*) AS count, unit,
	sum(count(*)) OVER (PARTITION BY measure) AS total,
	count(*) / sum(count(*)) OVER (PARTITION BY measure) AS share
FROM (
	SELECT 'hosts-per-domain' AS measure, 'domains' AS unit,
		count(DISTINCT host) AS k FROM link GROUP BY domain
	UNION ALL
	SELECT 'addresses-per-host', 'hosts', count(DISTINCT address) FROM addr GROUP BY host
	UNION ALL
	SELECT 'ipv4-per-host', 'hosts',
		count(DISTINCT address) FILTER (WHERE strpos(address, ':') = 0)
	FROM addr GROUP BY host
	UNION ALL
	SELECT 'ipv6-per-host', 'hosts',
		count(DISTINCT address) FILTER (WHERE strpos(address, ':') > 0)
	FROM addr GROUP BY host
) m GROUP BY measure, unit, least(k, 10);

-- data: mta_sts
-- key: policy dane
-- order: policy COLLATE "C", domains DESC, dane COLLATE "C"
SELECT policy, class AS dane, count(*) AS domains, sum(count(*)) OVER () AS total,
	count(*) / sum(count(*)) OVER () AS share
FROM sts GROUP BY policy, class;

-- data: mta_sts_classes
-- key: policy
-- order: domains DESC, policy COLLATE "C"
SELECT policy, count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM sts GROUP BY policy;

-- data: nsec3
-- key: iterations
-- order: place
SELECT iterations, count(*) AS domains, sum(count(*)) OVER () AS total,
	count(*) / sum(count(*)) OVER () AS share,
	min(coalesce(n, -1)) AS place
FROM (
	SELECT CASE WHEN n IS NULL THEN 'nsec' WHEN n = 0 THEN '0' WHEN n <= 10 THEN '1-10'
		WHEN n <= 50 THEN '11-50' WHEN n <= 100 THEN '51-100'
		WHEN n <= 150 THEN '101-150' ELSE 'over 150' END AS iterations, n
	FROM (SELECT (extras #>> '{ds,nsec3,iterations}')::integer AS n FROM dom
		WHERE extras #>> '{ds,dnskey,status}' = 'data') z
) z GROUP BY iterations;

-- data: lints
-- key: lint
-- order: domains DESC, lint COLLATE "C"
SELECT l AS lint, count(DISTINCT domain) AS domains, (SELECT count(*) FROM dom) AS total,
	count(DISTINCT domain)::float / (SELECT count(*) FROM dom) AS share
FROM dom, unnest(lint) l GROUP BY l;

-- data: algorithms
-- key: tld type algorithm
-- not: name
-- order: tld COLLATE "C" NULLS FIRST, type COLLATE "C", count DESC, algorithm
SELECT tld, type, algorithm, unit, count(*) AS count, total, count(*)::float / total AS share
FROM pg_temp.signature GROUP BY tld, type, algorithm, unit, total;

-- data: tlds
-- key: tld
-- order: domains DESC, tld COLLATE "C"
SELECT key AS tld, pop.* FROM pop WHERE dim = 'tld';

-- data: providers
-- key: provider
-- order: correct DESC, domains DESC, provider COLLATE "C"
SELECT key AS provider, pop.* FROM pop WHERE dim = 'provider';

-- data: operators
-- key: operator
-- order: domains DESC, operator COLLATE "C"
SELECT key AS operator, pop.* FROM pop WHERE dim = 'operator';

-- data: tags
-- key: tag value
-- order: tag COLLATE "C", domains DESC, value COLLATE "C"
SELECT key AS value, pop.* FROM pop WHERE dim = 'tag';

-- data: zones
-- key: tld
-- order: broken DESC, tld COLLATE "C"
SELECT key AS tld, broken, outage, degraded, with_tlsa, domains FROM pop
WHERE dim = 'tld' AND broken > 0;

-- data: key_figures
-- key: figure
-- not: section item meaning unit total_meaning
-- order: any
SELECT figure, value, total, value::float / total AS share FROM (
	SELECT f.* FROM (SELECT * FROM pop WHERE dim = 'all') p, LATERAL (VALUES
		('correct', correct, signed),
		('correct-measured', correct_measured, signed_measured),
		('signed', signed, takes_mail), ('domains', domains, NULL),
		('measured', domains - indeterminate, domains),
		('indeterminate', indeterminate, domains),
		('tlsa-all', tlsa_all, signed), ('tlsa-some', tlsa_some, signed),
		('tlsa-none', tlsa_none, signed), ('tlsa-unknown', tlsa_unknown, signed),
		('valid', valid, signed_measured),
		('broken', broken, signed_measured + mx_bogus),
		('outage', outage, broken), ('degraded', degraded, broken),
		('partial', partial, signed_measured), ('unusable', unusable, signed_measured),
		('no-tlsa', no_tlsa, signed_measured), ('no-dnssec', no_dnssec, takes_mail),
		('half-dane', half_dane, no_dnssec), ('no-mail', no_mail, domains),
		('partial-tlsa', tlsa_some, tlsa_all + tlsa_some),
		('wrong-domains', dane_broken, with_tlsa),
		('lookup-domains', broken_dns, signed_measured + mx_bogus)) f(figure, value, total)
	UNION ALL
	SELECT f.* FROM (
		SELECT count(*) AS hosts, count(*) FILTER (WHERE tlsa) AS with_tlsa,
			count(DISTINCT provider) FILTER (WHERE tlsa) AS zones,
			count(*) FILTER (WHERE tlsa AND class = 'broken') AS wrong,
			count(*) FILTER (WHERE tlsa AND class IN ('valid', 'broken')) AS judged,
			count(*) FILTER (WHERE 'data' IN (a_status, aaaa_status)) AS addressed,
			count(*) FILTER (WHERE aaaa_status = 'data') AS ipv6,
			count(*) FILTER (WHERE tlsa_state = 'usable' AND class = 'valid') AS good,
			count(*) FILTER (WHERE tlsa_state = 'usable'
				AND class IN ('valid', 'broken')) AS good_of
		FROM host
	) h, (
		SELECT count(DISTINCT host || ' ' || address) AS addresses,
			count(DISTINCT chain[1]) FILTER (WHERE tlsa) AS certificates,
			count(DISTINCT host) FILTER (WHERE tlsa AND chain IS NOT NULL) AS shown,
			count(DISTINCT host) FILTER (WHERE tlsa AND chain IS NOT NULL
				AND other_key IS NOT NULL
				AND NOT coalesce(flags && '{sni-fatal,sni-other}', false)) AS dual
		FROM addr
	) a, LATERAL (VALUES ('hosts', hosts, NULL::bigint),
		('hosts-with-tlsa', with_tlsa, hosts), ('zones-with-tlsa', zones, NULL),
		('wrong-hosts', wrong, judged), ('addresses', addresses, NULL),
		('certificates', certificates, NULL), ('hosts-ipv6', ipv6, addressed),
		('rate-hosts', good, good_of), ('dual-certificate', dual, shown))
		f(figure, value, total)
	UNION ALL
	SELECT 'rate-domains', count(*) FILTER (WHERE class = 'valid'), count(*)
	FROM dom WHERE mx_trust = 'secure' AND class NOT IN ('no-mail', 'indeterminate')
	UNION ALL
	SELECT 'rate-records', count(*) FILTER (WHERE match), count(*)
	FROM dane.tlsa_obs WHERE scan_id = :scan AND usable AND match IS NOT NULL
	UNION ALL
	SELECT f.* FROM (
		SELECT count(*) FILTER (WHERE broken AND NOT was AND scan_id = :scan) AS opened,
			count(*) FILTER (WHERE broken AND NOT was AND scan_id = :scan
				AND turns > 1) AS recurring,
			count(*) FILTER (WHERE was AND scan_id = :scan
				AND class IN ('valid', 'partial', 'unusable')) AS fixed,
			count(*) FILTER (WHERE was AND scan_id = :scan AND class
				IN ('no-dnssec', 'no-tlsa', 'no-mail')) AS withdrawn,
			count(*) FILTER (WHERE broken AND next_scan IS NULL) AS open
		FROM (
			SELECT *, count(*) FILTER (WHERE broken AND NOT was)
				OVER (PARTITION BY domain ORDER BY scan_id) AS turns
			FROM (
				SELECT domain, scan_id, class, class = 'broken' AS broken,
					coalesce(lag(class = 'broken') OVER w, false) AS was,
					lead(scan_id) OVER w AS next_scan
				FROM dane.domain_obs
				WHERE scan_id <= :scan AND class <> 'indeterminate'
				WINDOW w AS (PARTITION BY domain ORDER BY scan_id)
			) o
		) o WHERE domain IN (SELECT domain FROM dom)
	) i, LATERAL (VALUES ('incidents-opened', opened, NULL::bigint),
		('incidents-recurring', recurring, opened), ('incidents-fixed', fixed, NULL),
		('incidents-withdrawn', withdrawn, NULL), ('incidents-open', open, NULL))
		f(figure, value, total)
) k WHERE total IS DISTINCT FROM 0;

-- data: concentration
-- key: market
-- order: market COLLATE "C"
SELECT market, count(*) AS providers, sum(n) AS total,
	max(n)::float / sum(n) AS top1_share,
	sum(n) FILTER (WHERE place <= 10)::float / sum(n) AS top10_share,
	sum(n) FILTER (WHERE place <= 20)::float / sum(n) AS top20_share,
	round(10000 * sum((n / whole) ^ 2), 1) AS hhi
FROM (
	SELECT *, row_number() OVER (PARTITION BY market ORDER BY n DESC) AS place,
		sum(n) OVER (PARTITION BY market) AS whole
	FROM (
		SELECT 'mail' AS market, key, takes_mail AS n FROM pop WHERE dim = 'provider'
		UNION ALL
		SELECT 'correct', key, correct FROM pop WHERE dim = 'provider'
	) m WHERE n > 0
) r GROUP BY market;

-- data: server_sizes
-- key: high
-- order: high
SELECT *, sum(valid_domains) OVER (ORDER BY high) / nullif(sum(valid_domains) OVER (), 0)
		AS valid_cdf,
	sum(broken_domains) OVER (ORDER BY high) / nullif(sum(broken_domains) OVER (), 0)
		AS broken_cdf
FROM (
	SELECT 2 ^ (k + 1) - 1 AS high, 2 ^ k AS low,
		count(DISTINCT host) FILTER (WHERE class = 'valid') AS valid_hosts,
		count(DISTINCT host) FILTER (WHERE class = 'broken') AS broken_hosts,
		count(DISTINCT domain) FILTER (WHERE class = 'valid') AS valid_domains,
		count(DISTINCT domain) FILTER (WHERE class = 'broken') AS broken_domains
	FROM (
		SELECT h.host, h.class, l.domain, floor(log(2, n.domains)) AS k
		FROM host h JOIN named n USING (host) JOIN link l USING (host)
		WHERE h.tlsa_state = 'usable' AND h.class IN ('valid', 'broken')
	) s GROUP BY k
) s;

-- data: algorithms_all
-- key: type
-- not: name
-- order: type COLLATE "C", count DESC, algorithm
SELECT type, algorithm, unit, count(*) AS count, total, count(*)::float / total AS share
FROM pg_temp.signature WHERE tld IS NULL GROUP BY type, algorithm, unit, total;

-- data: top_providers
-- key: provider
-- order: place, provider COLLATE "C"
SELECT correct_rank AS place, key AS provider, correct,
	(SELECT count(*) FROM prop WHERE correct) AS total,
	correct::float / (SELECT count(*) FROM prop WHERE correct) AS share, domains,
	(SELECT count(*) FROM prop WHERE takes_mail) AS domains_total,
	takes_mail::float / (SELECT count(*) FROM prop WHERE takes_mail) AS domains_share,
	hosts, tlsa_hosts
FROM pop WHERE dim = 'provider' AND correct > 0 AND correct_rank <= 20;

-- data: failing_providers
-- key: provider
-- not: newly
-- order: place, provider COLLATE "C"
SELECT broken_rank AS place, key AS provider, dane_broken AS broken, with_tlsa AS total,
	broken_share AS share, broken_hosts,
	(SELECT d.reason FROM dom d JOIN grp g USING (domain)
		WHERE g.dim = 'provider' AND g.key = pop.key AND d.class = 'broken'
		GROUP BY d.reason ORDER BY count(*) DESC, d.reason LIMIT 1) AS reason
FROM pop WHERE dim = 'provider' AND broken > 0;

-- data: failing_operators
-- key: operator source
-- order: place, operator COLLATE "C"
SELECT rank() OVER (ORDER BY count(DISTINCT domain) DESC) AS place, operator, source,
	count(DISTINCT domain) AS domains
FROM (
	SELECT domain, 'extras' AS source, extras #>> '{ns,operator}' AS operator FROM dom
	WHERE class IN ('broken', 'indeterminate') AND pg_temp.is_dns(reason)
	UNION ALL
	SELECT domain, 'servers', substr(s ->> 'name', strpos(s ->> 'name', '.') + 1)
	FROM dom, json_array_elements(servers) s
	WHERE class IN ('broken', 'indeterminate') AND pg_temp.is_dns(reason)
		AND extras #>> '{ns,operator}' IS NULL
) f WHERE operator IS NOT NULL GROUP BY operator, source;

-- data: funnel
-- key: stage
-- not: step meaning
-- order: place
SELECT stage, place, domains, lag(domains) OVER (ORDER BY place) - unknown AS total,
	domains::float / nullif(lag(domains) OVER (ORDER BY place) - unknown, 0) AS share,
	unknown
FROM (
	SELECT f.* FROM (SELECT * FROM pop WHERE dim = 'all') p, LATERAL (VALUES
		(1, 'listed', p.domains, 0::bigint), (2, 'exists', exist, 0),
		(3, 'takes-mail', takes_mail, mx_bogus), (4, 'signed', signed, 0),
		(5, 'with-tlsa', tlsa_all + tlsa_some, tlsa_unknown),
		(6, 'usable', with_usable, 0),
		(7, 'reachable', reachable, with_usable - reachable),
		(8, 'matches', matches, 0)) f(place, stage, domains, unknown)
) f;

-- data: tld_reasons
-- key: class reason
-- each: tld
-- order: key COLLATE "C", domains DESC, class COLLATE "C", reason COLLATE "C"
SELECT tld AS key, class, reason, count(*) AS domains FROM dom GROUP BY tld, class, reason;

-- data: provider_reasons
-- key: class reason
-- each: provider
-- order: key COLLATE "C", domains DESC, class COLLATE "C", reason COLLATE "C"
SELECT g.key, class, reason, count(*) AS domains
FROM grp g JOIN dom USING (domain) WHERE dim = 'provider' GROUP BY g.key, class, reason;

-- data: provider_hosts
-- key: host
-- each: provider
-- order: key COLLATE "C", domains DESC, host COLLATE "C"
SELECT provider AS key, h.host, h.reason, h.tlsa_state, coalesce(n.domains, 0) AS domains
FROM host h LEFT JOIN named n ON n.host = h.host
WHERE h.class = 'broken' AND provider IS NOT NULL;

-- data: tld_providers
-- key: provider
-- each: tld
-- order: key COLLATE "C", place
SELECT * FROM (
	SELECT t.tld AS key, p.key AS provider, count(*) AS domains,
		count(*) FILTER (WHERE correct) AS correct,
		count(*) FILTER (WHERE broken) AS broken,
		row_number() OVER (PARTITION BY t.tld
			ORDER BY count(*) DESC, p.key COLLATE "C") AS place
	FROM prop t JOIN grp p USING (domain) WHERE p.dim = 'provider' GROUP BY t.tld, p.key
) r WHERE place <= 20;

-- data: class_counts
-- key: domains
-- order: domains
SELECT count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM dom;

-- data: share_history
-- key: scan_id
-- not: started
-- series: each scan has its rows, after those of the scans before
-- order: scan_id
SELECT :scan AS scan_id, correct AS value, signed AS total,
	correct::float / nullif(signed, 0) AS share
FROM pop WHERE dim = 'all';

-- data: incidents
-- key: domain
-- order: time, domain COLLATE "C"
SELECT DISTINCT ON (domain) time, domain, substring(domain FROM '[^.]+$') AS tld, reason,
	to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS opened,
	scan_id AS opened_scan, turn AS number
FROM (
	SELECT *, count(*) FILTER (WHERE broken AND NOT was)
			OVER (PARTITION BY domain ORDER BY scan_id) AS turn,
		last_value(broken) OVER (PARTITION BY domain ORDER BY scan_id
			ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS is_open
	FROM (
		SELECT domain, scan_id, reason, time, class = 'broken' AS broken,
			coalesce(lag(class = 'broken') OVER (PARTITION BY domain
				ORDER BY scan_id), false) AS was
		FROM dane.domain_obs WHERE scan_id <= :scan AND class <> 'indeterminate'
	) o
) o WHERE is_open AND broken AND NOT was
ORDER BY domain, turn DESC;

-- data: u20_tlds
-- key: tld
-- not: started
-- order: domains_with_mx DESC, tld COLLATE "C"
SELECT :scan AS scan_id, key AS tld, takes_mail AS domains_with_mx,
	tlsa_all + tlsa_some AS domains_with_tlsa,
	(tlsa_all + tlsa_some)::float / (takes_mail - tlsa_unknown) AS tlsa_share,
	with_tlsa AS measured_with_tlsa, dane_broken AS incorrect,
	broken_share AS incorrect_share
FROM pop WHERE dim = 'tld';

-- data: u20_validation
-- key: scan_id
-- not: started
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id, count(*) FILTER (WHERE class <> 'noaddr') AS total,
	count(*) FILTER (WHERE present) AS tlsa_crawled,
	count(*) FILTER (WHERE present AND shown) AS cert_crawled,
	count(*) FILTER (WHERE tlsa) AS secure,
	count(*) FILTER (WHERE tlsa_state = 'insecure') AS insecure,
	count(*) FILTER (WHERE tlsa_trust = 'bogus') AS bogus,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NOT NULL)
		AS rrsig_without_ds,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NULL)
		AS no_rrsig_no_ds,
	count(*) FILTER (WHERE tlsa AND class = 'valid') AS dane_valid,
	count(*) FILTER (WHERE tlsa AND class = 'broken') AS dane_invalid,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND (reason LIKE 'cert-%' OR reason LIKE 'chain-%')) AS chain_only_error,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND reason IN ('dane-no-match', 'ta-not-in-chain')) AS matching_only_error,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND (reason LIKE 'tls-%' OR reason LIKE 'starttls-%')) AS tls_error
FROM (
	SELECT *, tlsa OR tlsa_state = 'insecure' AS present,
		host IN (SELECT host FROM addr WHERE chain IS NOT NULL) AS shown
	FROM host
) h;

-- data: u20_starttls
-- key: scan_id
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id, unreachable, starttls, tls, judged,
	starttls::float / judged AS starttls_share, tls::float / judged AS tls_share
FROM (
	SELECT count(*) FILTER (WHERE class = 'unreachable') AS unreachable,
		count(*) FILTER (WHERE class IN ('broken', 'unusable') AND reason IN
			('starttls-absent', 'starttls-454', 'starttls-refused',
			'starttls-selective')) AS starttls,
		count(*) FILTER (WHERE class IN ('broken', 'unusable')
			AND reason LIKE 'tls-%') AS tls,
		count(*) FILTER (WHERE tlsa AND class IN ('valid', 'broken')) AS judged
	FROM host
) h;

-- data: u20_incorrect
-- key: scan_id unit
-- series: yes
-- order: unit COLLATE "C"
SELECT :scan AS scan_id, u.unit,
	CASE u.unit WHEN 'records' THEN (SELECT count(*) FROM rec
		WHERE usable AND match IS NULL) END AS no_data,
	count(DISTINCT k) FILTER (WHERE what = 'ta-present-not-in-path') AS wrong_chain,
	count(DISTINCT k) FILTER (WHERE what IN ('digest-of-leaf', 'usage2-on-leaf')) AS usage2,
	count(DISTINCT k) FILTER (WHERE what IN ('digest-of-issuer', 'usage3-on-ca')) AS usage3,
	count(DISTINCT k) FILTER (WHERE what LIKE 'unknown-%' OR what LIKE 'private-%')
		AS undefined,
	count(DISTINCT k) FILTER (WHERE what = 'digest-of-other-selector') AS selector,
	count(DISTINCT k) FILTER (WHERE what = 'digest-of-other-mtype') AS matching_type,
	count(DISTINCT k) FILTER (WHERE usable AND what NOT IN ('ta-present-not-in-path',
		'digest-of-leaf', 'usage2-on-leaf', 'digest-of-issuer', 'usage3-on-ca',
		'digest-of-other-selector', 'digest-of-other-mtype')) AS mismatch
FROM (VALUES ('records'), ('hosts'), ('domains')) u(unit)
LEFT JOIN (
	SELECT unit, k, usable, coalesce(CASE WHEN usable THEN cause ELSE why END,
		'unexplained') AS what
	FROM (
		SELECT r.*, 'records' AS unit, host || ' ' || position AS k FROM rec r
		UNION ALL SELECT r.*, 'hosts', host FROM rec r
		UNION ALL SELECT r.*, 'domains', l.domain FROM rec r JOIN link l USING (host)
	) r
	WHERE NOT usable OR NOT match AND host_class = 'broken'
) r USING (unit) GROUP BY u.unit;

-- data: u22_tlsa
-- key: scan_id
-- not: started
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id,
	count(*) FILTER (WHERE tlsa OR tlsa_state IN ('insecure', 'error')) AS total,
	count(*) FILTER (WHERE tlsa AND NOT shown) AS no_cert,
	count(*) FILTER (WHERE tlsa_state IN ('none-secure', 'none-insecure')) AS no_tlsa,
	count(*) FILTER (WHERE class = 'broken') AS invalid,
	count(*) FILTER (WHERE tlsa_state IN ('insecure', 'error')) AS dnssec,
	count(*) FILTER (WHERE tlsa_state = 'insecure') AS insecure,
	count(*) FILTER (WHERE tlsa_trust = 'bogus') AS bogus,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NOT NULL)
		AS ds_only,
	count(*) FILTER (WHERE wrong AND unmatched) AS unmatch,
	count(*) FILTER (WHERE wrong AND causes && '{digest-of-leaf,digest-of-issuer,
		usage3-on-ca,usage2-on-leaf}') AS usage,
	count(*) FILTER (WHERE wrong AND 'digest-of-other-selector' = ANY (causes))
		AS selector,
	count(*) FILTER (WHERE wrong AND 'digest-of-other-mtype' = ANY (causes))
		AS matching_type,
	count(*) FILTER (WHERE tlsa_state = 'unusable' AND (reason LIKE 'unknown-%'
		OR reason LIKE 'private-%')) AS undefined,
	count(*) FILTER (WHERE wrong AND unmatched AND causes = '{NULL}') AS unknown,
	count(*) FILTER (WHERE wrong AND (reason LIKE 'cert-%' OR reason LIKE 'chain-%'))
		AS chain,
	count(*) FILTER (WHERE wrong AND causes && '{renewed-same-key,
		ca-cert-renewed-same-key,digest-of-earlier-certificate}') AS ever_matched
FROM (
	SELECT *, tlsa AND class = 'broken' AS wrong,
		reason IN ('dane-no-match', 'ta-not-in-chain') AS unmatched,
		host IN (SELECT host FROM addr WHERE chain IS NOT NULL) AS shown,
		(SELECT array_agg(DISTINCT cause) FROM rec r
			WHERE r.host = h.host AND usable AND NOT match) AS causes
	FROM host h
) h;

-- data: u22_issuers
-- key: issuer
-- order: hosts DESC, issuer COLLATE "C"
SELECT :scan AS scan_id, replace(c.issuer, 'CN=', '') AS issuer,
	count(DISTINCT a.host) AS hosts, (SELECT count(DISTINCT host) FROM addr
		WHERE tlsa AND tls_version IS NOT NULL) AS total
FROM addr a JOIN dane.certificate c ON c.sha256 = a.chain[1]
WHERE tlsa AND tls_version IS NOT NULL GROUP BY c.issuer;

-- data: notices
-- key: provider registrar
-- not: oldest
-- each: registry
-- order: key COLLATE "C", broken DESC, provider COLLATE "C", registrar COLLATE "C"
SELECT tld AS key, provider, registrar, count(DISTINCT domain) AS broken,
	count(DISTINCT host) AS hosts,
	count(DISTINCT domain) FILTER (WHERE severity = 'outage') AS outage,
	string_agg(DISTINCT reason COLLATE "C", ', ' ORDER BY reason COLLATE "C") AS reasons
FROM (
	SELECT d.*, d.tags ->> 'registrar' AS registrar, l.host, l.provider
	FROM dom d LEFT JOIN link l ON l.domain = d.domain AND l.class = 'broken'
	WHERE d.class = 'broken'
) b GROUP BY tld, provider, registrar;

-- data: broken
-- key: domain host
-- not: address cause evidence first_seen remedy
-- each: registry
-- once: a domain and host has a row for each address
-- order: key COLLATE "C", provider COLLATE "C", registrar COLLATE "C", domain COLLATE "C", host COLLATE "C"
SELECT d.tld AS key, d.domain, d.severity, d.reason, l.host, l.provider,
	d.tags ->> 'registrar' AS registrar,
	(SELECT min(o.scan_id) FROM dane.domain_obs o WHERE o.domain = d.domain
		AND o.class = 'broken' AND o.scan_id <= :scan AND NOT EXISTS (
			SELECT FROM dane.domain_obs b WHERE b.domain = d.domain
				AND b.class NOT IN ('broken', 'indeterminate')
				AND b.scan_id BETWEEN o.scan_id AND :scan)) AS first_scan
FROM dom d LEFT JOIN link l ON l.domain = d.domain AND l.class = 'broken'
WHERE d.class = 'broken';
